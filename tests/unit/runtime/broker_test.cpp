// SPDX-License-Identifier: MIT
// The classes of Windows.ApplicationModel.Background against a broker that answers what a test says.
#include "ipc/dictionary_bytes.h"
#include "latchkey/runtime.h"
#include "support/pretend_broker.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <winrt/Latchkey.ApplicationModel.Background.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>

namespace {

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation::Collections;
using latchkey::ipc::BusError;
using latchkey::ipc::Dictionary;
using latchkey::ipc::Message;
using latchkey::testing::PretendBroker;
using testing::ElementsAre;
using Answer = latchkey::ipc::Answer<Message>;

constexpr char kTask[] = "11111111-2222-3333-4444-555555555555";
constexpr char kInstance[] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

Answer refuse(std::string name, std::string message)
{
    return tl::unexpected(BusError{"org.latchkey.Error." + name, std::move(message)});
}

template <typename F>
hresult_error failure_of(F&& call)
{
    try {
        call();
    } catch (hresult_error const& error) {
        return error;
    }
    return hresult_error(0);
}

hresult code(uint32_t value)
{
    return static_cast<int32_t>(value);
}

// What handlers saw, for a thread that waits.
template <typename T>
class Seen {
public:
    void add(T value)
    {
        std::lock_guard const guard(m_lock);
        m_values.push_back(std::move(value));
        m_changed.notify_all();
    }
    // The next one; nothing after five seconds.
    std::optional<T> next()
    {
        std::unique_lock guard(m_lock);
        if (!m_changed.wait_for(guard, std::chrono::seconds(5), [&] { return !m_values.empty(); })) return std::nullopt;
        T value = std::move(m_values.front());
        m_values.pop_front();
        return value;
    }
    bool none() const
    {
        std::lock_guard const guard(m_lock);
        return m_values.empty();
    }

private:
    mutable std::mutex m_lock;
    std::condition_variable m_changed;
    std::deque<T> m_values;
};

class Background : public testing::Test {
protected:
    static PretendBroker& broker() { return PretendBroker::of_process(); }
    void SetUp() override { broker().take_calls(); }
    void TearDown() override { answers({}); }
    // Of everything but who the program is.
    static void answers(PretendBroker::Answer answer)
    {
        if (!answer) return broker().answers({});
        broker().answers([answer = std::move(answer)](std::string const& member, Message& call) -> Answer {
            return member == "WhoAmI" ? PretendBroker::reply(call, broker().identity()) : answer(member, call);
        });
    }

