// SPDX-License-Identifier: MIT
#include "hosts/runtime_place.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace latchkey::hosts {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLibrary = "liblatchkey.so.0";
constexpr std::string_view kVariable = "LD_LIBRARY_PATH=";

// The loader's cache has the paths of all libraries that it finds by name, each with a NUL behind it.
bool loader_finds(fs::path const& library)
{
    std::ifstream file("/etc/ld.so.cache", std::ios::binary);
    std::string const cache{std::istreambuf_iterator<char>(file), {}};
    std::string const path = library.string() + '\0';
    return cache.find(path) != std::string::npos;
}

} // namespace

std::string runtime_folder()
{
    std::error_code failure;
    fs::path const program = fs::read_symlink("/proc/self/exe", failure);
    if (failure) return {};
    // bin/, libexec/latchkey/ and tests/ of a build folder; the library's folder may have a part for the architecture.
    for (char const* const up : {"..", "../.."}) {
        for (char const* const below : {"lib", LATCHKEY_LIBDIR, "lib64"}) {
            fs::path const folder = (program.parent_path() / up / below).lexically_normal();
            if (fs::exists(folder / kLibrary, failure)) {
                return loader_finds(folder / kLibrary) ? std::string() : folder.string();
            }
        }
    }
    return {};
}

void add_runtime_to(std::vector<std::string>& environment)
{
    std::string const folder = runtime_folder();
    if (folder.empty()) return;
    auto const variable =
        std::ranges::find_if(environment, [](std::string const& each) { return each.starts_with(kVariable); });
    if (variable == environment.end()) {
        environment.push_back(std::string(kVariable) + folder);
    } else {
        *variable += ":" + folder;
    }
}

} // namespace latchkey::hosts
