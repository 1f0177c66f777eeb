// SPDX-License-Identifier: MIT
#pragma once

// The system bus as sources use it: they watch the properties of services that may be there, not be there, come and go.
// One connection, opened when the first watch begins and closed with the last one. Nothing here starts a service, and
// nothing waits: everything comes from the event loop. DBUS_SYSTEM_BUS_ADDRESS says where the bus is, as for everybody.

#include "ipc/event_loop.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace latchkey::sources {

// The basic values only; others (arrays, dictionaries) are left out. An object path is text; a structure that begins
// with text and a path, as logind has them, is the path.
using Property = std::variant<bool, std::uint64_t, std::int64_t, std::string>;
using Properties = std::map<std::string, Property, std::less<>>;

// The value, or another when it is absent or of another type. Numbers of any width are read as T's widest.
std::string text_of(Properties const& properties, std::string_view name);
std::uint64_t number_of(Properties const& properties, std::string_view name, std::uint64_t otherwise = 0);
bool flag_of(Properties const& properties, std::string_view name, bool otherwise = false);

struct ServiceObject {
    std::string service; // "org.freedesktop.NetworkManager"
    std::string path;
    std::string interface;
};

class SystemBus {
public:
    struct Connection;

    // A watch that lasts until it is destroyed.
    class Watch {
    public:
        struct State;
        Watch();
        explicit Watch(std::unique_ptr<State> state);
        Watch(Watch&&) noexcept;
        Watch& operator=(Watch&&) noexcept;
        ~Watch();
        explicit operator bool() const { return m_state != nullptr; }

    private:
        std::unique_ptr<State> m_state;
    };

    explicit SystemBus(ipc::EventLoop& loop);
    ~SystemBus();

    // Tells the properties once, soon, and again whenever one of them changed; nullptr when there is no such object now
    // (no bus, no service, no answer), again soon and whenever it vanishes.
    Watch watch(ServiceObject object, std::function<void(Properties const*)> told);
    // Tells that the signal arrived from the service.
    Watch on_signal(ServiceObject object, std::string member, std::function<void()> arrived);
    // What is wrong with the bus, for people; empty: nothing.
    std::string problem() const;

private:
    std::shared_ptr<Connection> m_connection;
};

} // namespace latchkey::sources
