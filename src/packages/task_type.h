// SPDX-License-Identifier: MIT
// What a background task may be triggered by, as a manifest says it: <Task Type="…"/>. One table drives the reader,
// the messages, `manifest declare` and completion.
//
// Source: reference section 7.2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace latchkey::packages {

enum class TaskType : std::uint8_t {
    Audio,
    ControlChannel,
    SystemEvent,
    Timer,
    PushNotification,
    General,
    Location,
    DeviceUse,
    DeviceServicing,
    DeviceConnectionChange,
    Bluetooth,
    ChatMessageNotification,
    VpnClient,
    PhoneCall,
    MediaProcessing,
};

// Which schema brought a task type, and so which element may carry it.
enum class TaskTypeOrigin : std::uint8_t {
    Appx2010,  // Task, in every schema
    Windows10, // Task in foundation/windows10; m2:Task in 2010
    Uap,       // uap:Task only
};

struct TaskTypeRow {
    TaskType type;
    std::string_view name;
    TaskTypeOrigin origin;
};

// In the order of the enumeration.
std::span<TaskTypeRow const> task_types();

std::string_view to_string(TaskType);
TaskTypeOrigin origin(TaskType);

// Exact: the schemas distinguish upper and lower case.
std::optional<TaskType> parse_task_type(std::string_view name);

} // namespace latchkey::packages
