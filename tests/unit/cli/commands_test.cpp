// SPDX-License-Identifier: MIT
// What each command asks of the broker and what it ends with; the broker is a peer that answers as the test says.
#include "cli/command.h"
#include "ipc/dictionary.h"
#include "support/pretend_broker.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::cli {
namespace {

using ipc::Answer;
using ipc::BusError;
using ipc::Dictionary;
using ipc::Message;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PretendBroker;
using ::testing::StartsWith;

constexpr char const* kId = "3f2a91c0-1111-4222-8333-444455556666";
constexpr char const* kFamily = "Contoso.Mail_8wekyb3d8bbwe";

struct Ran {
    int status = 0;
    std::string out;
    std::string err;
};

Ran run(std::vector<char const*> words)
{
    words.insert(words.begin(), "latchkey");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    int const status = cli::run(static_cast<int>(words.size()), words.data());
    return {status, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

class CommandsTest : public ::testing::Test {
protected:
    // A broker with one task and one package that says yes to everything and remembers what it was asked.
    CommandsTest() : m_broker([this](std::string const& member, Message& call) { return answer(member, call); }) {}

    Answer<Message> answer(std::string const& member, Message& call)
    {
        if (m_refusal) return tl::unexpected(*m_refusal);
        if (member == "List") {
            m_options = call.read_dictionary();
            return PretendBroker::reply(call, std::vector<Dictionary>{task()});
        }
        if (member == "Explain") {
            m_word = call.read_string();
            return PretendBroker::reply(call, task());
        }
        if (member == "ListPackages") return PretendBroker::reply(call, std::vector<Dictionary>{package()});
        if (member == "Install") {
            m_word = call.read_string();
            m_options = call.read_dictionary();
            return PretendBroker::reply(call, package());
        }
        if (member == "Log") {
            m_options = call.read_dictionary();
            return PretendBroker::reply(call, std::vector<Dictionary>{});
        }
        if (member == "Doctor") return PretendBroker::reply(call, std::vector<Dictionary>{});
        if (member == "Launch") return launch(call);
        if (member == "Get") {
            Message reply = PretendBroker::reply_to(call);
            reply.write_variant(ipc::Value("developer-preview"));
            return reply;
        }
        m_word = call.read_string();
        if (member == "Fire" || member == "Remove") m_options = call.read_dictionary();
        if (member == "Unregister") m_flag = call.read_bool();
        if (member == "Cancel") m_reason = call.read_int32();
        return PretendBroker::reply(call);
    }

    Answer<Message> launch(Message& call)
    {
        m_word = call.read_string();
        m_arguments = call.read_strings();
        m_environment = call.read_strings();
        auto const descriptors = call.read_descriptors();
        m_descriptors = descriptors.size();
        if (call.failed()) return tl::unexpected(BusError{"org.latchkey.Error.InvalidArgument", call.error()});
        if (descriptors.size() > 1) {
            EXPECT_EQ(::write(descriptors[1].get(), "hello\n", 6), 6);
        }
        pid_t const app = ::fork();
        if (app == 0) ::_exit(0);
        ::waitpid(app, nullptr, 0);
        return PretendBroker::reply(call, static_cast<std::uint32_t>(app));
    }

    static Dictionary task()
    {
        return {{"id", kId},           {"package", kFamily},
                {"name", "mail-sync"}, {"trigger", "TimeZoneChange"},
                {"state", "idle"},     {"answer", "Waits for its trigger."}};
    }
    static Dictionary package()
    {
        return {{"package", kFamily},
                {"name", "Contoso.Mail"},
                {"version", "1.0.0.0"},
                {"updated", false},
                {"warnings", std::vector<std::string>{"a: warning: b"}},
                {"access", std::int32_t{0}},
                {"tasks", std::vector<Dictionary>{}}};
    }

    std::optional<BusError> m_refusal;
    std::string m_word;
    Dictionary m_options;
    bool m_flag = false;
    std::int32_t m_reason = -1;
    std::vector<std::string> m_arguments;
    std::vector<std::string> m_environment;
    std::size_t m_descriptors = 0;
    PretendBroker m_broker;
};

TEST_F(CommandsTest, ListPrintsTasksOrJson)
{
    Ran const text = run({"list", "Contoso.Mail"});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_EQ(m_options.get<std::string>("package"), "Contoso.Mail");
    EXPECT_THAT(text.out, HasSubstr("mail-sync"));
    Ran const json = run({"list", "--json"});
    EXPECT_EQ(m_options.find("package"), nullptr);
    EXPECT_THAT(json.out, StartsWith("[\n  {\n    \"id\": \"3f2a91c0"));
}

TEST_F(CommandsTest, WhyAndShowAskForOneTask)
{
    Ran const why = run({"why", "mail-sync"});
    EXPECT_EQ(why.status, 0);
    EXPECT_EQ(m_word, "mail-sync");
    EXPECT_THAT(why.out, HasSubstr("\nWaits for its trigger.\n"));
    EXPECT_THAT(run({"why", "mail-sync", "--json"}).out, HasSubstr("\"answer\": \"Waits for its trigger.\""));
    EXPECT_THAT(run({"show", "3f2a"}).out, HasSubstr(kId));
    EXPECT_EQ(m_word, "3f2a");
}

TEST_F(CommandsTest, FireSaysWhatBecomesOfIt)
{
    Ran const fired = run({"fire", "mail-sync", "--now"});
    EXPECT_EQ(fired.status, 0);
    EXPECT_TRUE(m_options.get<bool>("now"));
    EXPECT_EQ(fired.out, "mail-sync was fired. Waits for its trigger.\n");
    EXPECT_THAT(m_broker.take_calls(), ElementsAre("Fire", "Explain"));
}

TEST_F(CommandsTest, CancelAndUnregisterSayWhatTheyDo)
{
    EXPECT_EQ(run({"cancel", "mail-sync"}).status, 0);
    EXPECT_EQ(m_reason, 0); // Abort
    EXPECT_EQ(run({"unregister", "mail-sync", "--cancel"}).status, 0);
    EXPECT_TRUE(m_flag);
    EXPECT_EQ(run({"unregister", "mail-sync"}).out, "mail-sync is unregistered\n");
    EXPECT_FALSE(m_flag);
}

TEST_F(CommandsTest, InstallGivesTheBrokerAnAbsolutePath)
{
    Ran const installed = run({"install", "Mail", "--allow", "--in-place"});
    EXPECT_EQ(installed.status, 0);
    EXPECT_THAT(m_word, StartsWith("/"));
    EXPECT_THAT(m_word, ::testing::EndsWith("/Mail"));
    EXPECT_TRUE(m_options.get<bool>("allow"));
    EXPECT_TRUE(m_options.get<bool>("in-place"));
    EXPECT_EQ(installed.err, "a: warning: b\n");
    EXPECT_THAT(installed.out, HasSubstr("not allowed: latchkey allow Contoso.Mail_8wekyb3d8bbwe\n"));
}

// Not on a terminal: nobody is asked, nothing waits.
TEST_F(CommandsTest, InstallAsksNobodyWithoutATerminal)
{
    EXPECT_EQ(run({"install", "Mail"}).status, 0);
    EXPECT_FALSE(m_options.get<bool>("allow", true));
    EXPECT_THAT(m_broker.take_calls(), ElementsAre("Install", "Get"));
}

TEST_F(CommandsTest, RemoveAllowAndDenyNameThePackage)
{
    EXPECT_EQ(run({"remove", "Contoso.Mail", "--data"}).status, 0);
    EXPECT_TRUE(m_options.get<bool>("data"));
    EXPECT_EQ(run({"allow", "Contoso.Mail"}).status, 0);
    EXPECT_EQ(run({"deny", "Contoso.Mail"}).out, "Contoso.Mail may not run in the background\n");
    EXPECT_THAT(m_broker.take_calls(), ElementsAre("Remove", "Allow", "Deny"));
    EXPECT_EQ(m_word, "Contoso.Mail");
}

TEST_F(CommandsTest, LaunchHandsOverTheTerminalAndEverythingThatIsTheApps)
{
    ::setenv("LATCHKEY_TEST_WORD", "1", 1);
    Ran const launched = run({"launch", "Contoso.Mail", "--appointments", "40", "x", "--json"});
    EXPECT_EQ(launched.status, 0) << launched.err;
    EXPECT_EQ(m_word, "Contoso.Mail");
    EXPECT_THAT(m_arguments, ElementsAre("--appointments", "40", "x", "--json"));
    EXPECT_THAT(m_environment, ::testing::Contains("LATCHKEY_TEST_WORD=1"));
    EXPECT_EQ(m_descriptors, 3U);
    EXPECT_EQ(launched.out, "hello\n");
    EXPECT_EQ(run({"launch", "Contoso.Mail", "--help"}).out, "hello\n");
    EXPECT_THAT(m_arguments, ElementsAre("--help"));
    EXPECT_EQ(run({"launch", "--detach"}).status, 2);
    EXPECT_THAT(run({"launch", "--detach", "Contoso.Mail"}).out, StartsWith("Contoso.Mail runs as process "));
    EXPECT_EQ(m_descriptors, 0U);
    EXPECT_THAT(m_arguments, IsEmpty());
}

TEST_F(CommandsTest, LogAsksForTheNewest)
{
    EXPECT_EQ(run({"log", "mail-sync", "-n", "5", "--minutes", "60"}).status, 0);
    EXPECT_EQ(m_options.get<std::string>("task"), "mail-sync");
    EXPECT_EQ(m_options.get<std::uint32_t>("limit"), 5U);
    EXPECT_GT(m_options.get<std::uint64_t>("since_us"), 0U);
    EXPECT_EQ(run({"log", "-n", "0"}).status, 2);
}

TEST_F(CommandsTest, ARefusalIsSaidInTheBrokersWords)
{
    m_refusal = BusError{"org.latchkey.Error.NoSuchTask", "0x80070490 no task \"mial\" is registered"};
    for (std::vector<char const*> const& words : std::vector<std::vector<char const*>>{{"why", "mial"},
                                                                                       {"show", "mial"},
                                                                                       {"fire", "mial"},
                                                                                       {"cancel", "mial"},
                                                                                       {"unregister", "mial"},
                                                                                       {"watch", "mial"},
                                                                                       {"log", "mial"},
                                                                                       {"list"},
                                                                                       {"install", "x"},
                                                                                       {"remove", "x"},
                                                                                       {"packages"},
                                                                                       {"launch", "x"},
                                                                                       {"allow", "x"},
                                                                                       {"deny", "x"}}) {
        Ran const refused = run(words);
        EXPECT_EQ(refused.status, 1) << words[0];
        EXPECT_EQ(refused.err, "latchkey: no task \"mial\" is registered (0x80070490)\n") << words[0];
        EXPECT_EQ(refused.out, "") << words[0];
    }
}

TEST_F(CommandsTest, WithoutABrokerThatCanStartTheStatusIsThree)
{
    m_broker.stop();
    // Where the folder of the socket should be is a file: no broker can listen.
    std::filesystem::path const folder = std::filesystem::path(::getenv("LATCHKEY_ROOT")) / "run";
    std::filesystem::remove_all(folder);
    std::ofstream(folder).put('x');
    Ran const none = run({"list"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.err, StartsWith("latchkey: the broker cannot be reached: "));
    // Completion is silent.
    Ran const names = run({"names", "tasks"});
    EXPECT_EQ(names.status, 0);
    EXPECT_EQ(names.out + names.err, "");
}

TEST_F(CommandsTest, NamesAreOfferedOnlyWhenAShellCanTakeThem)
{
    EXPECT_EQ(run({"names", "tasks"}).out, "mail-sync\n");
    EXPECT_EQ(run({"names", "packages"}).out, "Contoso.Mail\n");
}

TEST_F(CommandsTest, WatchEndsWithTheFirstCompletionWhenItIsToldTo)
{
    m_broker.answers([this](std::string const& member, Message& call) {
        auto reply = answer(member, call);
        if (member == "Watch") {
            m_broker.progress(kId, "i1", 40);
            m_broker.completed("other", "i0", 0, "");
            m_broker.completed(kId, "i1", static_cast<std::int32_t>(0x80004005), "no route");
        }
        return reply;
    });
    Ran const watched = run({"watch", "mail-sync", "--once", "--json"});
    EXPECT_EQ(watched.status, 1) << watched.err;
    EXPECT_EQ(watched.out,
              "{\"progress\":40,\"task\":\"3f2a91c0-1111-4222-8333-444455556666\",\"instance\":\"i1\"}\n"
              "{\"completed\":\"0x80004005\",\"task\":\"3f2a91c0-1111-4222-8333-444455556666\",\"instance\":\"i1\","
              "\"text\":\"no route\"}\n");
}

TEST_F(CommandsTest, WatchSaysThatTheBrokerHasEnded)
{
    m_broker.answers([this](std::string const& member, Message& call) {
        auto reply = answer(member, call);
        if (member == "Watch")
            m_broker.signal([](ipc::Bus& bus) {
                return std::move(bus.signal("/org/latchkey/Broker1", "org.latchkey.Broker1", "Event")
                                     .write(Dictionary{{"event", std::uint32_t{10}}, {"text", "Internet changed"}}));
            });
        return reply;
    });
    std::thread end([this] {
        if (m_broker.was_called("Watch")) m_broker.end_connections();
    });
    Ran const watched = run({"watch"});
    end.join();
    EXPECT_EQ(watched.status, 3);
    EXPECT_THAT(watched.err, HasSubstr("the broker has ended"));
}

} // namespace
} // namespace latchkey::cli
