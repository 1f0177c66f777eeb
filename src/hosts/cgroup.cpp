// SPDX-License-Identifier: MIT
#include "hosts/cgroup.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace latchkey::hosts {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "latchkey-host-";

std::string small_file(std::string const& path)
{
    std::array<char, 4096> buffer{};
    ipc::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ssize_t const size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// "/user.slice/…/latchkeyd.service": the line of cgroup2 begins with 0::
std::string path_of(std::string const& process)
{
    std::string const text = small_file("/proc/" + process + "/cgroup");
    std::size_t const begin = text.starts_with("0::") ? 0 : text.find("\n0::");
    if (begin == std::string::npos) return {};
    std::size_t const from = text.find("0::", begin) + 3;
    return text.substr(from, text.find('\n', from) - from);
}

// Where cgroup2 is mounted as a whole.
std::string mount_point()
{
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - cgroup2 ") == std::string::npos) continue;
        // number, parent, device, root, mount point
        std::size_t at = 0;
        std::array<std::string, 5> fields;
        for (std::string& field : fields) {
            std::size_t const end = line.find(' ', at);
            field = line.substr(at, end - at);
            at = end + 1;
        }
        if (fields[3] == "/") return fields[4];
    }
    return {};
}

// systemd marks what it gave away. Where it is not, a folder that belongs to the user is the user's.
bool may_be_divided(std::string const& folder)
{
    char mark = '0';
    if (::getxattr(folder.c_str(), "user.delegate", &mark, 1) == 1) return mark == '1';
    struct stat info {};
    bool const systemd = ::access("/run/systemd/system", F_OK) == 0;
    return !systemd && ::geteuid() != 0 && ::stat(folder.c_str(), &info) == 0 && info.st_uid == ::geteuid();
}

} // namespace

HostCgroup::HostCgroup(std::string folder, ipc::Fd descriptor)
    : m_folder(std::move(folder)), m_descriptor(std::move(descriptor))
{}

bool HostCgroup::remove()
{
    if (m_folder.empty()) return true;
    if (::rmdir(m_folder.c_str()) != 0 && errno == EBUSY) {
        kill();
        if (::rmdir(m_folder.c_str()) != 0) return false;
    }
    m_folder.clear();
    return true;
}

bool HostCgroup::write(char const* file, char const* text) const
{
    ipc::Fd const opened(::openat(m_descriptor.get(), file, O_WRONLY | O_CLOEXEC));
    return opened && ::write(opened.get(), text, 1) == 1;
}

bool HostCgroup::kill() const
{
    return write("cgroup.kill", "1");
}

bool HostCgroup::set_frozen(bool frozen) const
{
    return write("cgroup.freeze", frozen ? "1" : "0");
}

std::optional<std::chrono::microseconds> HostCgroup::cpu() const
{
    std::string const text = small_file(m_folder + "/cpu.stat");
    constexpr std::string_view kUsage = "usage_usec ";
    std::size_t const at = text.find(kUsage);
    std::int64_t used = 0;
    if (at == std::string::npos) return std::nullopt;
    char const* const begin = text.data() + at + kUsage.size();
    if (std::from_chars(begin, text.data() + text.size(), used).ec != std::errc{}) return std::nullopt;
    return std::chrono::microseconds(used);
}

CgroupTree CgroupTree::find()
{
    CgroupTree tree;
    std::string const path = path_of("self");
    std::string const mount = mount_point();
    if (path.empty() || path == "/" || mount.empty() || !may_be_divided(mount + path)) return tree;
    tree.m_folder = mount + path;
    tree.m_path = path;
    std::error_code failure;
    for (auto const& entry : fs::directory_iterator(tree.m_folder, failure)) {
        if (!entry.path().filename().string().starts_with(kPrefix)) continue;
        ipc::Fd folder(::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        HostCgroup const left(entry.path(), std::move(folder));
    }
    return tree;
}

std::unique_ptr<HostCgroup> CgroupTree::make(std::uint64_t host) const
{
    if (!ours()) return nullptr;
    std::string folder = fmt::format("{}/{}{}", m_folder, kPrefix, host);
    if (::mkdir(folder.c_str(), 0755) != 0) return nullptr;
    ipc::Fd descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor) return nullptr;
    return std::make_unique<HostCgroup>(std::move(folder), std::move(descriptor));
}

std::uint64_t CgroupTree::host_of(pid_t pid) const
{
    if (!ours()) return 0;
    std::string const path = path_of(std::to_string(pid));
    std::string const before = fmt::format("{}/{}", m_path, kPrefix);
    std::uint64_t host = 0;
    if (path.starts_with(before)) std::from_chars(path.data() + before.size(), path.data() + path.size(), host);
    return host;
}

} // namespace latchkey::hosts
