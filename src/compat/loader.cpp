// SPDX-License-Identifier: MIT
#include "compat/windows_api.h"

#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include <dlfcn.h>

namespace {

constexpr uint32_t kModuleNotFound = 126;
constexpr uint32_t kProcedureNotFound = 127;
constexpr size_t kMaxNameBytes = 4096;

// Headers ask these for functions by name, to do without them on an older Windows.
constexpr std::array<std::string_view, 6> kSystemLibraries{"combase.dll",  "ole32.dll",      "oleaut32.dll",
                                                           "kernel32.dll", "kernelbase.dll", "ntdll.dll"};

std::string utf8(wchar_t const* name)
{
    std::wstring_view const wide{name};
    if (wide.size() > kMaxNameBytes) return {};
    std::string text(LatchkeyStringToUtf8(wide.data(), wide.size(), nullptr, 0), '\0');
    LatchkeyStringToUtf8(wide.data(), wide.size(), text.data(), text.size());
    return text;
}

bool is_system_library(std::string name)
{
    for (char& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name.starts_with("api-ms-win-") || name.starts_with("ext-ms-win-")) return true;
    for (std::string_view system : kSystemLibraries) {
        if (name == system) return true;
    }
    return false;
}

void* this_library()
{
    Dl_info self{};
    // A second handle to what is loaded already.
    return dladdr(reinterpret_cast<void*>(&GetProcAddress), &self) && self.dli_fname
               ? dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD)
               : nullptr;
}

} // namespace

void* LoadLibraryExW(wchar_t const* name, void*, uint32_t) noexcept
{
    void* library = nullptr;
    if (name) {
        try {
            std::string const text = utf8(name);
            if (is_system_library(text))
                library = this_library();
            else if (!text.empty())
                library = dlopen(text.c_str(), RTLD_NOW | RTLD_LOCAL);
        } catch (...) {
            library = nullptr;
        }
    }
    if (!library) SetLastError(kModuleNotFound);
    return library;
}

void* LoadLibraryW(wchar_t const* name) noexcept
{
    return LoadLibraryExW(name, nullptr, 0);
}

void* GetProcAddress(void* library, char const* name) noexcept
{
    // Windows takes a small number for a function's ordinal; there are none here. A null library would search the
    // whole program.
    bool const valid = library && reinterpret_cast<uintptr_t>(name) > 0xFFFF;
    void* const function = valid ? dlsym(library, name) : nullptr;
    if (!function) SetLastError(kProcedureNotFound);
    return function;
}

int32_t FreeLibrary(void*) noexcept
{
    return 1;
}

LATCHKEY_COMPAT_ALIAS(LoadLibraryExW)
LATCHKEY_COMPAT_ALIAS(LoadLibraryW)
LATCHKEY_COMPAT_ALIAS(GetProcAddress)
LATCHKEY_COMPAT_ALIAS(FreeLibrary)
