// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <ApplicationModel/Background/AppointmentStoreNotificationTrigger.g.h>
#include <ApplicationModel/Background/CachedFileUpdaterTrigger.g.h>
#include <ApplicationModel/Background/ChatMessageNotificationTrigger.g.h>
#include <ApplicationModel/Background/ChatMessageReceivedNotificationTrigger.g.h>
#include <ApplicationModel/Background/CommunicationBlockingAppSetAsActiveTrigger.g.h>
#include <ApplicationModel/Background/ContactStoreNotificationTrigger.g.h>
#include <ApplicationModel/Background/ConversationalAgentTrigger.g.h>
#include <ApplicationModel/Background/EmailStoreNotificationTrigger.g.h>
#include <ApplicationModel/Background/MobileBroadbandDeviceServiceNotificationTrigger.g.h>
#include <ApplicationModel/Background/MobileBroadbandPcoDataChangeTrigger.g.h>
#include <ApplicationModel/Background/MobileBroadbandPinLockStateChangeTrigger.g.h>
#include <ApplicationModel/Background/MobileBroadbandRadioStateChangeTrigger.g.h>
#include <ApplicationModel/Background/MobileBroadbandRegistrationStateChangeTrigger.g.h>
#include <ApplicationModel/Background/NetworkOperatorDataUsageTrigger.g.h>
#include <ApplicationModel/Background/NetworkOperatorHotspotAuthenticationTrigger.g.h>
#include <ApplicationModel/Background/PaymentAppCanMakePaymentTrigger.g.h>
#include <ApplicationModel/Background/RcsEndUserMessageAvailableTrigger.g.h>
#include <ApplicationModel/Background/SecondaryAuthenticationFactorAuthenticationTrigger.g.h>
#include <ApplicationModel/Background/TetheringEntitlementCheckTrigger.g.h>
#include <ApplicationModel/Background/WiFiOnDemandHotspotConnectTrigger.g.h>
#include <ApplicationModel/Background/WiFiOnDemandHotspotUpdateMetadataTrigger.g.h>

// Triggers that say nothing but what they are. None of them has a source of events on Linux: they can be made, and a
// registration with one is refused.
#define LATCHKEY_TRIGGER(NAME, FACTORY)                                                                                \
    namespace winrt::Windows::ApplicationModel::Background::implementation {                                           \
    struct NAME : NAME##T<NAME> {};                                                                                    \
    }                                                                                                                  \
    namespace winrt::Windows::ApplicationModel::Background::factory_implementation {                                   \
    struct NAME : NAME##T<NAME, implementation::NAME> {};                                                              \
    }                                                                                                                  \
    LATCHKEY_FACTORY(FACTORY, winrt::Windows::ApplicationModel::Background::factory_implementation::NAME)

LATCHKEY_TRIGGER(AppointmentStoreNotificationTrigger, appointment_store_notification_trigger_factory)
LATCHKEY_TRIGGER(CachedFileUpdaterTrigger, cached_file_updater_trigger_factory)
LATCHKEY_TRIGGER(ChatMessageNotificationTrigger, chat_message_notification_trigger_factory)
LATCHKEY_TRIGGER(ChatMessageReceivedNotificationTrigger, chat_message_received_notification_trigger_factory)
LATCHKEY_TRIGGER(CommunicationBlockingAppSetAsActiveTrigger, communication_blocking_app_set_as_active_trigger_factory)
LATCHKEY_TRIGGER(ContactStoreNotificationTrigger, contact_store_notification_trigger_factory)
LATCHKEY_TRIGGER(ConversationalAgentTrigger, conversational_agent_trigger_factory)
LATCHKEY_TRIGGER(EmailStoreNotificationTrigger, email_store_notification_trigger_factory)
LATCHKEY_TRIGGER(MobileBroadbandDeviceServiceNotificationTrigger,
                 mobile_broadband_device_service_notification_trigger_factory)
LATCHKEY_TRIGGER(MobileBroadbandPcoDataChangeTrigger, mobile_broadband_pco_data_change_trigger_factory)
LATCHKEY_TRIGGER(MobileBroadbandPinLockStateChangeTrigger, mobile_broadband_pin_lock_state_change_trigger_factory)
LATCHKEY_TRIGGER(MobileBroadbandRadioStateChangeTrigger, mobile_broadband_radio_state_change_trigger_factory)
LATCHKEY_TRIGGER(MobileBroadbandRegistrationStateChangeTrigger,
                 mobile_broadband_registration_state_change_trigger_factory)
LATCHKEY_TRIGGER(NetworkOperatorDataUsageTrigger, network_operator_data_usage_trigger_factory)
LATCHKEY_TRIGGER(NetworkOperatorHotspotAuthenticationTrigger, network_operator_hotspot_authentication_trigger_factory)
LATCHKEY_TRIGGER(PaymentAppCanMakePaymentTrigger, payment_app_can_make_payment_trigger_factory)
LATCHKEY_TRIGGER(RcsEndUserMessageAvailableTrigger, rcs_end_user_message_available_trigger_factory)
LATCHKEY_TRIGGER(SecondaryAuthenticationFactorAuthenticationTrigger,
                 secondary_authentication_factor_authentication_trigger_factory)
LATCHKEY_TRIGGER(TetheringEntitlementCheckTrigger, tethering_entitlement_check_trigger_factory)
LATCHKEY_TRIGGER(WiFiOnDemandHotspotConnectTrigger, wifi_on_demand_hotspot_connect_trigger_factory)
LATCHKEY_TRIGGER(WiFiOnDemandHotspotUpdateMetadataTrigger, wifi_on_demand_hotspot_update_metadata_trigger_factory)
