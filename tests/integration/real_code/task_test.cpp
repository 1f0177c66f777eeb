// SPDX-License-Identifier: MIT
// What real tasks and their apps write against the classes. Compiling is most of the test: what needs a broker or a
// class of the runtime is called by nothing here, and tested with its own room.
#include <future>
#include <type_traits>

#include <gtest/gtest.h>
#include <winrt/Latchkey.ApplicationModel.Background.h>
#include <winrt/Latchkey.UI.Core.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Networking.PushNotifications.h>
#include <winrt/Windows.Storage.h>
#include <winrt/Windows.System.Threading.h>
#include <winrt/Windows.UI.Core.h>
#include <winrt/Windows.UI.Notifications.h>

using namespace winrt;
using namespace std::chrono_literals;
using namespace Windows::ApplicationModel::Background;
using namespace Windows::Foundation;
using namespace Windows::Foundation::Collections;
using namespace Windows::Storage;
using namespace Windows::System::Threading;

namespace app {

// A task in the style of the samples: periodic timer, progress, cancellation, a deferral as member.
struct PeriodicTask : implements<PeriodicTask, IBackgroundTask> {
    void Run(IBackgroundTaskInstance const& instance)
    {
        auto const cost = BackgroundWorkCost::CurrentBackgroundWorkCost();
        auto const settings = ApplicationData::Current().LocalSettings();
        settings.Values().Insert(L"BackgroundWorkCost", box_value(to_hstring(static_cast<int>(cost))));
        instance.Canceled({get_weak(), &PeriodicTask::on_canceled});
        m_deferral = instance.GetDeferral();
        m_instance = instance;
        m_timer = ThreadPoolTimer::CreatePeriodicTimer(
            [this, lifetime = get_strong()](ThreadPoolTimer const&) { on_tick(); }, 1s);
    }

    void on_canceled(IBackgroundTaskInstance const&, BackgroundTaskCancellationReason reason) { m_reason = reason; }

    void on_tick()
    {
        if (m_reason == BackgroundTaskCancellationReason::Abort && m_progress < 100) {
            m_instance.Progress(m_progress += 10);
            return;
        }
        m_timer.Cancel();
        ApplicationData::Current().LocalSettings().Values().Insert(m_instance.Task().Name(), box_value(L"done"));
        m_deferral.Complete();
    }

    BackgroundTaskDeferral m_deferral{nullptr};
    IBackgroundTaskInstance m_instance{nullptr};
    ThreadPoolTimer m_timer{nullptr};
    BackgroundTaskCancellationReason m_reason{};
    uint32_t m_progress = 0;
};

struct PushTask : implements<PushTask, IBackgroundTask> {
    fire_and_forget Run(IBackgroundTaskInstance const& given)
    {
        auto const instance = given;
        auto const deferral = instance.GetDeferral();
        if (auto const raw =
                instance.TriggerDetails().try_as<Windows::Networking::PushNotifications::RawNotification>()) {
            auto const content = raw.Content();
            co_await resume_background();
            ApplicationData::Current().LocalSettings().Values().Insert(L"push", box_value(content));
        }
        if (auto const toast =
                instance.TriggerDetails().try_as<Windows::UI::Notifications::ToastNotificationActionTriggerDetail>()) {
            for (auto const& [name, value] : toast.UserInput())
                co_await store(name, unbox_value_or<hstring>(value, L""));
        }
        deferral.Complete();
    }

    IAsyncAction store(hstring name, hstring text)
    {
        auto const lifetime = get_strong();
        auto const folder = ApplicationData::Current().LocalFolder();
        auto const file = co_await folder.CreateFileAsync(name, CreationCollisionOption::ReplaceExisting);
        co_await file.RenameAsync(text);
    }
};

struct Registrar {
    BackgroundTaskRegistration register_task(hstring const& entry_point, hstring const& name,
                                             IBackgroundTrigger const& trigger, IBackgroundCondition const& condition)
    {
        for (auto const& [id, task] : BackgroundTaskRegistration::AllTasks()) {
            if (task.Name() == name && id != guid{}) task.Unregister(true);
        }
        BackgroundTaskBuilder builder;
        builder.Name(name);
        if (!entry_point.empty()) builder.TaskEntryPoint(entry_point);
        builder.SetTrigger(trigger);
        if (condition != nullptr) {
            builder.AddCondition(condition);
            builder.CancelOnConditionLoss(true);
        }
        builder.IsNetworkRequested(true);
        builder.TaskGroup(BackgroundTaskRegistrationGroup{L"group", L"A group"});
        auto const task = builder.Register();
        m_revoker = task.Progress(auto_revoke, [](auto const&, BackgroundTaskProgressEventArgs const& args) {
            static_cast<void>(L"Progress: " + to_hstring(args.Progress()) + L"%");
        });
        task.Completed([](auto&&, BackgroundTaskCompletedEventArgs const& args) { args.CheckResult(); });
        return task;
    }

