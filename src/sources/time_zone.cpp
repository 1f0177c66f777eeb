// SPDX-License-Identifier: MIT
#include "sources/time_zone.h"

#include "sources/timer.h"
#include "sources/zone_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

using core::SystemTriggerType;
using core::WallTime;

WallTime wall_now()
{
    timespec time{}; // not time(): its second may still be the one before
    ::clock_gettime(CLOCK_REALTIME, &time);
    return WallTime(std::chrono::seconds(time.tv_sec) +
                    std::chrono::duration_cast<core::Duration>(std::chrono::nanoseconds(time.tv_nsec)));
}

ipc::Io<std::string> read_whole(std::string const& path)
{
    ipc::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return ipc::io_error(errno, "open " + path);
    std::string bytes(kMaxZoneFileBytes, '\0');
    std::size_t length = 0;
    while (length < bytes.size()) {
        auto const got = ::read(file.get(), bytes.data() + length, bytes.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ipc::io_error(errno, "read " + path);
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    bytes.resize(length);
    return bytes;
}

class TimeZoneSource final : public Source {
public:
    TimeZoneSource(ipc::EventLoop& loop, SystemBus& bus, Happened happened, std::string localtime)
        : m_loop(loop), m_bus(bus), m_happened(std::move(happened)), m_localtime(std::move(localtime))
    {}

    std::string_view name() const override { return "time zone"; }

    bool serves(Demand const& demand) const override
    {
        return std::find(demand.system_triggers.begin(), demand.system_triggers.end(),
                         SystemTriggerType::TimeZoneChange) != demand.system_triggers.end();
    }

    void start() override
    {
        m_running = true;
        m_problem.clear();
        m_offset.reset();
        auto const watched = watch_folder();
        m_blind = watched ? std::string() : watched.error().text();
        auto timer = Timer::create(m_loop, Timer::Counts::WallTime, [this] { look(); });
        if (timer) m_next_change.emplace(std::move(*timer));
        // timedated also changes the link; this is for a broker that sees another /etc than the machine's.
        m_timedate =
            m_bus.watch({"org.freedesktop.timedate1", "/org/freedesktop/timedate1", "org.freedesktop.timedate1"},
                        [this](Properties const*) { look_soon(); });
        look();
    }

    void stop() override
    {
        m_ready = {};
        m_inotify.reset();
        m_settle = {};
        m_settling = false;
        m_next_change.reset();
        m_timedate = {};
        m_running = false;
    }

    SourceState state() const override
    {
        auto const& problem = m_problem.empty() ? m_blind : m_problem;
        return {.name = std::string(name()),
                .running = m_running,
                .problem = problem,
                .remedy = problem.empty() ? "" : fmt::format("make {} a readable time zone file", m_localtime)};
    }

private:
    // The folder, not the file: the file is a link that is replaced, and a watch would follow it to the zone's own
    // file.
    ipc::Io<void> watch_folder()
    {
        auto const slash = m_localtime.rfind('/');
        m_name = m_localtime.substr(slash + 1);
        auto const folder = slash == 0 ? std::string("/") : m_localtime.substr(0, slash);
        m_inotify.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!m_inotify) return ipc::io_error(errno, "watch files");
        constexpr std::uint32_t kAnyChange =
            IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR;
        if (::inotify_add_watch(m_inotify.get(), folder.c_str(), kAnyChange) < 0) {
            return ipc::io_error(errno, "watch " + folder);
        }
        auto ready = m_loop.on_ready(m_inotify.get(), EPOLLIN, [this](std::uint32_t) { files_changed(); });
        if (!ready) return tl::unexpected(ready.error());
        m_ready = std::move(*ready);
        return {};
    }

    void files_changed()
    {
        alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
        bool ours = false;
        for (;;) {
            auto const got = ::read(m_inotify.get(), buffer.data(), buffer.size());
            if (got <= 0) break;
            for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                std::string_view const name = event.len == 0 ? "" : buffer.data() + at + sizeof event;
                ours = ours || name == m_name || (event.mask & IN_Q_OVERFLOW) != 0;
                at += sizeof event + event.len;
            }
        }
        if (ours) look_soon();
    }

    void look_soon()
    {
        if (m_settling) return;
        auto settle = m_loop.at(m_loop.boot_time() + kTimeZoneSettle, kTimeZoneSettle / 10, [this] {
            m_settling = false;
            look();
        });
        if (!settle) return;
        m_settle = std::move(*settle);
        m_settling = true;
    }

    // As the C library has it: no file means UTC.
    ZoneFile const* zone()
    {
        auto const bytes = read_whole(m_localtime);
        if (!bytes) {
            m_zone.reset();
            bool const absent = bytes.error().code == std::errc::no_such_file_or_directory;
            m_problem = absent ? std::string() : bytes.error().text();
            return nullptr;
        }
        auto parsed = ZoneFile::parse(*bytes);
        m_problem = parsed ? std::string() : fmt::format("{}: {}", m_localtime, parsed.error());
        m_zone = parsed ? std::optional(std::move(*parsed)) : std::nullopt;
        return m_zone ? &*m_zone : nullptr;
    }

    void look()
    {
        auto const now = wall_now();
        auto const* const file = zone();
        // A file that is being written, or cannot be read just now, is no choice of another zone.
        if (!m_problem.empty() && m_offset) return;
        auto const offset = file == nullptr ? std::chrono::seconds(0) : file->offset_at(now);
        auto const next = file == nullptr ? std::nullopt : file->next_change_after(now);
        if (m_next_change) {
            m_next_change->arm(next ? std::optional(next->time_since_epoch()) : std::nullopt);
        }
        bool const changed = m_offset && *m_offset != offset;
        m_offset = offset;
        if (changed) m_happened(core::event::SystemTriggerFired{SystemTriggerType::TimeZoneChange, {}});
    }

    ipc::EventLoop& m_loop;
    SystemBus& m_bus;
    Happened m_happened;
    std::string m_localtime;
    std::string m_name;
    ipc::Fd m_inotify;
    ipc::Source m_ready;
    ipc::Source m_settle;
    bool m_settling = false;
    bool m_running = false;
    std::optional<Timer> m_next_change;
    SystemBus::Watch m_timedate;
    std::optional<ZoneFile> m_zone;
    std::optional<std::chrono::seconds> m_offset;
    std::string m_problem; // of the file
    std::string m_blind;   // why its folder is not watched
};

} // namespace

std::unique_ptr<Source> make_time_zone_source(ipc::EventLoop& loop, SystemBus& bus, Happened happened,
                                              std::string localtime)
{
    return std::make_unique<TimeZoneSource>(loop, bus, std::move(happened), std::move(localtime));
}

} // namespace latchkey::sources
