// SPDX-License-Identifier: MIT
#include "runtime/classes/task_events.h"

#include "latchkey/runtime.h"
#include "runtime/broker.h"
#include "runtime/classes/application_data.h"
#include "runtime/classes/background_registration.h"

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>

#include <ApplicationModel/Background/BackgroundTaskCompletedEventArgs.g.h>
#include <ApplicationModel/Background/BackgroundTaskProgressEventArgs.g.h>
#include <unistd.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

struct BackgroundTaskProgressEventArgs : BackgroundTaskProgressEventArgsT<BackgroundTaskProgressEventArgs> {
    BackgroundTaskProgressEventArgs(guid const& instance, uint32_t progress)
        : m_instance(instance), m_progress(progress)
    {}
    guid InstanceId() const { return m_instance; }
    uint32_t Progress() const { return m_progress; }

private:
    guid m_instance;
    uint32_t m_progress;
};

struct BackgroundTaskCompletedEventArgs : BackgroundTaskCompletedEventArgsT<BackgroundTaskCompletedEventArgs> {
    explicit BackgroundTaskCompletedEventArgs(latchkey::runtime::TaskEvents::Completion const& completion)
        : m_completion(completion)
    {}
    guid InstanceId() const { return m_completion.instance; }
    void CheckResult() const
    {
        if (m_completion.result < 0) throw hresult_error(m_completion.result, m_completion.text);
    }

private:
    latchkey::runtime::TaskEvents::Completion m_completion;
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace latchkey::runtime {

namespace {

constexpr std::chrono::seconds kExitPatience{1};

struct GuidOrder {
    bool operator()(winrt::guid const& left, winrt::guid const& right) const
    {
        return std::memcmp(&left, &right, sizeof left) < 0;
    }
};

// Never destroyed: events come in until the process is gone.
struct Table {
    std::mutex lock;
    std::map<winrt::guid, std::shared_ptr<TaskEvents>, GuidOrder> tasks;
};
Table& table()
{
    static auto* const made = new Table;
    return *made;
}

// Work for one pool thread at a time.
class Pump final : public BrokerEvents {
public:
    void progress(std::string const& task, std::string const& instance, std::uint32_t value) noexcept override
    {
        post([&] {
            for (Item& waiting : m_items) {
                if (!waiting.work && waiting.task == task && waiting.instance == instance) {
                    waiting.value = value;
                    return;
                }
            }
            m_items.push_back({task, instance, value, {}});
        });
    }
    void completed(std::string const& task, std::string const& instance, std::int32_t result,
                   std::string const& text) noexcept override
    {
        run([task, completion = TaskEvents::Completion{guid_of(instance), result, winrt::to_hstring(text)}] {
            events_of(guid_of(task))->completed(completion);
        });
    }
    void data_changed() noexcept override
    {
        run([] { application_data_changed(); });
    }
    void run(std::function<void()> work)
    {
        post([&] { m_items.push_back({{}, {}, 0, std::move(work)}); });
    }
    // Until what was told is handled and acknowledged, if that does not take long.
    void rest()
    {
        std::unique_lock guard(m_lock);
        m_rests.wait_for(guard, kExitPatience, [&] { return !m_running; });
    }

private:
    struct Item {
        std::string task;
        std::string instance;
        std::uint32_t value = 0;
        std::function<void()> work; // else it is progress
    };

    template <typename Push>
    void post(Push&& push)
    {
        std::lock_guard const guard(m_lock);
        push();
        if (!std::exchange(m_running, true) &&
            LatchkeySubmit([](void* pump) { static_cast<Pump*>(pump)->drain(); }, this) < 0)
            m_running = false; // the pool is full: the next event tries again
    }

    void drain()
    {
        for (;;) {
            Item item;
            {
                std::lock_guard const guard(m_lock);
                if (m_items.empty()) {
                    m_running = false;
                    m_rests.notify_all();
                    return;
                }
                item = std::move(m_items.front());
                m_items.pop_front();
            }
            try {
                if (item.work)
                    item.work();
                else
                    events_of(guid_of(item.task))->progress(guid_of(item.instance), item.value);
            } catch (...) { // a handler's failure is its own
            }
        }
    }

    std::mutex m_lock;
    std::condition_variable m_rests;
    std::deque<Item> m_items;
    bool m_running = false;
};

Pump& pump();

// The completion that this thread's handlers are being told.
thread_local std::function<void()> const* t_acknowledge = nullptr;
pid_t pump_process = 0;

// A program may end as soon as its handler was called, by main() or from the handler itself: it has the completion.
void acknowledge_at_exit()
{
    if (::getpid() != pump_process) return; // a fork has no pump
    if (auto const* const acknowledge = std::exchange(t_acknowledge, nullptr)) return (*acknowledge)();
    pump().rest();
}

Pump& pump()
{
    static auto* const made = [] {
        pump_process = ::getpid();
        std::atexit(acknowledge_at_exit);
        return new Pump;
    }();
    return *made;
}

} // namespace

BrokerEvents& broker_events()
{
    return pump();
}

void after_events(std::function<void()> work)
{
    pump().run(std::move(work));
}

std::shared_ptr<TaskEvents> events_of(winrt::guid const& task)
{
    std::lock_guard const guard(table().lock);
    auto& events = table().tasks[task];
    if (!events) events = std::make_shared<TaskEvents>(task);
    return events;
}

void TaskEvents::attach(std::wstring_view member)
{
    attach_to_broker(member, text_of(m_id));
}

winrt::event_token TaskEvents::add_progress(background::BackgroundTaskProgressEventHandler const& handler)
{
    winrt::event_token const token = m_progress.add(handler);
    try {
        attach(L"BackgroundTaskRegistration.Progress");
    } catch (...) {
        m_progress.remove(token);
        throw;
    }
    return token;
}

winrt::event_token TaskEvents::add_completed(background::BackgroundTaskCompletedEventHandler const& handler)
{
    winrt::event_token const token = m_completed.add(handler);
    try {
        attach(L"BackgroundTaskRegistration.Completed");
    } catch (...) {
        m_completed.remove(token);
        throw;
    }
    after_events([events = events_of(m_id)] { events->deliver_waiting(); });
    return token;
}

void TaskEvents::learn(TaskFacts facts)
{
    std::lock_guard const guard(m_lock);
    m_facts = std::move(facts);
}

background::BackgroundTaskRegistration TaskEvents::sender()
{
    TaskFacts facts;
    {
        std::lock_guard const guard(m_lock);
        facts = m_facts;
    }
    facts.id = m_id;
    return make_registration(facts);
}

void TaskEvents::progress(winrt::guid const& instance, uint32_t value)
{
    if (!m_progress) return;
    m_progress(sender(), winrt::make<background::implementation::BackgroundTaskProgressEventArgs>(instance, value));
}

void TaskEvents::completed(Completion completion)
{
    {
        std::lock_guard const guard(m_lock);
        m_waiting = std::move(completion);
    }
    deliver_waiting();
}

void TaskEvents::deliver_waiting()
{
    if (!m_completed) return;
    std::optional<Completion> completion;
    bool again = false;
    {
        std::lock_guard const guard(m_lock);
        completion = std::exchange(m_waiting, std::nullopt);
        if (!completion) return;
        // Sent once more because Attach was called before the acknowledgement had arrived.
        again = std::exchange(m_delivered, completion->instance) == completion->instance;
    }
    std::function<void()> const acknowledge = [&] {
        try {
            ask_broker(L"BackgroundTaskRegistration.Completed", "Acknowledge",
                       {{text_of(m_id)}, {text_of(completion->instance)}});
        } catch (winrt::hresult_error const&) { // without a broker: it will come again, and be known
        }
    };
    // After the handlers: a process that is killed before they have it has not had it.
    if (!again) {
        t_acknowledge = &acknowledge;
        try {
            m_completed(sender(),
                        winrt::make<background::implementation::BackgroundTaskCompletedEventArgs>(*completion));
        } catch (...) { // a handler's failure is its own
        }
        t_acknowledge = nullptr;
    }
    acknowledge();
}

} // namespace latchkey::runtime
