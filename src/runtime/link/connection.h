// SPDX-License-Identifier: MIT
#pragma once

// The other side of broker_link.h: requests of any thread go through a queue to the thread that owns the connection.

#include "ipc/broker_place.h"
#include "ipc/bus.h"
#include "runtime/link/broker_link.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>

struct sd_bus_message;

namespace latchkey::runtime {

// How often a call that may be repeated is made again because a broker ended, within the time that a call may take.
inline constexpr int kMaxRepeats = 100;

class Connection final : public BrokerLink {
public:
    struct Limits {
        std::chrono::microseconds call = kCallTimeout;
        // Between two looks for a broker that went away: doubled after each.
        std::chrono::milliseconds first_look{100};
        std::chrono::milliseconds last_look{5000};
    };

    Connection(BrokerEvents& events, ipc::Fd descriptor, Limits limits);
    // False when there is no loop or no thread to be had.
    bool start();

    Answer call(std::string const& method, std::vector<BrokerArgument> arguments, Repeat repeat) noexcept override;
    Answer attach(std::string const& task) noexcept override;
    void stay_connected() noexcept override;

private:
    // A call on its way. The thread that waits and the connection's thread share it, so that either may give up.
    struct Request {
        std::string method;
        std::vector<BrokerArgument> arguments;
        Repeat repeat = Repeat::No;
        std::chrono::steady_clock::time_point const made = std::chrono::steady_clock::now();
        int repeated = 0;
        Connection* connection = nullptr;

        std::mutex lock;
        std::condition_variable done;
        std::optional<Answer> answer;
    };
    using RequestPointer = std::shared_ptr<Request>;

    void take_requests();
    void send(RequestPointer const& request);
    std::optional<BrokerError> connect(ipc::WhenAbsent when_absent);
    void listen();
    void attach_all();
    void closed();
    void look_for_broker();
    void answered(Request* request, sd_bus_message* reply);
    bool may_go_to_the_next(Request& request) const;
    static void finish(RequestPointer const& request, Answer answer);
    void submit(RequestPointer request);

    BrokerEvents& m_events;
    Limits const m_limits;
    ipc::Fd m_descriptor; // of a host: there is no second one
    bool const m_has_descriptor;
    ipc::Fd m_wake;

    // The thread's.
    std::optional<ipc::EventLoop> m_loop;
    ipc::Source m_requests_source;
    ipc::Source m_retry;
    ipc::Source m_dropped;
    std::optional<ipc::Bus> m_bus;
    bool m_was_connected = false;
    std::map<Request*, RequestPointer> m_in_flight;
    std::chrono::milliseconds m_retry_after{};

    std::mutex m_lock; // of what follows
    std::deque<RequestPointer> m_requests;
    std::set<std::string> m_attached;
    bool m_stay_connected = false;
};

} // namespace latchkey::runtime
