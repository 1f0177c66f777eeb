// SPDX-License-Identifier: MIT
#pragma once

#include "core/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::core {

// SystemTriggerType of Windows, with its numbers.
enum class SystemTriggerType : std::uint8_t {
    Invalid = 0,
    SmsReceived = 1,
    UserPresent = 2,
    UserAway = 3,
    NetworkStateChange = 4,
    ControlChannelReset = 5,
    InternetAvailable = 6,
    SessionConnected = 7,
    ServicingComplete = 8,
    LockScreenApplicationAdded = 9,
    LockScreenApplicationRemoved = 10,
    TimeZoneChange = 11,
    OnlineIdConnectedStateChange = 12,
    BackgroundWorkCostChange = 13,
    PowerStateChange = 14,
    DefaultSignInAccountChange = 15,
};

// Trigger names of the Developer Preview that never became values of SystemTriggerType.
enum class PreviewTriggerType : std::uint8_t {
    Invalid = 0,
    InternetNotAvailable = 1,
    SessionDisconnected = 2,
    SessionStart = 3,
};

// Every trigger class of Windows.ApplicationModel.Background, and PreviewTrigger of ours. Stored by name.
enum class TriggerKind : std::uint8_t {
    Invalid,
    ActivitySensor,
    AppBroadcast,
    Application,
    AppointmentStoreNotification,
    BluetoothLEAdvertisementPublisher,
    BluetoothLEAdvertisementWatcher,
    CachedFileUpdater,
    ChatMessageNotification,
    ChatMessageReceivedNotification,
    CommunicationBlockingAppSetAsActive,
    ContactStoreNotification,
    ContentPrefetch,
    ControlChannel,
    ConversationalAgent,
    CustomSystemEvent,
    DeviceConnectionChange,
    DeviceManufacturerNotification,
    DeviceServicing,
    DeviceUse,
    DeviceWatcher,
    EmailStoreNotification,
    GattCharacteristicNotification,
    GattServiceProvider,
    Geovisit,
    Location,
    Maintenance,
    MediaProcessing,
    MobileBroadbandDeviceServiceNotification,
    MobileBroadbandPcoDataChange,
    MobileBroadbandPinLockStateChange,
    MobileBroadbandRadioStateChange,
    MobileBroadbandRegistrationStateChange,
    NetworkOperatorDataUsage,
    NetworkOperatorHotspotAuthentication,
    NetworkOperatorNotification,
    PaymentAppCanMakePayment,
    Phone,
    Preview,
    PushNotification,
    RcsEndUserMessageAvailable,
    RfcommConnection,
    SecondaryAuthenticationFactorAuthentication,
    SensorDataThreshold,
    SmartCard,
    SmsMessageReceived,
    SocketActivity,
    StorageLibraryChangeTracker,
    StorageLibraryContentChanged,
    System,
    TetheringEntitlementCheck,
    Time,
    ToastNotificationAction,
    ToastNotificationHistoryChanged,
    UserNotificationChanged,
    WiFiOnDemandHotspotConnect,
    WiFiOnDemandHotspotUpdateMetadata,
};

// Task/@Type of a manifest. A trigger is declared when any of the types that its row allows is declared.
enum class ManifestTaskType : std::uint8_t {
    Audio,
    Bluetooth,
    ChatMessageNotification,
    ControlChannel,
    DeviceConnectionChange,
    DeviceServicing,
    DeviceUse,
    General,
    Location,
    MediaProcessing,
    PhoneCall,
    PushNotification,
    SystemEvent,
    Timer,
    VpnClient,
};

struct ManifestTaskTypeInfo {
    ManifestTaskType type;
    std::string_view name;
};
inline constexpr std::array kManifestTaskTypes{
    ManifestTaskTypeInfo{ManifestTaskType::Audio, "audio"},
    ManifestTaskTypeInfo{ManifestTaskType::Bluetooth, "bluetooth"},
    ManifestTaskTypeInfo{ManifestTaskType::ChatMessageNotification, "chatMessageNotification"},
    ManifestTaskTypeInfo{ManifestTaskType::ControlChannel, "controlChannel"},
    ManifestTaskTypeInfo{ManifestTaskType::DeviceConnectionChange, "deviceConnectionChange"},
    ManifestTaskTypeInfo{ManifestTaskType::DeviceServicing, "deviceServicing"},
    ManifestTaskTypeInfo{ManifestTaskType::DeviceUse, "deviceUse"},
    ManifestTaskTypeInfo{ManifestTaskType::General, "general"},
    ManifestTaskTypeInfo{ManifestTaskType::Location, "location"},
    ManifestTaskTypeInfo{ManifestTaskType::MediaProcessing, "mediaProcessing"},
    ManifestTaskTypeInfo{ManifestTaskType::PhoneCall, "phoneCall"},
    ManifestTaskTypeInfo{ManifestTaskType::PushNotification, "pushNotification"},
    ManifestTaskTypeInfo{ManifestTaskType::SystemEvent, "systemEvent"},
    ManifestTaskTypeInfo{ManifestTaskType::Timer, "timer"},
    ManifestTaskTypeInfo{ManifestTaskType::VpnClient, "vpnClient"},
};

