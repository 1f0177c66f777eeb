// SPDX-License-Identifier: MIT
// The file as a whole: container, assembly, references, tables. Types and members are in their own files.
#include "winmd/validate.h"

#include "winmd/validator.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

// "A.B" is at or below "A".
bool is_below(std::string_view name, std::string_view root)
{
    return name.starts_with(root) && (name.size() == root.size() || name[root.size()] == '.');
}

bool is_framework(std::string_view assembly)
{
    return assembly == "mscorlib" || assembly == "netstandard" || is_below(assembly, "System") ||
           is_below(assembly, "WindowsBase");
}

} // namespace

std::string_view to_string(Severity severity)
{
    return severity == Severity::Error ? "error" : "warning";
}

std::span<Rule const> rules()
{
    return kRules;
}

std::string Finding::message() const
{
    auto const where = table == TableId::None ? std::string{}
                       : row == 0             ? fmt::format("table {} ", to_string(table))
                                              : fmt::format("{} row {} ", to_string(table), row);
    auto const whose = name.empty() ? std::string{} : name + ": ";
    return fmt::format("{}: {}{}{} [{}]", to_string(rule->severity), where, whose, text, rule->id);
}

std::vector<Finding> validate(File const& file, ValidateOptions const& options)
{
    return Validator{file, options}.run();
}

bool has_errors(std::span<Finding const> findings)
{
    return std::any_of(findings.begin(), findings.end(),
                       [](Finding const& finding) { return finding.rule->severity == Severity::Error; });
}

Validator::Validator(File const& file, ValidateOptions const& options) : m_file{file}, m_options{options}
{
    if (file.row_count(TableId::Assembly) == 1) m_assembly = file.row<Assembly>(1).name();
    auto const stem = std::filesystem::path{file.path()}.filename().string();
    bool const system = is_below(m_assembly.empty() ? stem : m_assembly, "Windows");
    m_publisher = options.publisher.value_or(system ? Publisher::System : Publisher::Component);
    for (auto const type : file.rows<TypeDef>())
        m_types.try_emplace(type.full_name(), type);
}

void Validator::report(RuleId rule, TableId table, uint32_t row, std::string name, std::string text)
{
    m_findings.push_back({&kRules[static_cast<std::size_t>(rule)], table, row, std::move(name), std::move(text)});
}

std::string Validator::member_name(TypeDef type, std::string_view member)
{
    return fmt::format("{}.{}", to_string(type.full_name()), member);
}

TypeDef Validator::find(std::string_view full_name) const
{
    auto const dot = full_name.rfind('.');
    auto const name = dot == std::string_view::npos ? TypeName{{}, full_name}
                                                    : TypeName{full_name.substr(0, dot), full_name.substr(dot + 1)};
    if (auto const found = m_types.find(name); found != m_types.end()) return found->second;
    return m_options.references ? m_options.references->find(name) : TypeDef{};
}

TypeDef Validator::resolve(TypeDefOrRef type) const
{
    if (type.is<TypeDef>()) return type.as<TypeDef>();
    if (type.is<TypeSpec>()) return resolve(type.as<TypeSpec>().signature().type);
    if (!type) return {};
    return find(to_string(name_of(type)));
}

std::vector<Finding> Validator::run()
{
    check_container();
    check_assembly();
    check_assembly_references();
    check_references();
    check_tables();
    for (auto const type : m_file.rows<TypeDef>())
        check_type(type);
    check_attribute_values();
    std::stable_sort(m_findings.begin(), m_findings.end(), [](Finding const& a, Finding const& b) {
        auto const place = [](Finding const& f) { return f.table == TableId::None ? -1 : static_cast<int>(f.table); };
        return std::pair{place(a), a.row} < std::pair{place(b), b.row};
    });
    return std::move(m_findings);
}

void Validator::check_container()
{
    auto const& container = m_file.container();
    auto file_wide = [&](RuleId rule, std::string text) { report(rule, TableId::None, 0, {}, std::move(text)); };
    if ((container.characteristics & 0x2000) == 0)
        file_wide(RuleId::ContainerDll,
                  fmt::format("the characteristics are {:#x}, without 0x2000 for a DLL", container.characteristics));
    if (container.cli_header_size != 72 || container.cli_directory_size != 72)
        file_wide(RuleId::ContainerCliHeader,
                  fmt::format("the CLI header says {} bytes and its directory {}; right is 72",
                              container.cli_header_size, container.cli_directory_size));
    if ((container.cli_flags & 1) == 0)
        file_wide(RuleId::ContainerIlOnly, fmt::format("the CLI flags are {:#x}; right is 1", container.cli_flags));
    if (container.edit_and_continue) file_wide(RuleId::ContainerStream, "the tables are in a #- stream; right is #~");
    if (!m_file.version().starts_with("WindowsRuntime 1."))
        file_wide(RuleId::MetadataVersion,
                  fmt::format("the version string is \"{}\"; right is \"WindowsRuntime 1.4\"", m_file.version()));
}

