// SPDX-License-Identifier: MIT
// A task that is its own witness. The ledger (LocalState/ledger) is only ever appended to and is on disk before the
// task goes on; one line is one write. Between two pages of the file a kill can cut it: what does not begin with a new
// line and end with " ." was never finished.
//
//   start NAME TASK INSTANCE SERIAL     Run was entered; SERIAL is the argument of an ApplicationTrigger, or 0
//   end NAME TASK INSTANCE SERIAL       the work is done
//   twice NAME TASK INSTANCE SERIAL     another live instance of the task holds its lock
//
// What follows the last '-' of NAME says how it works: "quick", "slow", "deferred".
#include "Clerk.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Storage.h>

namespace winrt::ChaosTasks::implementation {

using namespace Windows::ApplicationModel::Background;

namespace {

constexpr std::chrono::milliseconds kSlowWork{8};

void write_down(std::string const& folder, std::string const& entry)
{
    std::string const line = "\n" + entry;
    int const ledger = ::open((folder + "/ledger").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool const written = ledger >= 0 &&
                         ::write(ledger, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                         ::fdatasync(ledger) == 0;
    if (ledger >= 0) ::close(ledger);
    if (!written) throw hresult_error(static_cast<int32_t>(0x80040201), L"the ledger cannot be written");
}

// Held until the process is gone or the work is done.
struct Lock {
    explicit Lock(std::string const& file) : descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
    ~Lock() { ::close(descriptor); }
    Lock(Lock const&) = delete;
    bool take() const { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0; }
    int const descriptor;
};

// Slow work goes on until it is cancelled, but has an end.
class Cancelled {
public:
    void raise()
    {
        std::lock_guard const guard(m_lock);
        m_raised = true;
        m_changed.notify_all();
    }
    void within(std::chrono::milliseconds time)
    {
        std::unique_lock guard(m_lock);
        m_changed.wait_for(guard, time, [this] { return m_raised; });
    }

private:
    std::mutex m_lock;
    std::condition_variable m_changed;
    bool m_raised = false;
};

} // namespace

void Clerk::Run(IBackgroundTaskInstance const& instance)
{
    auto const task = instance.Task();
    std::string const name = to_string(task.Name());
    std::string const id = to_string(to_hstring(task.TaskId()));
    std::string serial = "0";
    if (auto const details = instance.TriggerDetails().try_as<ApplicationTriggerDetails>()) {
        if (auto const value = details.Arguments().TryLookup(L"serial"))
            serial = std::to_string(unbox_value<int32_t>(value));
    }
    std::string const entry =
        " " + name + " " + id + " " + to_string(to_hstring(instance.InstanceId())) + " " + serial + " .\n";
    std::string const folder = to_string(Windows::Storage::ApplicationData::Current().LocalFolder().Path());

    auto const lock = std::make_shared<Lock>(folder + "/lock-" + id);
    if (!lock->take()) write_down(folder, "twice" + entry);
    write_down(folder, "start" + entry);
    auto const cancelled = std::make_shared<Cancelled>();
    instance.Canceled([cancelled](auto const&, auto) { cancelled->raise(); });
    instance.Progress(1);
    std::string const how = name.substr(name.rfind('-') + 1);
    if (how == "deferred") {
        std::thread([deferral = instance.GetDeferral(), folder, entry, lock, cancelled] {
            cancelled->within(kSlowWork / 2);
            write_down(folder, "end" + entry);
            deferral.Complete();
        }).detach();
        return;
    }
    if (how == "slow") cancelled->within(kSlowWork);
    write_down(folder, "end" + entry);
    instance.Progress(100);
}

} // namespace winrt::ChaosTasks::implementation
