// SPDX-License-Identifier: MIT
// Whether an app may run in the background: what it asks, and what people decide.
#include "broker/interface.h"

#include <fmt/format.h>

namespace latchkey::broker {

namespace {

using namespace core;

enum class WorkCost : std::int32_t { Low = 0, Medium = 1, High = 2 };

void get_access(Rooms& rooms, Call call)
{
    auto const package = rooms.engine.rules().package(call.family());
    if (!package) return call.refuse(refused(Refusal::UnknownPackage, call.family()));
    call.reply(static_cast<std::int32_t>(package->status));
}

void request_access(Rooms& rooms, Call call)
{
    rooms.engine.ask(event::AccessRequested{{}, SharedText(call.family())},
                     [call](effect::Answer const& answer) mutable { reply_or_refuse(call, answer); });
}

void remove_access(Rooms& rooms, Call call)
{
    rooms.engine.ask(event::SetAccess{{}, SharedText(call.family()), Access::Unspecified, event::Decider::App},
                     [call](effect::Answer const& answer) mutable {
                         if (auto const* refusal = std::get_if<Refusal>(&answer)) return call.refuse(refused(*refusal));
                         call.reply();
                     });
}

void get_work_cost(Rooms& rooms, Call call)
{
    // While no source tells, work is taken to cost little, as Windows does on power.
    bool const high = rooms.engine.rules().conditions().value(Fact::WorkCostNotHigh) == FactValue::False;
    call.reply(static_cast<std::int32_t>(high ? WorkCost::High : WorkCost::Low));
}

void decide(Rooms& rooms, Call call, Access access)
{
    auto const family = packages::find_family(rooms.packages, call.arguments().read_string());
    if (!family) return call.refuse({family.error().name, hresult(family.error().hresult), family.error().message});
    rooms.engine.ask(event::SetAccess{{}, SharedText(*family), access},
                     [call, &rooms, family = *family](effect::Answer const& answer) mutable {
                         auto const* refusal = std::get_if<Refusal>(&answer);
                         if (refusal == nullptr) return call.reply();
                         auto const limit = rooms.engine.rules().policy().max_lock_screen_apps;
                         call.refuse(refused(*refusal, *refusal == Refusal::TooManyLockScreenApps
                                                           ? fmt::format("max-lock-screen-apps is {}", limit)
                                                           : family));
                     });
}

void allow(Rooms& rooms, Call call)
{
    decide(rooms, std::move(call), Access::Allowed);
}

void deny(Rooms& rooms, Call call)
{
    decide(rooms, std::move(call), Access::DeniedByUser);
}

constexpr Method kMethods[] = {
    {"GetAccess", "", "i", "status\0", get_access}, {"RequestAccess", "", "i", "status\0", request_access},
    {"RemoveAccess", "", "", "", remove_access},    {"GetWorkCost", "", "i", "cost\0", get_work_cost},
    {"Allow", "s", "", "package\0", allow},         {"Deny", "s", "", "package\0", deny},
};

} // namespace

std::span<Method const> access_methods()
{
    return kMethods;
}

} // namespace latchkey::broker
