// SPDX-License-Identifier: MIT
//
// The objects that stand for what the broker keeps.
#pragma once

#include "runtime/classes/task_events.h"

namespace latchkey::runtime {

background::BackgroundTaskRegistration make_registration(TaskFacts const& facts);
background::BackgroundTaskRegistrationGroup make_group(winrt::hstring const& id, winrt::hstring const& name);

// What the broker answers to List. member begins the text of a failure.
std::vector<TaskFacts> list_tasks(std::wstring_view member, ipc::Dictionary options);

} // namespace latchkey::runtime
