// SPDX-License-Identifier: MIT
// All types by name: those of the sources and those of the referenced files. Referenced types become symbols when they
// are first asked for.
#pragma once

#include "midl/diagnostic.h"
#include "midl/model.h"
#include "winmd/metadata.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latchkey::midl {

inline constexpr std::string_view kMetadataNamespace = "Windows.Foundation.Metadata";
// Windows' types that no reference defines belong to this assembly.
inline constexpr std::string_view kWindowsAssembly = "Windows";

// Each looks at every type there is; a source with more unknown names has another trouble than spelling.
inline constexpr std::size_t kMaxSuggestions = 50;

class SymbolTable {
public:
    // references may be nullptr; it must outlive the table.
    explicit SymbolTable(winmd::Metadata const* references) : m_references{references} {}
    SymbolTable(SymbolTable const&) = delete;
    SymbolTable& operator=(SymbolTable const&) = delete;

    // Enters a type of the sources. nullptr when the name is taken by the sources; *existing is then who has it.
    Symbol* declare(Declaration const& declaration, Symbol** existing);
    Symbol& make_interface(Symbol& for_class, std::string_view name_space, std::string_view name, Range range);

    // By full name without `n. nullptr: nobody defines it.
    Symbol* find(std::string_view full_name, std::size_t arity);
    // A name as used inside name_space: there, in the namespaces around it, in Windows.Foundation and its Collections.
    Symbol* look_up(std::string_view name, std::size_t arity, std::string_view name_space);
    // A referenced definition as a symbol.
    Symbol& of(winmd::TypeDef definition);
    // A type that may be defined nowhere: Windows' attributes, mscorlib's types.
    Symbol& external(std::string_view name_space, std::string_view name, DeclarationKind kind,
                     std::string_view assembly);
    Symbol& metadata_type(std::string_view name, DeclarationKind kind = DeclarationKind::Attribute);
    // The attribute type that is written as [name]: its attributename or its own name with or without "Attribute".
    Symbol* look_up_attribute(std::string_view name, std::string_view name_space);
    void name_attribute(std::string_view idl_name, Symbol& type);

    bool is_namespace(std::string_view name) const;
    std::vector<Symbol*> const& declared() const { return m_declared; }

    // The nearest known name, for a message.
    std::optional<std::string> suggest_type(std::string_view name, std::size_t arity, std::string_view name_space);

    // Methods of an interface or delegate that is not of the sources, from its file.
    InterfaceModel& shape_of(Symbol& symbol);
    // Constructors and fields of a referenced attribute type.
    DataModel attribute_shape(Symbol& symbol);
    // "System.Guid"
    Symbol& guid_type() { return external("System", "Guid", DeclarationKind::Struct, "mscorlib"); }
    Symbol& system_type() { return external("System", "Type", DeclarationKind::Class, "mscorlib"); }

private:
    Symbol* referenced_attribute(std::string_view name);
    Symbol& add(std::string_view name_space, std::string_view name, std::size_t arity);
    Type type_of(winmd::TypeSignature const& signature);
    Type type_of(winmd::TypeDefOrRef row);
    void read_shape(InterfaceModel& out, winmd::TypeDef definition);
    static std::string key(std::string_view full_name, std::size_t arity);

    winmd::Metadata const* m_references;
    std::size_t m_suggestions = 0;
    std::unordered_map<std::string, std::unique_ptr<Symbol>> m_symbols;
    std::vector<std::unique_ptr<Symbol>> m_replaced; // referenced types whose name the output took; types point to them
    std::vector<Symbol*> m_declared;
    std::unordered_map<std::string, Symbol*> m_attribute_names; // "ns.doc_string"
    std::map<std::string, bool, std::less<>> m_namespaces;
};

} // namespace latchkey::midl
