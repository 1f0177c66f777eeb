// SPDX-License-Identifier: MIT
#include "container/mount_tree.h"

#include "container/system_paths.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::container {

namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV;

struct Free {
    void operator()(char* text) const { std::free(text); }
};

// Without links; empty: it is not there.
std::string real_path(std::string const& path)
{
    std::unique_ptr<char, Free> const found(::realpath(path.c_str(), nullptr));
    return found ? found.get() : std::string();
}

std::string link_of(std::string const& path)
{
    std::array<char, PATH_MAX> buffer{};
    ssize_t const size = ::readlink(path.c_str(), buffer.data(), buffer.size());
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// The folders that lead to the path, and the path itself when it is to be a folder.
void make_folders(std::string const& path, bool also_last)
{
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        ::mkdir(path.substr(0, at).c_str(), 0755);
    if (also_last) ::mkdir(path.c_str(), 0755);
}

void write_file(std::string const& path, std::string const& text)
{
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0444);
    if (file < 0) return;
    [[maybe_unused]] auto const written = ::write(file, text.data(), text.size());
    ::close(file);
}

bool is_below(std::string const& path, std::string const& folder)
{
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

} // namespace

MountTree::MountTree(Plan const& plan) : m_plan(plan) {}

MountTree::~MountTree()
{
    for (Part const& part : m_parts)
        ::close(part.tree);
}

// What is not there is left out; the task meets it as a file that is not there.
void MountTree::take(std::string const& path, Kind kind)
{
    if (path.empty() || path == "/") return;
    int const tree =
        ::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | static_cast<unsigned>(AT_RECURSIVE));
    if (tree < 0) return;
    mount_attr how{};
    how.attr_set = MOUNT_ATTR_NOSUID;
    if (kind != Kind::Device) how.attr_set |= MOUNT_ATTR_NODEV;
    if (kind == Kind::ReadOnly) how.attr_set |= MOUNT_ATTR_RDONLY;
    if (::mount_setattr(tree, "", AT_EMPTY_PATH | static_cast<unsigned>(AT_RECURSIVE), &how, sizeof how) != 0) {
        ::close(tree); // rather not there than writable
        return;
    }
    m_parts.push_back({path, kind, tree});
}

// A link stays a link when what it leads to is in the tree, else the file itself takes its place.
void MountTree::take_link(std::string const& path)
{
    std::string const target = link_of(path);
    if (target.empty()) return take(path, Kind::ReadOnly);
    if (is_below(real_path(path), "/usr")) {
        m_links.emplace_back(path, target);
    } else {
        take(path, Kind::ReadOnly);
    }
}

void MountTree::take_configuration()
{
    for (std::string const& path : configuration_files(m_plan.network))
        take_link(path);
}

bool MountTree::build()
{
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    for (char const* const path : kProgramFolders) {
        std::string const target = link_of(path);
        if (target.empty()) {
            take(path, Kind::ReadOnly);
        } else {
            m_links.emplace_back(path, target); // /lib -> usr/lib
        }
    }
    take_configuration();
    for (char const* const path : kDevices)
        take(path, Kind::Device);
    for (std::string const& folder : m_plan.libraries) {
        if (!is_below(folder, "/usr")) take(folder, Kind::ReadOnly);
    }
    take(m_plan.package, Kind::ReadOnly);
    take(m_plan.data, Kind::Writable);
    // What lies in another comes after it; of two for one place the last one counts.
    std::ranges::stable_sort(m_parts, {}, [](Part const& part) { return part.path.size(); });
    if (!make_root()) return false;
    make_own_folders(); // first, so that a package below /tmp has its place in the private one
    for (Part const& part : m_parts)
        attach(part);
    for (auto const& [path, target] : m_links) {
        make_folders(m_root + path, false);
        [[maybe_unused]] int const linked = ::symlink(target.c_str(), (m_root + path).c_str());
    }
    return true;
}

bool MountTree::make_root()
{
    for (char const* const place : {"/tmp", "/usr", "/proc"}) {
        if (::mount("latchkey", place, "tmpfs", kPlain, "size=1m,mode=755") != 0) continue;
        m_root = place;
        return true;
    }
    return false;
}

void MountTree::attach(Part const& part) const
{
    std::string const place = m_root + part.path;
    struct stat status {};
    bool const is_folder = ::fstat(part.tree, &status) == 0 && S_ISDIR(status.st_mode);
    make_folders(place, is_folder);
    if (!is_folder) {
        int const file = ::open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
        if (file >= 0) ::close(file);
    }
    ::move_mount(part.tree, "", AT_FDCWD, place.c_str(), MOVE_MOUNT_F_EMPTY_PATH);
}

void MountTree::make_own_folders() const
{
    for (char const* const folder : {"/etc", "/dev", "/dev/shm", "/proc", "/tmp", "/run", "/var"})
        ::mkdir((m_root + folder).c_str(), 0755);
    for (char const* const folder : {"/tmp", "/dev/shm"})
        ::mount("latchkey", (m_root + folder).c_str(), "tmpfs", kPlain, kScratchSize);
    for (auto const& [path, target] :
         {std::pair{"/dev/fd", "/proc/self/fd"}, std::pair{"/dev/stdin", "/proc/self/fd/0"},
          std::pair{"/dev/stdout", "/proc/self/fd/1"}, std::pair{"/dev/stderr", "/proc/self/fd/2"},
          std::pair{"/var/tmp", "/tmp"}}) {
        [[maybe_unused]] int const linked = ::symlink(target, (m_root + path).c_str());
    }
    // Programs ask for the name of their user and of his group; these name nobody.
    std::string const user = std::to_string(::geteuid());
    std::string const group = std::to_string(::getegid());
    write_file(m_root + "/etc/passwd", "app:x:" + user + ":" + group + "::" + m_plan.data + ":/bin/sh\n");
    write_file(m_root + "/etc/group", "app:x:" + group + ":\n");
}

bool MountTree::enter()
{
    if (::chdir(m_root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0) return false;
    // The old root lies above the new one now.
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) return false;
    return ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlain, nullptr) == 0;
}

} // namespace latchkey::container
