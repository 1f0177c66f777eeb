// SPDX-License-Identifier: MIT
#include "sources/sessions.h"

#include "sources/logind_user.h"

#include <algorithm>

namespace latchkey::sources {

namespace {

using core::Fact;
using core::FactValue;
using core::PreviewTriggerType;
using core::SystemTriggerType;

constexpr char const* kTeller = "logind";

bool asks_for(Demand const& demand, Fact fact)
{
    return std::find(demand.facts.begin(), demand.facts.end(), fact) != demand.facts.end();
}
bool asks_for(Demand const& demand, SystemTriggerType type)
{
    return std::find(demand.system_triggers.begin(), demand.system_triggers.end(), type) !=
           demand.system_triggers.end();
}
bool asks_for(Demand const& demand, PreviewTriggerType type)
{
    return std::find(demand.preview_triggers.begin(), demand.preview_triggers.end(), type) !=
           demand.preview_triggers.end();
}

// What both have in common: one fact with an edge each way.
class LogindSource : public Source {
public:
    LogindSource(SystemBus& bus, Happened happened, Fact fact)
        : m_bus(bus),
          m_happened(std::move(happened)),
          m_fact(fact),
          m_user(bus, [this](std::optional<UserSessions> sessions) { told(sessions); })
    {}

    void start() override
    {
        m_running = true;
        m_user.start();
    }

    void stop() override
    {
        m_user.stop();
        m_running = m_absent = false;
        m_value = FactValue::Unknown;
        m_before.reset();
    }

    SourceState state() const override
    {
        auto const problem = !m_absent                 ? std::string()
                             : m_bus.problem().empty() ? std::string("logind does not run")
                                                       : m_bus.problem();
        return {.name = std::string(name()),
                .running = m_running,
                .problem = problem,
                .remedy = problem.empty() ? "" : "run systemd-logind or elogind"};
    }

protected:
    void tell(core::Event event) const { m_happened(std::move(event)); }
    virtual bool holds(UserSessions const& sessions) const = 0;
    virtual void became(FactValue value) const = 0;
    virtual void moved(UserSessions const& before, UserSessions const& now) const
    {
        (void)before;
        (void)now;
    }

private:
    void told(std::optional<UserSessions> const& sessions)
    {
        m_absent = !sessions;
        auto const value = !sessions ? FactValue::Unknown : holds(*sessions) ? FactValue::True : FactValue::False;
        auto const before = std::exchange(m_value, value);
        if (before != value) m_happened(core::event::FactChanged{m_fact, value, sessions ? kTeller : ""});
        if (before != value && before != FactValue::Unknown && value != FactValue::Unknown) became(value);
        if (m_before && sessions) moved(*m_before, *sessions);
        m_before = sessions;
    }

    SystemBus& m_bus;
    Happened m_happened;
    Fact m_fact;
    LogindUser m_user;
    bool m_running = false;
    bool m_absent = false;
    FactValue m_value = FactValue::Unknown;
    std::optional<UserSessions> m_before;
};

class SessionSource final : public LogindSource {
public:
    SessionSource(SystemBus& bus, Happened happened) : LogindSource(bus, std::move(happened), Fact::Session) {}

    std::string_view name() const override { return "session"; }
    bool serves(Demand const& demand) const override
    {
        return asks_for(demand, Fact::Session) || asks_for(demand, SystemTriggerType::SessionConnected) ||
               asks_for(demand, PreviewTriggerType::SessionDisconnected) ||
               asks_for(demand, PreviewTriggerType::SessionStart);
    }

private:
    bool holds(UserSessions const& sessions) const override { return sessions.active; }
    void became(FactValue value) const override
    {
        if (value == FactValue::True) {
            tell(core::event::SystemTriggerFired{SystemTriggerType::SessionConnected, {}});
        } else {
            tell(core::event::PreviewTriggerFired{PreviewTriggerType::SessionDisconnected});
        }
    }
    void moved(UserSessions const& before, UserSessions const& now) const override
    {
        if (!before.any && now.any) tell(core::event::PreviewTriggerFired{PreviewTriggerType::SessionStart});
    }
};

class PresenceSource final : public LogindSource {
public:
    PresenceSource(SystemBus& bus, Happened happened) : LogindSource(bus, std::move(happened), Fact::UserPresence) {}

    std::string_view name() const override { return "presence"; }
    bool serves(Demand const& demand) const override
    {
        return asks_for(demand, Fact::UserPresence) || asks_for(demand, SystemTriggerType::UserPresent) ||
               asks_for(demand, SystemTriggerType::UserAway);
    }

private:
    bool holds(UserSessions const& sessions) const override
    {
        return sessions.active && !sessions.idle && !sessions.locked;
    }
    void became(FactValue value) const override
    {
        tell(core::event::SystemTriggerFired{
            value == FactValue::True ? SystemTriggerType::UserPresent : SystemTriggerType::UserAway, {}});
    }
};

} // namespace

std::unique_ptr<Source> make_session_source(SystemBus& bus, Happened happened)
{
    return std::make_unique<SessionSource>(bus, std::move(happened));
}

std::unique_ptr<Source> make_presence_source(SystemBus& bus, Happened happened)
{
    return std::make_unique<PresenceSource>(bus, std::move(happened));
}

} // namespace latchkey::sources
