// SPDX-License-Identifier: MIT
#pragma once

// A real latchkeyd under a folder of its own, and those who talk to it: the test itself is the user, a Member is a
// process inside an installed package.

#include "ipc/broker_place.h"
#include "ipc/bus.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>

namespace latchkey::test {

using ipc::Dictionary;
using ipc::Message;
using ipc::Value;

inline constexpr char kFamily[] = "Contoso.Mail_h91ms92gdsmmt"; // made from name and publisher

// An outcome of a call: the answer, or the error's name without its prefix and its message.
struct Outcome {
    std::optional<Message> message;
    std::string error;
    std::string text;
    explicit operator bool() const { return message.has_value(); }
};

// One connection to the broker.
class Connection {
public:
    explicit Connection(ipc::Bus connected) : bus(std::move(connected)) {}

    template <class... Arguments>
    Outcome call(std::string const& member, Arguments const&... arguments)
    {
        Message message = method(member);
        (message.write(arguments), ...);
        return send(message);
    }
    Message method(std::string const& member) const;
    Outcome send(Message& message);
    // Until the condition holds; false when it does not in time.
    bool wait_for(std::function<bool()> const& holds);
    // The same for what makes no signal: asks again, with a call to the broker between two questions.
    bool eventually(std::function<bool()> const& holds);

    // The task's id; a refusal fails the test.
    std::string must_register(Dictionary options);
    std::vector<Dictionary> list(Dictionary options = {});
    Dictionary explain(std::string const& task);

    ipc::Bus bus;
};

// A process of the package; it ends with this object.
class Member {
public:
    Member(std::string const& program, std::string const& socket);
    Member(Member const&) = delete;
    ~Member();
    void kill();

    pid_t pid = -1;
    std::unique_ptr<Connection> connection;

private:
    ipc::Fd m_input;
};

class BrokerTest : public testing::Test {
protected:
    BrokerTest();
    ~BrokerTest() override;

    void start(std::vector<std::string> const& options = {});
    void kill();        // -9
    int stop();         // SIGTERM; the exit status
    int wait_for_end(); // the exit status, negative for a signal
    pid_t broker() const { return m_broker; }

    Connection connect();
    // Writes a package with this version into a folder and installs it; the folder.
    enum class Tasks { None, Real }; // Real: with the component of tests/integration/hosts
    std::string write_package(std::string const& name = "Contoso.Mail", std::string const& version = "1.0.0.0",
                              Tasks tasks = Tasks::None);
    std::string install(Connection& user, std::string const& name = "Contoso.Mail", Tasks tasks = Tasks::None);
    std::unique_ptr<Member> member(std::string const& name = "Contoso.Mail");
    Dictionary task(std::string const& name) const;
    // A task that does in its host what its name says: "nothing", "waits", "counts" (tests/integration/hosts).
    Dictionary act(std::string const& name) const;
    std::string broker_log() const;
    // Of the broker, so far: context switches of its own will.
    long wake_ups() const;

    std::filesystem::path root;

private:
    char start_once(std::vector<std::string> const& options); // what it said

    pid_t m_broker = -1;
};

} // namespace latchkey::test