void Validator::check_assembly()
{
    auto const types = m_file.rows<TypeDef>();
    if (types.empty() || types.front().name() != "<Module>" || !types.front().name_space().empty())
        report(RuleId::ModuleType, TableId::TypeDef, 1, types.empty() ? "" : to_string(types.front().full_name()),
               "row 1 is not <Module>; readers skip the first row, so its type is lost");
    if (m_file.row_count(TableId::Assembly) != 1) {
        report(RuleId::AssemblyRow, TableId::Assembly, 0, {}, "there is no row; right is one that names the file");
        return;
    }
    auto const assembly = m_file.row<Assembly>(1);
    auto const& wanted = m_options.file_name;
    if (m_assembly.empty() || (!wanted.empty() && wanted != m_assembly))
        report(RuleId::AssemblyName, assembly, m_assembly,
               fmt::format("the assembly is named \"{}\"; right is \"{}\", as the file", m_assembly, wanted));
    if ((assembly.flags() & assembly_flags::kWindowsRuntime) == 0)
        report(RuleId::AssemblyFlags, assembly, m_assembly,
               fmt::format("the flags are {:#x}; right is {:#x}", assembly.flags(), assembly.flags() | 0x200));
    auto const module = m_file.row<Module>(1);
    if (module.name() != m_assembly + ".winmd")
        report(RuleId::ModuleName, module, std::string{module.name()}, fmt::format("right is {}.winmd", m_assembly));
    if (is_component() && is_below(m_assembly, "Windows"))
        report(RuleId::AssemblyWindows, assembly, m_assembly, "names that begin with Windows belong to the system");
    for (auto const type : types) {
        if (!type.is_public() || type.name() == "<Module>") continue;
        auto const name = to_string(type.full_name());
        if (is_component() && is_below(type.name_space(), "Windows"))
            report(RuleId::AssemblyWindows, type, name, "namespaces that begin with Windows belong to the system");
        else if (is_component() && !is_below(type.name_space(), m_assembly))
            report(RuleId::AssemblyNamespace, type, name,
                   fmt::format("its root namespace is not {}, the name of the file; it will not be found", m_assembly));
    }
}

void Validator::check_assembly_references()
{
    for (auto const row : m_file.rows<AssemblyRef>()) {
        if (row.name().empty())
            report(RuleId::AssemblyRefName, row, {}, "the reference has no name; right is that of a metadata file");
        else if (!is_framework(row.name()) && (row.flags() & assembly_flags::kWindowsRuntime) == 0)
            report(RuleId::AssemblyRefFlags, row, std::string{row.name()},
                   fmt::format("the flags are {:#x}; right is {:#x}", row.flags(), row.flags() | 0x200));
    }
}

void Validator::check_references()
{
    for (auto const row : m_file.rows<TypeRef>()) {
        auto const name = to_string(row.full_name());
        auto const scope = row.resolution_scope();
        if (!scope) {
            report(RuleId::ReferenceScope, row, name, "it does not say where the type is; right is an AssemblyRef");
            continue;
        }
        bool const of_system = is_below(row.name_space(), "System");
        if (scope.is<AssemblyRef>()) {
            auto const assembly = scope.as<AssemblyRef>().name();
            // Contract files (Windows.Foundation.UniversalApiContract) hold types of many namespaces of Windows.
            bool const contract = is_below(assembly, "Windows") && is_below(row.name_space(), "Windows");
            if (!assembly.empty() && !is_framework(assembly) && !contract && !is_below(row.name_space(), assembly))
                report(RuleId::AssemblyRefName, row, name,
                       fmt::format("it is looked for in {}.winmd; right is a file named {} or as a namespace above",
                                   assembly, row.name_space()));
        }
        if (m_options.references && !of_system && !scope.is<TypeRef>() && !find(name))
            report(RuleId::ReferenceUnresolved, row, name, "no metadata that was given defines it; is a -r missing?");
    }
}

void Validator::check_tables()
{
    for (std::size_t i = 0; i < kTableCount; ++i) {
        auto const& table = spec_of(static_cast<TableId>(i));
        if (m_file.is_sorted(table.id)) continue;
        auto const column = static_cast<unsigned>(table.sort_column);
        uint32_t row = 2;
        while (m_file.value(table.id, row - 1, column) <= m_file.value(table.id, row, column))
            ++row;
        report(RuleId::TableSorted, table.id, row, {},
               fmt::format("the table is not sorted by {}: this row belongs before the one above; readers that search "
                           "will not find it",
                           table.columns[column].name));
    }
    auto once = [&](TableId map) {
        std::unordered_set<uint32_t> seen;
        for (uint32_t row = 1; row <= m_file.row_count(map); ++row) {
            auto const parent = m_file.value(map, row, 0);
            if (!seen.insert(parent).second)
                report(RuleId::MapDuplicate, map, row, to_string(m_file.row<TypeDef>(parent).full_name()),
                       "the type has a row already; readers lose what one of them lists");
        }
    };
    once(TableId::PropertyMap);
    once(TableId::EventMap);
}

void Validator::check_attribute_values()
{
    for (auto const attribute : m_file.rows<CustomAttribute>()) {
        if (attribute.type_name().name_space != kMetadataNamespace) continue; // others' enums may be unknown here
        if (auto const value = decode(attribute, m_options.references); !value)
            report(RuleId::AttributeValue, attribute, to_string(attribute.type_name()), value.error().what);
    }
}

} // namespace latchkey::winmd
