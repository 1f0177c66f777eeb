// SPDX-License-Identifier: MIT
#pragma once

// What logind (systemd's or elogind's) knows of this user: whether a session of theirs is in front, idle, locked.

#include "sources/system_bus.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace latchkey::sources {

struct UserSessions {
    bool any = false;    // somebody is logged in as this user
    bool active = false; // and one of the sessions is in front of its seat (a remote one always is)
    bool idle = false;   // by the desktop's own measure
    bool locked = false;

    friend bool operator==(UserSessions const&, UserSessions const&) = default;
};

class LogindUser {
public:
    using Told = std::function<void(std::optional<UserSessions>)>;

    // told: what is now, soon, then each change; nullopt while there is no logind.
    LogindUser(SystemBus& bus, Told told);
    LogindUser(LogindUser const&) = delete;
    LogindUser& operator=(LogindUser const&) = delete;

    void start();
    void stop();

private:
    void watch_user();
    void user_told(Properties const* properties);
    void watch_display(std::string const& path);
    void look();

    SystemBus& m_bus;
    Told m_told;
    SystemBus::Watch m_logind;
    std::vector<SystemBus::Watch> m_movements;
    SystemBus::Watch m_seat;
    SystemBus::Watch m_user;
    SystemBus::Watch m_display;
    std::string m_display_path;
    bool m_there = false;
    bool m_user_known = false;
    bool m_display_known = true; // there is none to wait for
    UserSessions m_sessions;
};

} // namespace latchkey::sources
