// SPDX-License-Identifier: MIT
#include "broker/relay.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <systemd/sd-bus.h>

namespace latchkey::broker {

namespace {

constexpr int kMaxAgreeSteps = 100;
constexpr std::uint64_t kNoTimeout = UINT64_MAX; // the caller has its own

// The same call, or answer, on another connection.
int copy_contents(sd_bus_message* from, sd_bus_message* to)
{
    int const result = sd_bus_message_rewind(from, 1);
    return result < 0 ? result : sd_bus_message_copy(to, from, 1);
}

int send_back(sd_bus_message* original, sd_bus_message* answer)
{
    if (sd_bus_message_get_expect_reply(original) <= 0) return 0;
    if (sd_bus_error const* const error = sd_bus_message_get_error(answer)) {
        return sd_bus_reply_method_error(original, error);
    }
    sd_bus_message* raw = nullptr;
    int result = sd_bus_message_new_method_return(original, &raw);
    ipc::Message const reply(raw);
    if (result >= 0) result = copy_contents(answer, raw);
    return result < 0 ? result : sd_bus_send(nullptr, raw, nullptr);
}

} // namespace

struct Relay::Call {
    Relay* relay = nullptr;
    ipc::Message original;
    std::string sender;
    std::function<void(std::string const&)> answered;
    std::unique_ptr<sd_bus_slot, ipc::SlotDeleter> slot;
};

Relay::Relay(ipc::Bus calling) : m_bus(std::move(calling)) {}
Relay::~Relay() = default;

ipc::Io<Relay::Ends> Relay::make_ends()
{
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
        return ipc::io_error(errno, "make a pair of sockets");
    }
    auto serving = ipc::Bus::server(ipc::Fd(pair[0]));
    auto calling = ipc::Bus::client(ipc::Fd(pair[1]));
    if (!serving) return tl::unexpected(serving.error());
    if (!calling) return tl::unexpected(calling.error());
    for (int step = 0; step < kMaxAgreeSteps; ++step) {
        bool const ready = sd_bus_is_ready(serving->get()) > 0 && sd_bus_is_ready(calling->get()) > 0;
        if (ready) return Ends{std::move(*calling), std::move(*serving)};
        if (sd_bus_process(calling->get(), nullptr) < 0 || sd_bus_process(serving->get(), nullptr) < 0) break;
    }
    return ipc::io_error(EPROTO, "talk to ourselves");
}

bool Relay::put(ipc::Message original, std::string sender, std::function<void(std::string const& sender)> answered)
{
    sd_bus_message* const from = original.get();
    sd_bus_message* raw = nullptr;
    int result = sd_bus_message_new_method_call(m_bus.get(), &raw, nullptr, sd_bus_message_get_path(from),
                                                sd_bus_message_get_interface(from), sd_bus_message_get_member(from));
    ipc::Message const copy(raw);
    if (result >= 0) result = copy_contents(from, raw);
    auto call = std::make_unique<Call>();
    call->relay = this;
    call->sender = std::move(sender);
    call->answered = std::move(answered);
    auto const arrived = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        auto* const finished = static_cast<Call*>(data);
        std::uint64_t number = 0;
        sd_bus_message_get_reply_cookie(answer, &number);
        auto const node = finished->relay->m_calls.extract(number); // until this is over
        send_back(finished->original.get(), answer);
        finished->answered(finished->sender);
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    if (result >= 0) result = sd_bus_call_async(m_bus.get(), &slot, raw, arrived, call.get(), kNoTimeout);
    std::uint64_t number = 0;
    if (result >= 0) result = sd_bus_message_get_cookie(raw, &number);
    if (result < 0) {
        sd_bus_reply_method_errno(from, result, nullptr);
        return false;
    }
    call->slot.reset(slot);
    call->original = std::move(original);
    m_calls.emplace(number, std::move(call));
    return true;
}

std::string_view Relay::sender_of(sd_bus_message* message) const
{
    std::uint64_t number = 0;
    if (sd_bus_message_get_cookie(message, &number) < 0) return {};
    auto const found = m_calls.find(number);
    return found == m_calls.end() ? std::string_view() : std::string_view(found->second->sender);
}

} // namespace latchkey::broker