    // A registration, as a broker lists it.
    static Dictionary row(std::string trigger = "TimeZoneChange", std::string group = "")
    {
        return {{"id", kTask},    {"name", "sync"},       {"trigger", trigger},     {"one-shot", true},
                {"group", group}, {"group-name", "Mail"}, {"entry-point", "A.Sync"}};
    }
    static BackgroundTaskRegistration registered()
    {
        answers([](std::string const& member, Message& call) -> Answer {
            if (member == "Register") return PretendBroker::reply(call, std::string(kTask));
            return PretendBroker::reply(call);
        });
        BackgroundTaskBuilder builder;
        builder.Name(L"sync");
        builder.SetTrigger(TimeTrigger{15, false});
        return builder.Register();
    }
};

TEST_F(Background, RegisterSendsEverythingThatTheBuilderWasTold)
{
    Dictionary sent;
    answers([&](std::string const&, Message& call) -> Answer {
        sent = call.read_dictionary();
        return PretendBroker::reply(call, std::string(kTask));
    });
    BackgroundTaskBuilder builder;
    builder.Name(L"sync");
    builder.TaskEntryPoint(L"Tasks.Sync");
    builder.SetTrigger(SystemTrigger{SystemTriggerType::TimeZoneChange, true});
    builder.AddCondition(SystemCondition{SystemConditionType::UserPresent});
    builder.AddCondition(SystemCondition{SystemConditionType::InternetAvailable});
    builder.CancelOnConditionLoss(true);
    builder.IsNetworkRequested(true);
    builder.TaskGroup(BackgroundTaskRegistrationGroup{L"mail", L"Mail"});
    BackgroundTaskRegistration const task = builder.Register();

    EXPECT_EQ(task.TaskId(), guid{kTask});
    EXPECT_EQ(task.Name(), L"sync");
    EXPECT_EQ(task.Trigger().as<SystemTrigger>().TriggerType(), SystemTriggerType::TimeZoneChange);
    EXPECT_EQ(task.TaskGroup().Id(), L"mail");
    std::vector<std::string> const conditions{"UserPresent", "InternetAvailable"};
    EXPECT_EQ(sent, (Dictionary{{"name", "sync"},
                                {"entry-point", "Tasks.Sync"},
                                {"trigger", "TimeZoneChange"},
                                {"one-shot", true},
                                {"trigger-id", ""},
                                {"conditions", conditions},
                                {"cancel-on-condition-loss", true},
                                {"network-requested", true},
                                {"group", "mail"},
                                {"group-name", "Mail"}}));
}

TEST_F(Background, EachTriggerHasItsWords)
{
    using winrt::Latchkey::ApplicationModel::Background::PreviewTrigger;
    using winrt::Latchkey::ApplicationModel::Background::PreviewTriggerType;
    Dictionary sent;
    answers([&](std::string const&, Message& call) -> Answer {
        sent = call.read_dictionary();
        return PretendBroker::reply(call, std::string(kTask));
    });
    auto const words = [&](IBackgroundTrigger const& trigger) {
        BackgroundTaskBuilder builder;
        builder.SetTrigger(trigger);
        builder.Register();
        return sent.get<std::string>("trigger") + "|" + sent.get<std::string>("trigger-id") +
               (sent.get<bool>("one-shot") ? "|once" : "");
    };
    EXPECT_EQ(words(TimeTrigger(15, true)), "TimeTrigger:15||once");
    EXPECT_EQ(words(MaintenanceTrigger(60, false)), "MaintenanceTrigger:60|");
    EXPECT_EQ(words(ApplicationTrigger{}), "ApplicationTrigger|");
    EXPECT_EQ(words(PushNotificationTrigger{L"App"}), "PushNotificationTrigger|App");
    EXPECT_EQ(words(ToastNotificationActionTrigger{}), "ToastNotificationActionTrigger|");
    EXPECT_EQ(words(LocationTrigger{LocationTriggerType::Geofence}), "LocationTrigger|");
    EXPECT_EQ(words(CustomSystemEventTrigger{L"id", CustomSystemEventTriggerRecurrence::Once}),
              "CustomSystemEventTrigger|id|once");
    EXPECT_EQ(words(PreviewTrigger{PreviewTriggerType::SessionStart, true}), "SessionStart||once");
    EXPECT_EQ(words(EmailStoreNotificationTrigger{}), "EmailStoreNotificationTrigger|");
    for (int32_t type = 1; type <= 15; ++type) {
        std::string const word = words(SystemTrigger{static_cast<SystemTriggerType>(type), false});
        EXPECT_GT(word.size(), 5u) << type;
    }
}

TEST_F(Background, RegisterRefusesWhatHasNoMeaningWithoutAskingTheBroker)
{
    BackgroundTaskBuilder builder;
    EXPECT_EQ(failure_of([&] { builder.Register(); }).code(), code(0x80070057));
    builder.SetTrigger(SystemTrigger{SystemTriggerType::Invalid, false});
    EXPECT_EQ(failure_of([&] { builder.Register(); }).code(), code(0x80070057));
    builder.SetTrigger(SystemTrigger{static_cast<SystemTriggerType>(99), false});
    EXPECT_EQ(failure_of([&] { builder.Register(); }).code(), code(0x80070057));
    builder.SetTrigger(TimeTrigger{15, false});
    builder.AddCondition(SystemCondition{SystemConditionType::Invalid});
    EXPECT_EQ(failure_of([&] { builder.Register(); }).code(), code(0x80070057));

    struct OwnTrigger : implements<OwnTrigger, IBackgroundTrigger> {};
    BackgroundTaskBuilder other;
    other.SetTrigger(make<OwnTrigger>());
    EXPECT_EQ(failure_of([&] { other.Register(); }).code(), code(0x80070032));
    EXPECT_THAT(broker().take_calls(), ElementsAre());
}

TEST_F(Background, RefusalsOfTheBrokerKeepTheirHresultAndText)
{
    struct Refusal {
        char const* name;
        char const* message;
        uint32_t result;
    };
    for (Refusal const& refusal :
         {Refusal{"ClassNotRegistered", "0x80040154 Tasks.Sync is not in AppxManifest.xml", 0x80040154},
          Refusal{"InvalidArgument", "0x80070057 text", 0x80070057},
          Refusal{"LimitExceeded", "0x80070718 text", 0x80070718},
          Refusal{"NotSupported", "0x80070032 text", 0x80070032},
          Refusal{"NoPackageIdentity", "0x80070490 text", 0x80070490}, Refusal{"Storage", "no number", 0x80004005},
          Refusal{"Strange", "0x00000000 text", 0x80004005}, Refusal{"Strange", "0x8007", 0x80004005}}) {
        answers([&](std::string const&, Message&) { return refuse(refusal.name, refusal.message); });
        BackgroundTaskBuilder builder;
        builder.SetTrigger(TimeTrigger{15, false});
        hresult_error const failure = failure_of([&] { builder.Register(); });
        EXPECT_EQ(failure.code(), code(refusal.result)) << refusal.message;
    }
    answers([&](std::string const&, Message&) {
        return refuse("ClassNotRegistered", "0x80040154 Tasks.Sync is not declared in AppxManifest.xml");
    });
    BackgroundTaskBuilder builder;
    builder.SetTrigger(TimeTrigger{15, false});
    EXPECT_EQ(failure_of([&] { builder.Register(); }).message(),
              L"BackgroundTaskBuilder.Register: Tasks.Sync is not declared in AppxManifest.xml");
}

TEST_F(Background, AllTasksAreThoseOfTheBroker)
{
    Dictionary asked;
    answers([&](std::string const&, Message& call) -> Answer {
        asked = call.read_dictionary();
        return PretendBroker::reply(call, std::vector<Dictionary>{row("TimeTrigger:30")});
    });
    auto const tasks = BackgroundTaskRegistration::AllTasks();
    ASSERT_EQ(tasks.Size(), 1u);
    EXPECT_EQ(asked, (Dictionary{{"group", ""}, {"all-groups", false}}));
    for (auto const& [id, task] : tasks) {
        EXPECT_EQ(id, guid{kTask});
        EXPECT_EQ(task.Name(), L"sync");
        auto const trigger = task.as<IBackgroundTaskRegistration2>().Trigger().as<TimeTrigger>();
        EXPECT_EQ(trigger.FreshnessTime(), 30u);
        EXPECT_TRUE(trigger.OneShot());
        EXPECT_EQ(task.as<IBackgroundTaskRegistration3>().TaskGroup(), nullptr);
    }
}

TEST_F(Background, GroupsAreMadeOfTheirTasks)
{
    answers([&](std::string const&, Message& call) -> Answer {
        Dictionary const asked = call.read_dictionary();
        bool const mail = asked.empty() || asked.get<std::string>("group") == "mail";
        return PretendBroker::reply(call, mail ? std::vector<Dictionary>{row("TimeTrigger:15", "mail")}
                                               : std::vector<Dictionary>());
    });
    auto const groups = BackgroundTaskRegistration::AllTaskGroups();
    ASSERT_EQ(groups.Size(), 1u);
    EXPECT_EQ(groups.Lookup(L"mail").Name(), L"Mail");
    EXPECT_EQ(BackgroundTaskRegistration::GetTaskGroup(L"other"), nullptr);
    BackgroundTaskRegistrationGroup const group = BackgroundTaskRegistration::GetTaskGroup(L"mail");
    EXPECT_EQ(group.AllTasks().Lookup(guid{kTask}).TaskGroup().Id(), L"mail");
    EXPECT_EQ(BackgroundTaskRegistrationGroup{L"other"}.AllTasks(), nullptr);
}

TEST_F(Background, UnregisterSaysWhetherToCancel)
{
    BackgroundTaskRegistration const task = registered();
    std::string unregistered;
    answers([&](std::string const& member, Message& call) -> Answer {
        unregistered = member + " " + call.read_string();
        if (call.read_bool()) unregistered += " cancel";
        return PretendBroker::reply(call);
    });
    task.Unregister(true);
    EXPECT_EQ(unregistered, std::string("Unregister ") + kTask + " cancel");
    task.Unregister(false);
    EXPECT_EQ(unregistered, std::string("Unregister ") + kTask);
}

TEST_F(Background, HandlersGetWhatTheBrokerSaysAndCompletionsAreAcknowledged)
{
    Seen<uint32_t> progress;
    Seen<std::pair<guid, hresult>> completed;
    event_token tokens[2];
    {
        // The registration's objects may go; its handlers stay.
        BackgroundTaskRegistration const task = registered();
        tokens[0] =
            task.Progress([&](BackgroundTaskRegistration const& sender, BackgroundTaskProgressEventArgs const& args) {
                EXPECT_EQ(sender.TaskId(), guid{kTask});
                EXPECT_EQ(sender.Name(), L"sync");
                EXPECT_EQ(args.InstanceId(), guid{kInstance});
                progress.add(args.Progress());
            });
        tokens[1] = task.Completed([&](auto const&, BackgroundTaskCompletedEventArgs const& args) {
            completed.add({args.InstanceId(), failure_of([&] { args.CheckResult(); }).code()});
        });
    }
    ASSERT_TRUE(broker().was_called("Attach"));
    broker().progress(kTask, kInstance, 40);
    EXPECT_EQ(progress.next(), 40u);
    broker().completed(kTask, kInstance, 0, "");
    EXPECT_EQ(completed.next(), std::pair(guid{kInstance}, hresult(0)));
    EXPECT_TRUE(broker().was_called("Acknowledge"));
    BackgroundTaskRegistration const again = registered();
    again.Progress(tokens[0]);
    again.Completed(tokens[1]);
}

TEST_F(Background, ACompletionIsAcknowledgedWhenItsHandlerHasItAndNotBefore)
{
    char const* const instance = "aaaaaaaa-bbbb-cccc-dddd-000000000003";
    BackgroundTaskRegistration const task = registered();
    Seen<std::vector<std::string>> called;
    event_token const token = task.Completed([&](auto const&, auto const&) { called.add(broker().take_calls()); });
    broker().take_calls();
    broker().completed(kTask, instance, 0, "");
    auto const before = called.next();
    ASSERT_TRUE(before.has_value());
    EXPECT_THAT(*before, ElementsAre()) << "a program that is killed in its handler loses the completion";
    EXPECT_TRUE(broker().was_called("Acknowledge"));
    task.Completed(token);
}

TEST_F(Background, CheckResultThrowsWhatTheTaskThrew)
{
    BackgroundTaskRegistration const task = registered();
    Seen<hresult_error> failures;
    event_token const token = task.Completed([&](auto const&, BackgroundTaskCompletedEventArgs const& args) {
        failures.add(failure_of([&] { args.CheckResult(); }));
    });
    broker().completed(kTask, "aaaaaaaa-bbbb-cccc-dddd-000000000001", static_cast<int32_t>(0x80004001), "not yet done");
    auto const failure = failures.next();
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), code(0x80004001));
    EXPECT_EQ(failure->message(), L"not yet done");
    task.Completed(token);
}

