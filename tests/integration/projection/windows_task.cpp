// SPDX-License-Identifier: MIT
// Compiled against headers made from Windows' own metadata: the ways in which tasks written for Windows use the
// projection. Never run; main only keeps the functions in use.
#include <winrt/Windows.ApplicationModel.AppService.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Data.Json.h>
#include <winrt/Windows.Data.Xml.Dom.h>
#include <winrt/Windows.Devices.Bluetooth.Advertisement.h>
#include <winrt/Windows.Devices.Enumeration.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.Streams.h>
#include <winrt/Windows.Storage.h>
#include <winrt/Windows.System.Threading.h>
#include <winrt/Windows.UI.Core.h>
#include <winrt/Windows.UI.Notifications.h>

using namespace winrt;
using namespace Windows::ApplicationModel::AppService;
using namespace Windows::ApplicationModel::Background;
using namespace Windows::Data::Xml::Dom;
using namespace Windows::Foundation;
using namespace Windows::Foundation::Collections;
using namespace Windows::Storage;
using namespace Windows::UI::Notifications;
using namespace std::literals;

namespace {
struct Task : implements<Task, IBackgroundTask> {
    fire_and_forget Run(IBackgroundTaskInstance const& instance)
    {
        auto const lifetime = get_strong();
        BackgroundTaskDeferral deferral = instance.GetDeferral();
        instance.Canceled({get_weak(), &Task::on_canceled});
        auto const revoker = instance.Canceled(
            auto_revoke, [this, kept = get_strong()](auto&&, BackgroundTaskCancellationReason why) { m_reason = why; });
        co_await resume_background();
        co_await 1s;
        ValueSet values;
        values.Insert(L"number", box_value(5));
        values.Insert(L"text", box_value(L"text"));
        if (auto const details = instance.TriggerDetails().try_as<AppServiceTriggerDetails>()) {
            auto const connection = details.AppServiceConnection();
            connection.RequestReceived({this, &Task::on_request});
            AppServiceResponse const response = co_await connection.SendMessageAsync(values);
            if (response.Status() == AppServiceResponseStatus::Success)
                instance.Progress(unbox_value_or<uint32_t>(response.Message().TryLookup(L"progress"), 0));
        }
        deferral.Complete();
    }

    void on_canceled(IBackgroundTaskInstance const& sender, BackgroundTaskCancellationReason reason)
    {
        m_text = to_hstring(sender.Task().TaskId()) + L" " + to_hstring(static_cast<uint32_t>(reason));
    }
    void on_request(AppServiceConnection const&, AppServiceRequestReceivedEventArgs const& args)
    {
        for (auto&& [key, value] : args.Request().Message())
            m_text = value ? key : hstring{};
    }

    BackgroundTaskCancellationReason m_reason{};
    hstring m_text;
};

void show_toast(hstring const& text)
{
    XmlDocument const xml = ToastNotificationManager::GetTemplateContent(ToastTemplateType::ToastText02);
    XmlNodeList const nodes = xml.GetElementsByTagName(L"text");
    nodes.Item(0).InnerText(text);
    nodes.GetAt(1).AppendChild(xml.CreateTextNode(L"second"));
    nodes.Item(0).as<XmlElement>().SetAttribute(L"id", L"1");
    ToastNotification toast{xml};
    toast.ExpirationTime(clock::now() + 5min);
    ToastNotificationManager::CreateToastNotifier().Show(toast);
}

IAsyncOperation<uint32_t> count_letters()
{
    auto const folder = ApplicationData::Current().LocalFolder();
    StorageFile const file = co_await folder.CreateFileAsync(L"x.txt", CreationCollisionOption::ReplaceExisting);
    std::vector<hstring> const more{L"c"};
    co_await FileIO::AppendLinesAsync(file, more);
    uint32_t letters = 0;
    for (hstring const& line : co_await FileIO::ReadLinesAsync(file))
        letters += line.size();
    co_return letters;
}

void register_tasks()
{
    for (auto const [id, task] : BackgroundTaskRegistration::AllTasks())
        if (task.Name() == L"old"sv) task.Unregister(true);
    BackgroundTaskBuilder builder;
    builder.Name(std::wstring(L"new"));
    builder.TaskEntryPoint(L"Tasks.New");
    builder.SetTrigger(TimeTrigger(15, false));
    builder.AddCondition(SystemCondition{SystemConditionType::InternetAvailable});
    auto const registration = builder.Register();
    auto const token =
        registration.Completed([](auto&&, BackgroundTaskCompletedEventArgs const& args) { args.CheckResult(); });
    registration.Completed(token);
    (void)BackgroundExecutionManager::RequestAccessAsync().get();
    (void)BackgroundWorkCost::CurrentBackgroundWorkCost();
    auto const values = ApplicationData::Current().LocalSettings().Values();
    if (auto const value = values.TryLookup(L"key")) (void)unbox_value<hstring>(value);
    values.TryRemove(L"key");

    Windows::Devices::Bluetooth::Advertisement::BluetoothLEAdvertisementWatcher const watcher;
    watcher.SignalStrengthFilter().OutOfRangeTimeout(2s);
    watcher.SignalStrengthFilter().InRangeThresholdInDBm(static_cast<int16_t>(-70));
    std::optional<int16_t> const level = watcher.SignalStrengthFilter().InRangeThresholdInDBm();
    watcher.SignalStrengthFilter().InRangeThresholdInDBm(level);
    auto const timer = Windows::System::Threading::ThreadPoolTimer::CreatePeriodicTimer([](auto&&) {}, 5s);
    timer.Cancel();
    Windows::Data::Json::JsonObject const json = Windows::Data::Json::JsonObject::Parse(L"{}");
    json.SetNamedValue(L"a", Windows::Data::Json::JsonValue::CreateNumberValue(5));
    for (auto const& device : Windows::Devices::Enumeration::DeviceInformation::FindAllAsync().get())
        show_toast(device.Name());
    IVector<hstring> const list = single_threaded_vector<hstring>({L"a"});
    list.Append(json.Stringify());
    Windows::UI::Core::CoreDispatcher const dispatcher{nullptr};
    dispatcher.RunAsync(Windows::UI::Core::CoreDispatcherPriority::Normal, [=]() { (void)list; });
}

IAsyncAction wait_for_all()
{
    co_await when_all(count_letters(), count_letters());
}
} // namespace

int main()
{
    init_apartment();
    register_tasks();
    wait_for_all().get();
    make<Task>().Run(nullptr);
}
