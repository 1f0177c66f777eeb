// SPDX-License-Identifier: MIT
#include "cli/lingering.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::cli {

namespace fs = std::filesystem;

namespace {

constexpr char const* kLogindFolder = "/run/systemd/seats"; // there while logind runs
constexpr char const* kLingerFolder = "/var/lib/systemd/linger";

std::string user_name()
{
    passwd const* const user = ::getpwuid(::getuid());
    return user == nullptr || user->pw_name == nullptr ? std::to_string(::getuid()) : user->pw_name;
}

} // namespace

Lingering lingering()
{
    std::error_code error;
    if (!fs::exists(kLogindFolder, error)) return Lingering::NoLogind;
    return fs::exists(fs::path(kLingerFolder) / user_name(), error) ? Lingering::On : Lingering::Off;
}

tl::expected<void, std::string> set_lingering(bool on)
{
    if (lingering() == Lingering::NoLogind)
        return tl::unexpected(std::string("there is no systemd-logind here, which keeps user services running; have "
                                          "your init system or crontab (@reboot) run latchkeyd as you"));
    std::string program = "loginctl";
    std::string verb = on ? "enable-linger" : "disable-linger";
    std::string user = user_name();
    std::array<char*, 4> arguments{program.data(), verb.data(), user.data(), nullptr};
    pid_t pid = -1;
    if (int const error = ::posix_spawnp(&pid, program.c_str(), nullptr, nullptr, arguments.data(), environ);
        error != 0)
        return tl::unexpected(fmt::format("loginctl cannot be started: {}", std::generic_category().message(error)));
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return tl::unexpected(fmt::format("loginctl {} {} failed; as root it would not be refused", verb, user));
}

} // namespace latchkey::cli
