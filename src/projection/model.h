// SPDX-License-Identifier: MIT
// What the emitters write from: the metadata with every reference resolved, names made C++ and members classified.
//
// A Model is built in one go (build_model) and is immutable afterwards, so any number of threads may write from it.
// It keeps pointers into the Metadata that it was built from, which must outlive it.
//
// A type mentioned by some signature that no file defines is "unresolved". By default that is an error; with
// Unresolved::Skip the members that mention such types are left out, and so are types that cannot exist without them
// (a struct with such a field, a class whose default interface is missing), until nothing unresolved is left. Slots of
// vtables always stay.
#pragma once

#include "winmd/metadata.h"
#include "winmd/runtime_type.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::projection {

inline constexpr std::size_t kMaxUnresolvedListed = 20;
inline constexpr unsigned kMaxRequireDepth = 64;  // interfaces that require interfaces
inline constexpr unsigned kMaxStructDepth = 64;   // structs inside structs
inline constexpr std::size_t kMaxRequired = 1024; // of one type, in all
inline constexpr std::size_t kMaxTypeParts = 256; // types inside a type, once generic parameters are replaced

struct Type;
struct Namespace;

// A value type that base.h defines by hand.
struct MappedType {
    std::string_view name_space;
    std::string_view name;
    std::string_view cpp;
    std::string_view abi;
};

// A type as some signature mentions it.
struct TypeUse {
    enum class Kind : uint8_t { Void, Fundamental, String, Object, Mapped, Named, GenericParam, Unresolved };

    Kind kind = Kind::Void;
    winmd::ElementType element = winmd::ElementType::Void; // Fundamental
    bool is_value_type = false;                            // Unresolved: how the reference was written
    uint32_t number = 0;                                   // GenericParam
    Type const* type = nullptr;                            // Named
    MappedType const* mapped = nullptr;
    std::vector<TypeUse> arguments; // Named: of a generic
    winmd::TypeDefOrRef reference;  // Unresolved

    bool operator==(TypeUse const&) const;
    // Interfaces, classes, delegates, Object: one pointer in the ABI.
    bool is_reference() const;
    bool is_enum() const;
    bool is_struct() const;
};

struct Parameter {
    std::string name;
    TypeUse type;
    winmd::Passing passing = winmd::Passing::In;
    bool by_const_reference = false; // `ref const`: a pointer in the ABI
};

struct Method {
    enum class Kind : uint8_t { Plain, Getter, Setter, Adder, Remover };

    Kind kind = Kind::Plain;
    bool is_noexcept = false;
    bool is_usable = true;      // every type in it is
    bool has_slot_types = true; // false: not even the ABI of the slot can be written
    bool returns_array = false;
    std::string name; // in C++, without get_ and put_
    std::string slot; // in the vtable; unique in its interface
    std::string_view deprecated;
    bool is_deprecated = false;
    TypeUse result;
    std::vector<Parameter> parameters;
};

struct Field {
    std::string name;
    TypeUse type;
};

struct EnumConstant {
    std::string name;
    int64_t value = 0;
    bool is_deprecated = false;
    std::string_view deprecated;
};

struct ClassFactory {
    winmd::FactoryKind kind = winmd::FactoryKind::Activatable;
    Type const* interface = nullptr; // none: the default constructor
    bool is_public = true;           // Composable
};

struct ClassInterface {
    TypeUse interface;
    bool is_default = false;
    bool is_overridable = false;
    bool is_protected = false;
};

struct Type {
    winmd::TypeDef def;
    winmd::Category category = winmd::Category::Interface;
    Namespace const* name_space = nullptr;
    std::string_view name;             // as in metadata, with `n
    std::string full_name;             // "Windows.Foundation.Collections.IMap`2"
    std::string cpp_name;              // "IMap"
    std::string cpp;                   // "winrt::Windows::Foundation::Collections::IMap"
    std::string joined;                // "Windows_Foundation_Collections_IMap"
    std::vector<std::string> generics; // "K", "V"
    std::optional<winmd::Guid> guid;
    bool is_exclusive = false;
    bool is_mapped = false; // base.h has it: nothing is generated
    bool is_usable = true;
    bool is_deprecated = false;
    std::string_view deprecated;

    std::vector<Method> methods;   // Interface; Delegate: Invoke alone
    std::vector<TypeUse> required; // Interface: everything that it requires, flattened, each once

    std::vector<ClassInterface> interfaces; // Class: its own, as listed
    TypeUse default_interface;              // Class; Void when there is none
    std::vector<TypeUse> class_interfaces; // Class: flattened, with the bases', without default, protected, overridable
    std::vector<ClassFactory> factories;
    Type const* base = nullptr;
    bool is_sealed = true;

    std::vector<Field> fields;
    std::vector<EnumConstant> constants;
    bool is_flags = false;

    bool is_generic() const { return !generics.empty(); }
};

struct Namespace {
    std::string_view name;             // "Windows.Foundation"
    std::string cpp;                   // "winrt::Windows::Foundation"
    std::vector<Type*> types;          // in name order, mapped ones included
    bool is_projected = false;         // to be generated
    Namespace const* parent = nullptr; // the nearest enclosing namespace that has types
    bool has_types = false;            // any that are written
    // Set when its structs are written together with those of other namespaces: the first of these.
    Namespace const* struct_home = nullptr;
    std::vector<Namespace const*> struct_group; // of a home: all of them, in name order

    bool shares_structs_with(Namespace const& other) const
    {
        return this == &other || (struct_home != nullptr && struct_home == other.struct_home);
    }
};

enum class Unresolved : uint8_t { Refuse, Skip };

struct ModelOptions {
    std::span<winmd::File const* const> inputs; // whose types are to be generated
    std::span<std::string const> include;       // namespaces or types by prefix at a dot; empty: all
    std::span<std::string const> exclude;       // the longest match of both decides
    Unresolved unresolved = Unresolved::Refuse;
};

// Why the metadata cannot become headers, in words for the person who called the tool; may have several lines.
struct GenerateError {
    std::string what;
};

class Model {
public:
    std::map<std::string_view, Namespace> const& namespaces() const { return m_namespaces; }
    Type const* find(std::string_view full_name) const;

    // With Unresolved::Skip: what was left out.
    std::size_t skipped_types() const { return m_skipped_types; }
    std::size_t skipped_members() const { return m_skipped_members; }
    // "Windows.Graphics.SizeInt32 (assembly Windows.Graphics)", in name order, each once.
    std::vector<std::string> const& unresolved() const { return m_unresolved; }

private:
    friend class ModelBuilder;
    std::map<std::string_view, Namespace> m_namespaces;
    std::deque<Type> m_types;
    std::size_t m_skipped_types = 0;
    std::size_t m_skipped_members = 0;
    std::vector<std::string> m_unresolved;
};

[[nodiscard]] tl::expected<Model, GenerateError> build_model(winmd::Metadata const& metadata,
                                                             ModelOptions const& options);

// The classes that a class derives from, nearest first.
std::vector<Type const*> bases_of(Type const& runtime_class);

// Replaces generic parameters by arguments.
TypeUse substitute(TypeUse const& use, std::span<TypeUse const> arguments);

// True when name is the prefix, or continues it after a dot.
bool has_prefix(std::string_view name, std::string_view prefix);
// Decided by the longest prefix of the two lists; with an empty include everything else is in.
bool is_included(std::string_view full_name, std::span<std::string const> include,
                 std::span<std::string const> exclude);

} // namespace latchkey::projection
