// SPDX-License-Identifier: MIT
#pragma once

// Where facts and firings come from: one file a Linux event source. A source first tells a snapshot (what holds now),
// then edges. It runs only while a registration needs what it tells, so an idle machine has no wake-ups; a source that
// cannot run here says why, once, for doctor and `why`.

#include "core/condition.h"
#include "core/event.h"
#include "core/trigger.h"
#include "ipc/event_loop.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::sources {

// What somebody waits for: the triggers of all registrations and the facts behind their conditions.
struct Demand {
    std::vector<core::SystemTriggerType> system_triggers;
    std::vector<core::PreviewTriggerType> preview_triggers;
    std::vector<core::Fact> facts;

    friend bool operator==(Demand const&, Demand const&) = default;
};

// What a source does here, for people.
struct SourceState {
    std::string name; // "network (NetworkManager)"
    bool running = false;
    std::string problem; // empty: none; else what is missing
    std::string remedy;
};

// Told of everything that happens; from the event loop, never from inside a call to a source.
using Happened = std::function<void(core::Event)>;

// One event source. Construction is cheap and never fails; start() may.
class Source {
public:
    virtual ~Source() = default;
    virtual std::string_view name() const = 0;
    // Whether it can tell anything of this.
    virtual bool serves(Demand const& demand) const = 0;
    // Tells the snapshot soon, then edges, until stop(). May be started again after stop().
    virtual void start() = 0;
    virtual void stop() = 0;
    virtual SourceState state() const = 0;
};

// All sources of this machine, each started while it is needed.
class Sources {
public:
    Sources(ipc::EventLoop& loop, Happened happened);
    ~Sources();

    // Starts and stops sources so that exactly what is needed runs. Cheap when nothing changed.
    void need(Demand const& demand);
    // Whether any source can tell of it on this machine.
    bool can_tell(core::Fact fact) const;
    std::vector<SourceState> states() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::sources
