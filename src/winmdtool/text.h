// SPDX-License-Identifier: MIT
// Metadata in words: what dump prints and diff compares. Stable: the same metadata gives the same text, and nothing of
// it depends on row numbers or heaps.
#pragma once

#include "winmd/runtime_type.h"

#include <string>
#include <string_view>
#include <vector>

namespace latchkey::winmdtool {

// Control characters as \xNN, so that a hostile name cannot drive a terminal.
std::string printable(std::string_view text);

// "Windows.Foundation.Collections.IMap`2<String, T>": type parameters by the names that `where` gives them.
std::string type_text(winmd::TypeSignature const& type, winmd::TypeDef where);

// "String Send([out] Int32 count, String text)"
std::string method_text(winmd::MethodDef method, winmd::TypeDef where);

// Attributes that decide how a type is used, as text, in a fixed order. Those that only say since when something exists
// (versions, contracts, deprecation, platforms) are left out.
std::vector<std::string> attribute_texts(winmd::HasCustomAttribute parent);

// The whole type, with its namespace, as dump prints it.
std::string describe(winmd::TypeDef type);

} // namespace latchkey::winmdtool
