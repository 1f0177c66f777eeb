// SPDX-License-Identifier: MIT
#include "broker/authorisation.h"
#include "broker/descriptions.h"
#include "broker/task_words.h"
#include "support/broker_rig.h"

#include <set>

#include <gtest/gtest.h>

namespace latchkey::broker {
namespace {

using namespace core;
using test::BrokerRig;

class TaskWords : public testing::Test {
protected:
    TaskWords()
    {
        rig.install("Contoso");
        rig.install("Fabrikam");
        for (char const* family : {"Contoso", "Fabrikam"}) {
            auto request = rig.request(system_trigger(SystemTriggerType::TimeZoneChange, false));
            request.package = SharedText(family);
            request.name = "Sync";
            tasks.push_back(rig.must_register(request));
        }
    }
    BrokerRig rig;
    std::vector<TaskId> tasks;
};

TEST_F(TaskWords, NameATaskByIdNameAndPackageWithinWhatTheCallerMaySee)
{
    std::string const id = to_string(tasks[0].value);
    EXPECT_EQ(find_task(*rig.broker, id, "").value(), tasks[0]);
    EXPECT_EQ(find_task(*rig.broker, "{" + id + "}", "").value(), tasks[0]);
    EXPECT_EQ(find_task(*rig.broker, "Contoso/Sync", "").value(), tasks[0]);
    EXPECT_EQ(find_task(*rig.broker, "Sync", "Fabrikam").value(), tasks[1]);
    EXPECT_EQ(find_task(*rig.broker, id, "Fabrikam").error().name, "NoSuchTask") << "as if it were not there";
    auto const both = find_task(*rig.broker, "Sync", "");
    ASSERT_FALSE(both);
    EXPECT_EQ(both.error().name, "AmbiguousTask");
    EXPECT_NE(both.error().message.find("Fabrikam/Sync"), std::string::npos);
}

TEST_F(TaskWords, ShowNoControlCharactersOfAWordThatNamesNothing)
{
    auto const none = find_task(*rig.broker, "\x1b[2J", "");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().message.find('\x1b'), std::string::npos) << none.error().message;
}

TEST(Sentences, SayWhatHappenedForEveryEventWithoutAnOpenPlace)
{
    for (EventInfo const& row : kEvents) {
        HistoryEvent event;
        event.number = row.number;
        event.package = SharedText("Contoso");
        event.text = SharedText("why");
        std::string const text = sentence(event, "Sync", "Tasks.Mail");
        EXPECT_EQ(text.find('{'), std::string::npos) << text;
        EXPECT_FALSE(text.empty());
    }
    HistoryEvent event;
    event.number = EventNumber::InstanceReturned;
    event.first = static_cast<std::uint32_t>(kHostCrashed);
    event.text = SharedText("signal SIGSEGV in Tasks.Mail");
    EXPECT_EQ(sentence(event, "Sync", ""), "The instance of Sync returned 0x8007042b signal SIGSEGV in Tasks.Mail");
    event.number = EventNumber::InstanceCancelled;
    event.first = static_cast<std::int64_t>(CancellationReason::ConditionLoss);
    EXPECT_EQ(sentence(event, "Sync", ""),
              "The instance of Sync was cancelled (ConditionLoss: a condition no longer holds)");
    event.number = EventNumber::Latched;
    event.first = static_cast<std::int64_t>(Condition::InternetAvailable);
    event.second = 0;
    EXPECT_EQ(sentence(event, "Sync", ""), "Sync was latched: condition InternetAvailable has value false");
}

TEST(Sentences, OfNamesWithBracesAreNotFilledTwice)
{
    HistoryEvent event;
    event.number = EventNumber::Registered;
    EXPECT_EQ(sentence(event, "{package}{task}", ""), "{package}{task} was registered");
}

TEST(Sendable, IsAnyTextThatDBusTakes)
{
    EXPECT_EQ(sendable("Größe"), "Größe");
    EXPECT_EQ(sendable("a\xff"), "a?");
    EXPECT_EQ(sendable(std::string_view("a\0b", 3)), "a?b");
}

TEST(StateWords, AreOnlyThoseOfTheDocument)
{
    std::set<std::string_view> const documented{"idle",  "latched",     "buffered",  "running",
                                                "spent", "quarantined", "throttled", "not-allowed"};
    for (int verdict = 0; verdict <= static_cast<int>(Verdict::SessionEnding); ++verdict) {
        EXPECT_TRUE(documented.contains(state_word(static_cast<Verdict>(verdict)))) << verdict;
    }
}

TEST(Refusals, HaveANameOfTheDocumentAndTheirHResult)
{
    std::set<std::string_view> const documented{
        "ClassNotRegistered", "InvalidArgument", "NoPackageIdentity", "NotSupported",  "LimitExceeded",
        "AccessDenied",       "InvalidState",    "NoSuchTask",        "NoSuchPackage",
    };
    for (RefusalInfo const& row : kRefusals) {
        Refused const told = refused(row.refusal, "this");
        EXPECT_TRUE(documented.contains(told.name)) << row.name;
        EXPECT_EQ(told.result, row.result) << row.name;
        EXPECT_NE(told.message.find(": this"), std::string::npos);
    }
}

TEST(Rules, NameEachMethodOnce)
{
    std::set<std::string_view> names;
    for (Rule const& rule : kRules) {
        EXPECT_TRUE(names.insert(rule.method).second) << rule.method;
    }
    EXPECT_EQ(find_rule("Nothing"), nullptr);
}

} // namespace
} // namespace latchkey::broker
