// SPDX-License-Identifier: MIT
#include "runtime/broker.h"
#include "runtime/classes/background_registration.h"
#include "runtime/classes/factories.h"
#include "runtime/classes/trigger_words.h"

#include <vector>

#include <ApplicationModel/Background/BackgroundTaskBuilder.g.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

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
            throw hresult_error(latchkey::runtime::kLimitExceeded, L"a background task has at most 16 conditions");
        m_conditions.push_back(condition);
    }

    static void SetTaskEntryPointClsid(guid const&)
    {
        throw hresult_not_implemented(
            L"BackgroundTaskBuilder.SetTaskEntryPointClsid: entry points are class names here; "
            L"there are no COM classes");
    }

    Background::BackgroundTaskRegistration Register() const
    {
        using namespace latchkey;
        static constexpr std::wstring_view kMember = L"BackgroundTaskBuilder.Register";
        IBackgroundTrigger const trigger = read(m_trigger);
        if (!trigger) throw hresult_invalid_argument(hstring{kMember} + L": a task needs a trigger; call SetTrigger");
        runtime::TriggerWords words = runtime::words_of(trigger);
        std::vector<std::string> conditions;
        for (IBackgroundCondition const& condition : read(m_conditions))
            conditions.push_back(runtime::words_of(condition));

        runtime::TaskFacts facts{{}, Name(), words.trigger, words.one_shot, {}, {}};
        if (auto const group = TaskGroup()) {
            facts.group = group.Id();
            facts.group_name = group.Name();
        }
        ipc::Dictionary options{{"name", to_string(facts.name)},
                                {"entry-point", to_string(TaskEntryPoint())},
                                {"trigger", words.trigger},
                                {"one-shot", words.one_shot},
                                {"trigger-id", words.id},
                                {"conditions", conditions},
                                {"cancel-on-condition-loss", CancelOnConditionLoss()},
                                {"network-requested", IsNetworkRequested()},
                                {"group", to_string(facts.group)},
                                {"group-name", to_string(facts.group_name)}};
        // Once: the broker may have ended after it had committed.
        auto const id =
            runtime::ask_broker_for<std::string>(kMember, "Register", {{std::move(options)}}, runtime::Repeat::No);
        facts.id = runtime::guid_of(id);
        if (!words.id.empty()) facts.trigger += ":" + words.id;
        return runtime::make_registration(facts);
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

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Windows::ApplicationModel::Background::factory_implementation {

struct BackgroundTaskBuilder : BackgroundTaskBuilderT<BackgroundTaskBuilder, implementation::BackgroundTaskBuilder> {};

} // namespace winrt::Windows::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(background_task_builder_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskBuilder)
