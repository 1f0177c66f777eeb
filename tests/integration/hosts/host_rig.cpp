// SPDX-License-Identifier: MIT
#include "integration/hosts/host_rig.h"

#include "hosts/process_tree.h"
#include "support/ordinary_user.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace latchkey::hosts::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto kPatience = 20s;

// Hosts and apps are an ordinary user's, and so is who plays their broker.
fs::path fresh_folder()
{
    latchkey::test::become_ordinary_user({LATCHKEY_HOST, LATCHKEY_HOST_TASKS});
    std::string name = (fs::temp_directory_path() / "latchkey-hosts-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
}

} // namespace

Rig::Rig(std::string const& host_program) : folder(fresh_folder()), loop(*ipc::EventLoop::create())
{
    fs::path const tasks(LATCHKEY_HOST_TASKS);
    place.family = kFamily;
    place.folder = tasks.parent_path();
    place.data = folder;
    place.log = folder / "log";
    for (char const* const name : {"Actor", "Bystander", "Stillborn"}) {
        place.classes.push_back({std::string("HostTasks.") + name, tasks.filename()});
    }
    place.probe_folders.push_back(folder);
    hosts.emplace(loop, *this, Programs{host_program, ""});
}

Rig::~Rig()
{
    hosts.reset();
    fs::remove_all(folder);
}

PackagePlace const* Rig::place_of(std::string_view family)
{
    return family == kFamily ? &place : nullptr;
}

void Rig::serve(ipc::Fd socket, std::string_view)
{
    served.push_back(std::move(socket));
}

core::HostId Rig::start_host()
{
    last_host = core::HostId{m_next++};
    hosts->start(core::effect::StartHost{last_host, core::SharedText(kFamily)});
    return last_host;
}

ActivationWords Rig::words(std::string const& name)
{
    ActivationWords words;
    words.instance = {0x1111111122223333, 0x4444555566667777};
    words.task = core::TaskId{{0x0f8fad5bd9cb469f, 0xa16570867728950e}};
    words.entry_point = "HostTasks.Actor";
    words.name = name;
    words.trigger = "TimeZoneChange";
    return words;
}

core::InstanceId Rig::run_in(core::HostId host, ActivationWords words)
{
    core::InstanceId const instance{m_next++};
    core::TaskId const task = words.task;
    hosts->start(core::effect::StartInstance{host, instance, task, std::nullopt, 0}, std::move(words));
    return instance;
}

bool Rig::turn_until(std::function<bool()> const& done)
{
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        if (*loop.turn(100ms)) ++turns;
    }
    return true;
}

void Rig::turn_until_quiet()
{
    constexpr int kManyTurns = 1'000;
    for (int turn = 0; turn < kManyTurns; ++turn) {
        if (!*loop.turn(200ms)) return;
    }
    ADD_FAILURE() << "the loop is never without something to do";
}

core::event::InstanceCompleted Rig::completion_of(core::InstanceId instance)
{
    auto const event = wait_for<core::event::InstanceCompleted>([&](auto const& e) { return e.instance == instance; });
    EXPECT_TRUE(event) << "the instance did not complete";
    return event.value_or(core::event::InstanceCompleted{});
}

core::event::ActivationFailed Rig::failure_of(core::InstanceId instance)
{
    auto const event = wait_for<core::event::ActivationFailed>([&](auto const& e) { return e.instance == instance; });
    EXPECT_TRUE(event) << "the activation did not fail";
    return event.value_or(core::event::ActivationFailed{});
}

core::event::HostExited Rig::exit_of(core::HostId host)
{
    auto const event = wait_for<core::event::HostExited>([&](auto const& e) { return e.host == host; });
    EXPECT_TRUE(event) << "the host did not end";
    return event.value_or(core::event::HostExited{});
}

core::event::HostStarted Rig::start_of(core::HostId host)
{
    auto const event = wait_for<core::event::HostStarted>([&](auto const& e) { return e.host == host; });
    EXPECT_TRUE(event) << "the host did not start";
    return event.value_or(core::event::HostStarted{});
}

void Rig::wait_for_progress(core::InstanceId instance, std::uint32_t value)
{
    EXPECT_TRUE(wait_for<core::event::InstanceProgress>(
        [&](auto const& e) { return e.instance == instance && e.progress >= value; }));
}

std::size_t living_in(pid_t session)
{
    auto const all = all_processes();
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](ProcessInfo const& p) { return p.session == session && !p.ended(); }));
}

} // namespace latchkey::hosts::test
