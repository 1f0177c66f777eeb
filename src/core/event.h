// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.h"
#include "core/cancellation.h"
#include "core/completion.h"
#include "core/condition.h"
#include "core/names.h"
#include "core/policy.h"
#include "core/registration.h"
#include "core/trigger.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

// What can happen to the broker. Each is a past event or a request; a request that carries a RequestId is answered by
// exactly one Reply effect. docs/engine.md says who sends which, and when.
namespace latchkey::core::event {

// --- from apps (over D-Bus) and people (over the command line) ---
struct Register {
    RequestId request;
    RegisterRequest registration;
};
enum class RunningInstance : std::uint8_t { MayFinish, IsCancelled };
struct Unregister {
    RequestId request;
    TaskId task;
    RunningInstance running = RunningInstance::MayFinish;
};
// ApplicationTrigger.RequestAsync and MediaProcessingTrigger.RequestAsync; answered by an ApplicationTriggerResult.
struct ApplicationTriggerRequested {
    RequestId request;
    SharedText package;
    TriggerKind kind = TriggerKind::Application;
    SharedText arguments;
};
enum class Conditions : std::uint8_t { MustHold, AreIgnored };
struct FireByUser {
    RequestId request;
    TaskId task;
    Conditions conditions = Conditions::MustHold;
};
struct CancelByUser {
    RequestId request;
    TaskId task;
    CancellationReason reason = CancellationReason::Abort;
};
// RequestAccessAsync; answered by a BackgroundAccessStatus, or AskUser when nothing was decided yet.
struct AccessRequested {
    RequestId request;
    SharedText package;
};
// latchkey allow, latchkey deny, the answer to AskUser; RemoveAccess (Unspecified) is the app's own, which gives up
// what it was allowed and cannot take back what was denied.
enum class Decider : std::uint8_t { User, App };
struct SetAccess {
    RequestId request;
    SharedText package;
    Access access = Access::Unspecified;
    Decider by = Decider::User;
};
// The app (re-)attached its Completed handler of this registration.
struct HandlerAttached {
    TaskId task;
};
// The app has this completion.
struct CompletionDelivered {
    TaskId task;
    InstanceId instance;
};

// --- from sources ---
struct SystemTriggerFired {
    SystemTriggerType type = SystemTriggerType::Invalid;
    SharedText details; // SmsReceived only
};
struct PreviewTriggerFired {
    PreviewTriggerType type = PreviewTriggerType::Invalid;
};
// A trigger of one registration: push, toast action, socket, device, location, library, file, custom event.
struct TriggerFired {
    RequestId request; // where there is a sender who can be told that the queue is full
    TaskId task;
    SharedText details;
};
struct FactChanged {
    Fact fact = Fact::Internet;
    FactValue value = FactValue::Unknown;
    std::string source; // who says so, for people
};
// A deadline of next_deadline() has come, the clock was set, or the machine woke: look at the time.
struct TimeReached {};
// The user logs off or the machine shuts down in so long.
struct SessionEnding {
    Duration left{};
};
struct SessionContinues {};

// --- from packages ---
// The package is there and configured: after install, after update, and for each package when the broker starts.
struct PackageConfigured {
    std::shared_ptr<PackageDeclaration const> declaration;
};
struct ServicingStarted {
    SharedText package;
};
struct PackageRemoved {
    SharedText package;
};

// --- from hosts ---
// After a start of the broker: no process of an earlier one is left. Nothing is activated before this.
struct ProcessesGone {};
struct AppChanged {
    SharedText package;
    AppState state = AppState::Terminated;
};
enum class Ground : std::uint8_t { Back, Front };
struct GroundChanged {
    SharedText package;
    Ground ground = Ground::Back;
};
struct HostStarted {
    HostId host;
    std::int64_t pid = 0;
    std::uint64_t start_ticks = 0;
};
// The host's process is gone and reaped, for whatever reason; also of a host that could not be started.
struct HostExited {
    HostId host;
    std::optional<InstanceId> culprit; // the instance on whose thread it crashed, when that is known
    std::int32_t status = 0;           // as waitpid gives it
    SharedText message;                // "signal SIGSEGV in Tasks.Mail"
};
struct InstanceStarted {
    InstanceId instance;
};
struct InstanceProgress {
    InstanceId instance;
    std::uint32_t progress = 0;
};
// It used CPU, read, wrote or reported: not idle. At most a few a minute for each instance.
struct InstanceActive {
    InstanceId instance;
};
struct InstanceCompleted {
    InstanceId instance;
    HResult result = kOk;
    SharedText message;
};
enum class ActivationFailure : std::uint8_t { EntryPointGone, Other };
struct ActivationFailed {
    InstanceId instance;
    HResult result = kClassNotRegistered;
    ActivationFailure failure = ActivationFailure::Other;
    SharedText message;
};
// CPU time of the package's tasks since the last CpuUsed.
struct CpuUsed {
    SharedText package;
    Duration cpu{};
};

// --- from the broker's own configuration ---
struct PolicyChanged {
    Policy policy;
};

} // namespace latchkey::core::event

namespace latchkey::core {

using Event =
    std::variant<event::Register, event::Unregister, event::ApplicationTriggerRequested, event::FireByUser,
                 event::CancelByUser, event::AccessRequested, event::SetAccess, event::HandlerAttached,
                 event::CompletionDelivered, event::SystemTriggerFired, event::PreviewTriggerFired, event::TriggerFired,
                 event::FactChanged, event::TimeReached, event::SessionEnding, event::SessionContinues,
                 event::PackageConfigured, event::ServicingStarted, event::PackageRemoved, event::ProcessesGone,
                 event::AppChanged, event::GroundChanged, event::HostStarted, event::HostExited, event::InstanceStarted,
                 event::InstanceProgress, event::InstanceActive, event::InstanceCompleted, event::ActivationFailed,
                 event::CpuUsed, event::PolicyChanged>;

} // namespace latchkey::core
