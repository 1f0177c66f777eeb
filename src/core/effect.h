// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.h"
#include "core/cancellation.h"
#include "core/completion.h"
#include "core/history.h"
#include "core/names.h"
#include "core/refusal.h"
#include "core/registration.h"
#include "core/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

// What the broker wants done. Values, not callbacks: a test compares them, the simulator replays them, and the daemon
// is the only place that carries them out. docs/engine.md says who carries out which.
namespace latchkey::core::effect {

// --- durable: one transaction, committed before any of the others is carried out ---
struct SaveRegistration {
    std::shared_ptr<Registration const> registration;
    TaskState state;
};
struct SaveTask {
    TaskId task;
    TaskState state;
};
// With its state, details and completion. Instances that still run keep their record.
struct DeleteRegistration {
    TaskId task;
    DeletionReason reason{};
};
struct SaveDetails {
    TaskId task;
    std::uint32_t number = 0;
    SharedText details;
};
struct DropDetails {
    TaskId task;
    std::uint32_t number = 0;
};
// Also raises Snapshot::last_instance.
struct SaveInstance {
    InstanceRecord record;
};
struct DeleteInstance {
    InstanceId instance;
};
// Replaces the task's earlier one.
struct SaveCompletion {
    TaskId task;
    Completion completion;
};
struct DeleteCompletion {
    TaskId task;
    InstanceId instance;
};
struct SavePackage {
    PackageRecord record;
};
struct DeletePackage {
    SharedText family;
};
struct SaveHostProcess {
    HostProcess process;
};
struct DeleteHostProcess {
    HostId host;
};
struct AppendHistory {
    HistoryEvent event;
};

// --- actions, in this order, after the commit ---
enum class ApplicationTriggerResult : std::uint8_t {
    Allowed = 0,
    CurrentlyRunning = 1,
    DisabledByPolicy = 2,
    UnknownError = 3,
};
struct Done {
    friend bool operator==(Done, Done) = default;
};
using Answer = std::variant<Done, TaskId, Refusal, ApplicationTriggerResult, BackgroundAccessStatus>;
struct Reply {
    RequestId request;
    Answer answer;
};
// What must happen to the app before its own process can host a task.
enum class AppPreparation : std::uint8_t { None, ThawAllButUi, LaunchWithoutUi };
struct StartHost {
    HostId host;
    SharedText package;
    HostKind kind = HostKind::SystemHost;
    AppPreparation app = AppPreparation::None;
};
struct StartInstance {
    HostId host;
    InstanceId instance;
    TaskId task;
    std::optional<std::uint32_t> details; // read from the store under (task, number)
    std::uint8_t restarts = 0;
};
struct RequestCancel {
    HostId host;
    InstanceId instance;
    CancellationReason reason{};
    BootTime grace_ends{};
};
// Kill it; HostExited follows. App-hosted: the app is killed.
struct TerminateHost {
    HostId host;
};
// Its last task has ended. App-hosted: a suspended app is frozen again, one launched for the tasks ends, a running one
// goes on. The broker has forgotten the host; HostExited is welcome but not waited for.
struct StopHost {
    HostId host;
};
// The budget is used up until the next generation / there is budget again, or a cancellation must be heard.
struct FreezeHost {
    HostId host;
};
struct ThawHost {
    HostId host;
};
struct TellSuspendedCount {
    HostId host;
    InstanceId instance;
    std::uint32_t count = 0;
};
// What the package's tasks may use until the quota is to be charged; nullopt: as much as they like.
struct SetCpuBudget {
    SharedText package;
    std::optional<Duration> left;
};
// The stored completion of the task goes to its app, which answers by CompletionDelivered.
struct DeliverCompletion {
    SharedText package;
    TaskId task;
    InstanceId instance;
};
struct DeliverProgress {
    SharedText package;
    TaskId task;
    InstanceId instance;
    std::uint32_t progress = 0;
};
// Ask the user whether the app may run in the background; the answer comes as SetAccess with this request.
struct AskUser {
    RequestId request;
    SharedText package;
};

} // namespace latchkey::core::effect

namespace latchkey::core {

// Durable alternatives first: is_durable depends on it.
using Effect =
    std::variant<effect::SaveRegistration, effect::SaveTask, effect::DeleteRegistration, effect::SaveDetails,
                 effect::DropDetails, effect::SaveInstance, effect::DeleteInstance, effect::SaveCompletion,
                 effect::DeleteCompletion, effect::SavePackage, effect::DeletePackage, effect::SaveHostProcess,
                 effect::DeleteHostProcess, effect::AppendHistory, //
                 effect::Reply, effect::StartHost, effect::StartInstance, effect::RequestCancel, effect::TerminateHost,
                 effect::StopHost, effect::FreezeHost, effect::ThawHost, effect::TellSuspendedCount,
                 effect::SetCpuBudget, effect::DeliverCompletion, effect::DeliverProgress, effect::AskUser>;

using Effects = std::vector<Effect>;

// True for what belongs into the transaction. In what handle() returns, all of these come before all others.
inline bool is_durable(Effect const& effect)
{
    static_assert(std::is_same_v<std::variant_alternative_t<13, Effect>, effect::AppendHistory>);
    return effect.index() <= 13;
}

// "SaveTask", "StartInstance", …: for the journal, traces and test output.
std::string_view name_of(Effect const& effect);

} // namespace latchkey::core
