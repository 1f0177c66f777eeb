// SPDX-License-Identifier: MIT
// What metadata means in the Windows Runtime: kinds of types, default interfaces, factories, parameters. Each question
// is answered from one type's own rows; only those that take a Metadata look into other types.
#pragma once

#include "winmd/attribute.h"
#include "winmd/metadata.h"
#include "winmd/signature.h"
#include "winmd/tables.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace latchkey::winmd {

enum class Category : uint8_t {
    Interface,
    Class,
    StaticClass, // abstract and sealed: only statics
    Enum,
    Struct,
    Delegate,
    Attribute,
    Contract, // an API contract: a struct with ApiContractAttribute
};
Category category(TypeDef);
std::string_view to_string(Category); // "interface", "class", "static class", …

// Of a GuidAttribute; nullopt when there is none or it is broken.
std::optional<Guid> guid(TypeDef);

// The InterfaceImpl of a class that has DefaultAttribute; none for static classes.
InterfaceImpl default_interface(TypeDef runtime_class);

bool is_exclusive(TypeDef interface);
// The class that ExclusiveToAttribute names; empty when the interface is not exclusive.
std::string_view exclusive_to(TypeDef interface);

enum class FactoryKind : uint8_t { Activatable, Static, Composable };
struct Factory {
    FactoryKind kind = FactoryKind::Activatable;
    std::string_view interface; // full name; empty: the default constructor (IActivationFactory.ActivateInstance)
    uint32_t version = 0;       // 0 when given as a contract version
    bool is_public = true;      // Composable: can be created by clients, not only derived from
    CustomAttribute attribute;
};
// In the order of the attributes.
std::vector<Factory> factories(TypeDef runtime_class);

struct EnumConstant {
    std::string_view name;
    int64_t value = 0; // of a UInt32 enum: 0 … 4294967295
    Field field;
};
std::vector<EnumConstant> enum_constants(TypeDef enumeration); // in definition order
// I4 or U4 (for managed enums any integer type); Void when the type is not an enum.
ElementType enum_underlying_type(TypeDef enumeration);
bool is_flags_enum(TypeDef enumeration);

// Instance fields of a struct, in order.
std::vector<Field> struct_fields(TypeDef structure);

enum class Passing : uint8_t {
    In,
    Out,
    InArray,      // PassArray: length and const elements
    FillArray,    // the caller's buffer is filled
    ReceiveArray, // the callee allocates
};
struct MethodParameter {
    std::string_view name; // "" when the file does not name it
    ParamSignature const* signature = nullptr;
    Param row; // none when the file has none
    Passing passing = Passing::In;
};
// One for each parameter of the signature, which must outlive the result.
std::vector<MethodParameter> parameters(MethodDef method, MethodSignature const& signature);
// The Param row with sequence 0: the name of the return value; none when the file has none.
Param return_param(MethodDef);

// The delegate's Invoke; none when the type is not a delegate.
MethodDef invoke_method(TypeDef delegate);

// OverloadAttribute: the name that the method has in the ABI; the method's own name when it has none.
std::string_view abi_name(MethodDef);
bool is_default_overload(MethodDef);

// ContractVersionAttribute or VersionAttribute; nullopt when it has neither.
struct ApiVersion {
    std::string_view contract; // empty: plain version
    uint32_t version = 0;
};
std::optional<ApiVersion> api_version(HasCustomAttribute);

bool is_deprecated(HasCustomAttribute);
// Of DeprecatedAttribute; empty when there is none.
std::string_view deprecation_message(HasCustomAttribute);

// The class that a class derives from; none for System.Object, System.Enum, … and when metadata does not know it.
TypeDef base_class(TypeDef runtime_class, Metadata const&);

// All interfaces that a type must implement, its own first and then what those require, each once, by structure.
std::vector<TypeSignature> required_interfaces(TypeDef, Metadata const&);

// Replaces Var(n) by arguments[n], so that IMap<K, V>'s members can be asked for IMap<String, Object>.
TypeSignature substitute(TypeSignature const&, std::span<TypeSignature const> arguments);

} // namespace latchkey::winmd
