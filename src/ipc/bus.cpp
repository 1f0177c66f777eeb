// SPDX-License-Identifier: MIT
#include "ipc/bus.h"

#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

namespace latchkey::ipc {

using std::chrono::microseconds;

void SlotDeleter::operator()(sd_bus_slot* slot) const
{
    sd_bus_slot_unref(slot);
}

// What sd-bus holds pointers to; it stays in place while the Bus moves.
struct Bus::Callbacks {
    using SignalCallback = std::function<void(Message&)>;
    std::vector<std::unique_ptr<SignalCallback>> signals;
    std::vector<std::unique_ptr<sd_bus_slot, SlotDeleter>> slots;
    std::function<void()> closed;
};

Bus::Bus(sd_bus* bus) : m_bus(bus), m_callbacks(std::make_unique<Callbacks>()) {}
Bus::Bus(Bus&& other) noexcept : m_bus(std::exchange(other.m_bus, nullptr)), m_callbacks(std::move(other.m_callbacks))
{}

Bus& Bus::operator=(Bus&& other) noexcept
{
    std::swap(m_bus, other.m_bus);
    std::swap(m_callbacks, other.m_callbacks);
    return *this;
}

Bus::~Bus()
{
    if (m_bus == nullptr) return;
    m_callbacks->slots.clear();
    sd_bus_detach_event(m_bus);
    sd_bus_close_unref(m_bus);
}

Io<Bus> Bus::connect(std::string const& path)
{
    sd_bus* raw = nullptr;
    if (int const result = sd_bus_new(&raw); result < 0) {
        return io_error(result, "make a connection");
    }
    Bus bus(raw);
    // An address escapes everything but a few characters; a path may hold any.
    std::string address = "unix:path=";
    for (char const character : path) {
        bool const plain =
            std::isalnum(static_cast<unsigned char>(character)) != 0 || std::strchr("-_/.\\*", character) != nullptr;
        address += plain ? std::string(1, character) : fmt::format("%{:02x}", static_cast<unsigned char>(character));
    }
    int result = sd_bus_set_address(raw, address.c_str());
    if (result >= 0) result = sd_bus_set_bus_client(raw, 0);
    if (result >= 0) result = sd_bus_start(raw);
    if (result < 0) {
        return io_error(result, "connect to " + path);
    }
    return bus;
}

Io<Bus> Bus::client(Fd socket)
{
    sd_bus* raw = nullptr;
    int result = sd_bus_new(&raw);
    if (result < 0) {
        return io_error(result, "make a connection");
    }
    Bus bus(raw);
    result = sd_bus_set_fd(raw, socket.get(), socket.get());
    if (result >= 0) socket.release();
    if (result >= 0) result = sd_bus_set_bus_client(raw, 0);
    if (result >= 0) result = sd_bus_start(raw);
    if (result < 0) {
        return io_error(result, "connect over a socket");
    }
    return bus;
}

Io<Bus> Bus::server(Fd socket)
{
    sd_bus* raw = nullptr;
    int result = sd_bus_new(&raw);
    if (result < 0) {
        return io_error(result, "make a connection");
    }
    Bus bus(raw);
    sd_id128_t id;
    result = sd_id128_randomize(&id);
    if (result >= 0) result = sd_bus_set_fd(raw, socket.get(), socket.get());
    if (result >= 0) socket.release();
    if (result >= 0) result = sd_bus_set_server(raw, 1, id);
    // Who may do what is decided by the peer's identity, not by sd-bus' capabilities of the sender.
    if (result >= 0) result = sd_bus_set_trusted(raw, 1);
    if (result >= 0) result = sd_bus_negotiate_fds(raw, 1);
    if (result >= 0) result = sd_bus_start(raw);
    if (result < 0) {
        return io_error(result, "serve a connection");
    }
    return bus;
}

Io<Bus> Bus::session()
{
    sd_bus* raw = nullptr;
    if (int const result = sd_bus_open_user(&raw); result < 0) {
        return io_error(result, "connect to the session bus");
    }
    return Bus(raw);
}

int Bus::socket() const
{
    return sd_bus_get_fd(m_bus);
}

Io<void> Bus::attach(EventLoop& loop, EventLoop::Priority priority)
{
    if (int const result = sd_bus_attach_event(m_bus, loop.get(), static_cast<int>(priority)); result < 0) {
        return io_error(result, "attach a connection");
    }
    return {};
}

Io<bool> Bus::own(std::string const& name)
{
    int const result = sd_bus_request_name(m_bus, name.c_str(), 0);
    if (result == -EEXIST || result == -EALREADY) return result == -EALREADY;
    if (result < 0) {
        return io_error(result, "take the name " + name);
    }
    return true;
}

Message Bus::method_call(std::string const& destination, std::string const& path, std::string const& interface,
                         std::string const& member) const
{
    sd_bus_message* message = nullptr;
    sd_bus_message_new_method_call(m_bus, &message, destination.empty() ? nullptr : destination.c_str(), path.c_str(),
                                   interface.c_str(), member.c_str());
    return Message(message);
}

Answer<Message> Bus::call(Message& message, microseconds timeout)
{
    if (message.failed() || !message) {
        return tl::unexpected(BusError{SD_BUS_ERROR_INVALID_ARGS, "the call could not be written: " + message.error()});
    }
    sd_bus_error error{};
    sd_bus_message* reply = nullptr;
    int const result = sd_bus_call(m_bus, message.get(), static_cast<std::uint64_t>(timeout.count()), &error, &reply);
    if (result < 0) {
        BusError refused{error.name == nullptr ? SD_BUS_ERROR_FAILED : error.name,
                         error.message == nullptr ? std::strerror(-result) : error.message};
        sd_bus_error_free(&error);
        return tl::unexpected(std::move(refused));
    }
    return Message(reply);
}

Io<void> Bus::call_later(Message& message, std::function<void(Answer<Message>)> answered, microseconds timeout)
{
    using Answered = std::function<void(Answer<Message>)>;
    if (message.failed() || !message) return io_error(EINVAL, "write a call: " + message.error());
    auto kept = std::make_unique<Answered>(std::move(answered));
    auto const arrived = [](sd_bus_message* raw, void* data, sd_bus_error*) {
        // Kept by the slot, which may end inside of the callback.
        Answered const call = std::move(*static_cast<Answered*>(data));
        if (sd_bus_error const* error = sd_bus_message_get_error(raw); error != nullptr) {
            call(tl::unexpected(BusError{error->name, error->message == nullptr ? "" : error->message}));
        } else {
            call(Message::borrow(raw));
        }
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    int const result = sd_bus_call_async(m_bus, &slot, message.get(), arrived, kept.get(),
                                         static_cast<std::uint64_t>(timeout.count()));
    if (result < 0) {
        return io_error(result, "send a call");
    }
    sd_bus_slot_set_destroy_callback(slot, [](void* data) { delete static_cast<Answered*>(data); });
    kept.release();
    sd_bus_slot_set_floating(slot, 1); // lives until the answer or the connection's end
    sd_bus_slot_unref(slot);
    return {};
}

Io<void> Bus::on_signal(std::string const& interface, std::string const& member, std::function<void(Message&)> callback)
{
    auto kept = std::make_unique<Callbacks::SignalCallback>(std::move(callback));
    sd_bus_slot* slot = nullptr;
    auto const arrived = [](sd_bus_message* raw, void* data, sd_bus_error*) {
        Message message = Message::borrow(raw);
        (*static_cast<Callbacks::SignalCallback*>(data))(message);
        return 0;
    };
    int const result = sd_bus_match_signal(m_bus, &slot, nullptr, nullptr, interface.c_str(),
                                           member.empty() ? nullptr : member.c_str(), arrived, kept.get());
    if (result < 0) {
        return io_error(result, "listen for " + interface + "." + member);
    }
    m_callbacks->slots.emplace_back(slot);
    m_callbacks->signals.push_back(std::move(kept));
    return {};
}

Message Bus::signal(std::string const& path, std::string const& interface, std::string const& member) const
{
    sd_bus_message* message = nullptr;
    sd_bus_message_new_signal(m_bus, &message, path.c_str(), interface.c_str(), member.c_str());
    return Message(message);
}

Io<void> Bus::send(Message& message)
{
    if (int const result = sd_bus_send(m_bus, message.get(), nullptr); result < 0) {
        return io_error(result, "send a message");
    }
    return {};
}

void Bus::on_closed(std::function<void()> callback)
{
    m_callbacks->closed = std::move(callback);
    sd_bus_slot* slot = nullptr;
    auto const closed = [](sd_bus_message*, void* data, sd_bus_error*) {
        // The callback may destroy this Bus.
        if (auto const call = std::exchange(static_cast<Callbacks*>(data)->closed, nullptr)) {
            call();
        }
        return 0;
    };
    sd_bus_match_signal(m_bus, &slot, nullptr, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                        "Disconnected", closed, m_callbacks.get());
    m_callbacks->slots.emplace_back(slot);
}

Io<bool> Bus::process(microseconds timeout)
{
    int result = sd_bus_process(m_bus, nullptr);
    if (result > 0) return true;
    if (result == 0) {
        result = sd_bus_wait(m_bus, static_cast<std::uint64_t>(timeout.count()));
        if (result > 0) result = sd_bus_process(m_bus, nullptr);
    }
    if (result < 0) {
        return io_error(result, "process a connection");
    }
    return result > 0;
}

void Bus::flush()
{
    sd_bus_flush(m_bus);
}

} // namespace latchkey::ipc
