// SPDX-License-Identifier: MIT
#pragma once

// One D-Bus connection: to the session bus, or to a peer over a socket without any bus in between. One thread; when
// attached to an EventLoop, calls and signals arrive as callbacks of that loop, and a Slot that is destroyed ends what
// it stands for. Messages and strings from the peer are untrusted and limited by sd-bus (128 MiB a message, checked).

#include "ipc/event_loop.h"
#include "ipc/message.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

struct sd_bus;
struct sd_bus_slot;

namespace latchkey::ipc {

// What the peer answered instead of a result: a named D-Bus error.
struct BusError {
    std::string name; // e.g. org.latchkey.Error.NoSuchTask
    std::string message;
    friend bool operator==(BusError const&, BusError const&) = default;
};

template <class T>
using Answer = tl::expected<T, BusError>;

struct SlotDeleter {
    void operator()(sd_bus_slot* slot) const;
};

class Bus {
public:
    // Connects to the peer listening at path. An error with std::errc::no_such_file_or_directory or connection_refused
    // means that nobody listens.
    static Io<Bus> connect(std::string const& path);
    // The two ends of an established socket. The server end must be made before the client's first call is answered.
    static Io<Bus> client(Fd socket);
    static Io<Bus> server(Fd socket);
    // The session bus; DBUS_SESSION_BUS_ADDRESS says where.
    static Io<Bus> session();

    Bus(Bus&& other) noexcept;
    Bus& operator=(Bus&& other) noexcept;
    ~Bus();

    sd_bus* get() const { return m_bus; }
    // The descriptor to the peer, for its credentials; the Bus keeps it.
    int socket() const;

    Io<void> attach(EventLoop& loop, EventLoop::Priority priority = EventLoop::Priority::Normal);
    // Takes a well-known name on a bus; false when somebody else has it.
    Io<bool> own(std::string const& name);

    // A method call to the broker's object (or any other: destination is "" between peers).
    Message method_call(std::string const& destination, std::string const& path, std::string const& interface,
                        std::string const& member) const;
    // Sends and waits for the answer, not longer than timeout.
    Answer<Message> call(Message& message, std::chrono::microseconds timeout = std::chrono::seconds(25));
    // Sends and calls back once with the answer. Not when the Bus is destroyed before. Needs attach() or process().
    Io<void> call_later(Message& message, std::function<void(Answer<Message>)> answered,
                        std::chrono::microseconds timeout = std::chrono::seconds(25));
    // Calls back when a signal of that interface and member arrives ("" matches any member).
    Io<void> on_signal(std::string const& interface, std::string const& member, std::function<void(Message&)> callback);
    Message signal(std::string const& path, std::string const& interface, std::string const& member) const;
    Io<void> send(Message& message);

    // Calls back once when the peer has closed the connection or it broke. Needs attach().
    void on_closed(std::function<void()> callback);

    // Waits for whatever comes next (signals included) and dispatches it; false when the time ran out. For clients
    // without a loop.
    Io<bool> process(std::chrono::microseconds timeout);
    // Sends everything that is queued before returning.
    void flush();

private:
    struct Callbacks;
    explicit Bus(sd_bus* bus);
    sd_bus* m_bus = nullptr;
    std::unique_ptr<Callbacks> m_callbacks;
};

} // namespace latchkey::ipc
