// SPDX-License-Identifier: MIT
// What a file says, as it says it: the parser's result. Names are not looked up yet.
#pragma once

#include "midl/expression.h"
#include "midl/source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

struct Name {
    std::string_view text = {};
    Range range = {};
};

struct TypeName {
    std::string name = {}; // "Int32", "A.B.IMap"; empty: none
    std::vector<TypeName> arguments = {};
    bool is_array = false;
    Range range = {};      // with arguments and []
    Range name_range = {}; // without
};

struct AttributeArgument {
    enum class Kind : uint8_t { String, Number, Name, Guid };
    Kind kind = Kind::Name;
    Name name = {};        // of a named argument; empty text: positional
    std::string text = {}; // the string's contents, the number, the GUID
    TypeName type = {};    // Name: an identifier or a type
    Range range = {};
};

struct Attribute {
    std::string name = {};
    Range range = {};
    std::vector<AttributeArgument> arguments = {};
};
using Attributes = std::vector<Attribute>;

struct Parameter {
    Attributes attributes = {};
    bool is_in = false;
    bool is_out = false;
    bool is_ref = false;
    bool is_const = false;
    TypeName type = {};
    Name name = {};
};

struct Accessor {
    bool is_setter = false;
    Attributes attributes = {};
    Range range = {};
};

struct Member {
    enum class Kind : uint8_t { Method, Constructor, Property, Event, Interface, Field };
    Kind kind = Kind::Method;
    Attributes attributes = {};
    int block = -1; // index into Declaration::blocks; -1: directly in the type
    bool is_static = false;
    bool is_protected = false;
    bool is_overridable = false;
    TypeName type = {}; // return, property, event or field type; Interface: the interface
    Name name = {};
    std::vector<Parameter> parameters = {};
    std::vector<Accessor> accessors = {}; // in the order written
};

// [attributes] { members } inside a class.
struct Block {
    Attributes attributes = {};
    int parent = -1;
    Range range = {};
};

// One entry of the list after ':' or requires.
struct Base {
    Attributes attributes = {};
    TypeName type = {};
};

struct Enumerator {
    Attributes attributes = {};
    Name name = {};
    std::optional<Expression> value = {};
};

enum class DeclarationKind : uint8_t { Interface, Class, Struct, Enum, Delegate, Attribute, Contract };
// "interface", "runtimeclass", …: the keyword.
std::string_view to_string(DeclarationKind);

struct Declaration {
    DeclarationKind kind = DeclarationKind::Interface;
    std::string_view name_space = {}; // empty: outside any
    Name name = {};
    Attributes attributes = {};
    std::vector<Name> generic_parameters = {};
    bool is_static = false;
    bool is_unsealed = false;
    bool is_partial = false;
    Range unsealed_range = {};
    std::vector<Base> bases = {};
    std::vector<Member> members = {};
    std::vector<Block> blocks = {};
    std::vector<Enumerator> enumerators = {};
    TypeName type = {}; // delegate: return type; enum: underlying type
    std::vector<Parameter> parameters = {};
    bool is_imported = false; // not from a file of the command line
};

struct Import {
    std::string path = {};
    Range range = {};
};

struct NamespaceUse {
    std::string_view name = {};
    Range range = {};
};

struct SyntaxTree {
    std::vector<Import> imports = {};
    std::vector<NamespaceUse> namespaces = {};
    std::vector<std::unique_ptr<Declaration>> declarations = {};
};

} // namespace latchkey::midl
