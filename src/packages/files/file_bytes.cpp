// SPDX-License-Identifier: MIT
#include "packages/files/file_bytes.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packages {

namespace fs = std::filesystem;

namespace {

struct Descriptor {
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    ~Descriptor()
    {
        if (fd >= 0) ::close(fd);
    }
    int fd;
};

tl::unexpected<PackageError> failed(fs::path const& path, std::string_view step, int error)
{
    return tl::unexpected(PackageError{kCannotOpenPackage, fmt::format("{} cannot be {}: {}", path.string(), step,
                                                                       std::generic_category().message(error))});
}

} // namespace

MappedFile::MappedFile(MappedFile&& other) noexcept
    : m_pages(std::exchange(other.m_pages, nullptr)), m_size(std::exchange(other.m_size, 0))
{}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept
{
    std::swap(m_pages, other.m_pages);
    std::swap(m_size, other.m_size);
    return *this;
}

MappedFile::~MappedFile()
{
    if (m_pages != nullptr) ::munmap(m_pages, m_size);
}

tl::expected<MappedFile, PackageError> map_file(fs::path const& path, std::uint64_t max_bytes)
{
    // Without NONBLOCK a pipe would wait for a writer.
    Descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.fd < 0) return failed(path, "opened", errno);
    struct stat status {};
    if (::fstat(file.fd, &status) != 0) return failed(path, "read", errno);
    if (!S_ISREG(status.st_mode))
        return tl::unexpected(PackageError{kCannotOpenPackage, fmt::format("{} is not a plain file", path.string())});
    if (static_cast<std::uint64_t>(status.st_size) > max_bytes)
        return tl::unexpected(
            PackageError{kCannotOpenPackage, fmt::format("{} is larger than {} bytes", path.string(), max_bytes)});
    if (status.st_size == 0) return MappedFile();
    auto const size = static_cast<std::size_t>(status.st_size);
    void* const pages = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
    if (pages == MAP_FAILED) return failed(path, "read", errno);
    return MappedFile(pages, size);
}

tl::expected<std::string, PackageError> read_file(fs::path const& path, std::uint64_t max_bytes)
{
    auto const mapped = map_file(path, max_bytes);
    if (!mapped) return tl::unexpected(mapped.error());
    auto const bytes = mapped->bytes();
    return std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size());
}

tl::expected<void, PackageError> replace_file(fs::path const& path, std::string_view content)
{
    std::error_code ignored;
    fs::path const target = fs::is_symlink(path, ignored) ? fs::canonical(path, ignored) : path;
    std::string temporary = target.string() + ".XXXXXX";
    Descriptor const file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.fd < 0) return failed(path, "written", errno);
    struct stat status {};
    mode_t const mode = ::stat(target.c_str(), &status) == 0 ? status.st_mode & 07777 : 0644;
    int error = ::fchmod(file.fd, mode) == 0 ? 0 : errno;
    while (error == 0 && !content.empty()) {
        ssize_t const written = ::write(file.fd, content.data(), content.size());
        if (written < 0 && errno != EINTR)
            error = errno;
        else if (written > 0)
            content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
    if (error == 0) return {};
    ::unlink(temporary.c_str());
    return failed(path, "written", error);
}

} // namespace latchkey::packages
