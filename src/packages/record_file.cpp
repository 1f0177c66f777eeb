// SPDX-License-Identifier: MIT
#include "packages/record_file.h"

#include "ipc/fd.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packages {

namespace {

using ipc::Fd;
using ipc::Io;
using ipc::io_error;

// A name is durable when its folder is.
Io<void> flush_folder(std::string const& folder)
{
    Fd const opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0) return io_error(errno, "flush " + folder);
    return {};
}

Io<void> write_all(int fd, std::string_view bytes, std::string const& path)
{
    while (!bytes.empty()) {
        ssize_t const written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return io_error(errno, "write " + path);
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0) return io_error(errno, "flush " + path);
    return {};
}

} // namespace

Io<std::string> read_record_file(std::string const& path, std::size_t max_bytes)
{
    Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return io_error(errno, "open " + path);
    if (!S_ISREG(status.st_mode)) return io_error(EINVAL, "read " + path + ", which is no plain file");
    if (static_cast<std::uint64_t>(status.st_size) > max_bytes) return io_error(EFBIG, "read " + path);
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        ssize_t const got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error(errno, "read " + path);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Io<void> write_record_file(std::string const& folder, std::string const& name, std::string_view bytes)
{
    std::string const path = folder + '/' + name;
    std::string const apart = folder + "/." + name + ".new";
    Fd file(::open(apart.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return io_error(errno, "create " + apart);
    if (auto const written = write_all(file.get(), bytes, apart); !written) {
        ::unlink(apart.c_str());
        return written;
    }
    if (::rename(apart.c_str(), path.c_str()) != 0) {
        int const error = errno;
        ::unlink(apart.c_str());
        return io_error(error, "rename " + apart + " to " + path);
    }
    return flush_folder(folder);
}

Io<void> rename_in(std::string const& folder, std::string const& from, std::string const& to)
{
    if (::rename((folder + '/' + from).c_str(), (folder + '/' + to).c_str()) != 0)
        return io_error(errno, "rename " + folder + '/' + from + " to " + to);
    return flush_folder(folder);
}

Io<void> delete_in(std::string const& folder, std::string const& name)
{
    if (::unlink((folder + '/' + name).c_str()) == 0) return flush_folder(folder);
    if (errno == ENOENT) return {};
    return io_error(errno, "delete " + folder + '/' + name);
}

Io<void> make_private_folder(std::string const& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return {};
        return io_error(ENOTDIR, "make " + path);
    }
    if (std::size_t const slash = path.rfind('/'); slash != std::string::npos && slash > 0)
        if (auto const above = make_private_folder(path.substr(0, slash)); !above) return above;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return io_error(errno, "make " + path);
    return {};
}

} // namespace latchkey::packages
