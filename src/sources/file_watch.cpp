// SPDX-License-Identifier: MIT
#include "sources/file_watch.h"

#include "ipc/fd.h"

#include <array>
#include <cstring>

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

constexpr std::uint32_t kComing = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMaxTries = 64; // folders that come and go while we look

} // namespace

struct FileWatch::State {
    std::string path;
    std::function<void()> came;
    ipc::Fd inotify;
    ipc::Source ready;
    int watch = -1;
    std::string awaited;  // the name in the folder that is watched
    bool nearest = false; // that folder is the file's own

    bool look()
    {
        for (int tries = 0; tries < kMaxTries; ++tries) {
            std::size_t end = path.rfind('/');
            nearest = true;
            std::size_t name_end = path.size();
            if (watch >= 0) ::inotify_rm_watch(inotify.get(), watch);
            for (;;) {
                std::string const folder = end == 0 ? "/" : path.substr(0, end);
                watch = ::inotify_add_watch(inotify.get(), folder.c_str(), kComing);
                if (watch >= 0 || end == 0) break;
                nearest = false;
                name_end = end;
                end = path.rfind('/', end - 1);
            }
            if (watch < 0) return false;
            awaited = path.substr(end + 1, name_end - end - 1);
            // What came before the watch was there is not told.
            if (nearest || ::access(path.substr(0, name_end).c_str(), F_OK) != 0) return true;
        }
        return false;
    }

    void changed()
    {
        alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
        bool again = false;
        bool ours = false;
        for (;;) {
            ssize_t const got = ::read(inotify.get(), buffer.data(), buffer.size());
            if (got <= 0) break;
            for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                std::string_view const name = event.len == 0 ? "" : buffer.data() + at + sizeof event;
                at += sizeof event + event.len;
                bool const all = (event.mask & IN_Q_OVERFLOW) != 0;
                if (event.wd != watch && !all) continue;
                bool const gone = (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
                ours = ours || all || (nearest && name == awaited);
                again = again || all || gone || (!nearest && name == awaited);
            }
        }
        if (again) {
            look();
            ours = ours || (nearest && ::access(path.c_str(), F_OK) == 0);
        }
        if (!ours) return;
        auto const call = came; // which may end this watch
        call();
    }
};

FileWatch FileWatch::of(ipc::EventLoop& loop, std::string path, std::function<void()> came)
{
    FileWatch watch;
    if (!path.starts_with('/')) return watch;
    auto state = std::make_unique<State>();
    state->path = std::move(path);
    state->came = std::move(came);
    state->inotify.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!state->inotify || !state->look()) return watch;
    auto ready = loop.on_ready(state->inotify.get(), EPOLLIN, [raw = state.get()](std::uint32_t) { raw->changed(); });
    if (!ready) return watch;
    state->ready = std::move(*ready);
    watch.m_state = std::move(state);
    return watch;
}

FileWatch::FileWatch() = default;
FileWatch::FileWatch(FileWatch&&) noexcept = default;
FileWatch& FileWatch::operator=(FileWatch&&) noexcept = default;
FileWatch::~FileWatch() = default;

} // namespace latchkey::sources
