// SPDX-License-Identifier: MIT
#pragma once

// A peer that listens where the broker does (LATCHKEY_ROOT, which it sets to a folder of its own) and answers
// org.latchkey.Broker1 as a test says, on a thread of its own.

#include "ipc/bus.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace latchkey::testing {

class PretendBroker {
public:
    // Answers one call; called on the broker's thread. member is the method's name.
    using Answer = std::function<ipc::Answer<ipc::Message>(std::string const& member, ipc::Message& call)>;

    explicit PretendBroker(Answer answer);
    ~PretendBroker();
    // The one of the process: the runtime has one connection. It refuses what no answer was given for.
    static PretendBroker& of_process();
    void answers(Answer answer);
    // What WhoAmI should be answered, always the same: a program asks once.
    ipc::Dictionary identity() const;

    void start();
    void stop();
    // To its clients: it ended, and the next one listens already. Nobody is tempted to start one.
    void end_connections();
    // To every connection.
    void signal(std::function<ipc::Message(ipc::Bus& bus)> make);
    void progress(std::string const& task, std::string const& instance, std::uint32_t value);
    void completed(std::string const& task, std::string const& instance, std::int32_t result, std::string const& text);

    std::string const& root() const { return m_root; }
    // The members that were called, in order, since the last time.
    std::vector<std::string> take_calls();
    // Waits until member was called that often since then; false after five seconds.
    bool was_called(std::string const& member, std::size_t times = 1);

    static ipc::Message reply_to(ipc::Message& call);
    template <class... T>
    static ipc::Message reply(ipc::Message& call, T const&... results)
    {
        ipc::Message message = reply_to(call);
        (message.write(results), ...);
        return message;
    }

private:
    struct State;
    struct Running;
    std::string m_root;
    std::shared_ptr<State> m_state;
    std::unique_ptr<Running> m_running;
};

} // namespace latchkey::testing
