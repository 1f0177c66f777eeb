// SPDX-License-Identifier: MIT
// Tasks.Worker: a task that shares settings with its app, reports progress as fast as it can, and works on after Run
// has returned.
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Storage;

namespace {

struct Worker : implements<Worker, IBackgroundTask> {
    hstring GetRuntimeClassName() const override { return L"Tasks.Worker"; }

    static fire_and_forget Run(IBackgroundTaskInstance const instance)
    {
        BackgroundTaskDeferral const deferral = instance.GetDeferral();
        co_await resume_background();
        auto const settings = ApplicationData::Current().LocalSettings().Values();
        auto const runs = settings.Lookup(L"runs");
        settings.Insert(L"runs", box_value((runs ? unbox_value<int32_t>(runs) : 0) + 1));

        hstring said;
        if (auto const details = instance.TriggerDetails().try_as<ApplicationTriggerDetails>())
            said = unbox_value_or<hstring>(details.Arguments().TryLookup(L"text"), L"nothing");
        // Under the id of the task, where its app looks for it.
        settings.Insert(to_hstring(instance.Task().TaskId()), box_value(instance.Task().Name() + L" was told " + said));
        for (uint32_t progress = 1; progress <= 100'000; ++progress)
            instance.Progress(progress);
        deferral.Complete();
    }
};

struct Factory : implements<Factory, IActivationFactory> {
    IInspectable ActivateInstance() const { return make<Worker>(); }
};

} // namespace

extern "C" __attribute__((visibility("default"))) int32_t DllGetActivationFactory(void* name, void** factory) noexcept
{
    *factory = nullptr;
    hstring wanted;
    copy_from_abi(wanted, name);
    if (wanted != L"Tasks.Worker") return static_cast<int32_t>(0x80040111); // CLASS_E_CLASSNOTAVAILABLE
    *factory = detach_abi(make<Factory>());
    return 0;
}
