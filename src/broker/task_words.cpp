// SPDX-License-Identifier: MIT
#include "broker/task_words.h"

#include "packages/text.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>

namespace latchkey::broker {

namespace {

// Lower case; empty when the word cannot begin an id.
std::string id_prefix(std::string_view word)
{
    std::string prefix = packages::lower_case(word);
    auto const is_part = [](char character) {
        return std::isxdigit(static_cast<unsigned char>(character)) != 0 || character == '-';
    };
    bool const fits = word.size() >= kMinPrefixDigits && std::all_of(prefix.begin(), prefix.end(), is_part);
    return fits ? prefix : std::string();
}

// What follows "FAMILY/" or "NAME/" of that package; the whole word when neither comes first.
std::string_view without_package(std::string_view word, std::string_view family)
{
    for (std::string_view const package : {family, family.substr(0, family.rfind('_'))})
        if (word.size() > package.size() && word.starts_with(package) && word[package.size()] == '/')
            return word.substr(package.size() + 1);
    return word;
}

} // namespace

Judged<core::TaskId> find_task(core::Broker const& rules, std::string_view word, std::string_view family)
{
    struct Match {
        core::TaskId task;
        std::string line;
    };
    if (auto const id = core::parse_guid(word)) {
        auto const registration = rules.registration(core::TaskId{*id});
        if (registration && (family.empty() || registration->package.view() == family)) return registration->task;
    }
    std::string const prefix = id_prefix(word);
    std::vector<Match> matches;
    for (auto const& package : rules.packages()) {
        std::string_view const of = package.family.view();
        if (!family.empty() && of != family) continue;
        std::string_view const name_alone = without_package(word, of);
        for (core::TaskId const task : rules.all_tasks(of)) {
            auto const registration = rules.registration(task);
            std::string const id = core::to_string(task.value);
            bool const matched = registration->name == word || registration->name == name_alone ||
                                 (!prefix.empty() && id.starts_with(prefix));
            if (!matched) continue;
            matches.push_back({task, fmt::format("{} {}/{}", id, of, packages::printable(registration->name))});
        }
    }
    if (matches.size() == 1) return matches.front().task;
    if (matches.empty()) {
        return tl::unexpected(refused(core::Refusal::UnknownTask, fmt::format("\"{}\"", packages::printable(word))));
    }
    std::string lines;
    for (std::size_t i = 0; i < std::min(matches.size(), kMaxMatchesListed); ++i) {
        lines += "\n" + matches[i].line;
    }
    if (matches.size() > kMaxMatchesListed) lines += "\n…";
    return tl::unexpected(
        Refused{"AmbiguousTask", core::kInvalidArgument,
                fmt::format("\"{}\" names {} tasks:{}", packages::printable(word), matches.size(), lines)});
}

} // namespace latchkey::broker
