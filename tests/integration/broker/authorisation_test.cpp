// SPDX-License-Identifier: MIT
// Who may call what: each method of the table, called by a package for itself, by a package for another one, and by the
// user.
#include "authorisation.h"
#include "rig.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>

namespace latchkey::test {
namespace {

using broker::Who;

// A call with arguments of the right types, which may be refused for what they say but not for who says it.
void write_arguments(Message& message, std::string const& method, std::string const& task)
{
    if (method == "Unregister") message.write(task).write(false);
    if (method == "Attach" || method == "Explain") message.write(task);
    if (method == "Acknowledge") message.write(task).write("");
    if (method == "Fire") message.write(task).write(Dictionary());
    if (method == "Cancel") message.write(task).write(std::int32_t{0});
    if (method == "SettingsRead" || method == "SettingsContainers" || method == "SettingsClear") message.write("");
    if (method == "SettingsDeleteContainer") message.write("none");
    if (method == "SettingsLookup") message.write("").write("key");
    if (method == "SettingsInsert") message.write("").write("key").write_variant(Value(std::int32_t{1}));
    if (method == "SettingsRemove") message.write("").write(std::vector<std::string>());
    if (method == "SettingsCreateContainer") message.write("made").write(false);
    if (method == "SettingsSetVersion") message.write(std::uint32_t{1});
    if (method == "Install") message.write("relative").write(Dictionary());
    if (method == "Remove") message.write("Nobody").write(Dictionary());
    if (method == "Allow" || method == "Deny") message.write(kFamily);
    if (method == "RequestApplicationTrigger" || method == "List" || method == "Log") message.write(Dictionary());
    if (method == "Launch") {
        message.write("Nobody").write(std::vector<std::string>()).write(std::vector<std::string>());
        message.write_descriptors({});
    }
}

struct CalledBy : BrokerTest, testing::WithParamInterface<broker::Rule> {
    Outcome call(Connection& by, std::string const& task)
    {
        std::string const method(GetParam().method);
        Message message = by.method(method);
        if (method == "Register") {
            Dictionary options = this->task("Second");
            if (&by != m_member) options.set("package", kFamily);
            message.write(options);
        } else {
            write_arguments(message, method, task);
        }
        return by.send(message);
    }
    Connection* m_member = nullptr;
};

// "Explain(s task) -> a{sv} why" for each method, from introspection data or the document.
std::map<std::string, std::string> arguments_of(std::string const& xml)
{
    std::map<std::string, std::string> found;
    std::regex const method_pattern("<method name=\"(\\w+)\"(?:/>|>([^]*?)</method>)");
    std::regex const argument_pattern("<arg ([^>]*)/>");
    auto const attribute = [](std::string const& text, std::string const& name) {
        std::smatch match;
        return std::regex_search(text, match, std::regex(name + "=\"([^\"]*)\"")) ? match[1].str() : std::string();
    };
    // Other interfaces have methods too.
    auto const begin = xml.find("<interface name=\"org.latchkey.Broker1\"");
    std::string const interface = xml.substr(begin, xml.find("</interface>", begin) - begin);
    for (std::sregex_iterator method(interface.begin(), interface.end(), method_pattern), end; method != end;
         ++method) {
        std::string const body = (*method)[2].str();
        std::string in, out;
        for (std::sregex_iterator argument(body.begin(), body.end(), argument_pattern); argument != end; ++argument) {
            std::string const text = (*argument)[1].str();
            (attribute(text, "direction") == "out" ? out : in) +=
                attribute(text, "type") + ' ' + attribute(text, "name") + ' ';
        }
        found[(*method)[1].str()] = in + "-> " + out;
    }
    return found;
}

constexpr std::array kRefusedForWho{"AccessDenied", "NoPackageIdentity"};

bool refused_for_who(Outcome const& outcome)
{
    return std::find(kRefusedForWho.begin(), kRefusedForWho.end(), outcome.error) != kRefusedForWho.end();
}

TEST_P(CalledBy, ThoseWhoMayAndNobodyElse)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    m_member = app->connection.get();
    std::string const task = app->connection->must_register(this->task("Sync"));

