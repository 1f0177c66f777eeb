// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"
#include "runtime/classes/no_broker.h"

#include <vector>

#include <ApplicationModel/Background/BackgroundTaskBuilder.g.h>
#include <ApplicationModel/Background/BackgroundTaskRegistration.g.h>
#include <ApplicationModel/Background/BackgroundTaskRegistrationGroup.g.h>
#include <winrt/Windows.ApplicationModel.Activation.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

using latchkey::runtime::throw_no_package_identity;
using Windows::Foundation::Collections::IMapView;

// Keeps what it is told; Register hands it on and is the only member that can fail for what was told.
struct BackgroundTaskBuilder : BackgroundTaskBuilderT<BackgroundTaskBuilder> {
    static constexpr size_t kMaxConditions = 16;

    hstring TaskEntryPoint() const { return read(m_entry_point); }
    void TaskEntryPoint(hstring const& value) { write(m_entry_point, value); }
    hstring Name() const { return read(m_name); }
    void Name(hstring const& value) { write(m_name, value); }
    bool CancelOnConditionLoss() const { return read(m_cancel_on_condition_loss); }
    void CancelOnConditionLoss(bool value) { write(m_cancel_on_condition_loss, value); }
    bool IsNetworkRequested() const { return read(m_network_requested); }
    void IsNetworkRequested(bool value) { write(m_network_requested, value); }
    Background::BackgroundTaskRegistrationGroup TaskGroup() const { return read(m_group); }
    void TaskGroup(Background::BackgroundTaskRegistrationGroup const& value) { write(m_group, value); }

    void SetTrigger(IBackgroundTrigger const& trigger)
    {
        if (!trigger) throw hresult_invalid_argument(L"BackgroundTaskBuilder.SetTrigger: the trigger is null");
        write(m_trigger, trigger);
    }

    void AddCondition(IBackgroundCondition const& condition)
    {
        if (!condition) throw hresult_invalid_argument(L"BackgroundTaskBuilder.AddCondition: the condition is null");
        slim_lock_guard const guard(m_lock);
        if (m_conditions.size() >= kMaxConditions)
            throw hresult_error(static_cast<int32_t>(0x80070718), L"a background task has at most 16 conditions");
        m_conditions.push_back(condition);
    }

    static void SetTaskEntryPointClsid(guid const&)
    {
        throw hresult_not_implemented(
            L"BackgroundTaskBuilder.SetTaskEntryPointClsid: entry points are class names here; "
            L"there are no COM classes");
    }

    static Background::BackgroundTaskRegistration Register()
    {
        throw_no_package_identity(L"BackgroundTaskBuilder.Register");
    }

private:
    template <typename T>
    T read(T const& member) const
    {
        slim_lock_guard const guard(m_lock);
        return member;
    }
    template <typename T>
    void write(T& member, T const& value)
    {
        slim_lock_guard const guard(m_lock);
        member = value;
    }

    mutable slim_mutex m_lock;
    hstring m_entry_point;
    hstring m_name;
    bool m_cancel_on_condition_loss = false;
    bool m_network_requested = false;
    Background::BackgroundTaskRegistrationGroup m_group{nullptr};
    IBackgroundTrigger m_trigger;
    std::vector<IBackgroundCondition> m_conditions;
};

struct BackgroundTaskRegistration {
    static IMapView<guid, IBackgroundTaskRegistration> AllTasks()
    {
        throw_no_package_identity(L"BackgroundTaskRegistration.AllTasks");
    }
    static IMapView<hstring, Background::BackgroundTaskRegistrationGroup> AllTaskGroups()
    {
        throw_no_package_identity(L"BackgroundTaskRegistration.AllTaskGroups");
    }
    static Background::BackgroundTaskRegistrationGroup GetTaskGroup(hstring const&)
    {
        throw_no_package_identity(L"BackgroundTaskRegistration.GetTaskGroup");
    }
};

struct BackgroundTaskRegistrationGroup : BackgroundTaskRegistrationGroupT<BackgroundTaskRegistrationGroup> {
    using Handler =
        Windows::Foundation::TypedEventHandler<Background::BackgroundTaskRegistrationGroup,
                                               Windows::ApplicationModel::Activation::BackgroundActivatedEventArgs>;

    explicit BackgroundTaskRegistrationGroup(hstring const& id) : BackgroundTaskRegistrationGroup(id, {}) {}
    BackgroundTaskRegistrationGroup(hstring const& id, hstring const& name) : m_id(id), m_name(name)
    {
        if (id.empty()) throw hresult_invalid_argument(L"a group of background tasks needs an id");
    }

    hstring Id() const { return m_id; }
    hstring Name() const { return m_name; }
    event_token BackgroundActivated(Handler const& handler) { return m_activated.add(handler); }
    void BackgroundActivated(event_token const& token) { m_activated.remove(token); }
    static IMapView<guid, Background::BackgroundTaskRegistration> AllTasks()
    {
        throw_no_package_identity(L"BackgroundTaskRegistrationGroup.AllTasks");
    }

private:
    hstring m_id;
    hstring m_name;
    event<Handler> m_activated;
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Windows::ApplicationModel::Background::factory_implementation {

struct BackgroundTaskBuilder : BackgroundTaskBuilderT<BackgroundTaskBuilder, implementation::BackgroundTaskBuilder> {};
struct BackgroundTaskRegistration
    : BackgroundTaskRegistrationT<BackgroundTaskRegistration, implementation::BackgroundTaskRegistration> {};
struct BackgroundTaskRegistrationGroup
    : BackgroundTaskRegistrationGroupT<BackgroundTaskRegistrationGroup,
                                       implementation::BackgroundTaskRegistrationGroup> {};

} // namespace winrt::Windows::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(background_task_builder_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskBuilder)
LATCHKEY_FACTORY(background_task_registration_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskRegistration)
LATCHKEY_FACTORY(background_task_registration_group_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskRegistrationGroup)
