// SPDX-License-Identifier: MIT
// What remains of a model when some types are missing: step 4 of ModelBuilder.
#include "projection/model_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace latchkey::projection {

using winmd::Category;

namespace {

// The assembly that a reference expects to find its type in; empty when it says nothing about that.
std::string_view assembly_of(winmd::TypeDefOrRef reference)
{
    if (reference.is<winmd::TypeSpec>()) return assembly_of(reference.as<winmd::TypeSpec>().signature().type);
    if (!reference.is<winmd::TypeRef>()) return {};
    auto const scope = reference.as<winmd::TypeRef>().resolution_scope();
    return scope.is<winmd::AssemblyRef>() ? scope.as<winmd::AssemblyRef>().name() : std::string_view{};
}

} // namespace

bool ModelBuilder::is_usable(TypeUse const& use) const
{
    if (use.kind == TypeUse::Kind::Unresolved) return false;
    // Pointers, function pointers and native integers cannot be in the Windows Runtime; managed files may have them.
    if (use.kind == TypeUse::Kind::Fundamental && winmd::fundamental_name(use.element).empty()) return false;
    if (use.kind == TypeUse::Kind::Named && !use.type->is_usable) return false;
    return std::ranges::all_of(use.arguments, [&](TypeUse const& argument) { return is_usable(argument); });
}

// Whether a type can be written with what is there. Members of interfaces do not matter: their slots stay.
bool ModelBuilder::is_usable(Type const& type) const
{
    switch (type.category) {
    case Category::Struct:
        return std::ranges::all_of(type.fields, [&](Field const& field) { return is_usable(field.type); });
    case Category::Delegate:
        return !type.methods.empty() && is_usable(type.methods[0].result) &&
               std::ranges::all_of(type.methods[0].parameters,
                                   [&](Parameter const& parameter) { return is_usable(parameter.type); });
    case Category::Class:
        return type.default_interface.kind == TypeUse::Kind::Void || is_usable(type.default_interface);
    default:
        return true;
    }
}

// The emitters write inner structs first, and that recurses. Iterative, because the chain may be as long as the input.
tl::expected<void, GenerateError> ModelBuilder::check_structs() const
{
    struct Step {
        Type const* type;
        std::size_t field;
    };
    std::unordered_map<Type const*, unsigned> heights; // 0: on the path
    std::vector<Step> path;
    auto const enter = [&](Type const& type) {
        return heights.try_emplace(&type, 0).second && (path.push_back({&type, 0}), true);
    };
    for (auto const& start : m_model.m_types) {
        if (start.category != Category::Struct || !enter(start)) continue;
        while (!path.empty()) {
            auto& [type, field] = path.back();
            Type const* inner = nullptr;
            while (inner == nullptr && field < type->fields.size())
                if (auto const& use = type->fields[field++].type; use.is_struct()) inner = use.type;
            if (inner != nullptr && enter(*inner)) continue;
            // Known heights are added up when the type is left.
            bool const is_cycle = inner != nullptr && heights.at(inner) == 0;
            if (inner != nullptr && !is_cycle) continue;
            unsigned height = 1;
            for (auto const& each : type->fields)
                if (each.type.is_struct() && !is_cycle) height = std::max(height, heights.at(each.type.type) + 1);
            if (is_cycle || height > kMaxStructDepth)
                return tl::unexpected{
                    GenerateError{is_cycle ? fmt::format("{}: the struct contains itself", type->full_name)
                                           : fmt::format("{}: the struct has others inside it, deeper than {}",
                                                         type->full_name, kMaxStructDepth)}};
            heights.at(type) = height;
            path.pop_back();
        }
    }
    return {};
}

// A type that falls makes those fall that cannot be written without it.
void ModelBuilder::judge_types()
{
    std::vector<Type*> fallen;
    for (auto& type : m_model.m_types)
        if (!type.is_mapped && !is_usable(type)) {
            type.is_usable = false;
            fallen.push_back(&type);
        }
    if (fallen.empty()) return;
    std::unordered_map<Type const*, std::vector<Type*>> users;
    for (auto& type : m_model.m_types) {
        auto const uses = [&](auto const& self, TypeUse const& use) -> void {
            if (use.kind == TypeUse::Kind::Named) users[use.type].push_back(&type);
            for (auto const& argument : use.arguments)
                self(self, argument);
        };
        if (type.is_mapped || !type.is_usable) continue;
        for (auto const& field : type.fields)
            uses(uses, field.type);
        if (type.category == Category::Class) uses(uses, type.default_interface);
        if (type.category != Category::Delegate || type.methods.empty()) continue;
        uses(uses, type.methods[0].result);
        for (auto const& parameter : type.methods[0].parameters)
            uses(uses, parameter.type);
    }
    while (!fallen.empty()) {
        auto const* const type = fallen.back();
        fallen.pop_back();
        for (auto* const user : users[type]) {
            if (!std::exchange(user->is_usable, false)) continue;
            fallen.push_back(user);
        }
    }
}

