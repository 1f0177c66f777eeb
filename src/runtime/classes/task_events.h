// SPDX-License-Identifier: MIT
//
// The Progress and Completed handlers of this process, by registration: they belong to the registration, not to the
// object through which they were added, so that a program may let its objects go. What the broker says comes in on the
// link's thread and is handed to one pool thread at a time, in order; of progress values that wait only the last is
// kept. A completion that comes while its registration has no Completed handler waits for one. It is acknowledged when
// its handlers have returned, or at the exit of a program whose handlers have begun: until then the broker keeps it for
// this process or the next, so a process that is killed loses none and may be told one twice.
#pragma once

#include "runtime/link/broker_link.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <winrt/Windows.ApplicationModel.Background.h>

namespace latchkey::runtime {

namespace background = winrt::Windows::ApplicationModel::Background;

// What a registration is, as the broker lists it.
struct TaskFacts {
    winrt::guid id{};
    winrt::hstring name;
    std::string trigger; // the words of the D-Bus interface
    bool one_shot = false;
    winrt::hstring group;
    winrt::hstring group_name;
    bool listed = true; // false: a host made it of less than the broker knows
};

// One for each registration that this process has seen; never gone.
class TaskEvents {
public:
    explicit TaskEvents(winrt::guid const& id) : m_id(id) {}

    winrt::event_token add_progress(background::BackgroundTaskProgressEventHandler const& handler);
    void remove_progress(winrt::event_token token) { m_progress.remove(token); }
    winrt::event_token add_completed(background::BackgroundTaskCompletedEventHandler const& handler);
    void remove_completed(winrt::event_token token) { m_completed.remove(token); }

    // What the sender of later events knows of itself.
    void learn(TaskFacts facts);

    struct Completion {
        winrt::guid instance{};
        int32_t result = 0;
        winrt::hstring text;
    };
    void progress(winrt::guid const& instance, uint32_t value);
    void completed(Completion completion);

private:
    void attach(std::wstring_view member);
    void deliver_waiting();
    background::BackgroundTaskRegistration sender();

    winrt::guid const m_id;
    winrt::event<background::BackgroundTaskProgressEventHandler> m_progress;
    winrt::event<background::BackgroundTaskCompletedEventHandler> m_completed;
    std::mutex m_lock; // of what follows
    TaskFacts m_facts;
    std::optional<Completion> m_waiting; // for a handler
    winrt::guid m_delivered{};           // the instance whose completion the handlers had last
};

std::shared_ptr<TaskEvents> events_of(winrt::guid const& task);

// What the link is opened with. DataChanged goes on to application_data_changed().
BrokerEvents& broker_events();

// Runs work on the pool thread of the events, after those that came before.
void after_events(std::function<void()> work);

} // namespace latchkey::runtime
