// SPDX-License-Identifier: MIT
#pragma once

#include "core/hresult.h"
#include "core/names.h"
#include "core/time.h"

#include <cstdint>
#include <string_view>

namespace latchkey::core {

// What the state of an app means for its tasks. Running is in the foreground or on its way there; a suspended app is in
// memory but frozen; a terminated one is gone or was never launched.
enum class AppState : std::uint8_t { Terminated, Suspended, Running };

constexpr std::string_view name_of(AppState state)
{
    return state == AppState::Running ? "Running" : state == AppState::Suspended ? "Suspended" : "Terminated";
}

// How an instance ended.
struct Completion {
    InstanceId instance;
    HResult result = kOk;
    WallTime at{};
    SharedText message; // empty for success

    friend bool operator==(Completion const&, Completion const&) = default;
};

// When the completion of a task's last instance reaches its app: at once when the app runs, when it is resumed, and
// when the app is launched again and attaches its handler. Only the latest one that was not delivered is kept. Nothing
// is ever sent to a frozen process.
//
//   a handler that was attached stays attached over suspend and resume, and is gone with the process.
//   delivered means that the app said so: one that was sent but not acknowledged is sent again.
class CompletionBox {
public:
    CompletionBox() = default;
    CompletionBox(InstanceId undelivered, bool attached) : m_undelivered(undelivered), m_attached(attached) {}

    // Each returns whether the completion is to be sent to the app now.
    [[nodiscard]] bool completed(InstanceId instance, AppState app)
    {
        m_undelivered = instance;
        return deliverable(app);
    }
    [[nodiscard]] bool handler_attached(AppState app)
    {
        m_attached = app != AppState::Terminated;
        return deliverable(app);
    }
    [[nodiscard]] bool app_changed(AppState app)
    {
        if (app == AppState::Terminated) m_attached = false;
        return deliverable(app);
    }

    // The app has it. False when this is not the one that is kept: an older one, or one already acknowledged.
    [[nodiscard]] bool delivered(InstanceId instance)
    {
        if (m_undelivered.number == 0 || instance != m_undelivered) return false;
        m_undelivered = {};
        return true;
    }

    InstanceId undelivered() const { return m_undelivered; } // 0: none
    bool attached() const { return m_attached; }

private:
    bool deliverable(AppState app) const { return app == AppState::Running && m_attached && m_undelivered.number != 0; }
    InstanceId m_undelivered;
    bool m_attached = false;
};

} // namespace latchkey::core
