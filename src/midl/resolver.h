// SPDX-License-Identifier: MIT
// Gives the names in syntax their meaning: types, members, attributes, values of enumerators. Each function reports
// what it cannot make sense of and gives a usable result anyway (a Type of kind Error), so that nothing is reported
// twice.
#pragma once

#include "midl/attribute_table.h"
#include "midl/diagnostic.h"
#include "midl/model.h"
#include "midl/symbols.h"
#include "winmd/builder.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

inline constexpr unsigned kMaxEnumDepth = 64; // enums whose values are made of other enums' values

// Where a name is used.
struct Scope {
    std::string_view name_space;
    std::vector<Name> const* generic_parameters = nullptr;
};
Scope scope_of(Declaration const& declaration);

enum class Use : uint8_t {
    Value,  // of a parameter, property, field
    Return, // also void
    Argument,
    Base, // anything that can follow ':'
    Name, // in an attribute: any type
};

// Is the attribute of that name in the list?
Attribute const* find_attribute(Attributes const& attributes, std::string_view name);

struct ResolverOptions {
    bool is_sdk = false; // write only the attributes that are written
};

class Resolver {
public:
    Resolver(SymbolTable& symbols, Diagnostics& diagnostics, ResolverOptions options)
        : m_symbols{symbols}, m_diagnostics{diagnostics}, m_options{options}
    {}

    Type type(TypeName const& name, Scope const& scope, Use use);

    // Whole types of the sources.
    void interface(Symbol& symbol);
    void delegate(Symbol& symbol);
    std::unique_ptr<DataModel> data(Symbol& symbol);

    // Members into an interface, in order. Properties that are declared in parts become one.
    void add_member(InterfaceModel& out, Member const& member, Scope const& scope);
    std::vector<ParameterModel> parameters(std::vector<Parameter> const& list, Scope const& scope,
                                           Use use = Use::Value);
    // After the last member: ABI names of overloads, names that clash.
    void finish_interface(InterfaceModel& out);
    // Overloads of one arity have one default. finish_interface() has done it; a class does it for all its interfaces.
    void check_overload_sets(InterfaceModel const& out);

    // Attributes as metadata; the version attribute comes first. Structural ones (uuid, default, …) are only checked.
    AttributeModels attributes(Attributes const& list, Target target, Scope const& scope);
    ApiVersion version(Attributes const& list, Scope const& scope, ApiVersion const& otherwise);
    AttributeModel version_attribute(ApiVersion const& version);
    std::optional<winmd::Guid> guid(AttributeArgument const& argument);
    // "NAME" or NAME; nullopt after a complaint.
    std::optional<std::string> word(AttributeArgument const& argument);
    std::optional<uint32_t> version_number(AttributeArgument const& argument, bool is_contract);

    SymbolTable& symbols() { return m_symbols; }
    Diagnostics& diagnostics() { return m_diagnostics; }
    bool is_sdk() const { return m_options.is_sdk; }
    // Attributes of Windows.Foundation.Metadata by their constructor's shape.
    AttributeModel marker(std::string_view type_name);

private:
    Type unknown(TypeName const& name, Scope const& scope);
    void check_use(TypeName const& name, Symbol const& symbol, Use use);
    Passing passing(Parameter const& parameter, Type& type);
    void add_method(InterfaceModel& out, Member const& member, Scope const& scope);
    void add_property(InterfaceModel& out, Member const& member, Scope const& scope);
    void add_event(InterfaceModel& out, Member const& member, Scope const& scope);
    void name_overloads(InterfaceModel& out);
    void check_members(InterfaceModel const& out);
    void no_exception(Attributes const& list, AttributeModels& out);

    bool check_placement(Attribute const& attribute, KnownAttribute const& known, Target target);
    void known_attribute(Attribute const& attribute, KnownAttribute const& known, Target target, Scope const& scope,
                         AttributeModels& out);
    void deprecated(Attribute const& attribute, Scope const& scope, AttributeModels& out);
    void custom_attribute(Attribute const& attribute, Scope const& scope, AttributeModels& out);
    bool encode(winmd::AttributeBlob& out, Type const& type, AttributeArgument const& argument, Scope const& scope);
    bool encode_number(winmd::AttributeBlob& out, winmd::ElementType element, AttributeArgument const& argument);
    bool encode_enum(winmd::AttributeBlob& out, Symbol& type, AttributeArgument const& argument);
    DataModel const& attribute_shape(Symbol& type);

    std::unique_ptr<DataModel> structure(Symbol& symbol);
    std::unique_ptr<DataModel> attribute_type(Symbol& symbol);
    std::unique_ptr<DataModel> contract(Symbol& symbol);
    void attribute_usage(Declaration const& declaration, DataModel& out);
    std::unique_ptr<DataModel> enumeration(Symbol& symbol);
    void check_field_type(Symbol const& owner, Member const& field, Type const& type);
    // Values by enumerator; evaluated when first asked for.
    std::map<std::string, int64_t, std::less<>> const& enum_values(Symbol& symbol);
    std::optional<int64_t> enumerator(Symbol& type, std::string_view name, Range where);

    SymbolTable& m_symbols;
    Diagnostics& m_diagnostics;
    ResolverOptions m_options;
    unsigned m_enum_depth = 0;
    std::map<Symbol const*, std::map<std::string, int64_t, std::less<>>> m_enum_values;
    std::map<Symbol const*, std::unique_ptr<DataModel>> m_attribute_shapes;
};

} // namespace latchkey::midl
