// SPDX-License-Identifier: MIT
// Who means harm: floods, limits, files that were damaged between two brokers, tasks that talk nonsense to the broker.
// Whatever happens, the broker serves the others, or says what is wrong and comes back.
#include "rig.h"

#include <csignal>
#include <fstream>
#include <random>
#include <sstream>

#include <fcntl.h>
#include <systemd/sd-bus.h>

namespace latchkey::test {
namespace {

long resident_kib(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return -1;
}

Dictionary of_package(Dictionary options)
{
    options.set("package", kFamily);
    return options;
}

TEST_F(BrokerTest, ServesOthersWhileSomebodyAsksAndNeverReads)
{
    start();
    Connection user = connect();
    install(user);
    for (int i = 0; i < 50; ++i) {
        user.must_register(of_package(task("Sync")));
    }
    long const before = resident_kib(broker());
    Connection deaf = connect();
    constexpr int kBatch = 250;
    for (int i = 0; i < 40; ++i) {
        for (int n = 0; n < kBatch; ++n) {
            Message message = deaf.method("List");
            message.write(Dictionary());
            if (!deaf.bus.send(message)) break;
        }
        ASSERT_TRUE(user.call("WhoAmI"));
    }
    ASSERT_TRUE(user.call("WhoAmI"));
    EXPECT_LT(resident_kib(broker()) - before, 128 * 1024)
        << "KiB that the broker keeps for a client that does not read";
    EXPECT_EQ(user.list().size(), 50U);
}

TEST_F(BrokerTest, WeighsTheAnswersThatAClientDoesNotRead)
{
    start();
    Connection user = connect();
    install(user);
    for (int i = 0; i < 500; ++i) {
        user.must_register(of_package(task(std::string(4096, 'n')))); // a list has 2 MiB and more
    }
    Connection deaf = connect();
    struct Answers {
        int lists = 0;
        int refusals = 0;
    } answers;
    auto const answered = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        ++(sd_bus_message_get_error(answer) == nullptr ? static_cast<Answers*>(data)->lists
                                                       : static_cast<Answers*>(data)->refusals);
        return 0;
    };
    constexpr int kAsked = 14; // fewer than are refused by their number
    for (int i = 0; i < kAsked; ++i) {
        Message message = deaf.method("List");
        message.write(Dictionary());
        ASSERT_GE(sd_bus_call_async(deaf.bus.get(), nullptr, message.get(), answered, &answers, UINT64_MAX), 0);
    }
    deaf.bus.flush();
    // The broker takes a message of each in turn: behind these all of the others have had theirs.
    for (int i = 0; i < 4 * kAsked; ++i) {
        ASSERT_TRUE(user.call("WhoAmI")) << "others are served";
    }
    ASSERT_TRUE(deaf.wait_for([&] { return answers.lists + answers.refusals == kAsked; }));
    EXPECT_GE(answers.lists, 6);
    EXPECT_LE(answers.lists, 13) << "16 MiB, and what the socket takes";
    EXPECT_GT(deaf.list().size(), 0U) << "who has read is answered again";
}

TEST_F(BrokerTest, RefusesHugeTextsAndTakesTheLongestThatIsAllowed)
{
    start();
    Connection user = connect();
    install(user);
    std::string const longest(4096, 'n');
    std::string const id = user.must_register(of_package(task(longest)));
    kill();
    start();
    user = connect();
    EXPECT_EQ(user.explain(id).get<std::string>("name"), longest);
    for (std::size_t const size : {std::size_t{4097}, std::size_t{1} << 20}) {
        for (char const* option : {"name", "entry-point", "group", "group-name", "trigger", "trigger-id"}) {
            Dictionary options = of_package(task("Sync"));
            options.set(option, std::string(size, 'x'));
            auto const refused = user.call("Register", options);
            EXPECT_FALSE(refused) << option << " of " << size;
            EXPECT_LT(refused.text.size(), 16'384U) << option << ": a refusal does not repeat it";
        }
        EXPECT_FALSE(user.call("Explain", std::string(size, 'x')));
        EXPECT_FALSE(user.call("Fire", std::string(size, 'x'), Dictionary()));
        EXPECT_FALSE(user.call("Install", std::string(size, '/'), Dictionary()));
        EXPECT_FALSE(user.call("Remove", std::string(size, 'x'), Dictionary()));
        EXPECT_FALSE(
            user.call("Launch", std::string(size, 'x'), std::vector<std::string>(), std::vector<std::string>()));
        EXPECT_TRUE(user.call("WhoAmI"));
    }
    Dictionary options = of_package(task("Sync"));
    options.set("name", std::string(std::size_t{60} << 20, 'x'));
    EXPECT_EQ(user.call("Register", options).error, "LimitExceeded");
    EXPECT_EQ(connect().list().size(), 1U);
}

TEST_F(BrokerTest, RegistersAThousandTasksOfAPackageAndNoMore)
{
    start();
    Connection user = connect();
    install(user);
    Dictionary options = of_package(task("Sync"));
    options.set("conditions", std::vector<std::string>(16, "UserPresent"));
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_FALSE(user.must_register(options).empty()) << i;
    }
    auto const refused = user.call("Register", options);
    EXPECT_EQ(refused.error, "LimitExceeded");
    EXPECT_NE(refused.text.find("max-registrations-per-package is 1000"), std::string::npos) << refused.text;
    kill();
    start();
    user = connect();
    auto const listed = user.list();
    EXPECT_EQ(listed.size(), 1'000U);
    EXPECT_EQ(user.call("Register", options).error, "LimitExceeded");
    ASSERT_TRUE(user.call("Unregister", listed.front().get<std::string>("id"), false));
    EXPECT_FALSE(user.must_register(options).empty());
    EXPECT_TRUE(user.call("Remove", "Contoso.Mail", Dictionary())) << "with all its registrations";
    EXPECT_TRUE(user.list().empty());
}

TEST_F(BrokerTest, SurvivesATaskThatTalksNonsenseToItOnAllItsDescriptors)
{
    start();
    Connection user = connect();
    install(user, "Contoso.Mail", Tasks::Real);
    for (char const* name : {"raves at the broker", "raves at the bus", "lies", "closes its socket"}) {
        std::string const id = user.must_register(of_package(act(name)));
        pid_t const before = broker();
        ASSERT_TRUE(user.call("Fire", id, Dictionary())) << name;
        ASSERT_TRUE(user.eventually([&] { return user.explain(id).get<std::uint64_t>("last-end_us") > 0; })) << name;
        EXPECT_EQ(broker(), before);
    }
    std::string const after = user.must_register(of_package(act("nothing")));
    ASSERT_TRUE(user.call("Fire", after, Dictionary()));
    ASSERT_TRUE(user.eventually([&] { return user.explain(after).get<std::uint64_t>("last-end_us") > 0; }));
    EXPECT_EQ(user.explain(after).get<std::int32_t>("last-result"), 0);
}

TEST_F(BrokerTest, StartsAfterAnyDamageToItsFilesAndSaysWhatItSetAside)
{
    std::mt19937 random(20261121);
    start();
    {
        Connection user = connect();
        install(user);
        for (int i = 0; i < 40; ++i) {
            user.must_register(of_package(task("Sync")));
        }
    }
    stop();
    std::filesystem::path const store = root / "state/broker.db";
    auto const read = [](std::filesystem::path const& file) {
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    std::string const whole = read(store);
    std::filesystem::path const record = root / "state/installed" / kFamily;
    std::string const installed = read(record);
    ASSERT_FALSE(whole.empty());
    ASSERT_FALSE(installed.empty());
    int set_aside = 0;
    for (int i = 0; i < 24; ++i) {
        std::string damaged = whole;
        if (i % 3 == 0) {
            damaged.resize(random() % damaged.size());
        } else {
            for (unsigned n = 0; n < 1U + random() % 200U; ++n) {
                damaged[random() % damaged.size()] = static_cast<char>(random());
            }
        }
        for (auto const& entry : std::filesystem::directory_iterator(root / "state")) {
            if (entry.path().filename().string().starts_with("broker.")) std::filesystem::remove(entry.path());
        }
        std::ofstream(store, std::ios::binary) << damaged;
        if (i % 2 == 0) std::ofstream(store.string() + "-wal", std::ios::binary) << std::string(4096, 'w');
        std::string damaged_record = installed;
        damaged_record[random() % damaged_record.size()] ^= static_cast<char>(1 + random() % 255);
        std::filesystem::remove(record);
        std::ofstream(record, std::ios::binary) << damaged_record;

        std::filesystem::remove(root / "broker.log");
        start();
        Connection user = connect();
        auto listed = user.call("List", Dictionary());
        EXPECT_TRUE(listed) << listed.text;
        std::size_t const left = listed ? listed.message->read_dictionaries().size() : 0;
        EXPECT_TRUE(user.call("ListPackages"));
        // The history is read when somebody asks, so its damage shows only then, and is said.
        auto const log = user.call("Log", Dictionary());
        EXPECT_TRUE(log || log.error == "Storage") << log.error << ": " << log.text;
        EXPECT_TRUE(user.call("Doctor"));
        // Nothing is lost in silence.
        bool const said = broker_log().find("is damaged") != std::string::npos;
        EXPECT_TRUE(left == 40 || said || i % 3 != 0) << left << " of 40 registrations are left\n" << broker_log();
        set_aside += said ? 1 : 0;
        ASSERT_TRUE(user.call("Install", write_package(), Dictionary{{"in-place", true}, {"allow", true}}));
        user.must_register(of_package(task("After")));
        ASSERT_EQ(stop(), 0) << broker_log();
    }
    EXPECT_GT(set_aside, 0);
}

} // namespace
} // namespace latchkey::test
