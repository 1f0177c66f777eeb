// SPDX-License-Identifier: MIT
#include "runtime/broker.h"
#include "runtime/classes/factories.h"

#include <ApplicationModel/Background/BackgroundExecutionManager.g.h>
#include <ApplicationModel/Background/BackgroundWorkCost.g.h>
#include <winrt/Windows.Foundation.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

using Windows::Foundation::IAsyncOperation;

// Access belongs to the package: the application of it that a member names makes no difference.
struct BackgroundExecutionManager {
    static IAsyncOperation<BackgroundAccessStatus> RequestAccessAsync()
    {
        co_await resume_background(); // the broker may ask the user
        co_return status(L"BackgroundExecutionManager.RequestAccessAsync", "RequestAccess");
    }
    static IAsyncOperation<BackgroundAccessStatus> RequestAccessAsync(hstring const&) { return RequestAccessAsync(); }
    static void RemoveAccess()
    {
        latchkey::runtime::ask_broker(L"BackgroundExecutionManager.RemoveAccess", "RemoveAccess");
    }
    static void RemoveAccess(hstring const&) { RemoveAccess(); }
    static BackgroundAccessStatus GetAccessStatus()
    {
        return status(L"BackgroundExecutionManager.GetAccessStatus", "GetAccess");
    }
    static BackgroundAccessStatus GetAccessStatus(hstring const&) { return GetAccessStatus(); }

    static IAsyncOperation<bool> RequestAccessKindAsync(BackgroundAccessRequestKind kind, hstring const&)
    {
        check(kind);
        co_await resume_background();
        BackgroundAccessStatus const given =
            status(L"BackgroundExecutionManager.RequestAccessKindAsync", "RequestAccess");
        co_return given == BackgroundAccessStatus::AlwaysAllowed ||
            (kind == BackgroundAccessRequestKind::AllowedSubjectToSystemPolicy && is_allowed(given));
    }
    // There is one kind of standby here, and what holds awake holds in it.
    static IAsyncOperation<bool> RequestAccessKindForModernStandbyAsync(BackgroundAccessRequestKind kind,
                                                                        hstring const& reason)
    {
        return RequestAccessKindAsync(kind, reason);
    }
    static BackgroundAccessStatus GetAccessStatusForModernStandby() { return GetAccessStatus(); }
    static BackgroundAccessStatus GetAccessStatusForModernStandby(hstring const&) { return GetAccessStatus(); }

private:
    static BackgroundAccessStatus status(std::wstring_view member, char const* method)
    {
        return static_cast<BackgroundAccessStatus>(latchkey::runtime::ask_broker_for<int32_t>(member, method));
    }
    static bool is_allowed(BackgroundAccessStatus status)
    {
        return status == BackgroundAccessStatus::AllowedWithAlwaysOnRealTimeConnectivity ||
               status == BackgroundAccessStatus::AllowedMayUseActiveRealTimeConnectivity ||
               status == BackgroundAccessStatus::AlwaysAllowed ||
               status == BackgroundAccessStatus::AllowedSubjectToSystemPolicy;
    }
    static void check(BackgroundAccessRequestKind kind)
    {
        if (static_cast<uint32_t>(kind) > 1)
            throw hresult_invalid_argument(L"BackgroundExecutionManager.RequestAccessKindAsync: there is no such kind");
    }
};

struct BackgroundWorkCost {
    static BackgroundWorkCostValue CurrentBackgroundWorkCost()
    {
        return static_cast<BackgroundWorkCostValue>(
            latchkey::runtime::ask_broker_for<int32_t>(L"BackgroundWorkCost.CurrentBackgroundWorkCost", "GetWorkCost"));
    }
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Windows::ApplicationModel::Background::factory_implementation {

struct BackgroundExecutionManager
    : BackgroundExecutionManagerT<BackgroundExecutionManager, implementation::BackgroundExecutionManager> {};
struct BackgroundWorkCost : BackgroundWorkCostT<BackgroundWorkCost, implementation::BackgroundWorkCost> {};

} // namespace winrt::Windows::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(background_execution_manager_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundExecutionManager)
LATCHKEY_FACTORY(background_work_cost_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundWorkCost)