TEST_F(Background, ACompletionThatCameWithoutAHandlerWaitsForOneAndOneThatComesTwiceIsHandedOnOnce)
{
    char const* const instance = "aaaaaaaa-bbbb-cccc-dddd-000000000002";
    BackgroundTaskRegistration const task = registered();
    Seen<uint32_t> progress;
    Seen<guid> completed;
    event_token const first = task.Progress([&](auto const&, auto const& args) { progress.add(args.Progress()); });
    broker().take_calls();
    broker().completed(kTask, instance, 0, "");
    broker().progress(kTask, instance, 7);
    ASSERT_EQ(progress.next(), 7u); // what came before it has been looked at
    EXPECT_THAT(broker().take_calls(), ElementsAre());

    event_token const second = task.Completed([&](auto const&, auto const& args) { completed.add(args.InstanceId()); });
    EXPECT_EQ(completed.next(), guid{instance});
    broker().completed(kTask, instance, 0, "");
    broker().progress(kTask, instance, 8);
    ASSERT_EQ(progress.next(), 8u);
    EXPECT_TRUE(completed.none());
    task.Progress(first);
    task.Completed(second);
}

TEST_F(Background, AHandlerMayCallTheBroker)
{
    BackgroundTaskRegistration const task = registered();
    Seen<uint32_t> sizes;
    event_token const token = task.Completed([&](auto const&, auto const&) {
        answers([](std::string const&, Message& call) -> Answer {
            return PretendBroker::reply(call, std::vector<Dictionary>{row()});
        });
        sizes.add(BackgroundTaskRegistration::AllTasks().Size());
    });
    broker().completed(kTask, "aaaaaaaa-bbbb-cccc-dddd-000000000003", 0, "");
    EXPECT_EQ(sizes.next(), 1u);
    task.Completed(token);
}

