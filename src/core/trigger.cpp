// SPDX-License-Identifier: MIT
#include "core/trigger.h"

#include <charconv>
#include <iterator>

namespace latchkey::core {
namespace {

using enum ManifestTaskType;
constexpr ManifestTaskTypes kEvent{General, SystemEvent};

} // namespace

// clang-format off
// one row a class: kind, name, declared as, delivery, meaning, one per package, real-time
constinit std::array<TriggerKindInfo, 56> const kTriggerKinds{{
    {TriggerKind::ActivitySensor, "ActivitySensorTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::AppBroadcast, "AppBroadcastTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Application, "ApplicationTrigger", kEvent, Delivery::Request, Meaning::Native, true},
    {TriggerKind::AppointmentStoreNotification, "AppointmentStoreNotificationTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::BluetoothLEAdvertisementPublisher, "BluetoothLEAdvertisementPublisherTrigger", ManifestTaskTypes{Bluetooth}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::BluetoothLEAdvertisementWatcher, "BluetoothLEAdvertisementWatcherTrigger", ManifestTaskTypes{Bluetooth}, Delivery::Queue, Meaning::Native},
    {TriggerKind::CachedFileUpdater, "CachedFileUpdaterTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::ChatMessageNotification, "ChatMessageNotificationTrigger", ManifestTaskTypes{ManifestTaskType::ChatMessageNotification}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::ChatMessageReceivedNotification, "ChatMessageReceivedNotificationTrigger", ManifestTaskTypes{ManifestTaskType::ChatMessageNotification}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::CommunicationBlockingAppSetAsActive, "CommunicationBlockingAppSetAsActiveTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::ContactStoreNotification, "ContactStoreNotificationTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::ContentPrefetch, "ContentPrefetchTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::ControlChannel, "ControlChannelTrigger", ManifestTaskTypes{ControlChannel}, Delivery::Queue, Meaning::Native, false, true},
    {TriggerKind::ConversationalAgent, "ConversationalAgentTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::CustomSystemEvent, "CustomSystemEventTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::DeviceConnectionChange, "DeviceConnectionChangeTrigger", ManifestTaskTypes{DeviceConnectionChange}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::DeviceManufacturerNotification, "DeviceManufacturerNotificationTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::DeviceServicing, "DeviceServicingTrigger", ManifestTaskTypes{DeviceServicing}, Delivery::Request, Meaning::Nothing, true},
    {TriggerKind::DeviceUse, "DeviceUseTrigger", ManifestTaskTypes{DeviceUse}, Delivery::Request, Meaning::Nothing, true},
    {TriggerKind::DeviceWatcher, "DeviceWatcherTrigger", ManifestTaskTypes{General, SystemEvent, DeviceConnectionChange}, Delivery::Queue, Meaning::Native},
    {TriggerKind::EmailStoreNotification, "EmailStoreNotificationTrigger", kEvent, Delivery::Merge, Meaning::Nothing},
    {TriggerKind::GattCharacteristicNotification, "GattCharacteristicNotificationTrigger", ManifestTaskTypes{Bluetooth}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::GattServiceProvider, "GattServiceProviderTrigger", ManifestTaskTypes{Bluetooth}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Geovisit, "GeovisitTrigger", ManifestTaskTypes{Location}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Location, "LocationTrigger", ManifestTaskTypes{Location}, Delivery::Queue, Meaning::Native, true},
    {TriggerKind::Maintenance, "MaintenanceTrigger", ManifestTaskTypes{General, SystemEvent, Timer}, Delivery::Merge, Meaning::Native},
    {TriggerKind::MediaProcessing, "MediaProcessingTrigger", ManifestTaskTypes{General, MediaProcessing}, Delivery::Request, Meaning::Native, true},
    {TriggerKind::MobileBroadbandDeviceServiceNotification, "MobileBroadbandDeviceServiceNotificationTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::MobileBroadbandPcoDataChange, "MobileBroadbandPcoDataChangeTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::MobileBroadbandPinLockStateChange, "MobileBroadbandPinLockStateChangeTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::MobileBroadbandRadioStateChange, "MobileBroadbandRadioStateChangeTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::MobileBroadbandRegistrationStateChange, "MobileBroadbandRegistrationStateChangeTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::NetworkOperatorDataUsage, "NetworkOperatorDataUsageTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::NetworkOperatorHotspotAuthentication, "NetworkOperatorHotspotAuthenticationTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::NetworkOperatorNotification, "NetworkOperatorNotificationTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::PaymentAppCanMakePayment, "PaymentAppCanMakePaymentTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Phone, "PhoneTrigger", ManifestTaskTypes{PhoneCall}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Preview, "PreviewTrigger", kEvent, Delivery::Merge, Meaning::Native},
    {TriggerKind::PushNotification, "PushNotificationTrigger", ManifestTaskTypes{PushNotification}, Delivery::Queue, Meaning::Native, false, true},
    {TriggerKind::RcsEndUserMessageAvailable, "RcsEndUserMessageAvailableTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::RfcommConnection, "RfcommConnectionTrigger", ManifestTaskTypes{Bluetooth}, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::SecondaryAuthenticationFactorAuthentication, "SecondaryAuthenticationFactorAuthenticationTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::SensorDataThreshold, "SensorDataThresholdTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::SmartCard, "SmartCardTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::SmsMessageReceived, "SmsMessageReceivedTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::SocketActivity, "SocketActivityTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::StorageLibraryChangeTracker, "StorageLibraryChangeTrackerTrigger", kEvent, Delivery::Merge, Meaning::Native},
    {TriggerKind::StorageLibraryContentChanged, "StorageLibraryContentChangedTrigger", kEvent, Delivery::Merge, Meaning::Native},
    {TriggerKind::System, "SystemTrigger", ManifestTaskTypes{SystemEvent}, Delivery::Merge, Meaning::Native},
    {TriggerKind::TetheringEntitlementCheck, "TetheringEntitlementCheckTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::Time, "TimeTrigger", ManifestTaskTypes{Timer}, Delivery::Merge, Meaning::Native},
    {TriggerKind::ToastNotificationAction, "ToastNotificationActionTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::ToastNotificationHistoryChanged, "ToastNotificationHistoryChangedTrigger", kEvent, Delivery::Queue, Meaning::Native},
    {TriggerKind::UserNotificationChanged, "UserNotificationChangedTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::WiFiOnDemandHotspotConnect, "WiFiOnDemandHotspotConnectTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
    {TriggerKind::WiFiOnDemandHotspotUpdateMetadata, "WiFiOnDemandHotspotUpdateMetadataTrigger", kEvent, Delivery::Queue, Meaning::Nothing},
}};
// clang-format on

TriggerKindInfo const* find_trigger_kind(TriggerKind kind)
{
    static_assert(static_cast<std::size_t>(TriggerKind::WiFiOnDemandHotspotUpdateMetadata) ==
                  std::tuple_size_v<decltype(kTriggerKinds)>);
    auto const index = static_cast<std::size_t>(kind);
    return index == 0 || index > kTriggerKinds.size() ? nullptr : &kTriggerKinds[index - 1];
}

SystemTriggerInfo const* find_system_trigger(SystemTriggerType type)
{
    auto const index = static_cast<std::size_t>(type);
    return index == 0 || index > kSystemTriggers.size() ? nullptr : &kSystemTriggers[index - 1];
}

PreviewTriggerInfo const* find_preview_trigger(PreviewTriggerType type)
{
    auto const index = static_cast<std::size_t>(type);
    return index == 0 || index > kPreviewTriggers.size() ? nullptr : &kPreviewTriggers[index - 1];
}

std::string_view name_of(TriggerKind kind)
{
    auto const* row = find_trigger_kind(kind);
    return row ? row->name : "Invalid";
}

std::string_view name_of(SystemTriggerType type)
{
    auto const* row = find_system_trigger(type);
    return row ? row->name : "Invalid";
}

std::string_view name_of(PreviewTriggerType type)
{
    auto const* row = find_preview_trigger(type);
    return row ? row->name : "Invalid";
}

std::string_view name_of(ManifestTaskType type)
{
    return kManifestTaskTypes[static_cast<std::size_t>(type)].name;
}

std::optional<TriggerKind> parse_trigger_kind(std::string_view class_name)
{
    for (auto const& row : kTriggerKinds) {
        if (row.name == class_name) return row.kind;
    }
    return std::nullopt;
}

std::optional<SystemTriggerType> parse_system_trigger(std::string_view name)
{
    for (auto const& row : kSystemTriggers) {
        if (row.name == name || (!row.preview.empty() && row.preview == name)) return row.type;
    }
    return std::nullopt;
}

std::optional<PreviewTriggerType> parse_preview_trigger(std::string_view name)
{
    for (auto const& row : kPreviewTriggers) {
        if (row.name == name) return row.type;
    }
    return std::nullopt;
}

std::optional<ManifestTaskType> parse_manifest_task_type(std::string_view name)
{
    for (auto const& row : kManifestTaskTypes) {
        if (row.name == name) return row.type;
    }
    return std::nullopt;
}

Trigger system_trigger(SystemTriggerType type, bool one_shot)
{
    return {TriggerKind::System, static_cast<std::uint8_t>(type), one_shot, 0, {}};
}

Trigger preview_trigger(PreviewTriggerType type, bool one_shot)
{
    return {TriggerKind::Preview, static_cast<std::uint8_t>(type), one_shot, 0, {}};
}

Trigger time_trigger(std::uint32_t freshness_minutes, bool one_shot)
{
    return {TriggerKind::Time, 0, one_shot, freshness_minutes, {}};
}

Trigger maintenance_trigger(std::uint32_t freshness_minutes, bool one_shot)
{
    return {TriggerKind::Maintenance, 0, one_shot, freshness_minutes, {}};
}

Trigger trigger_of(TriggerKind kind)
{
    return {kind, 0, false, 0, {}};
}

Delivery delivery_of(Trigger const& trigger)
{
    if (trigger.kind == TriggerKind::System) {
        auto const* row = find_system_trigger(static_cast<SystemTriggerType>(trigger.type));
        return row ? row->delivery : Delivery::Merge;
    }
    auto const* row = find_trigger_kind(trigger.kind);
    return row ? row->delivery : Delivery::Merge;
}

std::optional<Trigger> parse_trigger(std::string_view words)
{
    bool const one_shot = !words.empty() && words.back() == '!';
    if (one_shot) words.remove_suffix(1);
    auto const colon = words.find(':');
    std::string_view const name = words.substr(0, colon);
    std::string_view const rest = colon == std::string_view::npos ? std::string_view() : words.substr(colon + 1);

    if (colon == std::string_view::npos) {
        if (auto const type = parse_system_trigger(name)) return system_trigger(*type, one_shot);
        if (auto const type = parse_preview_trigger(name)) return preview_trigger(*type, one_shot);
    }
    auto const kind = parse_trigger_kind(name);
    if (!kind || *kind == TriggerKind::System || *kind == TriggerKind::Preview) return std::nullopt;
    Trigger trigger = trigger_of(*kind);
    trigger.one_shot = one_shot;
    if (!is_timed(*kind)) {
        trigger.parameter = rest;
        return trigger;
    }
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), trigger.freshness_minutes);
    if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
    return trigger;
}

std::string to_words(Trigger const& trigger)
{
    std::string words;
    switch (trigger.kind) {
    case TriggerKind::System:
        words = name_of(static_cast<SystemTriggerType>(trigger.type));
        break;
    case TriggerKind::Preview:
        words = name_of(static_cast<PreviewTriggerType>(trigger.type));
        break;
    default:
        words = name_of(trigger.kind);
    }
    if (is_timed(trigger.kind)) words.append(":").append(std::to_string(trigger.freshness_minutes));
    if (!trigger.parameter.empty()) words.append(":").append(trigger.parameter);
    if (trigger.one_shot) words += "!";
    return words;
}

std::uint32_t event_log_type(Trigger const& trigger)
{
    constexpr std::uint32_t kOperatorNotification = 90, kOperatorHotspot = 91, kTime = 200, kMaintenance = 201,
                            kPush = 300, kChannelKeepAlive = 400;
    switch (trigger.kind) {
    case TriggerKind::System:
        return trigger.type;
    case TriggerKind::Time:
        return kTime;
    case TriggerKind::Maintenance:
        return kMaintenance;
    case TriggerKind::PushNotification:
        return kPush;
    case TriggerKind::ControlChannel:
        return kChannelKeepAlive;
    case TriggerKind::NetworkOperatorNotification:
        return kOperatorNotification;
    case TriggerKind::NetworkOperatorHotspotAuthentication:
        return kOperatorHotspot;
    default:
        return 0;
    }
}

} // namespace latchkey::core