void ModelBuilder::judge_members()
{
    auto const drop = [&](auto& list, auto const& keep) {
        std::erase_if(list, [&](auto const& each) { return !keep(each); });
    };
    for (auto& type : m_model.m_types) {
        bool const counts = type.name_space->is_projected;
        if (counts) note_unresolved(type);
        if (!type.is_usable) m_model.m_skipped_types += counts;
        for (auto& method : type.methods) {
            auto const slot_type_missing = [&](TypeUse const& use) {
                return !is_usable(use) && !use.is_reference() &&
                       (use.kind != TypeUse::Kind::Unresolved || use.is_value_type);
            };
            method.is_usable = is_usable(method.result);
            method.has_slot_types = true;
            for (auto const& parameter : method.parameters) {
                method.is_usable = method.is_usable && is_usable(parameter.type);
                // Everything but a value is a pointer, whatever it points to.
                if (slot_type_missing(parameter.type)) method.has_slot_types = false;
            }
            if (slot_type_missing(method.result)) method.has_slot_types = false;
            if (!method.is_usable && type.is_usable) m_model.m_skipped_members += counts;
        }
        auto const usable_use = [&](TypeUse const& use) { return is_usable(use); };
        drop(type.required, usable_use);
        drop(type.class_interfaces, usable_use);
        drop(type.interfaces, [&](ClassInterface const& each) { return is_usable(each.interface); });
        if (type.base != nullptr && !type.base->is_usable) type.base = nullptr;
    }
}

void ModelBuilder::note_unresolved(TypeUse const& use, std::string_view where)
{
    if (use.kind == TypeUse::Kind::Unresolved) {
        auto const assembly = assembly_of(use.reference);
        auto text = winmd::to_string(winmd::name_of(use.reference));
        if (!assembly.empty()) text += fmt::format(" (assembly {})", assembly);
        m_unresolved.try_emplace(std::move(text), where);
    } else if (use.kind == TypeUse::Kind::Fundamental && winmd::fundamental_name(use.element).empty()) {
        m_unresolved.try_emplace("a type that the Windows Runtime does not have (pointer or native integer)", where);
    }
    if (use.kind == TypeUse::Kind::Named && !use.type->is_usable && !use.type->name_space->is_projected)
        m_unresolved.try_emplace(fmt::format("something in {}, which is", use.type->full_name), where);
    for (auto const& argument : use.arguments)
        note_unresolved(argument, where);
}

void ModelBuilder::note_unresolved(Type const& type)
{
    for (auto const& method : type.methods) {
        auto const where = [&] { return fmt::format("{}.{}", type.full_name, method.name); };
        if (!is_usable(method.result)) note_unresolved(method.result, where());
        for (auto const& parameter : method.parameters)
            if (!is_usable(parameter.type)) note_unresolved(parameter.type, where());
    }
    for (auto const& field : type.fields)
        if (!is_usable(field.type)) note_unresolved(field.type, type.full_name);
    for (auto const& each : type.interfaces)
        if (!is_usable(each.interface)) note_unresolved(each.interface, type.full_name);
    note_unresolved(type.default_interface, type.full_name);
}

GenerateError ModelBuilder::unresolved_error() const
{
    auto what = fmt::format("{} {} mentioned that no given file defines:", m_unresolved.size(),
                            m_unresolved.size() == 1 ? "type is" : "types are");
    std::size_t listed = 0;
    for (auto const& [name, where] : m_unresolved) {
        if (listed++ == kMaxUnresolvedListed) {
            what += fmt::format("\n  and {} more", m_unresolved.size() - kMaxUnresolvedListed);
            break;
        }
        what += fmt::format("\n  {}, mentioned by {}", name, where);
    }
    what += "\nName the .winmd files that define them with --ref, or leave out what needs them with --skip-unresolved.";
    return {std::move(what)};
}

} // namespace latchkey::projection
