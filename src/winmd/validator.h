// SPDX-License-Identifier: MIT
// One run of validate(): what every group of rules needs. Internal to the room.
#pragma once

#include "winmd/rules.h"
#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace latchkey::winmd {

class Validator {
public:
    Validator(File const& file, ValidateOptions const& options);
    std::vector<Finding> run();

private:
    // validate.cpp
    void report(RuleId rule, TableId table, uint32_t row, std::string name, std::string text);
    template <typename Row>
    void report(RuleId rule, Row const& row, std::string name, std::string text)
    {
        report(rule, Row::kTable, row.row(), std::move(name), std::move(text));
    }
    static std::string member_name(TypeDef type, std::string_view member);
    TypeDef resolve(TypeDefOrRef type) const;
    TypeDef find(std::string_view full_name) const;
    void check_container();
    void check_assembly();
    void check_assembly_references();
    void check_references();
    void check_tables();
    void check_attribute_values();
    bool is_component() const { return m_publisher == Publisher::Component; }
    // Written by winmdexp, for a component in C# or Visual Basic.
    bool is_managed() const { return m_file.version().find("CLR") != std::string_view::npos; }

    // validate_types.cpp
    void check_type(TypeDef type);
    void check_type_name(TypeDef type);
    void check_unique(TypeDef type);
    void check_type_flags(TypeDef type, Category kind);
    void check_extends(TypeDef type, Category kind);
    void check_guid(TypeDef type);
    void check_generic(TypeDef type, Category kind);
    void check_class(TypeDef type, Category kind);
    void check_class_attributes(TypeDef type, Category kind, std::vector<Factory> const& factories);
    void check_factory(TypeDef type, Factory const& factory);
    void check_implemented(TypeDef type);
    void check_interface(TypeDef type);
    void check_delegate(TypeDef type);
    void check_enum(TypeDef type);
    void check_struct(TypeDef type);
    struct ClassInterfaces {
        std::unordered_set<std::string> implemented;
        std::unordered_set<std::string> factories;
    };
    // Collected once a class: a hostile file may ask thousands of times.
    ClassInterfaces const& interfaces_of(TypeDef type);

    // validate_constructors.cpp
    void check_constructors(TypeDef type, std::vector<Factory> const& found);
    void check_sealed_constructors(TypeDef type);
    void check_object_methods(TypeDef type);

    // validate_members.cpp
    void check_methods(TypeDef type, Category kind);
    void check_method_flags(TypeDef type, Category kind, MethodDef method);
    void check_method_impls(TypeDef type);
    void check_overloads(TypeDef type);
    void check_signature(TypeDef type, MethodDef method);
    void check_params(TypeDef type, MethodDef method, MethodSignature const& signature);
    void check_properties(TypeDef type);
    void check_events(TypeDef type);
    // What is wrong with a type in a signature; empty when nothing is.
    std::string trouble(TypeSignature const& type, TypeDef where, bool array_allowed) const;
    std::string field_trouble(TypeSignature const& type) const;

    File const& m_file;
    ValidateOptions const& m_options;
    Publisher m_publisher = Publisher::Component;
    std::string m_assembly;
    struct NameHash {
        std::size_t operator()(TypeName const& name) const noexcept
        {
            std::hash<std::string_view> const hash;
            return hash(name.name_space) * 31 + hash(name.name);
        }
    };
    std::unordered_map<TypeName, TypeDef, NameHash> m_types;
    std::unordered_map<std::string, TypeDef> m_folded_names; // lower case
    std::unordered_map<std::string, TypeDef> m_guids;
    std::unordered_map<TypeDef, ClassInterfaces, RowHash> m_interfaces;
    std::vector<Finding> m_findings;
};

} // namespace latchkey::winmd
