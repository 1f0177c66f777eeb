// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"
#include "runtime/classes/trigger_words.h"

#include <ApplicationModel/Background/ContentPrefetchTrigger.g.h>
#include <ApplicationModel/Background/CustomSystemEventTrigger.g.h>
#include <ApplicationModel/Background/DeviceManufacturerNotificationTrigger.g.h>
#include <ApplicationModel/Background/LocationTrigger.g.h>
#include <ApplicationModel/Background/MaintenanceTrigger.g.h>
#include <ApplicationModel/Background/NetworkOperatorNotificationTrigger.g.h>
#include <ApplicationModel/Background/PhoneTrigger.g.h>
#include <ApplicationModel/Background/PreviewTrigger.g.h>
#include <ApplicationModel/Background/PushNotificationTrigger.g.h>
#include <ApplicationModel/Background/SmartCardTrigger.g.h>
#include <ApplicationModel/Background/SocketActivityTrigger.g.h>
#include <ApplicationModel/Background/SystemCondition.g.h>
#include <ApplicationModel/Background/SystemTrigger.g.h>
#include <ApplicationModel/Background/TimeTrigger.g.h>
#include <ApplicationModel/Background/ToastNotificationActionTrigger.g.h>
#include <ApplicationModel/Background/ToastNotificationHistoryChangedTrigger.g.h>
#include <ApplicationModel/Background/UserNotificationChangedTrigger.g.h>
#include <winrt/Windows.Devices.SmartCards.h>
#include <winrt/Windows.UI.Notifications.h>

// Triggers and conditions are values: they keep what they were made of, and whether it makes sense is decided when a
// registration is made of them.
namespace winrt::Windows::ApplicationModel::Background::implementation {

struct SystemTrigger : SystemTriggerT<SystemTrigger> {
    SystemTrigger(SystemTriggerType type, bool one_shot) : m_type(type), m_one_shot(one_shot) {}
    SystemTriggerType TriggerType() const { return m_type; }
    bool OneShot() const { return m_one_shot; }

private:
    SystemTriggerType m_type;
    bool m_one_shot;
};

struct SystemCondition : SystemConditionT<SystemCondition> {
    explicit SystemCondition(SystemConditionType type) : m_type(type) {}
    SystemConditionType ConditionType() const { return m_type; }

private:
    SystemConditionType m_type;
};

// What TimeTrigger and MaintenanceTrigger have in common.
class Freshness {
public:
    Freshness(uint32_t minutes, bool one_shot) : m_minutes(minutes), m_one_shot(one_shot) {}
    uint32_t FreshnessTime() const { return m_minutes; }
    bool OneShot() const { return m_one_shot; }

private:
    uint32_t m_minutes;
    bool m_one_shot;
};

struct TimeTrigger : TimeTriggerT<TimeTrigger>, Freshness {
    using Freshness::Freshness;
};

struct MaintenanceTrigger : MaintenanceTriggerT<MaintenanceTrigger>, Freshness {
    using Freshness::Freshness;
};

struct SocketActivityTrigger : SocketActivityTriggerT<SocketActivityTrigger> {
    static bool IsWakeFromLowPowerSupported() { return false; }
};

struct LocationTrigger : LocationTriggerT<LocationTrigger> {
    explicit LocationTrigger(LocationTriggerType type) : m_type(type) {}
    LocationTriggerType TriggerType() const { return m_type; }

private:
    LocationTriggerType m_type;
};

struct CustomSystemEventTrigger : CustomSystemEventTriggerT<CustomSystemEventTrigger> {
    CustomSystemEventTrigger(hstring const& id, CustomSystemEventTriggerRecurrence recurrence)
        : m_id(id), m_recurrence(recurrence)
    {}
    hstring TriggerId() const { return m_id; }
    CustomSystemEventTriggerRecurrence Recurrence() const { return m_recurrence; }

private:
    hstring m_id;
    CustomSystemEventTriggerRecurrence m_recurrence;
};

using Argued = cloaked<impl::ITriggerArgument>;

// The application of the package whose messages or notifications are meant; empty: the caller itself.
class ForApplication {
public:
    ForApplication() = default;
    explicit ForApplication(hstring const& application_id) : m_application_id(application_id) {}
    hstring const& argument() const { return m_application_id; }

private:
    hstring m_application_id;
};

struct PushNotificationTrigger : PushNotificationTriggerT<PushNotificationTrigger, Argued>, ForApplication {
    using ForApplication::ForApplication;
};

struct ToastNotificationActionTrigger : ToastNotificationActionTriggerT<ToastNotificationActionTrigger, Argued>,
                                        ForApplication {
    using ForApplication::ForApplication;
};

struct ToastNotificationHistoryChangedTrigger
    : ToastNotificationHistoryChangedTriggerT<ToastNotificationHistoryChangedTrigger, Argued>,
      ForApplication {
    using ForApplication::ForApplication;
};

struct ContentPrefetchTrigger : ContentPrefetchTriggerT<ContentPrefetchTrigger> {
    ContentPrefetchTrigger() = default;
    explicit ContentPrefetchTrigger(Windows::Foundation::TimeSpan const& wait) : m_wait(wait) {}
    Windows::Foundation::TimeSpan WaitInterval() const { return m_wait; }

private:
    Windows::Foundation::TimeSpan m_wait{};
};

struct DeviceManufacturerNotificationTrigger
    : DeviceManufacturerNotificationTriggerT<DeviceManufacturerNotificationTrigger> {
    DeviceManufacturerNotificationTrigger(hstring const& qualifier, bool one_shot)
        : m_qualifier(qualifier), m_one_shot(one_shot)
    {}
    hstring TriggerQualifier() const { return m_qualifier; }
    bool OneShot() const { return m_one_shot; }

private:
    hstring m_qualifier;
    bool m_one_shot;
};

struct NetworkOperatorNotificationTrigger : NetworkOperatorNotificationTriggerT<NetworkOperatorNotificationTrigger> {
    explicit NetworkOperatorNotificationTrigger(hstring const& account) : m_account(account) {}
    hstring NetworkAccountId() const { return m_account; }

private:
    hstring m_account;
};

struct PhoneTrigger : PhoneTriggerT<PhoneTrigger> {
    using Type = Calls::Background::PhoneTriggerType;
    PhoneTrigger(Type type, bool one_shot) : m_type(type), m_one_shot(one_shot) {}
    Type TriggerType() const { return m_type; }
    bool OneShot() const { return m_one_shot; }

private:
    Type m_type;
    bool m_one_shot;
};

struct SmartCardTrigger : SmartCardTriggerT<SmartCardTrigger> {
    using Type = Windows::Devices::SmartCards::SmartCardTriggerType;
    explicit SmartCardTrigger(Type type) : m_type(type) {}
    Type TriggerType() const { return m_type; }

private:
    Type m_type;
};

struct UserNotificationChangedTrigger : UserNotificationChangedTriggerT<UserNotificationChangedTrigger> {
    using Kinds = Windows::UI::Notifications::NotificationKinds;
    explicit UserNotificationChangedTrigger(Kinds kinds) : m_kinds(kinds) {}
    Kinds kinds() const { return m_kinds; }

private:
    Kinds m_kinds;
};

} // namespace winrt::Windows::ApplicationModel::Background::implementation

