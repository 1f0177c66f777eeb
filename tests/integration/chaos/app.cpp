// SPDX-License-Identifier: MIT
// The app of the package. It attaches to all of its tasks, prints "ready", and then does what it reads, a line each:
//
//   register NAME TRIGGER once|often [CONDITION]   "registered NAME ID", or "refused NAME 0x%08x TEXT"
//   request SERIAL                                 "result SERIAL N" of ApplicationTrigger.RequestAsync, or "refused …"
//
// Each completion is printed as "completed ID INSTANCE 0x%08x" whenever it comes. It ends at the end of its input.
#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include <unistd.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation::Collections;

namespace {

// Lines of several threads stay lines.
void print(std::string const& line)
{
    std::string const text = line + "\n";
    if (::write(1, text.data(), text.size()) < 0) ::_exit(1);
}

std::string hex(int32_t result)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", static_cast<unsigned>(result));
    return text.data();
}

std::string text_of(guid const& id)
{
    return to_string(to_hstring(id));
}

void attach(IBackgroundTaskRegistration const& task)
{
    task.Completed([](BackgroundTaskRegistration const& sender, BackgroundTaskCompletedEventArgs const& args) {
        int32_t result = 0;
        try {
            args.CheckResult();
        } catch (hresult_error const& error) {
            result = error.code();
        }
        print("completed " + text_of(sender.TaskId()) + " " + text_of(args.InstanceId()) + " " + hex(result));
    });
}

IBackgroundTrigger trigger_of(std::string const& word, bool once)
{
    if (word == "ApplicationTrigger") return ApplicationTrigger{};
    if (word == "TimeTrigger") return TimeTrigger{15, once};
    return SystemTrigger{SystemTriggerType::TimeZoneChange, once};
}

void register_task(std::istream& words, std::string const& name)
{
    std::string trigger, once, condition;
    words >> trigger >> once >> condition;
    BackgroundTaskBuilder builder;
    builder.Name(to_hstring(name));
    builder.TaskEntryPoint(L"ChaosTasks.Clerk");
    builder.SetTrigger(trigger_of(trigger, once == "once"));
    if (!condition.empty()) builder.AddCondition(SystemCondition{SystemConditionType::InternetAvailable});
    auto const task = builder.Register();
    print("registered " + name + " " + text_of(task.TaskId()));
    attach(task);
}

void request(std::string const& serial)
{
    ValueSet arguments;
    arguments.Insert(L"serial", box_value(static_cast<int32_t>(std::stoi(serial))));
    auto const result = ApplicationTrigger{}.RequestAsync(arguments).get();
    print("result " + serial + " " + std::to_string(static_cast<int>(result)));
}

void run(std::string const& line)
{
    std::istringstream words(line);
    std::string command, what;
    words >> command >> what;
    try {
        if (command == "register") register_task(words, what);
        if (command == "request") request(what);
    } catch (hresult_error const& error) {
        print("refused " + what + " " + hex(error.code()) + " " + to_string(error.message()));
    }
}

} // namespace

int main()
{
    for (;;) {
        try {
            for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks())
                attach(task);
            break;
        } catch (hresult_error const& error) { // the broker was killed in between: the next one is asked
            print("again " + hex(error.code()) + " " + to_string(error.message()));
        }
    }
    print("ready");
    for (std::string line; std::getline(std::cin, line);)
        run(line);
    ::_exit(0);
}
