// SPDX-License-Identifier: MIT
// The differences of two sets of metadata that matter to somebody who calls or implements the types: flags, IIDs,
// member order, names and types of parameters, enum values, and attributes as attribute_texts() has them.
#pragma once

#include "winmd/metadata.h"

#include <string>
#include <vector>

namespace latchkey::winmdtool {

struct Difference {
    std::string type;  // full name
    std::string what;  // "flags", "method Send", "value Started", "order"
    std::string left;  // empty: not there
    std::string right; // empty: not there
};

struct Comparison {
    std::size_t common = 0; // types that both have
    std::size_t left_only = 0;
    std::size_t right_only = 0;
    std::vector<Difference> differences; // by type name, then in the order of the type's parts
};

Comparison compare(winmd::Metadata const& left, winmd::Metadata const& right);
std::vector<Difference> compare(winmd::TypeDef left, winmd::TypeDef right);

} // namespace latchkey::winmdtool
