// SPDX-License-Identifier: MIT
//
// The runtime's own classes, one row each, sorted by name: the name by which a class is activated and the function that
// makes its factory. A class stands here when it works, or says with a true HRESULT and a text why it cannot;
// docs/compatibility.md has the members.
#pragma once

// clang-format off
#define LATCHKEY_OWN_CLASSES(ROW) \
    ROW("Latchkey.ApplicationModel.Background.PreviewTrigger", preview_trigger_factory) \
    ROW("Latchkey.UI.Core.RunLoop", run_loop_factory) \
    ROW("Windows.ApplicationModel.Background.ApplicationTrigger", application_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.AppointmentStoreNotificationTrigger", \
        appointment_store_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.BackgroundExecutionManager", background_execution_manager_factory) \
    ROW("Windows.ApplicationModel.Background.BackgroundTaskBuilder", background_task_builder_factory) \
    ROW("Windows.ApplicationModel.Background.BackgroundTaskRegistration", background_task_registration_factory) \
    ROW("Windows.ApplicationModel.Background.BackgroundTaskRegistrationGroup", \
        background_task_registration_group_factory) \
    ROW("Windows.ApplicationModel.Background.BackgroundWorkCost", background_work_cost_factory) \
    ROW("Windows.ApplicationModel.Background.CachedFileUpdaterTrigger", cached_file_updater_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ChatMessageNotificationTrigger", \
        chat_message_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ChatMessageReceivedNotificationTrigger", \
        chat_message_received_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.CommunicationBlockingAppSetAsActiveTrigger", \
        communication_blocking_app_set_as_active_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ContactStoreNotificationTrigger", \
        contact_store_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ContentPrefetchTrigger", content_prefetch_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ConversationalAgentTrigger", conversational_agent_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.CustomSystemEventTrigger", custom_system_event_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.DeviceManufacturerNotificationTrigger", \
        device_manufacturer_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.EmailStoreNotificationTrigger", email_store_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.LocationTrigger", location_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MaintenanceTrigger", maintenance_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MobileBroadbandDeviceServiceNotificationTrigger", \
        mobile_broadband_device_service_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MobileBroadbandPcoDataChangeTrigger", \
        mobile_broadband_pco_data_change_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MobileBroadbandPinLockStateChangeTrigger", \
        mobile_broadband_pin_lock_state_change_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MobileBroadbandRadioStateChangeTrigger", \
        mobile_broadband_radio_state_change_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.MobileBroadbandRegistrationStateChangeTrigger", \
        mobile_broadband_registration_state_change_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.NetworkOperatorDataUsageTrigger", \
        network_operator_data_usage_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.NetworkOperatorHotspotAuthenticationTrigger", \
        network_operator_hotspot_authentication_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.NetworkOperatorNotificationTrigger", \
        network_operator_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.PaymentAppCanMakePaymentTrigger", \
        payment_app_can_make_payment_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.PhoneTrigger", phone_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.PushNotificationTrigger", push_notification_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.RcsEndUserMessageAvailableTrigger", \
        rcs_end_user_message_available_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.SecondaryAuthenticationFactorAuthenticationTrigger", \
        secondary_authentication_factor_authentication_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.SmartCardTrigger", smart_card_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.SocketActivityTrigger", socket_activity_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.SystemCondition", system_condition_factory) \
    ROW("Windows.ApplicationModel.Background.SystemTrigger", system_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.TetheringEntitlementCheckTrigger", \
        tethering_entitlement_check_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.TimeTrigger", time_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ToastNotificationActionTrigger", \
        toast_notification_action_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.ToastNotificationHistoryChangedTrigger", \
        toast_notification_history_changed_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.UserNotificationChangedTrigger", \
        user_notification_changed_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.WiFiOnDemandHotspotConnectTrigger", \
        wifi_on_demand_hotspot_connect_trigger_factory) \
    ROW("Windows.ApplicationModel.Background.WiFiOnDemandHotspotUpdateMetadataTrigger", \
        wifi_on_demand_hotspot_update_metadata_trigger_factory) \
    ROW("Windows.Foundation.Collections.PropertySet", property_set_factory) \
    ROW("Windows.Foundation.Collections.StringMap", string_map_factory) \
    ROW("Windows.Foundation.Collections.ValueSet", value_set_factory) \
    ROW("Windows.Foundation.Deferral", deferral_factory) \
    ROW("Windows.Foundation.GuidHelper", guid_helper_factory) \
    ROW("Windows.Foundation.MemoryBuffer", memory_buffer_factory) \
    ROW("Windows.Foundation.PropertyValue", property_value_factory) \
    ROW("Windows.Foundation.Uri", uri_factory) \
    ROW("Windows.Foundation.WwwFormUrlDecoder", www_form_url_decoder_factory) \
    ROW("Windows.Storage.ApplicationData", application_data_factory) \
    ROW("Windows.Storage.ApplicationDataCompositeValue", application_data_composite_value_factory) \
    ROW("Windows.Storage.StorageFolder", storage_folder_factory) \
    ROW("Windows.System.Threading.ThreadPool", thread_pool_factory) \
    ROW("Windows.System.Threading.ThreadPoolTimer", thread_pool_timer_factory)
// clang-format on

namespace latchkey::runtime {

// Each returns a new IActivationFactory* and is defined beside its class.
#define LATCHKEY_ROW(NAME, FUNCTION) void* FUNCTION();
LATCHKEY_OWN_CLASSES(LATCHKEY_ROW)
#undef LATCHKEY_ROW

} // namespace latchkey::runtime

// Defines one of them. TYPE is the class's factory_implementation.
#define LATCHKEY_FACTORY(FUNCTION, TYPE)                                                                               \
    void* latchkey::runtime::FUNCTION()                                                                                \
    {                                                                                                                  \
        return winrt::detach_abi(winrt::make<TYPE>());                                                                 \
    }
