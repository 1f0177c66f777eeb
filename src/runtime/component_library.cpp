// SPDX-License-Identifier: MIT
#include "runtime/component_library.h"

#include <dlfcn.h>

namespace latchkey::runtime {

tl::expected<FactoryFunction, std::string> load_component(std::string const& path)
{
    // The loader searches for a name without a slash; a path is what was announced.
    std::string const file = path.find('/') == std::string::npos ? "./" + path : path;
    void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        char const* why = dlerror();
        return tl::unexpected(std::string{why ? why : "cannot be loaded"});
    }
    for (char const* name : {"DllGetActivationFactory", "WINRT_GetActivationFactory"}) {
        if (void* function = dlsym(library, name)) return reinterpret_cast<FactoryFunction>(function);
    }
    return tl::unexpected(
        std::string{"is loaded but exports neither DllGetActivationFactory nor WINRT_GetActivationFactory"});
}

} // namespace latchkey::runtime
