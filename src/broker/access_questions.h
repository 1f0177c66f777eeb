// SPDX-License-Identifier: MIT
#pragma once

// RequestAccessAsync's question to the person at the desktop: a notification with two buttons
// (org.freedesktop.Notifications) over the session bus. Nothing here waits: everything comes from the event loop, and
// there is a connection only while a question is open.
//
// Whoever cannot be asked (no session bus, no notification server, one without buttons), closes the notification, or
// lets it stand for kQuestionPatience has not decided: the app may ask again, kMaxTimesAsked
// times in all.

#include "ipc/bus.h"
#include "ipc/event_loop.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::broker {

inline constexpr std::size_t kMaxOpenQuestions = 8;         // of all apps; the next one is not asked
inline constexpr std::size_t kMaxWaitingForOne = 16;        // calls of one app that wait for the same answer
inline constexpr unsigned kMaxTimesAsked = 3;               // of one app that is not answered, until the broker's end
inline constexpr std::chrono::minutes kQuestionPatience{9}; // an app waits for ten

// Nobody: nobody could be asked. None: somebody was and did not decide.
enum class Decision { Allowed, Denied, None, Nobody };

class AccessQuestions {
public:
    using Decided = std::function<void(Decision)>;

    explicit AccessQuestions(ipc::EventLoop& loop);
    ~AccessQuestions(); // takes the open ones off the screen; nobody is called back

    void use_session_bus(bool there) { m_has_bus = there; }
    // Always answered: at once with Nobody where nobody can be asked, with None when too much is being asked.
    void ask(std::string const& family, std::string_view app_name, Decided decided);
    // It was decided elsewhere (latchkey allow, latchkey deny): the question goes, and is answered with None.
    void withdraw(std::string_view family);

private:
    struct Question {
        std::uint64_t number = 0;
        std::uint32_t notification = 0; // until the server has said
        std::vector<Decided> waiting;
        ipc::Source patience;
    };
    struct Link; // to the session bus

    bool connect();
    void show(std::string const& family, std::string_view app_name);
    void shown(std::uint64_t number, ipc::Answer<ipc::Message> answer);
    void close(std::uint32_t notification);
    void clicked(ipc::Message& signal);
    void closed(ipc::Message& signal);
    void end(std::string const& family, Decision decision);
    void end_all(Decision decision);
    std::string const* family_of(std::uint32_t notification) const;
    void disconnect_soon();

    ipc::EventLoop& m_loop;
    bool m_has_bus = false;
    std::uint64_t m_last_number = 0;
    std::size_t m_unanswered = 0; // calls of Notify
    std::map<std::string, unsigned, std::less<>> m_times_asked;
    std::unique_ptr<Link> m_link;
    ipc::Source m_disconnect; // not from inside the connection's own callback
    std::map<std::string, Question, std::less<>> m_questions;
};

} // namespace latchkey::broker
