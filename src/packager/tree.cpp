// SPDX-License-Identifier: MIT
#include "packager/tree.h"

#include "ipc/fd.h"

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packager {

namespace {

using ipc::Fd;
using ipc::Io;
using ipc::io_error;

constexpr int kMaxRounds = 1'000'000;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// The names in a folder, without its own and its parent's. The descriptor stays the caller's.
Io<std::vector<std::string>> names_in(int folder)
{
    Fd copy(::openat(folder, ".", kFolderFlags));
    DIR* const opened = copy ? ::fdopendir(copy.get()) : nullptr;
    if (opened == nullptr) return io_error(errno, "read a folder");
    (void)copy.release();
    std::unique_ptr<DIR, int (*)(DIR*)> const list(opened, ::closedir);
    std::vector<std::string> names;
    while (dirent const* const entry = ::readdir(list.get()))
        if (std::string const name = entry->d_name; name != "." && name != "..") names.push_back(name);
    return names;
}

class Eraser {
public:
    explicit Eraser(int top) : m_top(top) {}

    Io<void> empty(int folder, int depth)
    {
        (void)::fchmod(folder, 0700);
        auto const names = names_in(folder);
        if (!names) return tl::unexpected(names.error());
        for (std::string const& name : *names)
            if (auto const gone = erase(folder, name, depth); !gone) return gone;
        return {};
    }

    // False: nothing was left for another round.
    bool next_round() { return std::exchange(m_again, false); }

private:
    Io<void> erase(int folder, std::string const& name, int depth)
    {
        if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return {};
        Fd const below(::openat(folder, name.c_str(), kFolderFlags));
        if (!below && (errno != EACCES || ::fchmodat(folder, name.c_str(), 0700, 0) != 0))
            return io_error(errno, "delete " + name);
        if (depth >= kMaxOpenFolders) return bring_up(folder, name, below);
        // One that could not even be read can be now.
        Fd const readable(below ? ::dup(below.get()) : ::openat(folder, name.c_str(), kFolderFlags));
        if (!readable) return io_error(errno, "open " + name);
        if (auto const gone = empty(readable.get(), depth + 1); !gone) return gone;
        if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
        if (errno != ENOTEMPTY) return io_error(errno, "delete the folder " + name);
        m_again = true; // somebody who is about to be killed still writes there
        return {};
    }

    // To the top, under a name that nothing has; the next round deletes it there.
    Io<void> bring_up(int folder, std::string const& name, Fd const& below)
    {
        if (below) (void)::fchmod(below.get(), 0700);
        for (; m_next_name < kMaxNames; ++m_next_name) {
            std::string const up = ".deep-" + std::to_string(m_next_name);
            if (::renameat2(folder, name.c_str(), m_top, up.c_str(), RENAME_NOREPLACE) == 0) {
                ++m_next_name;
                m_again = true;
                return {};
            }
            if (errno != EEXIST) return io_error(errno, "delete " + name + ", which lies too deep");
        }
        return io_error(ELOOP, "delete " + name + ", which lies too deep");
    }

    static constexpr int kMaxNames = 1'000'000; // each stands for kMaxOpenFolders levels
    int m_top;
    int m_next_name = 0;
    bool m_again = false;
};

Io<void> seal(int folder, std::string const& path, int depth)
{
    if (depth > kMaxOpenFolders) return io_error(ELOOP, "seal " + path);
    auto const names = names_in(folder);
    if (!names) return tl::unexpected(names.error());
    for (std::string const& name : *names) {
        Fd const below(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!below || ::fstat(below.get(), &status) != 0) return io_error(errno, "seal " + path + '/' + name);
        if (S_ISDIR(status.st_mode)) {
            if (auto const sealed = seal(below.get(), path + '/' + name, depth + 1); !sealed) return sealed;
        } else if (::fchmod(below.get(), (status.st_mode & S_IXUSR) != 0 ? 0555 : 0444) != 0) {
            return io_error(errno, "seal " + path + '/' + name);
        }
    }
    if (::fchmod(folder, 0555) != 0) return io_error(errno, "seal " + path);
    return {};
}

} // namespace

Io<void> empty_tree(std::string const& folder)
{
    Fd const top(::open(folder.c_str(), kFolderFlags));
    if (!top && errno == ENOENT) return {};
    if (!top) return io_error(errno, "open " + folder);
    Eraser eraser(top.get());
    for (int round = 0; round < kMaxRounds; ++round) {
        if (auto const gone = eraser.empty(top.get(), 0); !gone) return gone;
        if (!eraser.next_round()) return {};
    }
    return io_error(ENOTEMPTY, "delete all of " + folder);
}

Io<void> seal_tree(std::string const& folder)
{
    Fd const top(::open(folder.c_str(), kFolderFlags));
    if (!top) return io_error(errno, "open " + folder);
    if (auto const sealed = seal(top.get(), folder, 0); !sealed) return sealed;
    // One call instead of one for each file.
    if (::syncfs(top.get()) != 0) return io_error(errno, "flush " + folder);
    return {};
}

} // namespace latchkey::packager
