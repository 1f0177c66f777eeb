// SPDX-License-Identifier: MIT
#include "winmd/metadata.h"

#include "winmd/limits.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

using Paths = std::vector<std::filesystem::path>;

tl::unexpected<ReadError> refused(std::filesystem::path const& path, std::string what)
{
    return tl::unexpected(ReadError{path.string(), TableId::None, 0, std::move(what)});
}

// The .winmd files of a folder, in name order.
tl::expected<Paths, ReadError> list_folder(std::filesystem::path const& folder)
{
    std::error_code error;
    Paths found;
    std::size_t seen = 0;
    std::filesystem::directory_iterator entries{folder, error};
    for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
        if (++seen > kMaxFolderEntries)
            return refused(folder, fmt::format("has more than {} entries", kMaxFolderEntries));
        if (entries->path().extension() == ".winmd") found.push_back(entries->path());
    }
    if (error) return refused(folder, fmt::format("cannot be read: {}", error.message()));
    if (found.empty()) return refused(folder, "has no .winmd file in it");
    std::sort(found.begin(), found.end());
    return found;
}

tl::expected<Paths, ReadError> expand(std::span<std::filesystem::path const> files_or_folders)
{
    Paths result;
    std::set<std::filesystem::path> known;
    auto take = [&](std::filesystem::path const& file) {
        std::error_code ignored; // an unusual path is then only not recognised as the same file
        auto const canonical = std::filesystem::weakly_canonical(file, ignored);
        if (known.insert(ignored ? file : canonical).second) result.push_back(file);
    };
    for (auto const& path : files_or_folders) {
        std::error_code error;
        if (std::filesystem::is_directory(path, error)) {
            auto files = list_folder(path);
            if (!files) return tl::unexpected(std::move(files.error()));
            std::for_each(files->begin(), files->end(), take);
        } else {
            take(path);
        }
        if (result.size() > kMaxMetadataFiles)
            return refused(path, fmt::format("is more than the {}th metadata file", kMaxMetadataFiles));
    }
    return result;
}

} // namespace

std::size_t Metadata::NameHash::operator()(TypeName const& name) const noexcept
{
    std::hash<std::string_view> const hash;
    return hash(name.name_space) * 31 + hash(name.name);
}

std::size_t Metadata::NestedHash::operator()(NestedName const& nested) const noexcept
{
    return RowHash{}(nested.enclosing) * 31 + std::hash<std::string_view>{}(nested.name);
}

tl::expected<Metadata, ReadError> Metadata::load(std::span<std::filesystem::path const> files_or_folders)
{
    auto paths = expand(files_or_folders);
    if (!paths) return tl::unexpected(std::move(paths.error()));
    Metadata result;
    for (auto const& path : *paths) {
        auto file = File::open(path);
        if (!file) return tl::unexpected(std::move(file.error()));
        result.add(std::move(*file));
    }
    return result;
}

File const& Metadata::add(std::unique_ptr<File const> file)
{
    auto const& added = *m_files.emplace_back(std::move(file));
    std::vector<bool> nested(std::size_t{added.row_count(TableId::TypeDef)} + 1);
    for (auto const row : added.rows<NestedClass>()) {
        nested[row.nested_class().row()] = true;
        m_nested.try_emplace({row.enclosing_class(), row.nested_class().name()}, row.nested_class());
    }
    m_types.reserve(m_types.size() + added.row_count(TableId::TypeDef));
    std::set<std::vector<TypeDef>*> grown;
    std::vector<TypeDef>* members = nullptr;
    std::string_view current;
    for (auto const type : added.rows<TypeDef>()) {
        auto const name = type.full_name();
        if (nested[type.row()] || (name.name_space.empty() && name.name == "<Module>")) continue;
        if (!m_types.try_emplace(name, type).second) {
            m_duplicates.push_back(type);
            continue;
        }
        // Types of a namespace usually stand together.
        if (!members || current != name.name_space) {
            current = name.name_space;
            members = &m_namespaces[name.name_space];
            grown.insert(members);
        }
        members->push_back(type);
    }
    for (auto* const list : grown) {
        auto const by_name = [](TypeDef a, TypeDef b) { return a.name() < b.name(); };
        if (!std::is_sorted(list->begin(), list->end(), by_name)) std::sort(list->begin(), list->end(), by_name);
    }
    return added;
}

TypeDef Metadata::find(std::string_view name_space, std::string_view name) const
{
    auto const found = m_types.find(TypeName{name_space, name});
    return found == m_types.end() ? TypeDef{} : found->second;
}

TypeDef Metadata::find(std::string_view full_name) const
{
    auto const dot = full_name.rfind('.');
    if (dot == std::string_view::npos) return find({}, full_name);
    return find(full_name.substr(0, dot), full_name.substr(dot + 1));
}

TypeDef Metadata::resolve(TypeRef reference) const
{
    if (!reference) return {};
    auto const scope = reference.resolution_scope();
    if (!scope.is<TypeRef>()) return find(reference.full_name());
    auto const enclosing = resolve(scope.as<TypeRef>());
    auto const found = m_nested.find({enclosing, reference.name()});
    return found == m_nested.end() ? TypeDef{} : found->second;
}

TypeDef Metadata::resolve(TypeDefOrRef type) const
{
    if (type.is<TypeDef>()) return type.as<TypeDef>();
    if (type.is<TypeRef>()) return resolve(type.as<TypeRef>());
    if (type.is<TypeSpec>()) return resolve(type.as<TypeSpec>().signature().type);
    return {};
}

Metadata::Namespaces const& Metadata::namespaces() const
{
    return m_namespaces;
}

} // namespace latchkey::winmd