    auto const by_app = call(*app->connection, task);
    if (GetParam().who == Who::User) {
        EXPECT_EQ(by_app.error, "AccessDenied") << by_app.text;
        EXPECT_EQ(by_app.text.substr(0, 10), "0x80070005");
    } else {
        EXPECT_FALSE(refused_for_who(by_app)) << by_app.text;
        EXPECT_NE(by_app.error, "NoSuchTask") << by_app.text;
    }
    // What the app did may have ended it.
    std::string const again = app->connection->must_register(this->task("Sync again"));
    auto const by_user = call(user, again);
    if (GetParam().who == Who::Package) {
        EXPECT_EQ(by_user.error, "NoPackageIdentity") << by_user.text;
        EXPECT_EQ(by_user.text.substr(0, 10), "0x80070490");
    } else {
        EXPECT_FALSE(refused_for_who(by_user)) << by_user.error << by_user.text;
    }
}

TEST_P(CalledBy, AnotherPackageTouchesNothingThatIsNotItsOwn)
{
    start();
    Connection user = connect();
    install(user);
    install(user, "Fabrikam.Feed");
    auto const app = member();
    auto const other = member("Fabrikam.Feed");
    std::string const task = app->connection->must_register(this->task("Sync"));
    std::string const method(GetParam().method);
    auto outcome = call(*other->connection, task);
    if (method == "Explain" || method == "Unregister" || method == "Attach") {
        EXPECT_EQ(outcome.error, "NoSuchTask") << outcome.text;
    }
    if (method == "List" || method == "ListPackages" || method == "Log") {
        ASSERT_TRUE(outcome);
        for (Dictionary const& one : outcome.message->read_dictionaries()) {
            EXPECT_TRUE(one.get<std::string>("package").starts_with("Fabrikam.Feed_"));
        }
    }
    ASSERT_EQ(user.list({{"package", kFamily}}).size(), 1U);
    EXPECT_EQ(user.explain(task).get<std::string>("state"), "idle");
    auto kept = app->connection->call("SettingsLookup", "", "key");
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept.message->read_values().empty());
}

INSTANTIATE_TEST_SUITE_P(Methods, CalledBy, testing::ValuesIn(broker::kRules),
                         [](auto const& row) { return std::string(row.param.method); });