    IAsyncAction every_trigger()
    {
        auto const status = co_await BackgroundExecutionManager::RequestAccessAsync();
        if (status == BackgroundAccessStatus::DeniedByUser || status == BackgroundAccessStatus::Unspecified) co_return;
        register_task(L"Tasks.Timer", L"timer", TimeTrigger{15, false},
                      SystemCondition{SystemConditionType::InternetAvailable});
        register_task(L"Tasks.Maintenance", L"maintenance", MaintenanceTrigger{60, true}, nullptr);
        register_task(L"Tasks.Push", L"push", PushNotificationTrigger{}, nullptr);
        register_task(L"Tasks.Toast", L"toast", ToastNotificationActionTrigger{L"App"}, nullptr);
        register_task(L"Tasks.Socket", L"socket", SocketActivityTrigger{}, nullptr);
        register_task(L"Tasks.Preview", L"preview",
                      Latchkey::ApplicationModel::Background::PreviewTrigger{
                          Latchkey::ApplicationModel::Background::PreviewTriggerType::SessionStart, true},
                      nullptr);
        ApplicationTrigger const trigger;
        register_task(L"Tasks.App", L"app", trigger, nullptr);
        ValueSet arguments;
        arguments.Insert(L"key", box_value(std::wstring{L"value"}));
        auto const result = co_await trigger.RequestAsync(arguments);
        if (result == ApplicationTriggerResult::CurrentlyRunning &&
            BackgroundExecutionManager::GetAccessStatus() == BackgroundAccessStatus::AllowedSubjectToSystemPolicy)
            BackgroundExecutionManager::RemoveAccess();
    }

    BackgroundTaskRegistration::Progress_revoker m_revoker;
};

fire_and_forget show(Windows::UI::Core::CoreDispatcher dispatcher, hstring text, hstring& shown)
{
    co_await resume_background();
    co_await resume_foreground(dispatcher);
    co_await dispatcher.RunAsync(Windows::UI::Core::CoreDispatcherPriority::Normal, [&] { shown = text; });
    dispatcher.StopProcessEvents();
}

} // namespace app

TEST(RealCode, TasksInTheStyleOfTheSamplesAreObjectsWithTheRightInterface)
{
    auto const periodic = make<app::PeriodicTask>();
    auto const push = make<app::PushTask>();
    EXPECT_TRUE(periodic.try_as<IBackgroundTask>() && push.try_as<IBackgroundTask>());
    // Never called here: instantiating them is what is tested.
    EXPECT_NE(&app::Registrar::every_trigger, nullptr);
}

TEST(RealCode, TriggersGoWhereABackgroundTriggerIsWanted)
{
    static_assert(std::is_convertible_v<SystemTrigger, IBackgroundTrigger>);
    static_assert(std::is_convertible_v<ApplicationTrigger, IBackgroundTrigger>);
    static_assert(std::is_convertible_v<SystemCondition, IBackgroundCondition>);
    static_assert(std::is_convertible_v<BackgroundTaskRegistration, IBackgroundTaskRegistration>);
    static_assert(std::is_convertible_v<ApplicationDataContainerSettings, IPropertySet>);
    static_assert(std::is_convertible_v<Latchkey::ApplicationModel::Background::PreviewTrigger, IBackgroundTrigger>);
}

TEST(RealCode, EnumerationsHaveWindowsValues)
{
    EXPECT_EQ(static_cast<int>(SystemTriggerType::TimeZoneChange), 11);
    EXPECT_EQ(static_cast<int>(SystemConditionType::InternetAvailable), 3);
    EXPECT_EQ(static_cast<int>(Windows::UI::Core::CoreDispatcherPriority::Idle), -2);
    EXPECT_EQ(static_cast<uint32_t>(FileAttributes::Archive | FileAttributes::ReadOnly), 33u);
}

TEST(RealCode, TextReachesItsThreadThroughTheDispatcher)
{
    auto const dispatcher = Latchkey::UI::Core::RunLoop::GetForCurrentThread();
    hstring shown;
    app::show(dispatcher, L"hello", shown);
    dispatcher.ProcessEvents(Windows::UI::Core::CoreProcessEventsOption::ProcessUntilQuit);
    EXPECT_EQ(shown, L"hello");
    EXPECT_TRUE(dispatcher.HasThreadAccess());
}

TEST(RealCode, ArgumentsTravelInAValueSet)
{
    ValueSet arguments;
    EXPECT_FALSE(arguments.Insert(L"key", box_value(std::wstring{L"value"})));
    EXPECT_EQ(unbox_value<hstring>(arguments.Lookup(L"key")), L"value");
    EXPECT_FALSE(arguments.TryLookup(L"none"));
    for (auto const& [name, value] : arguments)
        EXPECT_EQ(name + unbox_value<hstring>(value), L"keyvalue");
}

TEST(RealCode, TimersTickOnThePool)
{
    std::promise<TimeSpan> elapsed;
    auto const timer = ThreadPoolTimer::CreateTimer(
        [&elapsed](ThreadPoolTimer const& sender) { elapsed.set_value(sender.Delay()); }, 1ms);
    EXPECT_EQ(elapsed.get_future().get(), 1ms);
}

TEST(RealCode, TriggersKeepWhatTheyWereMadeOf)
{
    SystemTrigger const system{SystemTriggerType::TimeZoneChange, true};
    EXPECT_EQ(system.TriggerType(), SystemTriggerType::TimeZoneChange);
    EXPECT_TRUE(system.OneShot());
    EXPECT_EQ(TimeTrigger(15, false).FreshnessTime(), 15u);
    Latchkey::ApplicationModel::Background::PreviewTrigger const preview{
        Latchkey::ApplicationModel::Background::PreviewTriggerType::SessionStart, false};
    IBackgroundTrigger const trigger = preview;
    EXPECT_EQ(trigger.as<Latchkey::ApplicationModel::Background::PreviewTrigger>(), preview);
}
