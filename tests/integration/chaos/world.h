// SPDX-License-Identifier: MIT
#pragma once

// The real processes: brokers, whoever started them, and the app. Whatever any of them leaves behind becomes a child of
// the test, so that the test can say that nothing is left.

#include "ipc/broker_place.h"
#include "ipc/bus.h"

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace latchkey::test {

inline constexpr std::chrono::seconds kPatience{20};

// One connection of the user.
class User {
public:
    explicit User(ipc::Bus connected) : bus(std::move(connected)) {}
    template <class... Arguments>
    std::optional<ipc::Message> call(std::string const& member, Arguments const&... arguments)
    {
        ipc::Message message = bus.method_call("", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
        (void)(message.write(arguments), ...);
        auto answer = bus.call(message, kPatience);
        error = answer ? std::string() : answer.error().name + ": " + answer.error().message;
        if (!answer) return std::nullopt;
        return std::move(*answer);
    }
    ipc::Bus bus;
    std::string error; // of the last call
};

// What apps were told and answered, over all their processes.
struct AppWords {
    std::map<std::string, std::string> registered;               // name, id
    std::map<std::string, std::string> refused;                  // name or serial, why
    std::map<std::string, int> results;                          // serial, ApplicationTriggerResult
    std::map<std::string, std::multiset<std::string>> completed; // task, instances
};

class App {
public:
    App(std::string const& program, AppWords& words);
    ~App(); // kills it
    App(App const&) = delete;

    pid_t pid() const { return m_pid; }
    bool is_ready() const { return m_ready; }
    void send(std::string const& line);
    // Until the condition holds; false when the process is gone, or in time it does not.
    bool wait_for(std::function<bool()> const& holds);

private:
    bool read_more(std::chrono::milliseconds patience);
    void take(std::string const& line);

    pid_t m_pid = -1;
    ipc::Fd m_input, m_output;
    std::string m_text;
    AppWords& m_words;
    bool m_ready = false;
};

class World {
public:
    // Below this folder; empty: where temporary files are.
    explicit World(std::filesystem::path const& where = {});
    ~World();
    World(World const&) = delete;

    // Starts a broker when there is none. 0: it was killed while it started.
    pid_t ensure_broker();
    // Starts one and comes back at once.
    pid_t start_broker_only();
    // Of the broker that listens, whoever started it; 0: nobody does.
    pid_t broker() const;
    std::optional<User> connect() const;
    void install();
    std::string app_program() const { return (root / "made/app").string(); }
    std::string ledger() const; // its path

    // -9, and waits until they are gone.
    static void kill(pid_t pid);
    // All that there is, until nothing is left; what does not end in time fails the test.
    void kill_everything();
    // Takes leave of processes that have ended; a crash of ours fails the test.
    void reap();
    std::string broker_log() const;

    std::filesystem::path root;

private:
    pid_t spawn_broker(ipc::Fd& word) const;
    ipc::Fd const m_log; // in memory: of brokers that the test started
    bool wait_for_a_child(std::chrono::steady_clock::time_point end);
};

} // namespace latchkey::test
