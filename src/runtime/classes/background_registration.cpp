// SPDX-License-Identifier: MIT
#include "runtime/classes/background_registration.h"

#include "latchkey/runtime.h"
#include "runtime/broker.h"
#include "runtime/classes/factories.h"
#include "runtime/classes/trigger_words.h"
#include "runtime/hresult.h"

#include <cstring>
#include <map>

#include <ApplicationModel/Background/BackgroundTaskRegistration.g.h>
#include <ApplicationModel/Background/BackgroundTaskRegistrationGroup.g.h>
#include <winrt/Windows.ApplicationModel.Activation.h>
#include <winrt/Windows.Foundation.Collections.h>

namespace winrt::Windows::ApplicationModel::Background::implementation {

using latchkey::ipc::Dictionary;
using latchkey::runtime::TaskFacts;
using Windows::Foundation::Collections::IMapView;

namespace {

struct GuidHash {
    size_t operator()(guid const& id) const { return std::hash<guid>{}(id); }
};

template <typename Registration>
IMapView<guid, Registration> view_of(std::vector<TaskFacts> const& tasks)
{
    std::unordered_map<guid, Registration, GuidHash> registrations;
    for (TaskFacts const& facts : tasks)
        registrations.emplace(facts.id, latchkey::runtime::make_registration(facts));
    return single_threaded_map<guid, Registration>(std::move(registrations)).GetView();
}

} // namespace

struct BackgroundTaskRegistration : BackgroundTaskRegistrationT<BackgroundTaskRegistration> {
    using Group = Background::BackgroundTaskRegistrationGroup;

    explicit BackgroundTaskRegistration(TaskFacts const& facts)
        : m_facts(facts), m_events(latchkey::runtime::events_of(facts.id))
    {}

    guid TaskId() const { return m_facts.id; }
    hstring Name() const { return m_facts.name; }
    event_token Progress(BackgroundTaskProgressEventHandler const& handler) { return m_events->add_progress(handler); }
    void Progress(event_token const& token) noexcept { m_events->remove_progress(token); }
    event_token Completed(BackgroundTaskCompletedEventHandler const& handler)
    {
        return m_events->add_completed(handler);
    }
    void Completed(event_token const& token) noexcept { m_events->remove_completed(token); }
    void Unregister(bool cancel_task) const
    {
        latchkey::runtime::ask_broker(L"BackgroundTaskRegistration.Unregister", "Unregister",
                                      {{latchkey::runtime::text_of(m_facts.id)}, {cancel_task}},
                                      latchkey::runtime::Repeat::No);
    }
    IBackgroundTrigger Trigger() const { return latchkey::runtime::trigger_of(m_facts.trigger, m_facts.one_shot); }
    Group TaskGroup() const
    {
        if (m_facts.listed) return group_of(m_facts);
        for (TaskFacts const& facts : latchkey::runtime::list_tasks(L"BackgroundTaskRegistration.TaskGroup", {}))
            if (facts.id == m_facts.id) return group_of(facts);
        return nullptr;
    }

    static IMapView<guid, IBackgroundTaskRegistration> AllTasks()
    {
        return view_of<IBackgroundTaskRegistration>(latchkey::runtime::list_tasks(
            L"BackgroundTaskRegistration.AllTasks", Dictionary{{"group", ""}, {"all-groups", false}}));
    }
    static IMapView<hstring, Group> AllTaskGroups()
    {
        std::map<hstring, Group> groups;
        for (TaskFacts const& facts : latchkey::runtime::list_tasks(L"BackgroundTaskRegistration.AllTaskGroups", {}))
            if (!facts.group.empty())
                groups.try_emplace(facts.group, latchkey::runtime::make_group(facts.group, facts.group_name));
        return single_threaded_map<hstring, Group>(std::move(groups)).GetView();
    }
    static Group GetTaskGroup(hstring const& id)
    {
        Dictionary const options{{"group", to_string(id)}, {"all-groups", false}};
        auto const tasks = latchkey::runtime::list_tasks(L"BackgroundTaskRegistration.GetTaskGroup", options);
        if (id.empty() || tasks.empty()) return nullptr;
        return latchkey::runtime::make_group(id, tasks.front().group_name);
    }

private:
    static Group group_of(TaskFacts const& facts)
    {
        if (facts.group.empty()) return nullptr;
        return latchkey::runtime::make_group(facts.group, facts.group_name);
    }

