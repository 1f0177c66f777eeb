// SPDX-License-Identifier: MIT
// What the sources mean: types with their names looked up, interfaces made for classes, every method slot in order.
// Built from the syntax by symbols, resolver and synthesis; written to a file by the emitter.
#pragma once

#include "midl/syntax.h"
#include "winmd/guid.h"
#include "winmd/schema.h"
#include "winmd/tables.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace latchkey::midl {

struct Symbol;
struct InterfaceModel;

// A type in a signature.
struct Type {
    enum class Kind : uint8_t { Error, Fundamental, Named, Parameter };
    Kind kind = Kind::Error;
    bool is_array = false;
    winmd::ElementType element = winmd::ElementType::Void; // Fundamental: also Void, String, Object
    Symbol* symbol = nullptr;                              // Named
    uint32_t number = 0;                                   // Parameter
    std::vector<Type> arguments = {};                      // Named

    static Type fundamental(winmd::ElementType element) { return {.kind = Kind::Fundamental, .element = element}; }
    static Type named(Symbol& symbol) { return {.kind = Kind::Named, .symbol = &symbol}; }
    bool is_error() const { return kind == Kind::Error; }
    bool is_void() const { return kind == Kind::Fundamental && element == winmd::ElementType::Void; }
    bool operator==(Type const&) const = default;
};
// As a person writes it: "Windows.Foundation.Collections.IMap<String, Object>", "UInt8[]".
std::string to_string(Type const&);
// Replaces type parameters by arguments.
Type substitute(Type const&, std::vector<Type> const& arguments);

struct AttributeModel {
    Symbol* type = nullptr;
    std::vector<Type> parameters; // of the constructor
    std::vector<uint8_t> value;
};
using AttributeModels = std::vector<AttributeModel>;

struct ApiVersion {
    Symbol* contract = nullptr; // nullptr: a plain version
    uint32_t version = 1;
    bool is_given = false;
};

// A type: of the sources, made by synthesis, or referenced. Symbols live as long as their table and do not move.
struct Symbol {
    std::string name_space;
    std::string name; // without `n
    uint32_t arity = 0;
    DeclarationKind kind = DeclarationKind::Interface;
    Declaration const* declaration = nullptr; // sources
    Range range;                              // of the name
    Symbol* made_for = nullptr;               // synthesized interface: the class
    winmd::TypeDef referenced;                // found in a reference
    std::string assembly;                     // of a type that is not in the output
    bool is_static_class = false;
    bool is_windows_runtime = true; // false: mscorlib's, or of a file that is no Windows Runtime metadata

    bool is_output() const { return declaration != nullptr || made_for != nullptr; }
    std::string full_name() const { return name_space.empty() ? name : name_space + '.' + name; }
    // With `n
    std::string metadata_name() const { return arity == 0 ? name : name + '`' + std::to_string(arity); }
    bool is_value_type() const
    {
        return kind == DeclarationKind::Struct || kind == DeclarationKind::Enum || kind == DeclarationKind::Contract;
    }

    // Interfaces and delegates (one method, Invoke). For referenced types filled when first asked for.
    std::unique_ptr<InterfaceModel> shape;
};

enum class Passing : uint8_t { In, Out, RefConst, PassArray, FillArray, ReceiveArray };

struct ParameterModel {
    std::string name;
    Type type; // without the array of the array forms: is_array is set where the signature has one
    Passing passing = Passing::In;
    AttributeModels attributes = {};
    Range range = {};
};

enum class Role : uint8_t { Method, Getter, Setter, Adder, Remover };

struct MethodModel {
    std::string name;          // "Send", "get_Name"
    std::string abi_name = {}; // in the vtable; differs for overloads
    bool has_overload = false; // write OverloadAttribute
    bool is_default_overload = false;
    bool is_named = false; // abi_name comes from [method_name]
    Role role = Role::Method;
    Type return_type = Type::fundamental(winmd::ElementType::Void);
    std::vector<ParameterModel> parameters = {};
    AttributeModels attributes = {};
    Range range = {};
};

struct PropertyModel {
    std::string name;
    Type type;
    int getter = -1; // index into methods
    int setter = -1;
    AttributeModels attributes = {};
    Range range = {};
};

struct EventModel {
    std::string name;
    Type type;
    int adder = -1;
    int remover = -1;
    AttributeModels attributes = {};
    Range range = {};
};

struct InterfaceModel {
    Symbol* symbol = nullptr;
    std::vector<Type> bases = {}; // required interfaces, as listed
    std::vector<MethodModel> methods = {};
    std::vector<PropertyModel> properties = {};
    std::vector<EventModel> events = {};
    // Only of types of the output:
    winmd::Guid iid = {};
    bool has_own_iid = false;
    bool is_exclusive = false;
    Symbol* exclusive_to = nullptr;
    ApiVersion version = {};
    AttributeModels attributes = {};
};

struct ImplementedInterface {
    Type type;
    bool is_default = false;
    bool is_overridable = false;
    bool is_protected = false;
    Range range = {};
};

struct FactoryModel {
    enum class Kind : uint8_t { Activatable, Static, Composable };
    Kind kind = Kind::Activatable;
    Symbol* interface = nullptr; // nullptr: the default constructor
    bool is_public = true;       // Composable
    ApiVersion version = {};
    Range range = {};
};

struct ClassModel {
    Symbol* symbol = nullptr;
    Symbol* base = nullptr;
    bool is_static = false;
    std::vector<ImplementedInterface> interfaces = {};
    std::vector<FactoryModel> factories = {};
    ApiVersion version = {};
    AttributeModels attributes = {};
};

struct FieldModel {
    std::string name;
    Type type;
    int64_t value = 0; // enumerators
    AttributeModels attributes = {};
    Range range = {};
};

struct ConstructorModel {
    std::vector<ParameterModel> parameters;
};

// Struct, enum, attribute or contract.
struct DataModel {
    Symbol* symbol = nullptr;
    bool is_unsigned = false; // enum
    std::vector<FieldModel> fields = {};
    std::vector<ConstructorModel> constructors = {}; // attribute
    ApiVersion version = {};
    AttributeModels attributes = {};
};

struct Model {
    // In the order of the output: types as declared, each class behind the interfaces made for it.
    std::vector<Symbol*> interfaces; // and delegates; their shape is set
    std::vector<std::unique_ptr<ClassModel>> classes;
    std::vector<std::unique_ptr<DataModel>> data;
    std::vector<Symbol*> order;
};

} // namespace latchkey::midl
