// SPDX-License-Identifier: MIT
// The real latchkeyd: what a durable registration costs beside one round trip and one commit measured in the same run,
// what 100,000 registrations cost in memory, and how long a new broker takes after kill -9 until it answers.
#include "ipc/broker_place.h"
#include "store/store.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

using namespace latchkey;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kCalls = 2'000;
constexpr int kRegistrations = 100'000;
constexpr int kBatch = 500;
constexpr int kStarts = 7;
constexpr char kManifest[] = R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="Contoso.Bench" Publisher="CN=Contoso" Version="1.0.0.0" />
  <Properties><DisplayName>Bench</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="bench">
      <uap:VisualElements DisplayName="Bench" Description="Registers" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.Sync">
          <BackgroundTasks><Task Type="timer" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
</Package>
)";

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "broker_bench: %s\n", why.c_str());
    std::exit(1);
}

struct Spread {
    double median = 0, p99 = 0; // µs
};

Spread measure(int times, std::function<void(int)> const& act)
{
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
        auto const begin = Clock::now();
        act(i);
        took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    std::sort(took.begin(), took.end());
    return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

class Client {
public:
    Client() : m_bus(connected()) {}

    ipc::Message method(char const* member) const
    {
        return m_bus.method_call("", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
    }
    void call(ipc::Message message)
    {
        auto const answer = m_bus.call(message);
        if (!answer) give_up(answer.error().name + ": " + answer.error().message);
    }
    void send(ipc::Message message)
    {
        if (auto const sent = m_bus.send(message); !sent) give_up(sent.error().text());
    }
    ipc::Message registration(int number) const
    {
        ipc::Message message = method("Register");
        message.write(ipc::Dictionary{{"name", "sync account " + std::to_string(number)},
                                      {"entry-point", "Tasks.Sync"},
                                      {"trigger", "TimeTrigger:15"},
                                      {"package", "Contoso.Bench"}});
        return message;
    }
    pid_t broker() const
    {
        ucred peer{};
        socklen_t size = sizeof peer;
        ::getsockopt(m_bus.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
        return peer.pid;
    }

private:
    static ipc::Bus connected()
    {
        auto bus = ipc::connect_to_broker();
        if (!bus) give_up(bus.error().text());
        return std::move(*bus);
    }
    ipc::Bus m_bus;
};

long anonymous_kib(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) return std::stol(line.substr(8));
    }
    return 0;
}

// One durable registration straight into a store of its own: the commit without a broker.
Spread measure_commits(std::string const& path)
{
    auto store = store::Store::open(path, {.new_installation = {1, 2}}, {});
    if (!store) give_up(store.error().what);
    return measure(kCalls / 4, [&](int number) {
        auto made = std::make_shared<core::Registration>();
        made->task = core::TaskId{{core::mixed(static_cast<unsigned>(number), 1), 2}};
        made->package = core::SharedText("Contoso.Bench");
        made->name = "sync account " + std::to_string(number);
        made->entry_point = "Tasks.Sync";
        made->trigger = core::time_trigger(15, false);
        core::HistoryEvent event;
        event.number = core::EventNumber::Registered;
        event.task = made->task;
        core::Effects const effects{core::effect::AppendHistory{event}, core::effect::SaveRegistration{made, {}}};
        if (!store->commit(effects)) give_up("a commit failed");
    });
}

void print(char const* what, Spread const& spread, double limit)
{
    std::printf("%-44s median %9.1f µs  p99 %9.1f µs", what, spread.median, spread.p99);
    if (limit > 0) std::printf("  limit %9.1f µs  %s", limit, spread.median <= limit ? "held" : "MISSED");
    std::printf("\n");
}

} // namespace

int main()
{
    // The current folder, not /tmp: that may be memory, where a sync costs nothing.
    std::string pattern = (std::filesystem::current_path() / "broker-XXXXXX").string();
    std::filesystem::path const root = ::mkdtemp(pattern.data());
    ::setenv("LATCHKEY_ROOT", root.c_str(), 1);
    std::filesystem::create_directories(root / "config");
    std::filesystem::create_directories(root / "made");
    std::ofstream(root / "config/policy.toml") << "[limits]\nmax-registrations-per-package = 200000\n";
    std::ofstream(root / "made/AppxManifest.xml") << kManifest;

    pid_t broker = 0;
    {
        Client client;
        broker = client.broker();
        ipc::Message install = client.method("Install");
        install.write((root / "made").string()).write(ipc::Dictionary{{"in-place", true}, {"allow", true}});
        client.call(std::move(install));

        Spread const trip = measure(kCalls, [&](int) { client.call(client.method("GetWorkCost")); });
        Spread const commit = measure_commits((root / "peer.db").string());
        Spread const durable = measure(kCalls / 4, [&](int number) { client.call(client.registration(number)); });
        print("one round trip (GetWorkCost)", trip, 0);
        print("one FULL commit of a registration", commit, 0);
        print("a durable registration over the bus", durable, 2 * (trip.median + commit.median));

        long const before = anonymous_kib(broker);
        auto const begin = Clock::now();
        for (int i = 0; i < kRegistrations; ++i) {
            client.send(client.registration(kCalls + i));
            if (i % kBatch == kBatch - 1) client.call(client.method("GetWorkCost"));
        }
        double const seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        std::printf("%d registrations in batches of %d: %.0f a second\n", kRegistrations, kBatch,
                    kRegistrations / seconds);
        double const each = static_cast<double>(anonymous_kib(broker) - before) * 1024 / kRegistrations;
        std::printf("memory of a registration: %.0f bytes  limit 256  %s\n", each, each <= 256 ? "held" : "MISSED");
    }
    Spread const start = measure(kStarts, [&](int) {
        ::kill(broker, SIGKILL);
        Client client;
        client.call(client.method("GetWorkCost"));
        broker = client.broker();
    });
    print("kill -9 until the next broker answers", start, 100'000);
    ::kill(broker, SIGKILL);
    std::filesystem::remove_all(root);
    return 0;
}
