// SPDX-License-Identifier: MIT
// Names from metadata as C++ identifiers. Metadata may use any identifier, C++ may not: keywords and the macros that
// the C library defines get a trailing underscore.
#pragma once

#include <string>
#include <string_view>

namespace latchkey::projection {

// True for keywords, alternative tokens, names that are macros on Linux (linux, unix, errno, NULL, …) and the
// namespaces that generated text names everywhere (std, winrt).
bool is_reserved(std::string_view name);

// True for what C++ takes as an identifier (a keyword is one here). Anything else must not reach generated text, nor
// the names of files: metadata may come from anywhere.
bool is_identifier(std::string_view name);

// The identifier to write for a member or type.
std::string identifier(std::string_view name);
// As identifier; names that could meet one of the generator's own locals (winrt_…) are changed too.
std::string parameter_identifier(std::string_view name);

// "Windows.Foundation" → "winrt::Windows::Foundation".
std::string cpp_namespace(std::string_view metadata_namespace);
// "Windows.Foundation.IClosable" → "Windows_Foundation_IClosable": one identifier, different for different names.
std::string joined_name(std::string_view full_name);

// "IMap`2" → "IMap".
std::string_view without_arity(std::string_view name);

} // namespace latchkey::projection