namespace winrt::Latchkey::ApplicationModel::Background::implementation {

struct PreviewTrigger : PreviewTriggerT<PreviewTrigger> {
    PreviewTrigger(PreviewTriggerType type, bool one_shot) : m_type(type), m_one_shot(one_shot) {}
    PreviewTriggerType TriggerType() const { return m_type; }
    bool OneShot() const { return m_one_shot; }

private:
    PreviewTriggerType m_type;
    bool m_one_shot;
};

} // namespace winrt::Latchkey::ApplicationModel::Background::implementation

#define LATCHKEY_TRIGGER(NAME, FACTORY)                                                                                \
    namespace winrt::Windows::ApplicationModel::Background::factory_implementation {                                   \
    struct NAME : NAME##T<NAME, implementation::NAME> {};                                                              \
    }                                                                                                                  \
    LATCHKEY_FACTORY(FACTORY, winrt::Windows::ApplicationModel::Background::factory_implementation::NAME)

LATCHKEY_TRIGGER(SystemTrigger, system_trigger_factory)
LATCHKEY_TRIGGER(SystemCondition, system_condition_factory)
LATCHKEY_TRIGGER(TimeTrigger, time_trigger_factory)
LATCHKEY_TRIGGER(MaintenanceTrigger, maintenance_trigger_factory)
LATCHKEY_TRIGGER(SocketActivityTrigger, socket_activity_trigger_factory)
LATCHKEY_TRIGGER(LocationTrigger, location_trigger_factory)
LATCHKEY_TRIGGER(CustomSystemEventTrigger, custom_system_event_trigger_factory)
LATCHKEY_TRIGGER(PushNotificationTrigger, push_notification_trigger_factory)
LATCHKEY_TRIGGER(ToastNotificationActionTrigger, toast_notification_action_trigger_factory)
LATCHKEY_TRIGGER(ToastNotificationHistoryChangedTrigger, toast_notification_history_changed_trigger_factory)
LATCHKEY_TRIGGER(ContentPrefetchTrigger, content_prefetch_trigger_factory)
LATCHKEY_TRIGGER(DeviceManufacturerNotificationTrigger, device_manufacturer_notification_trigger_factory)
LATCHKEY_TRIGGER(NetworkOperatorNotificationTrigger, network_operator_notification_trigger_factory)
LATCHKEY_TRIGGER(PhoneTrigger, phone_trigger_factory)
LATCHKEY_TRIGGER(SmartCardTrigger, smart_card_trigger_factory)
LATCHKEY_TRIGGER(UserNotificationChangedTrigger, user_notification_changed_trigger_factory)

namespace winrt::Latchkey::ApplicationModel::Background::factory_implementation {

struct PreviewTrigger : PreviewTriggerT<PreviewTrigger, implementation::PreviewTrigger> {};

} // namespace winrt::Latchkey::ApplicationModel::Background::factory_implementation

LATCHKEY_FACTORY(preview_trigger_factory,
                 winrt::Latchkey::ApplicationModel::Background::factory_implementation::PreviewTrigger)
