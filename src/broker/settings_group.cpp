// SPDX-License-Identifier: MIT
// ApplicationData on the bus: settings (settings.h does it all) and DataChanged.
#include "broker/interface.h"
#include "broker/settings.h"

#include <systemd/sd-bus.h>

namespace latchkey::broker {

namespace {

// One function for all: settings.h tells them apart by their names.
void settings(Rooms& rooms, Call call)
{
    auto answer = answer_settings(rooms.settings, call.family(), call.arguments());
    if (answer) return call.send(std::move(*answer));
    sd_bus_error const error{answer.error().name.c_str(), answer.error().message.c_str(), 0};
    sd_bus_reply_method_error(call.arguments().get(), &error);
}

void signal_data_changed(Rooms& rooms, Call call)
{
    rooms.clients.tell_package(call.family(),
                               [](ipc::Bus const& bus) { return bus.signal(kPath, kName, "DataChanged"); });
    call.reply();
}

constexpr Method kMethods[] = {
    {"SettingsRead", "s", "a{sv}", "container\0values\0", settings},
    {"SettingsLookup", "ss", "av", "container\0key\0value\0", settings},
    {"SettingsInsert", "ssv", "b", "container\0key\0value\0replaced\0", settings},
    {"SettingsRemove", "sas", "u", "container\0keys\0removed\0", settings},
    {"SettingsContainers", "s", "as", "container\0names\0", settings},
    {"SettingsCreateContainer", "sb", "", "container\0existing\0", settings},
    {"SettingsDeleteContainer", "s", "", "container\0", settings},
    {"SettingsClear", "s", "", "container\0", settings},
    {"SettingsVersion", "", "u", "version\0", settings},
    {"SettingsSetVersion", "u", "", "version\0", settings},
    {"SignalDataChanged", "", "", "", signal_data_changed},
};

} // namespace

std::span<Method const> settings_methods()
{
    return kMethods;
}

} // namespace latchkey::broker
