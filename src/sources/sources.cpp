// SPDX-License-Identifier: MIT
#include "sources/sources.h"

#include "sources/network.h"
#include "sources/power.h"
#include "sources/sessions.h"
#include "sources/system_bus.h"
#include "sources/time_zone.h"
#include "sources/work_cost.h"

#include <algorithm>

namespace latchkey::sources {

struct Sources::State {
    State(ipc::EventLoop& events, Happened tell) : loop(events), happened(std::move(tell)), bus(events)
    {
        auto const add = [this](std::unique_ptr<Source> source) { all.push_back({std::move(source), false}); };
        add(make_network_source(loop, bus, happened));
        add(make_power_source(loop, happened));
        add(make_presence_source(bus, happened));
        add(make_session_source(bus, happened));
        add(make_time_zone_source(loop, bus, happened));
        add(make_work_cost_source(loop, happened));
    }

    struct Entry {
        std::unique_ptr<Source> source;
        bool running;
    };

    static bool tells(Source const& source, core::Fact fact)
    {
        Demand only;
        only.facts.push_back(fact);
        return source.serves(only);
    }

    // Nobody looks any more, so nobody knows: what is not watched must not let a task run later.
    void forget(Source const& source)
    {
        for (std::size_t number = 0; number < core::kFactCount; ++number) {
            auto const fact = static_cast<core::Fact>(number);
            if (tells(source, fact)) forgotten.push_back(fact);
        }
        if (forgotten.empty()) return;
        telling = loop.soon([this] {
                          for (auto const fact : std::exchange(forgotten, {})) {
                              happened(core::event::FactChanged{fact, core::FactValue::Unknown, {}});
                          }
                      })
                      .value_or(ipc::Source());
    }

    ipc::EventLoop& loop;
    Happened happened;
    SystemBus bus; // before the sources, which watch it
    std::vector<Entry> all;
    Demand demand;
    std::vector<core::Fact> forgotten;
    ipc::Source telling;
};

Sources::Sources(ipc::EventLoop& loop, Happened happened) : m_state(std::make_unique<State>(loop, std::move(happened)))
{}

Sources::~Sources()
{
    need({});
}

void Sources::need(Demand const& demand)
{
    if (demand == m_state->demand) return;
    m_state->demand = demand;
    for (auto& [source, running] : m_state->all) {
        bool const wanted = source->serves(demand);
        if (wanted == running) continue;
        running = wanted;
        if (wanted) {
            source->start();
        } else {
            source->stop();
            m_state->forget(*source);
        }
    }
}

bool Sources::can_tell(core::Fact fact) const
{
    return std::any_of(m_state->all.begin(), m_state->all.end(), [fact](auto const& entry) {
        return State::tells(*entry.source, fact) && entry.source->state().problem.empty();
    });
}

std::vector<SourceState> Sources::states() const
{
    std::vector<SourceState> states;
    for (auto const& entry : m_state->all) {
        states.push_back(entry.source->state());
    }
    return states;
}

} // namespace latchkey::sources
