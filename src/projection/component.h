// SPDX-License-Identifier: MIT
// The files of a component, the library in which the classes of its own metadata are implemented.
#pragma once

#include "projection/model.h"

#include <string>
#include <vector>

namespace latchkey::projection {

struct ComponentOptions {
    std::string name; // the beginning of type names that file names leave out
    std::string precompiled_header;
    bool dotted_names = false;
    bool in_module_constructors = false;
};

// Where a class's files are, without ending: "Mail", "Sub/Mail" or "Sub.Mail".
std::string component_file(Type const& runtime_class, ComponentOptions const& options);

// A class that can be made or asked for statics from outside: it has a factory in module.g.cpp.
bool has_factory(Type const& runtime_class);

std::string component_header(Type const& runtime_class);                                     // X.g.h
std::string component_source(Type const& runtime_class, ComponentOptions const&);            // X.g.cpp
std::string module_source(std::vector<Type const*> const& classes, ComponentOptions const&); // module.g.cpp
// What a person begins with: X.h and X.cpp.
std::string skeleton_header(Type const& runtime_class, ComponentOptions const&);
std::string skeleton_source(Type const& runtime_class, ComponentOptions const&);

} // namespace latchkey::projection