TEST_F(Background, ABrokerThatComesBackIsAskedAgainAndToldOfTheHandlers)
{
    BackgroundTaskRegistration const task = registered();
    Seen<uint32_t> progress;
    event_token const token = task.Progress([&](auto const&, auto const& args) { progress.add(args.Progress()); });
    broker().take_calls();
    broker().end_connections();
    answers([](std::string const& member, Message& call) -> Answer {
        if (member == "List") return PretendBroker::reply(call, std::vector<Dictionary>{row()});
        return PretendBroker::reply(call);
    });
    EXPECT_EQ(BackgroundTaskRegistration::AllTasks().Size(), 1u);
    EXPECT_THAT(broker().take_calls(), testing::Contains("Attach"));
    broker().progress(kTask, kInstance, 99);
    EXPECT_EQ(progress.next(), 99u);
    task.Progress(token);
}

TEST_F(Background, AProgramThatOnlyListensFindsTheNextBrokerByItself)
{
    BackgroundTaskRegistration const task = registered();
    Seen<uint32_t> progress;
    event_token const token = task.Progress([&](auto const&, auto const& args) { progress.add(args.Progress()); });
    broker().take_calls();
    broker().end_connections();
    ASSERT_TRUE(broker().was_called("Attach"));
    broker().progress(kTask, kInstance, 5);
    EXPECT_EQ(progress.next(), 5u);
    task.Progress(token);
}

