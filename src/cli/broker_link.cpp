// SPDX-License-Identifier: MIT
#include "cli/broker_link.h"

#include <cstdio>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace latchkey::cli {

namespace {

constexpr std::string_view kOurErrors = "org.latchkey.Error.";
constexpr std::size_t kHresultCharacters = 10; // 0x80070490

bool is_hresult(std::string_view text)
{
    return text.size() == kHresultCharacters && text.starts_with("0x") &&
           text.substr(2).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

} // namespace

std::string error_text(ipc::BusError const& error)
{
    if (status_of(error) == ExitStatus::NoBroker)
        return fmt::format("the broker is gone or does not answer: {}", error.message);
    std::string_view message = error.message;
    std::string_view const first = message.substr(0, message.find(' '));
    if (!is_hresult(first)) return error.message.empty() ? error.name : error.message;
    message.remove_prefix(std::min(first.size() + 1, message.size()));
    // Findings of a manifest are lines of their own.
    if (message.find('\n') != std::string_view::npos) return fmt::format("{}\n({})", message, first);
    return fmt::format("{} ({})", message, first);
}

ExitStatus status_of(ipc::BusError const& error)
{
    constexpr std::string_view kSystem = "System.Error.";
    constexpr std::string_view kStandard = "org.freedesktop.DBus.Error.";
    std::string_view const name = error.name;
    if (name.starts_with(kOurErrors)) return ExitStatus::Failed;
    if (name.starts_with(kSystem)) return ExitStatus::NoBroker; // of the connection, made on this side
    if (!name.starts_with(kStandard)) return ExitStatus::Failed;
    std::string_view const standard = name.substr(kStandard.size());
    for (std::string_view const lost : {"NoReply", "Timeout", "TimedOut", "Disconnected", "NoServer", "IOError"})
        if (standard == lost) return ExitStatus::NoBroker;
    return ExitStatus::Failed;
}

tl::expected<BrokerLink, ExitStatus> BrokerLink::open(ipc::WhenAbsent absent)
{
    auto bus = ipc::connect_to_broker(absent);
    if (bus) return BrokerLink(std::move(*bus));
    fmt::print(stderr, "latchkey: the broker cannot be reached: {}\n", bus.error().text());
    return tl::unexpected(ExitStatus::NoBroker);
}

ipc::Message BrokerLink::method(char const* name) const
{
    return m_bus.method_call("", kBrokerPath, kBrokerInterface, name);
}

tl::expected<ipc::Message, ExitStatus> BrokerLink::call(ipc::Message& message, std::chrono::microseconds timeout)
{
    auto answer = m_bus.call(message, timeout);
    if (answer) return std::move(*answer);
    fmt::print(stderr, "latchkey: {}\n", error_text(answer.error()));
    return tl::unexpected(status_of(answer.error()));
}

std::string BrokerLink::profile()
{
    ipc::Message message = m_bus.method_call("", kBrokerPath, "org.freedesktop.DBus.Properties", "Get");
    message.write(kBrokerInterface).write("Profile");
    auto answer = m_bus.call(message);
    if (!answer) return {};
    ipc::Value const value = answer->read_variant();
    std::string const* const text = value.as<std::string>();
    return text == nullptr ? std::string() : *text;
}

} // namespace latchkey::cli
