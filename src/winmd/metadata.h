// SPDX-License-Identifier: MIT
// A set of metadata files in which types of one file find the types of another by name.
//
//     auto metadata = Metadata::load({"/usr/share/latchkey/winmd", "Tasks.winmd"});
//     TypeDef type = metadata->find("Windows.Foundation.IAsyncAction");
//     for (auto const& [name, members] : metadata->namespaces()) …
//
// Immutable once filled; then safe to read from any thread. Row views stay valid when the Metadata is moved.
#pragma once

#include "winmd/signature.h"
#include "winmd/tables.h"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::winmd {

class Metadata {
public:
    Metadata() = default;
    Metadata(Metadata&&) noexcept = default;
    Metadata& operator=(Metadata&&) noexcept = default;

    // Files, and folders of which every *.winmd is read (in name order, not recursively). A file named twice is read
    // once. Refused: a path that does not exist, a folder without a .winmd, a file that File::open refuses.
    [[nodiscard]] static tl::expected<Metadata, ReadError>
    load(std::span<std::filesystem::path const> files_or_folders);

    // The first file that defines a name wins; later ones are listed in duplicates().
    File const& add(std::unique_ptr<File const> file);

    std::vector<std::unique_ptr<File const>> const& files() const { return m_files; }

    // none when no file defines it. Generic types have their `n: "IMap`2". Nested types are not found by name.
    TypeDef find(std::string_view name_space, std::string_view name) const;
    TypeDef find(std::string_view full_name) const;
    TypeDef find(TypeName name) const { return find(name.name_space, name.name); }

    // The definition that a reference means: none when no file has it. A TypeSpec resolves to its generic type.
    TypeDef resolve(TypeRef) const;
    TypeDef resolve(TypeDefOrRef) const;

    // Types that are not nested and not <Module>, by namespace, each list in name order.
    using Namespaces = std::map<std::string_view, std::vector<TypeDef>>;
    Namespaces const& namespaces() const;

    std::vector<TypeDef> const& duplicates() const { return m_duplicates; }

private:
    struct NameHash {
        std::size_t operator()(TypeName const& name) const noexcept;
    };

    struct NestedName {
        TypeDef enclosing;
        std::string_view name;
        bool operator==(NestedName const&) const = default;
    };
    struct NestedHash {
        std::size_t operator()(NestedName const& nested) const noexcept;
    };

    std::vector<std::unique_ptr<File const>> m_files;
    std::unordered_map<TypeName, TypeDef, NameHash> m_types;
    std::unordered_map<NestedName, TypeDef, NestedHash> m_nested;
    std::vector<TypeDef> m_duplicates;
    Namespaces m_namespaces;
};

} // namespace latchkey::winmd