    TaskFacts const m_facts;
    std::shared_ptr<latchkey::runtime::TaskEvents> const m_events;
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
    // Null while no task belongs to it.
    IMapView<guid, Background::BackgroundTaskRegistration> AllTasks() const
    {
        auto const tasks = latchkey::runtime::list_tasks(L"BackgroundTaskRegistrationGroup.AllTasks",
                                                         Dictionary{{"group", to_string(m_id)}, {"all-groups", false}});
        if (tasks.empty()) return nullptr;
        return view_of<Background::BackgroundTaskRegistration>(tasks);
    }

private:
    hstring m_id;
    hstring m_name;
    event<Handler> m_activated;
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Windows::ApplicationModel::Background::factory_implementation {

struct BackgroundTaskRegistration
    : BackgroundTaskRegistrationT<BackgroundTaskRegistration, implementation::BackgroundTaskRegistration> {};
struct BackgroundTaskRegistrationGroup
    : BackgroundTaskRegistrationGroupT<BackgroundTaskRegistrationGroup,
                                       implementation::BackgroundTaskRegistrationGroup> {};

} // namespace winrt::Windows::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(background_task_registration_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskRegistration)
LATCHKEY_FACTORY(background_task_registration_group_factory,
                 winrt::Windows::ApplicationModel::Background::factory_implementation::BackgroundTaskRegistrationGroup)

namespace latchkey::runtime {

background::BackgroundTaskRegistration make_registration(TaskFacts const& facts)
{
    events_of(facts.id)->learn(facts);
    return winrt::make<background::implementation::BackgroundTaskRegistration>(facts);
}

background::BackgroundTaskRegistrationGroup make_group(winrt::hstring const& id, winrt::hstring const& name)
{
    return winrt::make<background::implementation::BackgroundTaskRegistrationGroup>(id, name);
}

std::vector<TaskFacts> list_tasks(std::wstring_view member, ipc::Dictionary options)
{
    // To a program without identity the broker would list the tasks of all packages: it is trusted like the user.
    need_package_identity(member);
    std::vector<TaskFacts> tasks;
    for (ipc::Dictionary const& row :
         ask_broker_for<std::vector<ipc::Dictionary>>(member, "List", {{std::move(options)}})) {
        auto const text = [&](char const* key) { return winrt::to_hstring(row.get<std::string>(key)); };
        tasks.push_back({guid_of(row.get<std::string>("id")), text("name"), row.get<std::string>("trigger"),
                         row.get<bool>("one-shot"), text("group"), text("group-name")});
    }
    return tasks;
}

} // namespace latchkey::runtime

int32_t LatchkeyMakeTaskRegistration(LatchkeyGuid const* task, void* name, char const* trigger,
                                     void** registration) noexcept
{
    namespace runtime = latchkey::runtime;
    *registration = nullptr;
    if (task == nullptr) return runtime::kPointer;
    return runtime::guarded([&] {
        runtime::TaskFacts facts;
        std::memcpy(static_cast<void*>(&facts.id), task, sizeof facts.id);
        winrt::copy_from_abi(facts.name, name);
        facts.listed = false;
        facts.trigger = trigger == nullptr ? "" : trigger;
        if (facts.trigger.ends_with('!')) {
            facts.trigger.pop_back();
            facts.one_shot = true;
        }
        *registration = winrt::detach_abi(runtime::make_registration(facts));
        return runtime::kOk;
    });
}
