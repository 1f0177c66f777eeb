// SPDX-License-Identifier: MIT
#include "core/policy.h"

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMaxDetailsEver = 255; // the count is kept in a byte
constexpr std::uint32_t kMaxRegistrationsEver = 1'000'000;
constexpr std::uint32_t kMaxRunningEver = 65'535;
constexpr Duration kLongest = std::chrono::days(366);
// An app may ask for 2^32 - 1 units, and the sum with now is a number of microseconds too.
constexpr Duration kLongestUnit = std::chrono::minutes(1);

} // namespace

Policy policy_of(Profile profile)
{
    Policy policy;
    policy.profile = profile;
    if (profile == Profile::Windows8) policy.max_lock_screen_apps = 7;
    if (profile == Profile::Windows10) {
        policy.lock_screen_quota = {};
        policy.other_quota = {};
        policy.run_limit = 25s;
        policy.request_run_limit = 10min;
    }
    return policy;
}

std::optional<std::string> check(Policy const& policy)
{
    auto const positive = [](Duration value, char const* name) -> std::optional<std::string> {
        if (value > 0us && value <= kLongest) return std::nullopt;
        return std::string(name) + " must be more than 0 and at most 366 days";
    };
    auto const not_negative = [](Duration value, char const* name) -> std::optional<std::string> {
        if (value >= 0us && value <= kLongest) return std::nullopt;
        return std::string(name) + " must be 0 to 366 days";
    };
    auto const unit = [](Duration value, char const* name) -> std::optional<std::string> {
        if (value > 0us && value <= kLongestUnit) return std::nullopt;
        return std::string(name) + " must be more than 0 and at most 1 minute";
    };
    auto const count = [](std::uint32_t value, std::uint32_t max, char const* name) -> std::optional<std::string> {
        if (value >= 1 && value <= max) return std::nullopt;
        return std::string(name) + " must be 1 to " + std::to_string(max);
    };
    for (auto const& wrong : {
             unit(policy.freshness_unit, "freshness_unit"),
             not_negative(policy.freshness_floor, "freshness_floor"),
             positive(policy.timer_grid, "timer_grid"),
             positive(policy.maintenance_freshness_max, "maintenance_freshness_max"),
             not_negative(policy.clock_back_tolerance, "clock_back_tolerance"),
             not_negative(policy.lock_screen_quota.cpu, "lock_screen_quota.cpu"),
             positive(policy.lock_screen_quota.generation, "lock_screen_quota.generation"),
             not_negative(policy.other_quota.cpu, "other_quota.cpu"),
             positive(policy.other_quota.generation, "other_quota.generation"),
             positive(policy.cancel_grace, "cancel_grace"),
             not_negative(policy.run_limit, "run_limit"),
             not_negative(policy.request_run_limit, "request_run_limit"),
             not_negative(policy.idle_limit, "idle_limit"),
             not_negative(policy.host_linger, "host_linger"),
             positive(policy.spent_retention, "spent_retention"),
             count(policy.max_running, kMaxRunningEver, "max_running"),
             count(policy.max_running_per_package, kMaxRunningPerPackageEver, "max_running_per_package"),
             count(policy.max_registrations, kMaxRegistrationsEver, "max_registrations"),
             count(policy.max_registrations_per_package, kMaxRegistrationsEver, "max_registrations_per_package"),
             count(policy.max_conditions, 1'000, "max_conditions"),
             count(policy.max_text_bytes, kMaxTextBytesEver, "max_text_bytes"),
             count(policy.max_details, kMaxDetailsEver, "max_details"),
             count(policy.max_details_bytes, kMaxDetailsBytesEver, "max_details_bytes"),
             count(policy.max_restarts + 1, 101, "max_restarts + 1"),
         }) {
        if (wrong) return wrong;
    }
    return std::nullopt;
}

} // namespace latchkey::core
