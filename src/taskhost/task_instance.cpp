// SPDX-License-Identifier: MIT
#include "taskhost/task_instance.h"

#include "taskhost/crash.h"
#include "taskhost/user.h"

#include <exception>
#include <thread>

#include <unistd.h>

namespace latchkey::taskhost {

using background::BackgroundTaskCancellationReason;

// Counts as complete when nobody holds it any more: then nobody can complete it.
struct TaskInstance::Deferral : winrt::implements<Deferral, background::IBackgroundTaskDeferral> {
    explicit Deferral(winrt::com_ptr<TaskInstance> instance) : m_instance(std::move(instance)) {}
    Deferral(Deferral const&) = delete;
    Deferral& operator=(Deferral const&) = delete;
    ~Deferral() { Complete(); }

    // A second time is no mistake that anybody could do something about.
    void Complete()
    {
        if (!m_complete.exchange(true)) m_instance->close_one();
    }

private:
    winrt::com_ptr<TaskInstance> const m_instance;
    std::atomic<bool> m_complete{false};
};

TaskInstance::TaskInstance(Activation activation, LatchkeyProgressSlot& slot, int wake, Ended ended)
    : m_activation(std::move(activation)),
      m_slot(slot),
      m_wake(wake),
      m_told(std::move(ended)),
      m_task(nullptr),
      m_details(nullptr)
{}

void TaskInstance::run(background::IBackgroundTask const& task)
{
    {
        winrt::slim_lock_guard const guard(m_lock);
        m_task = task;
    }
    try {
        task.Run(*this);
    } catch (winrt::hresult_error const& error) {
        end(error.code() < 0 ? error.code().value : winrt::impl::error_fail.value, winrt::to_string(error.message()));
        return;
    } catch (std::exception const& error) {
        end(winrt::to_hresult(), error.what());
        return;
    } catch (...) {
        end(winrt::impl::error_fail, "an exception of a type without a text left Run");
        return;
    }
    close_one();
}

void TaskInstance::close_one()
{
    {
        winrt::slim_lock_guard const guard(m_lock);
        if (m_open == 0 || --m_open > 0) return;
    }
    end(0, {});
}

void TaskInstance::end(std::int32_t result, std::string const& message)
{
    if (!m_ended.exchange(true)) m_told(result, message);
}

void TaskInstance::let_go()
{
    m_canceled.clear();
    background::IBackgroundTask task{nullptr};
    winrt::slim_lock_guard const guard(m_lock);
    std::swap(task, m_task);
}

void TaskInstance::cancel(BackgroundTaskCancellationReason reason)
{
    {
        winrt::slim_lock_guard const guard(m_lock);
        if (m_reason) return;
        m_reason = reason;
    }
    std::thread([self = get_strong(), reason] {
        OnInstance const on(self->m_slot);
        self->m_canceled(*self, reason);
    }).detach();
}

winrt::event_token TaskInstance::Canceled(background::BackgroundTaskCanceledEventHandler const& handler)
{
    std::optional<BackgroundTaskCancellationReason> reason;
    winrt::event_token token;
    {
        winrt::slim_lock_guard const guard(m_lock);
        token = m_canceled.add(handler);
        reason = m_reason;
    }
    // Cancelled before the task could listen. Not from inside this call: the caller may hold what the handler wants.
    if (reason) {
        std::thread([self = get_strong(), handler, reason] {
            OnInstance const on(self->m_slot);
            try {
                handler(*self, *reason);
            } catch (winrt::hresult_error const&) {
                return; // as for any handler of an event
            }
        }).detach();
    }
    return token;
}

winrt::guid TaskInstance::InstanceId() const
{
    auto const& id = m_activation.instance;
    auto const& rest = id.data4;
    return {id.data1, id.data2, id.data3, {rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]}};
}

background::BackgroundTaskRegistration TaskInstance::Task()
{
    winrt::slim_lock_guard const guard(m_lock);
    if (!m_registration) {
        winrt::hstring const name(m_activation.name);
        std::string const& trigger = m_activation.trigger;
        void* made = nullptr;
        winrt::check_hresult(LatchkeyMakeTaskRegistration(&m_activation.task, winrt::get_abi(name),
                                                          trigger.empty() ? nullptr : trigger.c_str(), &made));
        m_registration = {made, winrt::take_ownership_from_abi};
    }
    return m_registration;
}

winrt::Windows::Foundation::IInspectable TaskInstance::TriggerDetails()
{
    winrt::slim_lock_guard const guard(m_lock);
    if (!m_details_made) {
        void* made = nullptr;
        winrt::check_hresult(LatchkeyMakeTriggerDetails(m_activation.detail_kind.c_str(), m_activation.detail.data(),
                                                        m_activation.detail.size(), &made));
        m_details = {made, winrt::take_ownership_from_abi};
    }
    m_details_made = true;
    return m_details;
}

// docs/host-protocol.md, Progress: the eventfd is written as often as the broker looks, not as often as this is called.
void TaskInstance::Progress(std::uint32_t value)
{
    m_progress.store(value, std::memory_order_relaxed);
    if (m_ended.load(std::memory_order_relaxed)) return;
    __atomic_store_n(&m_slot.value, value, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&m_slot.pending, 1U, __ATOMIC_ACQ_REL) != 0) return;
    std::uint64_t const one = 1;
    // An eventfd takes it or is full, and then the broker wakes anyway.
    [[maybe_unused]] ssize_t const written = ::write(m_wake, &one, sizeof one);
}

std::uint32_t TaskInstance::SuspendedCount() const
{
    return __atomic_load_n(&m_slot.suspended_count, __ATOMIC_RELAXED);
}

// The only quota there is, is that of CPU time.
std::uint32_t TaskInstance::GetThrottleCount(background::BackgroundTaskThrottleCounter counter) const
{
    return counter == background::BackgroundTaskThrottleCounter::Network ? 0 : SuspendedCount();
}

winrt::Windows::System::User TaskInstance::User() const
{
    return make_user();
}

background::BackgroundTaskDeferral TaskInstance::GetDeferral()
{
    {
        winrt::slim_lock_guard const guard(m_lock);
        if (m_open == 0 || m_ended.load(std::memory_order_relaxed)) {
            throw winrt::hresult_illegal_method_call(
                L"GetDeferral: this instance has ended; take a deferral before Run returns");
        }
        ++m_open;
    }
    return winrt::make<Deferral>(get_strong()).as<background::BackgroundTaskDeferral>();
}

} // namespace latchkey::taskhost
