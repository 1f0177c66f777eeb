// SPDX-License-Identifier: MIT
#include "broker/policy_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <variant>

#include <fmt/format.h>

namespace latchkey::broker {

using core::Duration;
using core::Policy;

namespace {

using Scalar = std::variant<std::string, std::int64_t, bool>;
struct Setting {
    Scalar value;
    int line = 0;
};
// By "table.key".
using Settings = std::map<std::string, Setting, std::less<>>;

struct Row {
    std::string_view key;
    std::variant<Duration Policy::*, std::uint32_t Policy::*, Duration core::QuotaLimits::*> member;
    core::QuotaLimits Policy::*quota = nullptr; // of the last kind
};

// One row a number of the policy; data/policy.toml has them in this order.
constexpr std::array kRows{
    Row{"time.freshness-unit", &Policy::freshness_unit},
    Row{"time.freshness-floor", &Policy::freshness_floor},
    Row{"time.timer-grid", &Policy::timer_grid},
    Row{"time.maintenance-freshness-max", &Policy::maintenance_freshness_max},
    Row{"time.clock-back-tolerance", &Policy::clock_back_tolerance},
    Row{"quota.lock-screen.cpu", &core::QuotaLimits::cpu, &Policy::lock_screen_quota},
    Row{"quota.lock-screen.generation", &core::QuotaLimits::generation, &Policy::lock_screen_quota},
    Row{"quota.other.cpu", &core::QuotaLimits::cpu, &Policy::other_quota},
    Row{"quota.other.generation", &core::QuotaLimits::generation, &Policy::other_quota},
    Row{"instance.cancel-grace", &Policy::cancel_grace},
    Row{"instance.run-limit", &Policy::run_limit},
    Row{"instance.request-run-limit", &Policy::request_run_limit},
    Row{"instance.idle-limit", &Policy::idle_limit},
    Row{"instance.host-linger", &Policy::host_linger},
    Row{"limits.max-running", &Policy::max_running},
    Row{"limits.max-running-per-package", &Policy::max_running_per_package},
    Row{"limits.max-registrations", &Policy::max_registrations},
    Row{"limits.max-registrations-per-package", &Policy::max_registrations_per_package},
    Row{"limits.max-conditions", &Policy::max_conditions},
    Row{"limits.max-text-bytes", &Policy::max_text_bytes},
    Row{"limits.max-details", &Policy::max_details},
    Row{"limits.max-details-bytes", &Policy::max_details_bytes},
    Row{"limits.max-restarts", &Policy::max_restarts},
    Row{"limits.max-lock-screen-apps", &Policy::max_lock_screen_apps},
    Row{"limits.spent-retention", &Policy::spent_retention},
};

struct UnaskedWord {
    std::string_view word;
    core::Access access;
};
constexpr std::array kUnasked{
    UnaskedWord{"undecided", core::Access::Unspecified},
    UnaskedWord{"allow", core::Access::Allowed},
    UnaskedWord{"deny", core::Access::DeniedByPolicy},
};

struct Unit {
    std::string_view name;
    std::int64_t us;
};
constexpr std::array kUnits{
    Unit{"us", 1},           Unit{"ms", 1'000},          Unit{"s", 1'000'000},
    Unit{"min", 60'000'000}, Unit{"h", 3'600'000'000LL}, Unit{"d", 86'400'000'000LL},
};

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<std::int64_t> whole_number(std::string_view text)
{
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// "15 min"; "0" needs no unit.
std::optional<Duration> parse_duration(std::string_view text)
{
    auto const digits = text.find_first_not_of("0123456789");
    auto const number = whole_number(text.substr(0, digits));
    std::string_view const unit = digits == std::string_view::npos ? std::string_view() : trimmed(text.substr(digits));
    if (!number) return std::nullopt;
    if (unit.empty() && *number == 0) return Duration::zero();
    for (Unit const& row : kUnits) {
        if (row.name == unit && *number <= std::numeric_limits<std::int64_t>::max() / row.us) {
            return Duration(*number * row.us);
        }
    }
    return std::nullopt;
}

bool is_key(std::string_view text)
{
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               std::string_view::npos;
}

// A value and nothing behind it but a comment.
tl::expected<Scalar, std::string> parse_value(std::string_view text)
{
    text = trimmed(text);
    auto const only_comment = [](std::string_view rest) {
        rest = trimmed(rest);
        return rest.empty() || rest.front() == '#';
    };
    if (text.starts_with('"')) {
        auto const end = text.find('"', 1);
        if (end == std::string_view::npos) return tl::unexpected(std::string("a string ends with a double quote"));
        std::string_view const inside = text.substr(1, end - 1);
        if (inside.find('\\') != std::string_view::npos) {
            return tl::unexpected(std::string("no policy needs a backslash in a string"));
        }
        if (!only_comment(text.substr(end + 1))) {
            return tl::unexpected(std::string("only a comment may stand behind a value"));
        }
        return Scalar(std::string(inside));
    }
    std::string_view const word = trimmed(text.substr(0, text.find('#')));
    if (word == "true" || word == "false") return Scalar(word == "true");
    if (auto const number = whole_number(word)) return Scalar(*number);
    return tl::unexpected(fmt::format(
        "\"{}\" is no value: write a string in double quotes, a whole number, true or false", word.substr(0, 80)));
}

tl::expected<Settings, std::string> parse_settings(std::string_view text, std::string const& name)
{
    Settings settings;
    std::string table;
    int line_number = 0;
    auto const wrong = [&](std::string const& what) {
        return tl::unexpected(fmt::format("{}:{}: {}", name, line_number, what));
    };
    while (!text.empty()) {
        ++line_number;
        auto const end = text.find('\n');
        std::string_view const line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#') continue;
        for (char const character : line) {
            if (static_cast<unsigned char>(character) < 0x20 && character != '\t') {
                return wrong("there is a control character in this line");
            }
        }
        if (line.front() == '[') {
            auto const close = line.find(']');
            std::string_view const rest =
                close == std::string_view::npos ? std::string_view() : trimmed(line.substr(close + 1));
            if (close == std::string_view::npos || (!rest.empty() && rest.front() != '#')) {
                return wrong("a table is named like this: [limits]");
            }
            table = trimmed(line.substr(1, close - 1));
            table += '.';
            continue;
        }
        auto const equals = line.find('=');
        std::string_view const key = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_key(key)) return wrong("a line is: key = value");
        auto value = parse_value(line.substr(equals + 1));
        if (!value) return wrong(value.error());
        if (!settings.emplace(table + std::string(key), Setting{std::move(*value), line_number}).second) {
            return wrong(fmt::format("{}{} was set before", table, key));
        }
    }
    return settings;
}

// The error is without its place.
std::optional<std::string> apply(Row const& row, Scalar const& value, Policy& policy)
{
    if (auto const* count = std::get_if<std::uint32_t Policy::*>(&row.member)) {
        auto const* number = std::get_if<std::int64_t>(&value);
        if (number == nullptr || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
            return "is a whole number, 0 or more";
        }
        policy.*(*count) = static_cast<std::uint32_t>(*number);
        return std::nullopt;
    }
    auto const* text = std::get_if<std::string>(&value);
    auto const* number = std::get_if<std::int64_t>(&value);
    auto const duration = text != nullptr                     ? parse_duration(*text)
                          : number != nullptr && *number == 0 ? std::optional(Duration::zero())
                                                              : std::nullopt;
    if (!duration) return "is a duration in double quotes with a unit: us, ms, s, min, h or d (\"15 min\")";
    if (auto const* of_quota = std::get_if<Duration core::QuotaLimits::*>(&row.member)) {
        policy.*row.quota.*(*of_quota) = *duration;
    } else {
        policy.*std::get<Duration Policy::*>(row.member) = *duration;
    }
    return std::nullopt;
}

} // namespace

tl::expected<Policy, std::string> parse_policy(std::string_view text, std::string const& name)
{
    if (text.size() > kMaxPolicyBytes) {
        return tl::unexpected(fmt::format("{}:1: a policy has at most {} bytes", name, kMaxPolicyBytes));
    }
    auto settings = parse_settings(text, name);
    if (!settings) return tl::unexpected(std::move(settings.error()));

    Policy policy;
    if (auto const profile = settings->find("profile"); profile != settings->end()) {
        auto const* word = std::get_if<std::string>(&profile->second.value);
        std::optional<Policy> chosen;
        for (auto const& row : core::kProfiles) {
            if (word != nullptr && row.name == *word) chosen = core::policy_of(row.profile);
        }
        if (!chosen) {
            return tl::unexpected(
                fmt::format("{}:{}: profile is \"developer-preview\", \"windows-8\" or \"windows-10\"", name,
                            profile->second.line));
        }
        policy = *chosen;
        settings->erase(profile);
    }
    if (auto const unasked = settings->find("unasked"); unasked != settings->end()) {
        auto const* word = std::get_if<std::string>(&unasked->second.value);
        auto const choice = std::find_if(kUnasked.begin(), kUnasked.end(),
                                         [&](UnaskedWord const& row) { return word != nullptr && row.word == *word; });
        if (choice == kUnasked.end()) {
            return tl::unexpected(
                fmt::format("{}:{}: unasked is \"undecided\", \"allow\" or \"deny\"", name, unasked->second.line));
        }
        policy.unasked = choice->access;
        settings->erase(unasked);
    }
    int last_line = 1;
    for (Row const& row : kRows) {
        auto const setting = settings->find(row.key);
        if (setting == settings->end()) continue;
        last_line = setting->second.line;
        if (auto const wrong = apply(row, setting->second.value, policy)) {
            return tl::unexpected(fmt::format("{}:{}: {} {}", name, last_line, row.key, *wrong));
        }
        // One change at a time, so that the message has the line of the number that is out of range.
        if (auto const wrong = core::check(policy)) {
            return tl::unexpected(fmt::format("{}:{}: {} is out of range: {}", name, last_line, row.key, *wrong));
        }
        settings->erase(setting);
    }
    if (!settings->empty()) {
        auto first = settings->begin();
        for (auto setting = settings->begin(); setting != settings->end(); ++setting) {
            if (setting->second.line < first->second.line) first = setting;
        }
        return tl::unexpected(fmt::format("{}:{}: there is no setting {} (data/policy.toml has them all)", name,
                                          first->second.line, first->first));
    }
    return policy;
}

tl::expected<Policy, std::string> read_policy(std::string const& path)
{
    std::error_code failure;
    if (!std::filesystem::exists(path, failure) && !failure) return core::policy_of(core::Profile::DeveloperPreview);
    std::ifstream file(path, std::ios::binary);
    std::string text(kMaxPolicyBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (failure || (!file && !file.eof()) || file.bad()) return tl::unexpected(path + ":1: cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_policy(text, path);
}

} // namespace latchkey::broker
