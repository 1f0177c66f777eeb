// SPDX-License-Identifier: MIT
#include "packages/flatpak.h"

#include "ipc/fd.h"
#include "packages/installed_packages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packages {

namespace {

std::string_view trimmed(std::string_view text)
{
    std::size_t const first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_app_id(std::string_view text)
{
    return !text.empty() && text.size() <= kMaxFlatpakAppId && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

bool is_instance_id(std::string_view text)
{
    return !text.empty() && text.size() <= 10 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The number behind "name": in a flat JSON object of bwrap's; it stands there once or does not count.
template <class Number>
std::optional<Number> number_named(std::string_view text, std::string_view name)
{
    std::string const key = fmt::format("\"{}\"", name);
    std::size_t const at = text.find(key);
    if (at == std::string_view::npos || text.find(key, at + 1) != std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(at + key.size());
    constexpr std::string_view kSpace = " \t\r\n";
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    if (!rest.starts_with(':')) return std::nullopt;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    Number number{};
    auto const [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (failure != std::errc() || number <= 0) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    std::size_t const next = rest.find_first_not_of(kSpace);
    return next != std::string_view::npos && (rest[next] == ',' || rest[next] == '}') ? std::optional(number)
                                                                                      : std::nullopt;
}

std::optional<std::string> read_record(int folder, char const* name)
{
    ipc::Fd const file(::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size <= 0 ||
        static_cast<std::size_t>(facts.st_size) > kMaxFlatpakRecord) {
        return std::nullopt;
    }
    std::string text(static_cast<std::size_t>(facts.st_size), '\0');
    ssize_t const size = ::read(file.get(), text.data(), text.size());
    if (size != facts.st_size) return std::nullopt;
    return text;
}

// Whoever runs in the sandbox keeps this lock as long as it lives; what was left behind by a crash has none.
bool runs(int folder)
{
    ipc::Fd const file(::openat(folder, ".ref", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return file && ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

struct Namespace {
    dev_t device = 0;
    ino_t number = 0;
    friend bool operator==(Namespace const&, Namespace const&) = default;
};

std::optional<Namespace> namespace_of(std::string_view process, char const* kind)
{
    struct stat facts {};
    if (::stat(fmt::format("/proc/{}/ns/{}", process, kind).c_str(), &facts) != 0) return std::nullopt;
    return Namespace{facts.st_dev, facts.st_ino};
}

// The app of this instance, when it has that mount namespace.
std::optional<std::string> app_of_instance(int instances, char const* instance, Namespace const& mounts)
{
    ipc::Fd const folder(::openat(instances, instance, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat facts {};
    if (!folder || ::fstat(folder.get(), &facts) != 0 || facts.st_uid != ::geteuid()) return std::nullopt;
    auto const told = read_record(folder.get(), "bwrapinfo.json");
    auto const record = told ? parse_sandbox_record(*told) : std::nullopt;
    if (!record || record->mount_namespace != mounts.number) return std::nullopt;
    // The number of a namespace that has gone is given to another one: this one must still be the sandbox's.
    if (!runs(folder.get()) || namespace_of(fmt::to_string(record->first_process), "mnt") != mounts)
        return std::nullopt;
    auto const info = read_record(folder.get(), "info");
    return info ? app_of_flatpak_info(*info, instance) : std::nullopt;
}

std::optional<std::string> flatpak_app_in(Namespace const& mounts, std::string const& runtime_folder)
{
    struct CloseFolder {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };
    if (!runtime_folder.starts_with('/')) return std::nullopt;
    std::unique_ptr<DIR, CloseFolder> const instances(::opendir((runtime_folder + "/.flatpak").c_str()));
    if (!instances) return std::nullopt;
    for (std::size_t seen = 0; seen < kMaxFlatpakInstances;) {
        dirent const* const entry = ::readdir(instances.get());
        if (entry == nullptr) break;
        if (!is_instance_id(static_cast<char const*>(entry->d_name))) continue; // apps have folders here too
        ++seen;
        if (auto app = app_of_instance(::dirfd(instances.get()), static_cast<char const*>(entry->d_name), mounts)) {
            return app;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> app_of_flatpak_info(std::string_view text, std::string_view instance)
{
    if (text.size() > kMaxFlatpakRecord || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::string_view group;
    std::optional<std::string_view> app, number;
    while (!text.empty()) {
        std::size_t const end = std::min(text.find('\n'), text.size());
        std::string_view const line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with('[')) {
            if (!line.ends_with(']')) return std::nullopt;
            group = line.substr(1, line.size() - 2);
            continue;
        }
        std::size_t const equals = line.find('=');
        if (equals == std::string_view::npos || group.empty()) return std::nullopt;
        std::string_view const key = trimmed(line.substr(0, equals));
        auto* const wanted = group == "Application" && key == "name"       ? &app
                             : group == "Instance" && key == "instance-id" ? &number
                                                                           : nullptr;
        if (wanted == nullptr) continue;
        if (*wanted) return std::nullopt;
        *wanted = trimmed(line.substr(equals + 1));
    }
    if (!app || !is_app_id(*app) || number != instance) return std::nullopt;
    return std::string(*app);
}

std::optional<SandboxRecord> parse_sandbox_record(std::string_view text)
{
    if (text.size() > kMaxFlatpakRecord) return std::nullopt;
    auto const process = number_named<pid_t>(text, "child-pid");
    auto const mounts = number_named<ino_t>(text, "mnt-namespace");
    if (!process || !mounts) return std::nullopt;
    return SandboxRecord{*process, *mounts};
}

Confinement confinement_of(pid_t pid, std::string const& runtime_folder)
{
    using Kind = Confinement::Kind;
    std::string const process = fmt::to_string(pid);
    auto const mounts = namespace_of(process, "mnt");
    auto const users = namespace_of(process, "user");
    auto const our_mounts = namespace_of("self", "mnt");
    auto const our_users = namespace_of("self", "user");
    if (!mounts || !users || !our_mounts || !our_users) return {Kind::Unknown, {}};
    if (mounts == our_mounts) return {users == our_users ? Kind::None : Kind::Sandbox, {}};
    if (auto app = flatpak_app_in(*mounts, runtime_folder)) return {Kind::Flatpak, std::move(*app)};
    if (users != our_users) return {Kind::Sandbox, {}};
    // A bwrap with privileges needs no user namespace. Nobody without them can have made this root: looking is safe.
    bool const word = ::access(fmt::format("/proc/{}/root/.flatpak-info", pid).c_str(), F_OK) == 0;
    return {word ? Kind::Sandbox : Kind::OwnMounts, {}};
}

std::string family_of_flatpak_app(InstalledPackages const& packages, std::string_view app)
{
    std::string family;
    for (auto const& [name, package] : packages.all()) {
        if (package->manifest.identity.name != app) continue;
        if (!family.empty()) return {};
        family = name;
    }
    return family;
}

} // namespace latchkey::packages
