// SPDX-License-Identifier: MIT
// kill -9 of broker, zygote, hosts and app at random moments, in the middle of a commit too, and reboots: all processes
// killed and a new boot id. What was answered is kept; each accepted firing ends in one stored completion, or was
// counted as interrupted and started again; the tasks' own ledger says the same; completions reach the app.
//
// LATCHKEY_KILLS and LATCHKEY_SEED choose how often and which moments; `./check --all` kills 2,000 times.
#include "audit.h"
#include "machine.h"
#include "support/processes.h"
#include "world.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace latchkey::test {
namespace {

constexpr unsigned kKills = 200;
constexpr unsigned kRoundsOfAnEpoch = 50;     // then everything is held against each other, and begins anew
constexpr std::uintmax_t kLongLog = 16 << 20; // bytes
constexpr std::uint32_t kWholeLog = 10'000;

unsigned number(char const* variable, unsigned fallback)
{
    char const* const text = std::getenv(variable);
    return text == nullptr ? fallback : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// A broker that commits is stopped first, so that what it has started, or told somebody, shows before it dies.
enum class Victim { Broker, CommittingBroker, Child, ChildAndBroker, App, Everything, StartingBroker };
constexpr std::array kVictims{Victim::Broker,
                              Victim::Broker,
                              Victim::Broker,
                              Victim::CommittingBroker,
                              Victim::CommittingBroker,
                              Victim::CommittingBroker,
                              Victim::CommittingBroker,
                              Victim::Child,
                              Victim::Child,
                              Victim::Child,
                              Victim::ChildAndBroker,
                              Victim::App,
                              Victim::App,
                              Victim::Everything,
                              Victim::Everything,
                              Victim::StartingBroker};
constexpr unsigned kMostWrites = 48; // of a round to the store's log, about
constexpr std::chrono::milliseconds kLongestRound{100};
constexpr std::chrono::milliseconds kStopped{12}; // longer than a host needs to begin
constexpr std::chrono::milliseconds kBetweenDeaths{5};
constexpr int kLooks = 60; // for the beginning of a task

// What a round does, in this order; the kill comes a random time after one of them began.
enum Step { kLaunch, kRegister, kFire, kCondition, kRequest, kIdle, kSteps };

struct Plan {
    Victim victim{};
    int step = 0;
    std::chrono::microseconds delay{};
    unsigned which = 0;
};

class Killer {
public:
    Killer(Plan plan, World& world, pid_t app) : m_plan(plan), m_world(world), m_app(app), m_thread([this] { run(); })
    {}
    ~Killer()
    {
        begin(kSteps);
        m_thread.join();
    }
    Killer(Killer const&) = delete;
    void begin(int step)
    {
        m_step = step;
        m_step.notify_all();
    }
    // The app of this round; the plan may name it.
    void knows_app(pid_t app) { m_app = app; }
    void wait() const { m_done.wait(false); }

private:
    void run()
    {
        for (int step = m_step; step < m_plan.step; step = m_step) {
            m_step.wait(step);
        }
        pid_t const broker = m_world.broker();
        if (m_plan.victim == Victim::CommittingBroker) {
            wait_for_writes(m_plan.which % kMostWrites + 1);
        } else {
            (void)ends_within(broker, m_plan.delay);
        }
        strike();
        m_done = true;
        m_done.notify_all();
    }
    // Of the broker, to its log. Those in a row that nobody has read yet are told as one.
    void wait_for_writes(unsigned count) const
    {
        ipc::Fd const watch(::inotify_init1(IN_CLOEXEC));
        ::inotify_add_watch(watch.get(), (m_world.root / "state/broker.db-wal").c_str(), IN_MODIFY);
        auto const end = std::chrono::steady_clock::now() + kLongestRound;
        for (unsigned seen = 0; seen < count; ++seen) {
            auto const left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
            pollfd written{watch.get(), POLLIN, 0};
            inotify_event event{};
            if (left.count() <= 0 || ::poll(&written, 1, static_cast<int>(left.count())) != 1) return;
            if (::read(watch.get(), &event, sizeof event) < 0) return;
        }
    }
    void kill_a_child(pid_t broker) const
    {
        auto const children = children_of(broker);
        if (broker > 0 && !children.empty()) ::kill(children[m_plan.which % children.size()], SIGKILL);
    }
    void strike()
    {
        pid_t const broker = m_world.broker();
        switch (m_plan.victim) {
        case Victim::Broker:
        case Victim::StartingBroker:
            World::kill(broker);
            break;
        case Victim::Child:
            kill_a_child(broker);
            break;
        case Victim::ChildAndBroker:
            kill_a_child(broker);
            (void)ends_within(broker, kBetweenDeaths);
            World::kill(broker);
            break;
        case Victim::CommittingBroker:
            if (broker > 0) ::kill(broker, SIGSTOP);
            (void)ends_within(broker, kStopped);
            World::kill(broker);
            break;
        case Victim::App:
            if (m_app > 0) ::kill(m_app, SIGKILL);
            break;
        case Victim::Everything:
            for (pid_t const child : children_of(broker)) {
                if (broker > 0) ::kill(child, SIGKILL);
            }
            if (m_app > 0) ::kill(m_app, SIGKILL);
            World::kill(broker);
            break;
        }
    }

    Plan const m_plan;
    World& m_world;
    std::atomic<pid_t> m_app;
    std::atomic<int> m_step{kLaunch};
    std::atomic<bool> m_done{false};
    std::thread m_thread; // last: it uses the others
};

class Chaos : public testing::Test {
protected:
    void epoch(unsigned rounds);
    void round(Plan const& plan);
    void reboot();

    bool launch();
    void register_task();
    void fire_one();
    void fire(Attempt& attempt, User& user);
    void fire_behind(Attempt& attempt, User& user);
    void stay_latched();
    void request();
    void idle(Killer const& killer);
    void settle();
    void audit();
    std::vector<ipc::Dictionary> list(User& user);
    Plan make_plan();

    std::mt19937 random;
    World world;
    Machine& machine = Machine::of_this_process();
    AppWords words;
    std::unique_ptr<App> app;
    std::vector<Attempt> attempts; // of the epoch; the first one is the ApplicationTrigger's
    std::set<std::string> no_answer;
    std::streamoff ledger_offset = 0;
    std::uint64_t epoch_began_us = 0;
    int last_name = 0, last_serial = 0;
    unsigned reboots = 0;
    bool plugged = true;
    Tally total;
};

Plan Chaos::make_plan()
{
    Plan plan;
    plan.victim = kVictims[random() % kVictims.size()];
    plan.step = static_cast<int>(random() % kSteps);
    constexpr std::array<unsigned, 3> kLongest{500, 5'000, 25'000};
    plan.delay = std::chrono::microseconds(random() % kLongest[random() % kLongest.size()]);
    plan.which = static_cast<unsigned>(random());
    return plan;
}

bool Chaos::launch()
{
    if (!app) app = std::make_unique<App>(world.app_program(), words);
    if (app->wait_for([&] { return app->is_ready(); })) return true;
    app.reset();
    return false;
}

// The name says what the task does in its host.
void Chaos::register_task()
{
    constexpr std::array kHow{"quick", "slow", "deferred"};
    constexpr std::array kKinds{"often", "often", "once", "time", "net"};
    std::string const kind = kKinds[random() % kKinds.size()];
    Attempt attempt;
    attempt.name = kind + std::to_string(++last_name) + "-" + kHow[random() % kHow.size()];
    attempt.once = kind == "once" || kind == "time";
    attempt.by_time = kind == "time";
    std::string line = "register " + attempt.name + (attempt.by_time ? " TimeTrigger" : " TimeZoneChange") +
                       (attempt.once ? " once" : " often");
    if (kind == "net" && machine.is_own()) line += " InternetAvailable";
    attempts.push_back(attempt);
    app->send(line);
    bool const alive =
        app->wait_for([&] { return words.registered.contains(attempt.name) || words.refused.contains(attempt.name); });
    if (words.registered.contains(attempt.name)) attempts.back().id = words.registered[attempt.name];
    if (words.refused.contains(attempt.name))
        no_answer.insert(words.refused[attempt.name].substr(8 + attempt.name.size()));
    if (!alive) app.reset();
}

void Chaos::fire(Attempt& attempt, User& user)
{
    if (user.call("Fire", attempt.id, ipc::Dictionary())) {
        ++attempt.accepted;
    } else if (!user.error.starts_with("org.latchkey.Error.")) {
        ++attempt.unanswered;
    }
}

// Once more, while it runs or has run: this firing is served by a later instance.
void Chaos::fire_behind(Attempt& attempt, User& user)
{
    std::string started;
    for (int look = 0; started.empty() && look < kLooks; ++look) {
        std::streamoff offset = ledger_offset;
        for (Entry const& entry : read_ledger(world.ledger(), offset)) {
            if (entry.task == attempt.id && entry.what == "start") started = entry.instance;
        }
        if (started.empty() && !user.call("WhoAmI")) return;
    }
    if (started.empty()) return;
    int const accepted = attempt.accepted;
    fire(attempt, user);
    if (attempt.accepted > accepted) attempt.behind.push_back(started);
}

// A task of this round or an earlier one that nobody has fired yet; a one-shot a second time too.
void Chaos::fire_one()
{
    auto user = world.connect();
    if (!user) return;
    for (std::size_t i = attempts.size(); i-- > 1;) {
        Attempt& attempt = attempts[i];
        int const fired = attempt.accepted + attempt.unanswered;
        if (attempt.id.empty() || attempt.by_time || fired >= (attempt.once ? 2 : 1)) continue;
        fire(attempt, *user);
        if (!user->error.empty()) return;
        if (!attempt.once) fire_behind(attempt, *user);
        if (!user->error.empty()) return;
    }
}

void Chaos::request()
{
    std::string const serial = std::to_string(++last_serial);
    app->send("request " + serial);
    bool const alive = app->wait_for([&] { return words.results.contains(serial) || words.refused.contains(serial); });
    Attempt& attempt = attempts.front();
    if (!words.results.contains(serial)) {
        ++attempt.unanswered;
    } else if (words.results[serial] == 0) {
        ++attempt.accepted;
    }
    if (!alive) app.reset();
}

// The tasks run on, the app listens.
void Chaos::idle(Killer const& killer)
{
    killer.wait();
}

void Chaos::round(Plan const& plan)
{
    if (plan.victim == Victim::StartingBroker) {
        World::kill(world.broker());
        pid_t const starting = world.start_broker_only();
        (void)ends_within(starting, plan.delay);
        World::kill(starting);
        world.reap();
        return;
    }
    world.ensure_broker();
    {
        Killer killer(plan, world, app ? app->pid() : 0);
        if (launch()) {
            killer.knows_app(app->pid());
            killer.begin(kRegister);
            register_task();
        }
        if (machine.is_own() && random() % 2 == 0) machine.plug(plugged = !plugged);
        killer.begin(kFire);
        fire_one();
        killer.begin(kCondition);
        if (machine.is_own() && random() % 2 == 0) machine.plug(plugged = !plugged);
        killer.begin(kRequest);
        if (app) request();
        killer.begin(kIdle);
        idle(killer);
    }
    if (plan.victim == Victim::App || plan.victim == Victim::Everything) app.reset();
    if (plan.victim == Victim::Everything) reboot();
    world.reap();
}

// Nothing of the old machine is left, and the kernel has another boot id.
void Chaos::reboot()
{
    app.reset();
    world.kill_everything();
    if (!machine.is_own()) return;
    machine.new_boot();
    ++reboots;
}

std::vector<ipc::Dictionary> Chaos::list(User& user)
{
    auto answer = user.call("List", ipc::Dictionary());
    EXPECT_TRUE(answer) << user.error;
    return answer ? answer->read_dictionaries() : std::vector<ipc::Dictionary>();
}

// Without the condition a firing waits, in the next broker too.
void Chaos::stay_latched()
{
    auto const is_latched = [](std::vector<ipc::Dictionary> const& tasks, std::string const& id) {
        return std::any_of(tasks.begin(), tasks.end(), [&](ipc::Dictionary const& task) {
            return task.get<std::string>("id") == id && task.get<std::string>("state") == "latched";
        });
    };
    machine.plug(plugged = false);
    ASSERT_GT(world.ensure_broker(), 0);
    auto user = world.connect();
    ASSERT_TRUE(user);
    auto const net = std::find_if(attempts.begin(), attempts.end(), [](Attempt const& attempt) {
        return !attempt.id.empty() && attempt.name.starts_with("net");
    });
    if (net == attempts.end()) return;
    // It hears of the cable a little later: what is fired before that runs.
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (!is_latched(list(*user), net->id)) {
        ASSERT_LT(std::chrono::steady_clock::now(), end) << net->name << " does not wait for its condition";
        fire(*net, *user);
    }
    World::kill(world.broker());
    world.reap();
    ASSERT_GT(world.ensure_broker(), 0);
    user = world.connect();
    ASSERT_TRUE(user);
    // When the task that was fired last has run, everything that waited longer has been considered.
    Attempt& last = attempts.front();
    auto const ended = [&] {
        for (ipc::Dictionary const& task : list(*user)) {
            if (task.get<std::string>("id") == last.id) return task.get<std::uint64_t>("last-end_us");
        }
        return std::uint64_t{0};
    };
    std::uint64_t const before = ended();
    fire(last, *user);
    while (ended() == before) {
        ASSERT_LT(std::chrono::steady_clock::now(), end + kPatience) << last.name << " does not run";
    }
    EXPECT_TRUE(is_latched(list(*user), net->id)) << net->name << " ran without its condition";
}

// Until everything that was accepted has been served, and the app has been told.
void Chaos::settle()
{
    if (machine.is_own()) machine.plug(plugged = true);
    ASSERT_GT(world.ensure_broker(), 0);
    auto user = world.connect();
    ASSERT_TRUE(user);
    app.reset(); // the one that attaches now is told what the others were not
    ASSERT_TRUE(launch());
    auto const end = std::chrono::steady_clock::now() + kPatience;
    for (std::string waits = "?"; !waits.empty();) {
        waits.clear();
        for (ipc::Dictionary const& task : list(*user)) {
            std::string const state = task.get<std::string>("state");
            std::string const name = task.get<std::string>("name");
            bool const has_run = task.get<std::uint64_t>("last-end_us") > 0;
            if (name == attempts.front().name && state == "quarantined") fire(attempts.front(), *user);
            bool const by_time = name.starts_with("time");
            bool const once = by_time || name.starts_with("once"); // these go when the app has their completion
            bool const rests = state == "idle" ? !by_time : state == "quarantined" && !name.starts_with("request");
            if (rests && !(once && has_run)) continue;
            waits += name + " is " + state + "\n";
        }
        for (Attempt const& attempt : attempts) {
            if (attempt.once && attempt.accepted > 0 && !words.completed.contains(attempt.id)) {
                waits += attempt.name + " has not told its app\n";
            }
        }
        if (waits.empty()) break;
        ASSERT_LT(std::chrono::steady_clock::now(), end) << waits;
        (void)app->wait_for([&, first = true]() mutable { return !std::exchange(first, false); });
    }
}

void Chaos::audit()
{
    auto user = world.connect();
    ASSERT_TRUE(user);
    auto log = user->call("Log", ipc::Dictionary{{"since_us", epoch_began_us}, {"limit", kWholeLog}});
    ASSERT_TRUE(log) << user->error;
    auto const events = log->read_dictionaries();
    ASSERT_LT(events.size(), kWholeLog) << "the epoch is too long for the log";
    Audit audit(attempts, events, list(*user), read_ledger(world.ledger(), ledger_offset), words);
    audit.check();
    app->wait_for([&] { return audit.untold().empty(); });
    EXPECT_EQ(audit.untold(), "");
    Tally const& tally = audit.tally();
    total.registered += tally.registered;
    total.created += tally.created;
    total.completed += tally.completed;
    total.interrupted += tally.interrupted;
    total.of_siblings += tally.of_siblings;
    total.quarantined += tally.quarantined;
    total.entries += tally.entries;
    for (ipc::Dictionary const& task : list(*user)) {
        EXPECT_TRUE(user->call("Unregister", task.get<std::string>("id"), false)) << user->error;
    }
    EXPECT_TRUE(list(*user).empty());
    // Brokers that are killed before they have time to tidy up leave that to those that have.
    EXPECT_LT(std::filesystem::file_size(world.root / "state/broker.db-wal"), kLongLog);
}

void Chaos::epoch(unsigned rounds)
{
    epoch_began_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
    attempts.clear();
    words = {};
    ASSERT_GT(world.ensure_broker(), 0);
    app.reset();
    ASSERT_TRUE(launch());
    Attempt requests;
    requests.name = "request" + std::to_string(++last_name) + "-slow";
    app->send("register " + requests.name + " ApplicationTrigger often");
    ASSERT_TRUE(app->wait_for([&] { return words.registered.contains(requests.name); }))
        << words.refused[requests.name];
    requests.id = words.registered[requests.name];
    attempts.push_back(requests);
    for (unsigned i = 0; i < rounds && !HasFatalFailure(); ++i) {
        round(make_plan());
    }
    if (!HasFatalFailure() && machine.is_own()) stay_latched();
    if (!HasFatalFailure()) settle();
    if (!HasFatalFailure()) audit();
}

TEST_F(Chaos, KilledAtAnyMomentLosesNothingAndServesNothingTwice)
{
    unsigned const kills = number("LATCHKEY_KILLS", kKills);
    unsigned const seed = number("LATCHKEY_SEED", std::random_device()());
    std::printf("LATCHKEY_SEED=%u LATCHKEY_KILLS=%u\n", seed, kills);
    if (!machine.is_own()) std::printf("without conditions and reboots: %s\n", machine.why().c_str());
    random.seed(seed);
    world.install();
    unsigned done = 0;
    while (done < kills && !HasFailure()) {
        unsigned const rounds = std::min(kRoundsOfAnEpoch, kills - done);
        epoch(rounds);
        done += rounds;
    }
    std::printf("%s after %u kills\n", HasFailure() ? "failed" : "clean", done);
    std::printf(
        "%zu registrations, %zu instances: %zu completed, %zu interrupted and started again, %zu restarted after a "
        "sibling's end, %zu in quarantine; %zu lines of ledger, %u reboots\n",
        total.registered, total.created, total.completed, total.interrupted, total.of_siblings, total.quarantined,
        total.entries, reboots);
    for (std::string const& text : no_answer) {
        std::printf("  not answered: %s\n", text.c_str());
    }
    if (HasFailure()) return;
    EXPECT_GT(total.completed, 0U);
    EXPECT_GT(total.interrupted, 0U) << "no kill came while a task ran";
}

} // namespace
} // namespace latchkey::test

int main(int count, char** words)
{
    latchkey::test::Machine::enter(count, words);
    latchkey::test::Machine::of_this_process();
    testing::InitGoogleTest(&count, words);
    return RUN_ALL_TESTS();
}
