// SPDX-License-Identifier: MIT
// An app of a package that does what its arguments say; runtime_test.py installs and starts it.
//
//   register NAME ENTRY-POINT SystemTriggerType|TimeTrigger:N|... [CONDITION…]   prints the task's id
//   register-in ID GROUP-NAME NAME ENTRY-POINT TRIGGER   the same, in a task group
//   list                          prints "ID NAME" of AllTasks
//   triggers                      prints "NAME class-of-trigger" of AllTasks
//   groups                        prints "ID NAME: names of its tasks"
//   unregister NAME               all of that name
//   insert KEY TEXT, lookup KEY   LocalSettings; lookup prints the text, or nothing
//   count KEY NUMBER              adds 1 to KEY so often, each time reading it first
//   access                        prints RequestAccessAsync's status
//   request TEXT                  prints the result of ApplicationTrigger.RequestAsync with TEXT as an argument
//   signal                        ApplicationData.SignalDataChanged
//   await-signal                  adds a DataChanged handler, prints "attached", then "changed" when it was called
//   listen NAME                   attaches handlers, prints "attached", then what they get, until one task completed
//
// A refusal is printed as "0x%08x text" and ends it with 1.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <unistd.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation::Collections;
using namespace winrt::Windows::Storage;

namespace {

IBackgroundTrigger trigger_of(std::string const& word)
{
    size_t const colon = word.find(':');
    uint32_t const number = colon == std::string::npos ? 0 : static_cast<uint32_t>(std::stoul(word.substr(colon + 1)));
    std::string const name = word.substr(0, colon);
    if (name == "TimeTrigger") return TimeTrigger{number, false};
    if (name == "ApplicationTrigger") return ApplicationTrigger{};
    if (name == "MaintenanceTrigger") return MaintenanceTrigger{number, true};
    if (name == "EmailStoreNotificationTrigger") return EmailStoreNotificationTrigger{};
    return SystemTrigger{name == "TimeZoneChange" ? SystemTriggerType::TimeZoneChange : SystemTriggerType::UserAway,
                         false};
}

void register_task(std::vector<std::string> const& words, BackgroundTaskRegistrationGroup const& group = nullptr)
{
    BackgroundTaskBuilder builder;
    if (group) builder.TaskGroup(group);
    builder.Name(to_hstring(words.at(1)));
    builder.TaskEntryPoint(to_hstring(words.at(2)));
    builder.SetTrigger(trigger_of(words.at(3)));
    for (size_t i = 4; i < words.size(); ++i)
        builder.AddCondition(SystemCondition{words[i] == "UserPresent" ? SystemConditionType::UserPresent
                                                                       : SystemConditionType::InternetAvailable});
    std::puts(to_string(to_hstring(builder.Register().TaskId())).c_str());
}

// What handlers tell the thread that waits; they may be called until the process is gone.
std::mutex lock;
std::condition_variable changed;
bool done = false;

void listen(hstring const& name)
{
    for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks()) {
        if (task.Name() != name) continue;
        task.Progress([](auto const&, BackgroundTaskProgressEventArgs const& args) {
            std::printf("progress %u\n", args.Progress());
        });
        task.Completed([](BackgroundTaskRegistration const& sender, BackgroundTaskCompletedEventArgs const& args) {
            // One line, one call: the other thread prints too.
            std::string const instance = to_string(to_hstring(args.InstanceId()));
            try {
                args.CheckResult();
                std::printf("%s completed %s\n", instance.c_str(), to_string(sender.Name()).c_str());
            } catch (hresult_error const& error) {
                std::printf("%s failed 0x%08x %s\n", instance.c_str(), static_cast<unsigned>(error.code()),
                            to_string(error.message()).c_str());
            }
            std::fflush(stdout);
            std::lock_guard const guard(lock);
            done = true;
            changed.notify_all();
        });
    }
    std::puts("attached");
    std::fflush(stdout);
    std::unique_lock guard(lock);
    changed.wait(guard, [&] { return done; });
}

void await_signal()
{
    ApplicationData::Current().DataChanged([](auto const&, auto const&) {
        std::lock_guard const guard(lock);
        done = true;
        changed.notify_all();
    });
    std::puts("attached");
    std::fflush(stdout);
    std::unique_lock guard(lock);
    changed.wait(guard, [&] { return done; });
    std::puts("changed");
}

void run(std::vector<std::string> const& words)
{
    std::string const& command = words.at(0);
    auto const settings = [] { return ApplicationData::Current().LocalSettings().Values(); };
    if (command == "register") {
        register_task(words);
    } else if (command == "register-in") {
        BackgroundTaskRegistrationGroup const group{to_hstring(words.at(1)), to_hstring(words.at(2))};
        register_task({words.begin() + 2, words.end()}, group);
    } else if (command == "triggers") {
        for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks())
            std::printf("%s %s\n", to_string(task.Name()).c_str(),
                        to_string(get_class_name(task.as<IBackgroundTaskRegistration2>().Trigger())).c_str());
    } else if (command == "groups") {
        for (auto const& [id, group] : BackgroundTaskRegistration::AllTaskGroups()) {
            std::printf("%s %s:", to_string(id).c_str(), to_string(group.Name()).c_str());
            for (auto const& [task_id, task] : group.AllTasks())
                std::printf(" %s", to_string(task.Name()).c_str());
            std::puts("");
        }
    } else if (command == "list") {
        for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks())
            std::printf("%s %s\n", to_string(to_hstring(id)).c_str(), to_string(task.Name()).c_str());
    } else if (command == "unregister") {
        for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks())
            if (task.Name() == to_hstring(words.at(1))) task.Unregister(true);
    } else if (command == "insert") {
        settings().Insert(to_hstring(words.at(1)), box_value(to_hstring(words.at(2))));
    } else if (command == "lookup") {
        if (auto const value = settings().Lookup(to_hstring(words.at(1))))
            std::puts(to_string(unbox_value<hstring>(value)).c_str());
    } else if (command == "count") {
        hstring const key = to_hstring(words.at(1));
        for (int left = std::stoi(words.at(2)); left > 0; --left) {
            auto const value = settings().Lookup(key);
            settings().Insert(key, box_value((value ? unbox_value<int32_t>(value) : 0) + 1));
        }
        std::printf("%d\n", unbox_value<int32_t>(settings().Lookup(key)));
    } else if (command == "access") {
        std::printf("%d\n", static_cast<int>(BackgroundExecutionManager::RequestAccessAsync().get()));
    } else if (command == "request") {
        ValueSet arguments;
        arguments.Insert(L"text", box_value(to_hstring(words.at(1))));
        std::printf("%d\n", static_cast<int>(ApplicationTrigger{}.RequestAsync(arguments).get()));
    } else if (command == "signal") {
        ApplicationData::Current().SignalDataChanged();
    } else if (command == "await-signal") {
        await_signal();
    } else if (command == "listen") {
        listen(to_hstring(words.at(1)));
    } else {
        throw hresult_invalid_argument(L"no such command");
    }
}

} // namespace

int main(int count, char** arguments)
{
    if (count < 2) {
        std::fputs("usage: app COMMAND ARGUMENT…\n", stderr);
        return 2;
    }
    alarm(60);
    try {
        run({arguments + 1, arguments + count});
        std::fflush(stdout);
        std::exit(0);
    } catch (hresult_error const& error) {
        std::printf("0x%08x %s\n", static_cast<unsigned>(error.code()), to_string(error.message()).c_str());
        std::fflush(stdout);
        std::exit(1);
    }
}
