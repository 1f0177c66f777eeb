// SPDX-License-Identifier: MIT
#include "broker/engine.h"

#include <algorithm>

namespace latchkey::broker {

using namespace core;

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>; // clang 14 does not make it up

} // namespace

Engine::Engine(ipc::EventLoop& loop, store::Store store, Policy policy, Carrier& carrier)
    : Engine(loop, std::move(store), policy, Snapshot(), carrier)
{}

Engine::Engine(ipc::EventLoop& loop, store::Store store, Policy policy, Snapshot snapshot, Carrier& carrier)
    : m_store(std::move(store)),
      m_carrier(carrier),
      m_old_hosts((snapshot = m_store.take_snapshot()).hosts),
      m_rules(policy, std::move(snapshot), carrier.now())
{
    using Priority = ipc::EventLoop::Priority;
    m_soon = loop.soon([this] { turn(); }, Priority::Last).value();
    m_now = loop.soon([this] { turn(); }, Priority::First).value();
    m_idle = loop.soon([this] { idle(); }, Priority::Last).value();
    m_now.disarm(); // m_idle is not: brokers that were killed before they tidied up leave a long log
}

void Engine::happened(Event event)
{
    if (m_failed) return;
    if (m_events.empty()) m_soon.again();
    m_events.push_back(std::move(event));
    if (m_events.size() == kMaxEventsOfATurn) m_now.again();
}

void Engine::answer(RequestId request, effect::Answer const& answer)
{
    auto const asked = m_requests.find(request.number);
    if (asked == m_requests.end()) return;
    Answered const answered = std::move(asked->second);
    m_requests.erase(asked);
    answered(answer);
}

void Engine::turn()
{
    if (m_events.empty() || m_failed) return;
    ++m_turns;
    m_handled.swap(m_events);
    Now const now = m_carrier.now();
    for (Event const& event : m_handled) {
        m_rules.handle(event, now, m_effects);
    }
    m_handled.clear();
    auto const writes = std::count_if(m_effects.begin(), m_effects.end(), is_durable);
    bool const durable = writes > 0;
    if (durable) {
        if (auto const done = m_store.commit(m_effects); !done) {
            m_failed = true;
            m_effects.clear();
            m_carrier.failed(done.error().what);
            return;
        }
        m_writes += writes;
        if (++m_turns_with_commit >= kTidyUpAfter || m_writes >= kTidyUpAfterWrites) m_idle.again();
    }
    if (durable) tell();
    carry_out();
    auto const changes_demand = [](Effect const& effect) {
        auto const* task = std::get_if<effect::SaveTask>(&effect);
        return std::holds_alternative<effect::SaveRegistration>(effect) ||
               std::holds_alternative<effect::DeleteRegistration>(effect) || (task != nullptr && task->state.spent);
    };
    bool const changed = durable && std::any_of(m_effects.begin(), m_effects.end(), changes_demand);
    m_effects.clear();
    m_carrier.turned(changed ? Carrier::Demand::Changed : Carrier::Demand::Same);
    if (m_writes >= kMustTidyUpAfterWrites) tidy_up();
}

void Engine::tell()
{
    for (Effect const& effect : m_effects) {
        std::visit(Overloaded{
                       [&](effect::AppendHistory const& append) { m_carrier.recorded(append.event); },
                       [&](effect::SaveRegistration const& save) { m_carrier.registered(save.registration->task); },
                       [&](effect::DeleteRegistration const& removed) { m_carrier.unregistered(removed.task); },
                       [](auto const&) {},
                   },
                   effect);
    }
}

void Engine::carry_out()
{
    for (Effect const& effect : m_effects) {
        if (is_durable(effect)) continue;
        std::visit(
            [&](auto const& action) {
                using Action = std::decay_t<decltype(action)>;
                if constexpr (std::is_same_v<Action, effect::Reply>) {
                    answer(action.request, action.answer);
                } else if constexpr (requires { m_carrier.carry_out(action); }) {
                    m_carrier.carry_out(action);
                }
            },
            effect);
    }
}

void Engine::idle()
{
    if (m_events.empty()) {
        tidy_up();
    } else {
        m_idle.again();
    }
}

void Engine::tidy_up()
{
    m_turns_with_commit = 0;
    m_writes = 0;
    // What cannot be moved out of the log stays in it; the next commit says whether the disk still works.
    (void)m_store.tidy_up();
}

} // namespace latchkey::broker