class ManifestTaskTypes {
public:
    constexpr ManifestTaskTypes() = default;
    template <class... More>
    constexpr explicit ManifestTaskTypes(ManifestTaskType first, More... more) : m_bits(bit(first))
    {
        ((m_bits |= bit(more)), ...);
    }
    constexpr void add(ManifestTaskType type) { m_bits |= bit(type); }
    constexpr bool has(ManifestTaskType type) const { return (m_bits & bit(type)) != 0; }
    constexpr bool intersects(ManifestTaskTypes other) const { return (m_bits & other.m_bits) != 0; }
    constexpr bool empty() const { return m_bits == 0; }
    friend constexpr bool operator==(ManifestTaskTypes, ManifestTaskTypes) = default;

private:
    static constexpr std::uint32_t bit(ManifestTaskType type) { return 1U << static_cast<unsigned>(type); }
    std::uint32_t m_bits = 0;
};

// How firings of a trigger add up while they cannot be served at once.
enum class Delivery : std::uint8_t {
    Merge,   // no payload: one waiting firing stands for any number
    Queue,   // each firing has details of its own and is served in order (DetailsQueue)
    Request, // the app asks by RequestAsync; one at a time, refused while one waits or runs
};

enum class Meaning : std::uint8_t {
    Native,  // means on Linux what it means on Windows
    Nothing, // there is nothing on Linux that could fire it: Register refuses it
};

struct TriggerKindInfo {
    TriggerKind kind;
    std::string_view name; // class name; in manifests, D-Bus, the store and on the command line
    ManifestTaskTypes declared_as;
    Delivery delivery;
    Meaning meaning;
    bool one_per_package = false;
    bool real_time = false; // the preview's "real-time communication trigger"
};

// In the order of TriggerKind, from ActivitySensor on (checked in trigger.cpp).
extern std::array<TriggerKindInfo, 56> const kTriggerKinds;

struct SystemTriggerInfo {
    SystemTriggerType type;
    std::string_view name;    // in the API, D-Bus and the store
    std::string_view preview; // the Developer Preview's word where it differs; both are parsed
    bool lock_screen_app;     // Windows 8: only for apps on the lock screen
    bool real_time;
    Delivery delivery;
    Meaning meaning;
    std::string_view source; // the event source that raises it
};
inline constexpr std::array kSystemTriggers{
    SystemTriggerInfo{SystemTriggerType::SmsReceived, "SmsReceived", "", false, false, Delivery::Queue, Meaning::Native,
                      "modem"},
    SystemTriggerInfo{SystemTriggerType::UserPresent, "UserPresent", "", true, false, Delivery::Merge, Meaning::Native,
                      "presence"},
    SystemTriggerInfo{SystemTriggerType::UserAway, "UserAway", "", true, false, Delivery::Merge, Meaning::Native,
                      "presence"},
    SystemTriggerInfo{SystemTriggerType::NetworkStateChange, "NetworkStateChange", "", false, false, Delivery::Merge,
                      Meaning::Native, "network"},
    SystemTriggerInfo{SystemTriggerType::ControlChannelReset, "ControlChannelReset", "NetworkNotificationChannelReset",
                      true, true, Delivery::Merge, Meaning::Native, "push"},
    SystemTriggerInfo{SystemTriggerType::InternetAvailable, "InternetAvailable", "", false, false, Delivery::Merge,
                      Meaning::Native, "network"},
    SystemTriggerInfo{SystemTriggerType::SessionConnected, "SessionConnected", "", true, false, Delivery::Merge,
                      Meaning::Native, "session"},
    SystemTriggerInfo{SystemTriggerType::ServicingComplete, "ServicingComplete", "", false, false, Delivery::Merge,
                      Meaning::Native, "packages"},
    SystemTriggerInfo{SystemTriggerType::LockScreenApplicationAdded, "LockScreenApplicationAdded", "", false, false,
                      Delivery::Merge, Meaning::Native, "access"},
    SystemTriggerInfo{SystemTriggerType::LockScreenApplicationRemoved, "LockScreenApplicationRemoved", "", false, false,
                      Delivery::Merge, Meaning::Native, "access"},
    SystemTriggerInfo{SystemTriggerType::TimeZoneChange, "TimeZoneChange", "", false, false, Delivery::Merge,
                      Meaning::Native, "time zone"},
    SystemTriggerInfo{SystemTriggerType::OnlineIdConnectedStateChange, "OnlineIdConnectedStateChange", "", false, false,
                      Delivery::Merge, Meaning::Nothing, ""},
    SystemTriggerInfo{SystemTriggerType::BackgroundWorkCostChange, "BackgroundWorkCostChange", "", true, false,
                      Delivery::Merge, Meaning::Native, "work cost"},
    SystemTriggerInfo{SystemTriggerType::PowerStateChange, "PowerStateChange", "", false, false, Delivery::Merge,
                      Meaning::Native, "power"},
    SystemTriggerInfo{SystemTriggerType::DefaultSignInAccountChange, "DefaultSignInAccountChange", "", false, false,
                      Delivery::Merge, Meaning::Nothing, ""},
};

