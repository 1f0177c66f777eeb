// SPDX-License-Identifier: MIT
#include "projection/output_folder.h"

#include "projection/headers.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::projection {

namespace {

class Descriptor {
public:
    Descriptor(char const* path, int flags) : m_fd{::open(path, flags | O_CLOEXEC, 0666)} {}
    ~Descriptor()
    {
        if (m_fd >= 0) ::close(m_fd);
    }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    int get() const { return m_fd; }
    explicit operator bool() const { return m_fd >= 0; }

private:
    int m_fd;
};

// Up to limit bytes; nullopt when the file cannot be read.
std::optional<std::string> read_file(std::filesystem::path const& file, std::size_t limit)
{
    Descriptor const opened{file.c_str(), O_RDONLY};
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    std::string content(std::min(limit, static_cast<std::size_t>(status.st_size)), '\0');
    std::size_t got = 0;
    while (got < content.size()) {
        auto const count = ::read(opened.get(), content.data() + got, content.size() - got);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        got += static_cast<std::size_t>(count);
    }
    return content;
}

bool has_content(std::filesystem::path const& file, std::string_view content)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || static_cast<std::size_t>(status.st_size) != content.size()) return false;
    auto const now = read_file(file, content.size());
    return now && *now == content;
}

GenerateError failure(std::string_view step, std::filesystem::path const& path, int error)
{
    return {fmt::format("cannot {} {}: {}", step, path.string(), std::strerror(error))};
}

// Names in a manifest come from a file that anybody may have changed.
bool is_plain_relative(std::string_view name)
{
    std::filesystem::path const path{name};
    if (path.is_absolute() || path.empty()) return false;
    for (auto const& part : path)
        if (part == "..") return false;
    return true;
}

} // namespace

tl::expected<bool, GenerateError> write_if_changed(std::filesystem::path const& file, std::string_view content)
{
    if (has_content(file, content)) return false;
    Descriptor const opened{file.c_str(), O_WRONLY | O_CREAT | O_TRUNC};
    if (!opened) return tl::unexpected{failure("write", file, errno)};
    while (!content.empty()) {
        auto const count = ::write(opened.get(), content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return tl::unexpected{failure("write", file, errno)};
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

tl::expected<void, GenerateError> OutputFolder::prepare()
{
    std::error_code error;
    std::filesystem::create_directories(m_folder / "winrt" / "impl", error);
    if (error) return tl::unexpected{failure("make the folder", m_folder / "winrt" / "impl", error.value())};
    m_folders.insert("winrt/impl");
    m_folders.insert("winrt");
    return {};
}

tl::expected<void, GenerateError> OutputFolder::write(std::string const& name, std::string_view content)
{
    auto const slash = name.rfind('/');
    if (slash != std::string::npos) {
        std::scoped_lock const lock{m_mutex};
        if (m_folders.insert(name.substr(0, slash)).second) {
            std::error_code error;
            std::filesystem::create_directories(m_folder / name.substr(0, slash), error);
            if (error) return tl::unexpected{failure("make the folder of", m_folder / name, error.value())};
        }
    }
    auto const written = write_if_changed(m_folder / name, content);
    if (!written) return tl::unexpected{written.error()};
    std::scoped_lock const lock{m_mutex};
    m_written.insert(name);
    m_changed += *written;
    m_bytes += content.size();
    return {};
}

tl::expected<void, GenerateError> OutputFolder::finish(std::string const& key)
{
    auto const manifest = m_folder / "winrt" / "impl" / (key + ".files");
    auto const before = read_file(manifest, kMaxManifestBytes).value_or("");
    for (std::size_t at = 0; at < before.size();) {
        auto const end = std::min(before.find('\n', at), before.size());
        auto const name = before.substr(at, end - at);
        at = end + 1;
        if (m_written.contains(name) || !is_plain_relative(name)) continue;
        // What somebody wrote over is theirs now.
        if (read_file(m_folder / name, kGeneratedMark.size()) != std::string{kGeneratedMark}) continue;
        std::error_code error;
        std::filesystem::remove(m_folder / name, error);
        if (error) return tl::unexpected{failure("remove", m_folder / name, error.value())};
        ++m_removed;
    }
    std::string list;
    for (auto const& name : m_written)
        list += name + '\n';
    auto const written = write_if_changed(manifest, list);
    if (!written) return tl::unexpected{written.error()};
    return {};
}

} // namespace latchkey::projection
