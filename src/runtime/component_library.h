// SPDX-License-Identifier: MIT
//
// A shared library with Windows Runtime classes. Loaded once (RTLD_NOW, RTLD_LOCAL) and never unloaded: its vtables
// and statics may be in use anywhere, and g++'s unique symbols keep most of them loaded anyway.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace latchkey::runtime {

// DllGetActivationFactory: class name in (the caller keeps it), factory out (the caller releases it).
using FactoryFunction = int32_t (*)(void* class_name, void** factory);

// The factory function of the library at path, or why there is none, in words with the loader's message.
tl::expected<FactoryFunction, std::string> load_component(std::string const& path);

} // namespace latchkey::runtime