TEST_F(BrokerTest, HasARuleForEachMethodOfTheDocumentAndNoOther)
{
    std::string const document = [] {
        std::ifstream file(LATCHKEY_SOURCE_DIR "/data/org.latchkey.Broker1.xml");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    std::string const begin = "<method name=\"";
    std::size_t methods = 0;
    for (auto at = document.find(begin); at != std::string::npos; at = document.find(begin, at + 1)) {
        auto const from = at + begin.size();
        std::string const name = document.substr(from, document.find('"', from) - from);
        EXPECT_NE(broker::find_rule(name), nullptr) << name;
        ++methods;
    }
    EXPECT_EQ(methods, broker::kRules.size());

    // And what is served is what the document says, argument by argument.
    start();
    Connection user = connect();
    Message introspect =
        user.bus.method_call("", "/org/latchkey/Broker1", "org.freedesktop.DBus.Introspectable", "Introspect");
    auto answer = user.send(introspect);
    ASSERT_TRUE(answer);
    EXPECT_EQ(arguments_of(answer.message->read_string()), arguments_of(document));
}

TEST_F(BrokerTest, TakesNothingThatAnAppLeftBehindForTheUser)
{
    start();
    Connection user = connect();
    std::filesystem::path const folder = write_package();
    // A session of its own, and when it has no parent any more it becomes a program of the user's.
    std::filesystem::remove(folder / "member");
    std::ofstream(folder / "member") << "#!/bin/sh\nsetsid -f " << (folder / "left").string() << "\nuntil [ -e "
                                     << (root / "apart").string() << " ]; do :; done\n";
    std::ofstream(folder / "left") << "#!/bin/sh\n: >" << (root / "apart").string() << "\nuntil grep -q '^PPid:.'"
                                   << broker() << "'$' /proc/$$/status; do :; done\n"
                                   << LATCHKEY_COMMAND << " deny Contoso.Mail >" << (root / "said").string()
                                   << " 2>&1\nmv " << (root / "said").string() << " " << (root / "done").string()
                                   << "\n";
    for (char const* script : {"member", "left"}) {
        std::filesystem::permissions(folder / script, std::filesystem::perms::owner_all);
    }
    ASSERT_TRUE(user.call("Install", folder.string(), Dictionary{{"in-place", true}, {"allow", true}}));
    Message launch = user.method("Launch");
    launch.write("Contoso.Mail").write(std::vector<std::string>()).write(std::vector<std::string>());
    launch.write_descriptors({});
    ASSERT_TRUE(user.send(launch));
    ASSERT_TRUE(user.eventually([&] { return std::filesystem::exists(root / "done"); }));
    std::ifstream file(root / "done");
    std::string const said{std::istreambuf_iterator<char>(file), {}};
    EXPECT_NE(said.find("left behind by an app"), std::string::npos) << said;
}

TEST_F(BrokerTest, BuriesWhatAnAppLeftBehind)
{
    start();
    Connection user = connect();
    std::filesystem::path const folder = write_package();
    std::string const number = root / "number";
    // It ends when the other, in a session of its own, has ended and waits for somebody to take note of that.
    std::filesystem::remove(folder / "member");
    std::ofstream(folder / "member") << "#!/bin/sh\nsetsid -f /bin/sh -c 'echo $$ >" << number << "'\n"
                                     << "until grep -q '^State:.Z' /proc/$(cat " << number << ")/status; do :; done\n";
    std::filesystem::permissions(folder / "member", std::filesystem::perms::owner_all);
    ASSERT_TRUE(user.call("Install", folder.string(), Dictionary{{"in-place", true}, {"allow", true}}));
    Message launch = user.method("Launch");
    launch.write("Contoso.Mail").write(std::vector<std::string>()).write(std::vector<std::string>());
    launch.write_descriptors({});
    auto launched = user.send(launch);
    ASSERT_TRUE(launched);
    std::string const app = "/proc/" + std::to_string(launched.message->read_uint32());
    EXPECT_TRUE(user.eventually([&] { return !std::filesystem::exists(app); }));
    std::string left;
    std::ifstream(number) >> left;
    EXPECT_TRUE(user.eventually([&] { return !std::filesystem::exists("/proc/" + left); }));
}

TEST_F(BrokerTest, TellsAnAppNothingOfPackagesThatAreDamaged)
{
    std::filesystem::create_directories(root / "state/installed");
    std::ofstream(root / "state/installed/Fabrikam.Feed_h91ms92gdsmmt") << "no record";
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    auto const knows = [](Connection& by) {
        auto outcome = by.call("Doctor");
        bool found = false;
        for (Dictionary const& one : outcome ? outcome.message->read_dictionaries() : std::vector<Dictionary>()) {
            found |= one.get<std::string>("text").find("Fabrikam") != std::string::npos;
        }
        return found;
    };
    EXPECT_TRUE(knows(user));
    EXPECT_FALSE(knows(*app->connection));
}

TEST_F(BrokerTest, TrustsNobodyWhoIsGone)
{
    start();
    Connection user = connect();
    install(user);
    auto app = member();
    app->kill(); // its connection lives on in the test, as one that was handed away would
    auto const outcome = app->connection->call("List", Dictionary());
    EXPECT_EQ(outcome.error, "AccessDenied") << "an app that ends must not be taken for the user";
}

} // namespace
} // namespace latchkey::test
