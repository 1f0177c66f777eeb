// SPDX-License-Identifier: MIT
// What a component must keep to beyond grammar and names: docs/midl.md, Component rules. Messages carry the number that
// Windows' own WinMdExp has for the rule, where it has one.
#pragma once

#include "midl/diagnostic.h"
#include "midl/model.h"
#include "midl/symbols.h"

#include <string_view>
#include <vector>

namespace latchkey::midl {

struct RuleOptions {
    std::string_view component_name; // of the output, without ".winmd"
    bool is_sdk = false;             // Windows' own namespaces, no advice to component authors
};

// Root namespaces, names that differ only by case, types named like namespaces. is_complete: the sources had no syntax
// errors, so what is missing is missing.
void check_names(std::vector<NamespaceUse> const& namespaces, SymbolTable& symbols, RuleOptions const& options,
                 bool is_complete, Diagnostics&);

// Before synthesis: what a class may declare.
void check_class_declaration(Symbol const& symbol, RuleOptions const& options, Diagnostics&);
// After it.
void check_class(ClassModel const& model, SymbolTable& symbols, bool is_complete, Diagnostics&);

// Two types with one IID, and IIDs of zero.
void check_identities(Model const& model, SymbolTable& symbols, Diagnostics&);
// Interfaces that are exclusive to a class of the sources which has nothing to do with them.
void check_exclusive(Model const& model, Diagnostics&);

// Methods that C++ cannot implement beside those of IUnknown and IInspectable.
void check_object_names(Model const& model, SymbolTable& symbols, Diagnostics&);

// Would a member of that name stand for one that every object has, in the languages that project classes? ToString may.
bool is_object_method(std::string_view name, bool is_static, std::size_t parameters, bool takes_object);

// Structs, interfaces and classes that contain, require or derive from themselves.
void check_cycles(Model const& model, SymbolTable& symbols, Diagnostics&);

} // namespace latchkey::midl
