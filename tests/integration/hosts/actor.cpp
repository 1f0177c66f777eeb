// SPDX-License-Identifier: MIT
#include "Actor.h"

#include "integration/hosts/escapes.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.System.h>

namespace winrt::HostTasks::implementation {

using namespace Windows::ApplicationModel::Background;
using namespace Windows::Foundation;

namespace {

constexpr int32_t kReport = static_cast<int32_t>(0x80040200);

// What a task has to say to the test travels as the text of its failure.
[[noreturn]] void say(std::string const& text)
{
    throw hresult_error(kReport, hstring(text));
}

[[noreturn]] void never_return()
{
    for (;;)
        ::pause();
}

void waits(IBackgroundTaskInstance const& instance)
{
    auto const cancelled = std::make_shared<std::atomic<int>>(-1);
    instance.Canceled([cancelled](IBackgroundTaskInstance const&, BackgroundTaskCancellationReason reason) {
        *cancelled = static_cast<int>(reason);
        cancelled->notify_all();
    });
    instance.Progress(1); // the test knows now that it waits
    cancelled->wait(-1);
    if (*cancelled != 0) say("cancelled with reason " + std::to_string(*cancelled));
}

void looks(IBackgroundTaskInstance const& instance)
{
    auto const task = instance.Task();
    std::string text = "id=" + to_string(to_hstring(task.TaskId())) + " name=" + to_string(task.Name());
    text += " instance=" + to_string(to_hstring(instance.InstanceId()));
    if (auto const trigger = task.Trigger().try_as<TimeTrigger>()) {
        text += " minutes=" + std::to_string(trigger.FreshnessTime()) + (trigger.OneShot() ? " once" : "");
    }
    if (auto const details = instance.TriggerDetails().try_as<ApplicationTriggerDetails>()) {
        auto const arguments = details.Arguments();
        text += " answer=" + std::to_string(unbox_value<int32_t>(arguments.Lookup(L"answer")));
        text += " word=" + to_string(unbox_value<hstring>(arguments.Lookup(L"word")));
    }
    text += " suspended=" + std::to_string(instance.SuspendedCount());
    text += " user=" + to_string(instance.as<IBackgroundTaskInstance4>().User().NonRoamableId());
    auto const throttled = instance.as<IBackgroundTaskInstance2>();
    text += " network=" + std::to_string(throttled.GetThrottleCount(BackgroundTaskThrottleCounter::Network));
    say(text);
}

void counts(IBackgroundTaskInstance const& instance)
{
    timespec before{};
    timespec after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    for (uint32_t i = 1; i <= 100'000; ++i)
        instance.Progress(i);
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    int64_t const used = (after.tv_sec - before.tv_sec) * 1'000'000 + (after.tv_nsec - before.tv_nsec) / 1'000;
    say("microseconds " + std::to_string(used));
}

void wakes_for_nothing()
{
    std::uint64_t const one = 1;
    for (int i = 0; i < 100'000; ++i) {
        [[maybe_unused]] ssize_t const written = ::write(5, &one, sizeof one);
    }
}

// A few generations of children that do nothing but be there; each of the second is in a session of its own.
void forks()
{
    for (int i = 0; i < 4; ++i) {
        if (::fork() != 0) continue;
        if (::fork() == 0) ::setsid();
        never_return();
    }
    never_return();
}

// Its progress is the number of a child that does not end by itself.
void shows_its_child(IBackgroundTaskInstance const& instance)
{
    pid_t const child = ::fork();
    if (child != 0) instance.Progress(static_cast<uint32_t>(child));
    never_return();
}

// Leaves a child of a child behind and is done.
void leaves()
{
    if (::fork() == 0) {
        if (::fork() != 0) ::_exit(0);
        never_return();
    }
}

void looks_at_its_container()
{
    std::string text = "privileges=" + std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    text += ::getsid(0) == ::getpid() ? " leader" : " no leader";
    text += " open=";
    for (int i = 0; i < 1024; ++i) {
        if (::fcntl(i, F_GETFD) >= 0) text += std::to_string(i) + ",";
    }
    say(text);
}

void spins()
{
    std::atomic<unsigned> count{0};
    for (;;)
        ++count;
}

void overflows(char const volatile* above)
{
    char volatile here[4096];
    here[0] = above == nullptr ? '\0' : above[0];
    overflows(here);
}

// Some thousand packets of nonsense, of which some begin like a message.
void raves(int descriptor)
{
    uint32_t state = 20261121;
    auto const next = [&] { return state = state * 1'664'525 + 1'013'904'223; };
    std::string noise(2'000, 0);
    for (int i = 0; i < 4'000; ++i) {
        for (char& byte : noise)
            byte = static_cast<char>(next() >> 24);
        if (i % 2 == 0) noise.replace(0, 4, std::string{static_cast<char>(1 + i % 9), 0, 0, 0});
        if (i % 8 == 3) noise.replace(0, 4, std::string{'l', static_cast<char>(i % 5), 0, 1}); // a D-Bus header
        if (::send(descriptor, noise.data(), 1 + next() % noise.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && i > 2'000)
            break;
    }
}

using Act = std::function<void(IBackgroundTaskInstance const&)>;
std::map<std::string, Act, std::less<>> const& acts()
{
    static std::map<std::string, Act, std::less<>> const all{
        {"nothing", [](auto const&) {}},
        {"waits", waits},
        {"looks", looks},
        {"counts", counts},
        {"hangs", [](auto const&) { never_return(); }},
        {"forks", [](auto const&) { forks(); }},
        {"shows its child", shows_its_child},
        {"leaves", [](auto const&) { leaves(); }},
        {"container", [](auto const&) { looks_at_its_container(); }},
        {"serves", [](auto const&) { say("reached: " + latchkey::hosts::test::try_to_serve()); }},
        {"spins", [](auto const&) { spins(); }},
        {"spins in a child", [](auto const&) { ::fork() == 0 ? spins() : never_return(); }},
        {"segfaults", [](auto const&) { *reinterpret_cast<volatile int*>(8) = 1; }},
        {"overflows", [](auto const&) { overflows(nullptr); }},
        {"aborts", [](auto const&) { std::abort(); }},
        {"exits", [](auto const&) { std::exit(3); }},
        {"throws", [](auto const&) { throw hresult_not_implemented(L"not yet"); }},
        {"throws plainly", [](auto const&) { throw std::runtime_error("plain"); }},
        {"prints", [](auto const&) { std::printf("a line of the task\n"); }},
        {"deferral is let go", [](auto const& instance) { instance.GetDeferral(); }},
        {"fails with deferral",
         [](auto const& instance) {
             static BackgroundTaskDeferral kept{nullptr};
             kept = instance.GetDeferral();
             say("failed");
         }},
        {"asks the broker", [](auto const&) { say(std::to_string(::send(6, "hello", 5, MSG_NOSIGNAL))); }},
        {"unregisters", [](auto const& instance) { instance.Task().Unregister(false); }},
        {"wakes the broker for nothing", [](auto const&) { wakes_for_nothing(); }},
        {"raves at the broker", [](auto const&) { raves(3); }},
        {"raves at the bus", [](auto const&) { raves(6); }},
        // No message of a host.
        {"lies", [](auto const&) { ::send(3, "nonsense", 8, MSG_NOSIGNAL), never_return(); }},
        {"closes its socket", [](auto const&) { ::shutdown(3, SHUT_RDWR), never_return(); }},
    };
    return all;
}

} // namespace

void Actor::Run(IBackgroundTaskInstance const& instance)
{
    std::string const name = to_string(instance.Task().Name());
    if (name == "defers") {
        m_deferral = instance.GetDeferral();
        auto const returned = std::make_shared<std::atomic<bool>>(false);
        std::thread([this, instance, returned] {
            instance.Progress(50);
            returned->wait(false);
            instance.Progress(100);
            m_deferral.Complete();
        }).detach();
        *returned = true;
        returned->notify_all();
        return;
    }
    if (name.starts_with("escapes ")) { // the broker's number, a folder
        std::size_t const folder = name.find(' ', 8) + 1;
        say("reached: " + latchkey::hosts::test::try_to_escape(name.substr(folder), std::stoi(name.substr(8))));
    }
    auto const act = acts().find(name);
    if (act == acts().end()) throw hresult_invalid_argument(L"no such act");
    act->second(instance);
}

} // namespace winrt::HostTasks::implementation
