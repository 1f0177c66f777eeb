// SPDX-License-Identifier: MIT
#include "sources/logind_user.h"

#include <fmt/format.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

constexpr char const* kService = "org.freedesktop.login1";
constexpr char const* kManagerPath = "/org/freedesktop/login1";
constexpr char const* kManagerInterface = "org.freedesktop.login1.Manager";

} // namespace

LogindUser::LogindUser(SystemBus& bus, Told told) : m_bus(bus), m_told(std::move(told)) {}

void LogindUser::start()
{
    m_logind = m_bus.watch({kService, kManagerPath, kManagerInterface}, [this](Properties const* properties) {
        bool const there = properties != nullptr;
        if (there && m_there) return; // something of the seat or the machine
        m_there = there;
        m_user = {};
        if (there) {
            watch_user();
        } else {
            m_told(std::nullopt);
        }
    });
    // A user's object comes with the first session and goes with the last, and its State changes without a signal: what
    // changes it does have one. A switch of the terminal is a change of the seat.
    auto const moved = [this] {
        if (m_there) watch_user();
    };
    for (auto const* signal : {"SessionNew", "SessionRemoved", "UserNew", "UserRemoved"}) {
        m_movements.push_back(m_bus.on_signal({kService, kManagerPath, kManagerInterface}, signal, moved));
    }
    m_seat = m_bus.watch({kService, std::string(kManagerPath) + "/seat/seat0", "org.freedesktop.login1.Seat"},
                         [moved](Properties const*) { moved(); });
}

void LogindUser::stop()
{
    m_logind = {};
    m_movements.clear();
    m_seat = {};
    m_user = {};
    m_display = {};
    m_display_path.clear();
    m_display_known = true;
    m_there = false;
    m_user_known = false;
    m_sessions = {};
}

void LogindUser::watch_user()
{
    m_user =
        m_bus.watch({kService, fmt::format("{}/user/_{}", kManagerPath, ::getuid()), "org.freedesktop.login1.User"},
                    [this](Properties const* properties) { user_told(properties); });
}

void LogindUser::user_told(Properties const* properties)
{
    m_user_known = true;
    bool const locked = m_sessions.locked;
    m_sessions = {};
    if (properties != nullptr) {
        auto const state = text_of(*properties, "State");
        m_sessions = {.any = state == "active" || state == "online",
                      .active = state == "active",
                      .idle = flag_of(*properties, "IdleHint"),
                      .locked = locked};
    }
    watch_display(properties == nullptr ? std::string() : text_of(*properties, "Display"));
    look();
}

void LogindUser::watch_display(std::string const& path)
{
    auto const wanted = path == "/" ? std::string() : path;
    if (wanted == m_display_path) return;
    m_display_path = wanted;
    m_display_known = wanted.empty();
    m_sessions.locked = false;
    m_display =
        wanted.empty()
            ? SystemBus::Watch()
            : m_bus.watch({kService, wanted, "org.freedesktop.login1.Session"}, [this](Properties const* properties) {
                  m_display_known = true;
                  m_sessions.locked = properties != nullptr && flag_of(*properties, "LockedHint");
                  watch_user(); // its State follows the session's Active
              });
}

void LogindUser::look()
{
    if (m_user_known && m_display_known) m_told(m_sessions);
}

} // namespace latchkey::sources
