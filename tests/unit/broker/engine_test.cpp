// SPDX-License-Identifier: MIT
#include "broker/engine.h"
#include "broker/random_guid.h"

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

namespace latchkey::broker {
namespace {

using namespace core;
using namespace std::chrono_literals;

// Writes down what it is told to do, in words.
class Recorder final : public Carrier {
public:
    Now now() override { return {BootTime(1s), WallTime(1'000'000s), {}}; }
    void carry_out(effect::StartHost const&) override { done.push_back("StartHost"); }
    void carry_out(effect::StartInstance const&) override { done.push_back("StartInstance"); }
    void carry_out(effect::RequestCancel const&) override { done.push_back("RequestCancel"); }
    void carry_out(effect::TerminateHost const&) override { done.push_back("TerminateHost"); }
    void carry_out(effect::StopHost const&) override { done.push_back("StopHost"); }
    void carry_out(effect::FreezeHost const&) override { done.push_back("FreezeHost"); }
    void carry_out(effect::ThawHost const&) override { done.push_back("ThawHost"); }
    void carry_out(effect::TellSuspendedCount const&) override { done.push_back("TellSuspendedCount"); }
    void carry_out(effect::SetCpuBudget const&) override {} // tells nothing here
    void carry_out(effect::DeliverCompletion const&) override { done.push_back("DeliverCompletion"); }
    void carry_out(effect::DeliverProgress const&) override { done.push_back("DeliverProgress"); }
    void carry_out(effect::AskUser const& question) override
    {
        done.push_back("AskUser");
        asked = question.request;
    }
    void recorded(HistoryEvent const& event) override { done.push_back("event " + std::string(name_of(event.number))); }
    void registered(TaskId) override { done.push_back("registered"); }
    void unregistered(TaskId) override { done.push_back("unregistered"); }
    void turned(Demand demand) override { done.push_back(demand == Demand::Changed ? "turned, demand" : "turned"); }
    void failed(std::string const& why) override { done.push_back("failed: " + why); }

    std::vector<std::string> done;
    RequestId asked;
};

class EngineTest : public testing::Test {
protected:
    EngineTest()
    {
        std::string pattern = std::filesystem::temp_directory_path() / "latchkey-engine-XXXXXX";
        m_folder = ::mkdtemp(pattern.data());
        engine.emplace(loop, store::Store::open(m_folder + "/broker.db", {.new_installation = {1, 2}}, {}).value(),
                       policy_of(Profile::DeveloperPreview), recorder);
        auto declaration = std::make_shared<PackageDeclaration>();
        declaration->family = kFamily;
        declaration->version = "1.0.0.0";
        ManifestTaskTypes types(ManifestTaskType::SystemEvent);
        declaration->entry_points.push_back({"Tasks.Mail", types, HostKind::SystemHost, {}});
        engine->happened(event::PackageConfigured{declaration});
        engine->happened(event::ProcessesGone());
        engine->turn();
        recorder.done.clear();
    }
    ~EngineTest() override { std::filesystem::remove_all(m_folder); }

    void ask_to_register(std::optional<effect::Answer>& answer)
    {
        RegisterRequest request;
        request.task = TaskId{random_guid()};
        request.package = kFamily;
        request.name = "Sync";
        request.entry_point = "Tasks.Mail";
        request.trigger = system_trigger(SystemTriggerType::TimeZoneChange, false);
        engine->ask(event::Register{{}, request}, [&](effect::Answer const& said) {
            answer = said;
            recorder.done.push_back("answered");
        });
    }

    SharedText const kFamily{"Contoso"};
    std::string m_folder;
    ipc::EventLoop loop = ipc::EventLoop::create().value();
    Recorder recorder;
    std::optional<Engine> engine;
};

TEST_F(EngineTest, AnswersAfterTheCommitAndTellsThatTheDemandChanged)
{
    std::optional<effect::Answer> answer;
    ask_to_register(answer);
    EXPECT_FALSE(answer) << "nothing is done inside a call";
    while (!answer) {
        ASSERT_TRUE(loop.turn(1s).value());
    }
    ASSERT_TRUE(std::holds_alternative<TaskId>(*answer));
    EXPECT_EQ(recorder.done,
              (std::vector<std::string>{"event Registered", "registered", "answered", "turned, demand"}));
    EXPECT_TRUE(engine->rules().awaits(SystemTriggerType::TimeZoneChange));
}

TEST_F(EngineTest, HandlesWhatComesInAtOnceInOneTurn)
{
    std::optional<effect::Answer> first, second;
    ask_to_register(first);
    ask_to_register(second);
    engine->turn();
    EXPECT_TRUE(first && second);
    EXPECT_EQ(std::count(recorder.done.begin(), recorder.done.end(), "turned, demand"), 1);
    EXPECT_EQ(recorder.done.size(), 7U) << "both committed before the first answer";
    EXPECT_EQ(recorder.done[3], "registered");
}

TEST_F(EngineTest, StartsWhatFiredAndChangesNoDemandForThat)
{
    std::optional<effect::Answer> answer;
    ask_to_register(answer);
    engine->turn();
    recorder.done.clear();
    engine->happened(event::SystemTriggerFired{SystemTriggerType::TimeZoneChange, {}});
    engine->turn();
    EXPECT_EQ(recorder.done,
              (std::vector<std::string>{"event InstanceCreated", "StartHost", "StartInstance", "turned"}));
}

TEST_F(EngineTest, LetsSomebodyElseAnswerWhatAskedTheUser)
{
    std::optional<effect::Answer> answer;
    engine->ask(event::AccessRequested{{}, kFamily}, [&](effect::Answer const& said) { answer = said; });
    engine->turn();
    EXPECT_FALSE(answer);
    engine->answer(recorder.asked, BackgroundAccessStatus::Unspecified);
    EXPECT_TRUE(answer);
    answer.reset();
    engine->answer(recorder.asked, BackgroundAccessStatus::Denied);
    EXPECT_FALSE(answer) << "exactly once";
}

TEST_F(EngineTest, CarriesNothingOutWhenTheStoreFailsAndHandlesNothingMore)
{
    std::optional<effect::Answer> answer;
    ask_to_register(answer);
    engine->turn();
    recorder.done.clear();
    // The same instance number again is a commit that cannot succeed; nothing but a failing disk does it in life.
    InstanceRecord record;
    record.instance = InstanceId{1};
    record.task = std::get<TaskId>(*answer);
    Effects const effects{effect::SaveInstance{record}};
    ASSERT_TRUE(engine->store().commit(effects));
    engine->happened(event::SystemTriggerFired{SystemTriggerType::TimeZoneChange, {}});
    engine->turn();
    ASSERT_EQ(recorder.done.size(), 1U);
    EXPECT_EQ(recorder.done[0].substr(0, 7), "failed:");
    engine->happened(event::TimeReached());
    engine->turn();
    EXPECT_EQ(recorder.done.size(), 1U);
}

TEST_F(EngineTest, CommitsAFloodInTurnsOfALimitedSize)
{
    std::optional<effect::Answer> answers[2];
    for (std::size_t i = 0; i < kMaxEventsOfATurn - 1; ++i) {
        engine->happened(event::TimeReached());
    }
    ask_to_register(answers[0]);
    // What is always ready would hold the turn back for ever if it only came last.
    auto const busy = loop.soon([] {}).value();
    ASSERT_TRUE(loop.turn(0s).value());
    ASSERT_TRUE(loop.turn(0s).value());
    EXPECT_TRUE(answers[0]);
}

} // namespace
} // namespace latchkey::broker