TEST_F(Background, AHandlerIsNotAddedWhenTheBrokerRefusesIt)
{
    BackgroundTaskRegistration const task = registered();
    answers([](std::string const&, Message&) { return refuse("NoSuchTask", "0x80070490 no registration"); });
    EXPECT_EQ(failure_of([&] { task.Completed([](auto const&, auto const&) {}); }).code(), code(0x80070490));
}

TEST_F(Background, AccessAndCostAreTheBrokersNumbers)
{
    answers([](std::string const& member, Message& call) -> Answer {
        if (member == "RequestAccess") return PretendBroker::reply(call, std::int32_t{5});
        if (member == "GetAccess") return PretendBroker::reply(call, std::int32_t{7});
        if (member == "GetWorkCost") return PretendBroker::reply(call, std::int32_t{2});
        return PretendBroker::reply(call);
    });
    EXPECT_EQ(BackgroundExecutionManager::RequestAccessAsync().get(),
              BackgroundAccessStatus::AllowedSubjectToSystemPolicy);
    EXPECT_EQ(BackgroundExecutionManager::GetAccessStatus(), BackgroundAccessStatus::DeniedByUser);
    using Kind = BackgroundAccessRequestKind;
    EXPECT_TRUE(BackgroundExecutionManager::RequestAccessKindAsync(Kind::AllowedSubjectToSystemPolicy, L"").get());
    EXPECT_FALSE(BackgroundExecutionManager::RequestAccessKindAsync(Kind::AlwaysAllowed, L"").get());
    BackgroundExecutionManager::RemoveAccess();
    EXPECT_EQ(BackgroundWorkCost::CurrentBackgroundWorkCost(), BackgroundWorkCostValue::High);
    EXPECT_THAT(broker().take_calls(), testing::Contains("RemoveAccess"));
}

