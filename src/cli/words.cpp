// SPDX-License-Identifier: MIT
#include "cli/words.h"

#include "core/access.h"
#include "packages/text.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace latchkey::cli {

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::size_t kShortIdCharacters = 8;

std::tm local_time(std::uint64_t us)
{
    auto const seconds = static_cast<std::time_t>(us / kSecond);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

} // namespace

std::string time_text(std::uint64_t at_us, std::uint64_t now_us)
{
    if (at_us == 0) return "never";
    std::tm const at = local_time(at_us);
    std::tm const now = local_time(now_us);
    std::string const clock = fmt::format("{:02}:{:02}:{:02}", at.tm_hour, at.tm_min, at.tm_sec);
    if (at.tm_year == now.tm_year && at.tm_yday == now.tm_yday) return clock;
    return fmt::format("{}-{:02}-{:02} {}", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, clock);
}

std::string duration_text(std::uint64_t us)
{
    std::uint64_t const seconds = us / kSecond;
    if (seconds < 10) return fmt::format("{}.{} s", seconds, us % kSecond / 100'000);
    if (seconds < 60) return fmt::format("{} s", seconds);
    std::uint64_t const minutes = seconds / 60;
    if (minutes < 60) return fmt::format("{} min", minutes);
    std::uint64_t const hours = minutes / 60;
    if (hours < 48) return fmt::format("{} h {} min", hours, minutes % 60);
    return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string hresult_text(std::int32_t result)
{
    return fmt::format("0x{:08x}", static_cast<std::uint32_t>(result));
}

std::string result_text(std::int32_t result, std::string_view text)
{
    std::string words = result < 0 ? fmt::format("failed ({})", hresult_text(result)) : "ok";
    if (!text.empty()) words += ": " + safe(text);
    return words;
}

std::string_view access_text(std::int32_t status)
{
    using core::BackgroundAccessStatus;
    switch (static_cast<BackgroundAccessStatus>(status)) {
    case BackgroundAccessStatus::Unspecified:
        return "not decided";
    case BackgroundAccessStatus::AllowedWithAlwaysOnRealTimeConnectivity:
    case BackgroundAccessStatus::AlwaysAllowed:
        return "always allowed";
    case BackgroundAccessStatus::AllowedMayUseActiveRealTimeConnectivity:
    case BackgroundAccessStatus::AllowedSubjectToSystemPolicy:
        return "allowed";
    case BackgroundAccessStatus::Denied:
        return "denied";
    case BackgroundAccessStatus::DeniedBySystemPolicy:
        return "denied by policy";
    case BackgroundAccessStatus::DeniedByUser:
        return "denied by the user";
    }
    return "unknown";
}

bool needs_allowing(std::int32_t status, std::string_view profile)
{
    using core::BackgroundAccessStatus;
    switch (static_cast<BackgroundAccessStatus>(status)) {
    case BackgroundAccessStatus::Unspecified:
        return profile != core::name_of(core::Profile::Windows10); // which has no list
    case BackgroundAccessStatus::Denied:
    case BackgroundAccessStatus::DeniedByUser:
        return true;
    default:
        return false;
    }
}

std::string in_local_time(std::string sentence, std::uint64_t now_us)
{
    constexpr std::string_view kForm = "0000-00-00 00:00:00 UTC";
    for (std::size_t at = 0; at + kForm.size() <= sentence.size(); ++at) {
        std::string_view const found = std::string_view(sentence).substr(at, kForm.size());
        bool const fits = std::ranges::equal(
            found, kForm, [](char have, char want) { return want == '0' ? have >= '0' && have <= '9' : have == want; });
        if (!fits) continue;
        auto const part = [&](std::size_t begin, std::size_t size) {
            return std::stoi(std::string(found.substr(begin, size)));
        };
        std::tm moment{};
        moment.tm_year = part(0, 4) - 1900;
        moment.tm_mon = part(5, 2) - 1;
        moment.tm_mday = part(8, 2);
        moment.tm_hour = part(11, 2);
        moment.tm_min = part(14, 2);
        moment.tm_sec = part(17, 2);
        std::time_t const seconds = ::timegm(&moment);
        if (seconds <= 0) continue;
        std::string const local = time_text(static_cast<std::uint64_t>(seconds) * kSecond, now_us);
        sentence.replace(at, kForm.size(), local);
        at += local.size() - 1;
    }
    return sentence;
}

std::string short_id(std::string_view id)
{
    return safe(id.substr(0, kShortIdCharacters));
}

std::string safe(std::string_view text)
{
    std::string result;
    bool const valid = packages::is_valid_utf8(text);
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !valid))
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return result;
}

std::uint64_t now_us()
{
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

} // namespace latchkey::cli