struct PreviewTriggerInfo {
    PreviewTriggerType type;
    std::string_view name;
    std::string_view source;
};
inline constexpr std::array kPreviewTriggers{
    PreviewTriggerInfo{PreviewTriggerType::InternetNotAvailable, "InternetNotAvailable", "network"},
    PreviewTriggerInfo{PreviewTriggerType::SessionDisconnected, "SessionDisconnected", "session"},
    PreviewTriggerInfo{PreviewTriggerType::SessionStart, "SessionStart", "session"},
};

// nullptr for Invalid and for numbers that are no value of the enum (they come from clients).
TriggerKindInfo const* find_trigger_kind(TriggerKind kind);
SystemTriggerInfo const* find_system_trigger(SystemTriggerType type);
PreviewTriggerInfo const* find_preview_trigger(PreviewTriggerType type);
std::string_view name_of(TriggerKind kind);
std::string_view name_of(SystemTriggerType type);
std::string_view name_of(PreviewTriggerType type);
std::string_view name_of(ManifestTaskType type);
std::optional<TriggerKind> parse_trigger_kind(std::string_view class_name);
std::optional<SystemTriggerType> parse_system_trigger(std::string_view name);
std::optional<PreviewTriggerType> parse_preview_trigger(std::string_view name);
std::optional<ManifestTaskType> parse_manifest_task_type(std::string_view name);

// The one trigger of a registration.
struct Trigger {
    TriggerKind kind = TriggerKind::Invalid;
    // SystemTriggerType, PreviewTriggerType or LocationTriggerType, by kind; 0 otherwise.
    std::uint8_t type = 0;
    bool one_shot = false;
    std::uint32_t freshness_minutes = 0; // TimeTrigger and MaintenanceTrigger
    std::string parameter;               // application id, socket id, trigger id…: the source's, opaque here

    friend bool operator==(Trigger const&, Trigger const&) = default;
};

Trigger system_trigger(SystemTriggerType type, bool one_shot);
Trigger preview_trigger(PreviewTriggerType type, bool one_shot);
Trigger time_trigger(std::uint32_t freshness_minutes, bool one_shot);
Trigger maintenance_trigger(std::uint32_t freshness_minutes, bool one_shot);
Trigger trigger_of(TriggerKind kind);

// How firings of this trigger add up; Merge for what is not valid.
Delivery delivery_of(Trigger const& trigger);
// True for triggers whose firings the broker makes itself, by the clock.
constexpr bool is_timed(TriggerKind kind)
{
    return kind == TriggerKind::Time || kind == TriggerKind::Maintenance;
}

// The words of the command line and of files: "TimeZoneChange", "TimeTrigger:15", "MaintenanceTrigger:30",
// "ApplicationTrigger", "CustomSystemEventTrigger:PARAMETER"; the preview's names too. A following "!" asks for
// one-shot: "TimeTrigger:15!". nullopt for anything else.
std::optional<Trigger> parse_trigger(std::string_view words);
std::string to_words(Trigger const& trigger);

// TriggerEventType as the event log's event 1 carries it; 0 where Windows has no number.
std::uint32_t event_log_type(Trigger const& trigger);

} // namespace latchkey::core