TEST_F(Background, AnApplicationTriggersArgumentsArriveAsTheTasksDetails)
{
    Dictionary sent;
    answers([&](std::string const&, Message& call) -> Answer {
        sent = call.read_dictionary();
        return PretendBroker::reply(call, std::int32_t{1});
    });
    ValueSet inner;
    inner.Insert(L"flag", box_value(true));
    ValueSet arguments;
    arguments.Insert(L"text", box_value(L"Grüße"));
    arguments.Insert(L"number", box_value(int64_t{-5}));
    arguments.Insert(L"ratio", box_value(0.5f));
    arguments.Insert(L"id", box_value(guid{kTask}));
    arguments.Insert(L"nothing", nullptr);
    arguments.Insert(L"inner", inner);
    ApplicationTrigger const trigger;
    EXPECT_EQ(trigger.RequestAsync(arguments).get(), ApplicationTriggerResult::CurrentlyRunning);
    EXPECT_EQ(trigger.RequestAsync().get(), ApplicationTriggerResult::CurrentlyRunning);
    EXPECT_TRUE(sent.empty());
    trigger.RequestAsync(arguments).get();

    std::string const bytes = latchkey::ipc::bytes_of(sent).value();
    void* made = nullptr;
    ASSERT_EQ(LatchkeyMakeTriggerDetails("ApplicationTrigger", bytes.data(), bytes.size(), &made), 0);
    Windows::Foundation::IInspectable const details{made, take_ownership_from_abi};
    ValueSet const arrived = details.as<ApplicationTriggerDetails>().Arguments();
    EXPECT_EQ(arrived.Size(), 6u);
    EXPECT_EQ(unbox_value<hstring>(arrived.Lookup(L"text")), L"Grüße");
    EXPECT_EQ(unbox_value<int64_t>(arrived.Lookup(L"number")), -5);
    EXPECT_EQ(unbox_value<float>(arrived.Lookup(L"ratio")), 0.5f);
    EXPECT_EQ(unbox_value<guid>(arrived.Lookup(L"id")), guid{kTask});
    EXPECT_EQ(arrived.Lookup(L"nothing"), nullptr);
    EXPECT_TRUE(unbox_value<bool>(arrived.Lookup(L"inner").as<ValueSet>().Lookup(L"flag")));
}

TEST_F(Background, ATasksDetailsAreNothingForOtherKindsAndAnErrorForOtherBytes)
{
    void* made = &made;
    EXPECT_EQ(LatchkeyMakeTriggerDetails("", nullptr, 0, &made), 0);
    EXPECT_EQ(made, nullptr);
    EXPECT_EQ(LatchkeyMakeTriggerDetails("ApplicationTrigger", "?", 1, &made), static_cast<int32_t>(0x80070057));
    EXPECT_EQ(made, nullptr);
}

TEST_F(Background, AHostMakesATasksRegistrationWithoutTheBroker)
{
    LatchkeyGuid const id{0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
    void* made = nullptr;
    ASSERT_EQ(LatchkeyMakeTaskRegistration(&id, get_abi(hstring{L"sync"}), "TimeTrigger:15!", &made), 0);
    BackgroundTaskRegistration const task{made, take_ownership_from_abi};
    EXPECT_EQ(task.TaskId(), guid{kTask});
    EXPECT_EQ(task.Name(), L"sync");
    EXPECT_TRUE(task.Trigger().as<TimeTrigger>().OneShot());
    EXPECT_THAT(broker().take_calls(), ElementsAre());
    // What the activation does not say is asked for.
    answers([](std::string const&, Message& call) -> Answer {
        return PretendBroker::reply(call, std::vector<Dictionary>{row("TimeTrigger:15", "mail")});
    });
    EXPECT_EQ(task.TaskGroup().Id(), L"mail");
}

TEST_F(Background, AChildOfForkHasAConnectionOfItsOwn)
{
    answers([](std::string const&, Message& call) -> Answer {
        return PretendBroker::reply(call, std::vector<Dictionary>{row()});
    });
    ASSERT_EQ(BackgroundTaskRegistration::AllTasks().Size(), 1u);
    pid_t const child = fork();
    if (child == 0) {
        alarm(10);
        _exit(BackgroundTaskRegistration::AllTasks().Size() == 1 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(BackgroundTaskRegistration::AllTasks().Size(), 1u);
}

TEST_F(Background, WithoutABrokerTheFailureSaysWhatWasTried)
{
    broker().stop();
    setenv("LATCHKEY_ROOT", "/proc/no-such-folder", 1);
    hresult_error const failure = failure_of([] { BackgroundTaskRegistration::AllTasks(); });
    setenv("LATCHKEY_ROOT", broker().root().c_str(), 1);
    broker().start();
    EXPECT_EQ(failure.code(), code(0x800706BA));
    std::wstring const said{failure.message()};
    EXPECT_TRUE(said.starts_with(L"BackgroundTaskRegistration.AllTasks: ")) << to_string(said);
    EXPECT_GT(said.size(), 50u);
}

} // namespace
