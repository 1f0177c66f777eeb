// SPDX-License-Identifier: MIT
#include "packages/task_type.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace latchkey::packages {

namespace {

using enum TaskTypeOrigin;

constexpr std::array kTaskTypes{
    TaskTypeRow{TaskType::Audio, "audio", Appx2010},
    TaskTypeRow{TaskType::ControlChannel, "controlChannel", Appx2010},
    TaskTypeRow{TaskType::SystemEvent, "systemEvent", Appx2010},
    TaskTypeRow{TaskType::Timer, "timer", Appx2010},
    TaskTypeRow{TaskType::PushNotification, "pushNotification", Appx2010},
    TaskTypeRow{TaskType::General, "general", Windows10},
    TaskTypeRow{TaskType::Location, "location", Windows10},
    TaskTypeRow{TaskType::DeviceUse, "deviceUse", Windows10},
    TaskTypeRow{TaskType::DeviceServicing, "deviceServicing", Windows10},
    TaskTypeRow{TaskType::DeviceConnectionChange, "deviceConnectionChange", Windows10},
    TaskTypeRow{TaskType::Bluetooth, "bluetooth", Windows10},
    TaskTypeRow{TaskType::ChatMessageNotification, "chatMessageNotification", Uap},
    TaskTypeRow{TaskType::VpnClient, "vpnClient", Uap},
    TaskTypeRow{TaskType::PhoneCall, "phoneCall", Uap},
    TaskTypeRow{TaskType::MediaProcessing, "mediaProcessing", Uap},
};

constexpr bool in_order()
{
    for (std::size_t i = 0; i < kTaskTypes.size(); ++i)
        if (static_cast<std::size_t>(kTaskTypes[i].type) != i) return false;
    return true;
}
static_assert(in_order(), "kTaskTypes is indexed by TaskType");

} // namespace

std::span<TaskTypeRow const> task_types()
{
    return kTaskTypes;
}

std::string_view to_string(TaskType type)
{
    return kTaskTypes.at(static_cast<std::size_t>(type)).name;
}

TaskTypeOrigin origin(TaskType type)
{
    return kTaskTypes.at(static_cast<std::size_t>(type)).origin;
}

std::optional<TaskType> parse_task_type(std::string_view name)
{
    auto const row = std::ranges::find(kTaskTypes, name, &TaskTypeRow::name);
    if (row == kTaskTypes.end()) return std::nullopt;
    return row->type;
}

} // namespace latchkey::packages
