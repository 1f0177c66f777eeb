// SPDX-License-Identifier: MIT
#pragma once

// The loop of docs/engine.md: what happened is collected, the rules judge it, the store commits once, and only then is
// anything done. The rules are entered from one place, turn(), and never from inside an action.

#include "core/broker.h"
#include "ipc/event_loop.h"
#include "store/store.h"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace latchkey::broker {

// A burst is committed at the latest after so many events, however many more are ready.
inline constexpr std::size_t kMaxEventsOfATurn = 1'024;
// The store's log is looked at after so many turns that wrote, or so many writes, when nothing else is to be done: what
// is in it is read again by the next start.
inline constexpr int kTidyUpAfter = 64;
inline constexpr std::ptrdiff_t kTidyUpAfterWrites = 4'096;
// And after so many whatever is to be done: a client that never pauses would let the log grow without end.
inline constexpr std::ptrdiff_t kMustTidyUpAfterWrites = 16'384;

// Who carries out what the rules want. Called after the commit, in order; may tell the engine what happened (it is
// handled in the next turn).
class Carrier {
public:
    virtual core::Now now() = 0;

    virtual void carry_out(core::effect::StartHost const&) = 0;
    virtual void carry_out(core::effect::StartInstance const&) = 0;
    virtual void carry_out(core::effect::RequestCancel const&) = 0;
    virtual void carry_out(core::effect::TerminateHost const&) = 0;
    virtual void carry_out(core::effect::StopHost const&) = 0;
    virtual void carry_out(core::effect::FreezeHost const&) = 0;
    virtual void carry_out(core::effect::ThawHost const&) = 0;
    virtual void carry_out(core::effect::TellSuspendedCount const&) = 0;
    virtual void carry_out(core::effect::SetCpuBudget const&) = 0;
    virtual void carry_out(core::effect::DeliverCompletion const&) = 0;
    virtual void carry_out(core::effect::DeliverProgress const&) = 0;
    virtual void carry_out(core::effect::AskUser const&) = 0;

    // What people may watch; committed.
    virtual void recorded(core::HistoryEvent const&) = 0;
    virtual void registered(core::TaskId task) = 0;
    virtual void unregistered(core::TaskId task) = 0;
    // After the actions of a turn. Demand is Changed when triggers or facts may be waited for that were not, or no
    // more.
    enum class Demand : std::uint8_t { Same, Changed };
    virtual void turned(Demand demand) = 0;
    // The store could not commit: memory is ahead of the disk and nothing was carried out. The broker must end.
    virtual void failed(std::string const& why) = 0;

protected:
    ~Carrier() = default;
};

class Engine {
public:
    using Answered = std::function<void(core::effect::Answer const&)>;

    // As of the store's last commit. carrier and loop outlive it. policy was checked.
    Engine(ipc::EventLoop& loop, store::Store store, core::Policy policy, Carrier& carrier);
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    // Handled in the next turn.
    void happened(core::Event event);
    // The same for a request; answered once, after its effects are on disk. Dropped when the broker ends before.
    template <class Request>
    void ask(Request request, Answered answered)
    {
        request.request = core::RequestId{++m_last_request};
        m_requests.emplace(request.request.number, std::move(answered));
        happened(std::move(request));
    }
    // The request will not be answered by the rules (AskUser): whoever asked is told this instead.
    void answer(core::RequestId request, core::effect::Answer const& answer);

    // Nobody is answered any more. Who asked may hold what ends before the engine does: a connection, its messages.
    void drop_requests() { m_requests.clear(); }

    // Handles what has happened so far. The loop calls it; a test may.
    void turn();
    // How many there have been: what the rules say of a task stays the same between two of them.
    std::uint64_t turns() const { return m_turns; }

    core::Broker const& rules() const { return m_rules; }
    // Processes that an earlier broker left: to be proved gone before anything starts.
    std::vector<core::HostProcess> const& old_hosts() const { return m_old_hosts; }
    store::Store& store() { return m_store; }

private:
    void tell();
    void carry_out();
    void idle();
    void tidy_up();

    Engine(ipc::EventLoop& loop, store::Store store, core::Policy policy, core::Snapshot snapshot, Carrier& carrier);

    store::Store m_store;
    Carrier& m_carrier;
    std::vector<core::HostProcess> m_old_hosts;
    core::Broker m_rules;
    ipc::Source m_soon; // behind everything that is ready
    ipc::Source m_now;  // before it: when a turn is full
    ipc::Source m_idle;
    std::vector<core::Event> m_events;
    std::vector<core::Event> m_handled; // the events of the turn; two vectors, so that neither allocates again
    core::Effects m_effects;
    std::unordered_map<std::uint64_t, Answered> m_requests;
    std::uint64_t m_last_request = 0;
    std::uint64_t m_turns = 0;
    int m_turns_with_commit = 0;
    std::ptrdiff_t m_writes = 0;
    bool m_failed = false;
};

} // namespace latchkey::broker
