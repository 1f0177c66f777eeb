// SPDX-License-Identifier: MIT
// The smallest host: run_task FOLDER activates Tasks.CountingTask from the component in FOLDER, runs it to its end,
// then runs another that it cancels. Everything the task sees is made here; no broker is involved.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include <latchkey/runtime.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.h>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace std::chrono_literals;

namespace {

struct Completion {
    std::mutex mutex;
    std::condition_variable changed;
    bool complete = false;

    bool wait()
    {
        std::unique_lock lock{mutex};
        return changed.wait_for(lock, 20s, [this] { return complete; });
    }
};

struct Deferral : winrt::implements<Deferral, IBackgroundTaskDeferral> {
    explicit Deferral(Completion& completion) : m_completion{completion} {}

    void Complete()
    {
        std::lock_guard const lock{m_completion.mutex};
        m_completion.complete = true;
        m_completion.changed.notify_all();
    }

    Completion& m_completion;
};

struct Instance : winrt::implements<Instance, IBackgroundTaskInstance> {
    explicit Instance(Completion& completion) : m_completion{completion} {}

    winrt::guid InstanceId() const { return {}; }
    BackgroundTaskRegistration Task() const { return nullptr; }
    uint32_t Progress() const { return m_progress; }
    void Progress(uint32_t value)
    {
        m_progress = value;
        ++m_updates;
        if (m_cancel_at == value) m_canceled(*this, BackgroundTaskCancellationReason::Abort);
    }
    winrt::Windows::Foundation::IInspectable TriggerDetails() const { return nullptr; }
    winrt::event_token Canceled(BackgroundTaskCanceledEventHandler const& handler) { return m_canceled.add(handler); }
    void Canceled(winrt::event_token const& token) { m_canceled.remove(token); }
    uint32_t SuspendedCount() const { return 0; }
    BackgroundTaskDeferral GetDeferral() { return winrt::make<Deferral>(m_completion).as<BackgroundTaskDeferral>(); }

    Completion& m_completion;
    winrt::event<BackgroundTaskCanceledEventHandler> m_canceled;
    std::atomic<uint32_t> m_progress{0};
    std::atomic<uint32_t> m_updates{0};
    uint32_t m_cancel_at = 0;
};

[[noreturn]] void fail(char const* what)
{
    std::fprintf(stderr, "run_task: %s\n", what);
    std::exit(1);
}

uint32_t run(uint32_t cancel_at)
{
    Completion completion;
    auto const factory =
        winrt::get_activation_factory<winrt::Windows::Foundation::IActivationFactory>(L"Tasks.CountingTask");
    auto const task = factory.ActivateInstance<IBackgroundTask>();
    auto const instance = winrt::make_self<Instance>(completion);
    instance->m_cancel_at = cancel_at;
    task.Run(*instance);
    if (!completion.wait()) fail("the deferral was not completed within 20 s");
    return instance->m_progress;
}

} // namespace

int main(int count, char** arguments)
try {
    if (count != 2) fail("usage: run_task FOLDER");
    winrt::check_hresult(LatchkeyAddProbeFolder(arguments[1]));
    if (run(0) != 100) fail("the task did not count to 100");
    if (run(30) != 30) fail("the task did not stop when it was cancelled at 30");
    std::puts("counted to 100; stopped at 30 when cancelled");
    return 0;
} catch (winrt::hresult_error const& error) {
    fail(winrt::to_string(error.message()).c_str());
}
