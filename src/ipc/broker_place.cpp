// SPDX-License-Identifier: MIT
#include "ipc/broker_place.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <link.h>
#include <pwd.h>
#include <sys/un.h>
#include <unistd.h>

namespace latchkey::ipc {

namespace {

namespace fs = std::filesystem;

// Of an environment variable; empty when it is unset, or relative where only absolute paths count.
std::string absolute_variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? value : "";
}

std::string home_folder()
{
    if (std::string home = absolute_variable("HOME"); !home.empty()) return home;
    passwd const* const user = ::getpwuid(::getuid());
    return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "/";
}

// XDG says that a relative path is no path.
std::string xdg_folder(char const* variable, char const* below_home)
{
    std::string folder = absolute_variable(variable);
    return folder.empty() ? home_folder() + "/" + below_home : folder;
}

struct Module {
    ElfW(Addr) address = 0;
    bool found = false;
    bool is_program = false;
    std::string path;
};

// Whether the module holds the address; the first one that is told is the program.
int look_at_module(dl_phdr_info* info, std::size_t, void* data)
{
    auto& module = *static_cast<Module*>(data);
    bool const first = !std::exchange(module.found, true);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        auto const& part = info->dlpi_phdr[i];
        ElfW(Addr) const begin = info->dlpi_addr + part.p_vaddr;
        if (part.p_type == PT_LOAD && module.address >= begin && module.address - begin < part.p_memsz) {
            module.is_program = first;
            module.path = info->dlpi_name;
            return 1;
        }
    }
    return 0;
}

// Where the file is that this very code was linked into.
fs::path own_folder()
{
    Module module;
    module.address = reinterpret_cast<ElfW(Addr)>(&look_at_module);
    ::dl_iterate_phdr(look_at_module, &module);
    std::error_code failure;
    fs::path const file =
        fs::canonical(module.is_program || module.path.empty() ? "/proc/self/exe" : module.path, failure);
    return failure ? fs::path() : file.parent_path();
}

} // namespace

Io<BrokerPlace> broker_place()
{
    BrokerPlace place;
    char const* const root_variable = std::getenv("LATCHKEY_ROOT");
    if (root_variable != nullptr && root_variable[0] != '\0') {
        std::error_code failure;
        std::string const root = fs::absolute(root_variable, failure).lexically_normal();
        if (failure) {
            return io_error(failure.value(), fmt::format("find LATCHKEY_ROOT={}", root_variable));
        }
        place = {root + "/run/broker", root + "/state", root + "/config"};
    } else {
        std::string const runtime = absolute_variable("XDG_RUNTIME_DIR");
        place.state = xdg_folder("XDG_STATE_HOME", ".local/state") + "/latchkey";
        place.socket = runtime.empty() ? place.state + "/run/broker" : runtime + "/latchkey/broker";
        place.configuration = xdg_folder("XDG_CONFIG_HOME", ".config") + "/latchkey";
    }
    constexpr std::size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;
    if (place.socket.size() > kMaxPath) {
        return io_error(
            ENAMETOOLONG,
            fmt::format("use {} as the broker's socket (it has {} bytes, a socket's path has at most {}; set "
                        "LATCHKEY_ROOT or XDG_RUNTIME_DIR to a shorter folder)",
                        place.socket, place.socket.size(), kMaxPath));
    }
    return place;
}

std::string find_program(std::string_view name)
{
    fs::path const folder = own_folder();
    if (folder.empty()) return {};
    for (char const* place : {".", "../libexec/latchkey", "../bin", "../../libexec/latchkey", "../../bin"}) {
        fs::path const candidate = (folder / place / name).lexically_normal();
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

} // namespace latchkey::ipc
