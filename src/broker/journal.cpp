// SPDX-License-Identifier: MIT
#include "broker/journal.h"

#include <array>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace latchkey::broker {

namespace {

int priority_of(core::EventNumber number)
{
    switch (number) {
    case core::EventNumber::ActivationFailed:
    case core::EventNumber::DidNotCompleteAfterCancel:
    case core::EventNumber::Dropped:
    case core::EventNumber::HostEnded:
    case core::EventNumber::NotAllowed:
    case core::EventNumber::Quarantined:
        return LOG_WARNING;
    default:
        return LOG_INFO;
    }
}

} // namespace

void say(std::string_view line)
{
    std::string const text = fmt::format("latchkeyd: {}\n", line);
    // A log that cannot be written is no reason to stop.
    (void)!::write(STDERR_FILENO, text.data(), text.size());
}

bool journal_is_there()
{
    return ::access("/run/systemd/journal/socket", W_OK) == 0;
}

void write_to_journal(core::HistoryEvent const& event, std::string const& text, std::string_view task_name)
{
    auto const number = static_cast<unsigned>(event.number);
    std::array<std::string, 7> fields{
        "MESSAGE=" + text,
        fmt::format("PRIORITY={}", priority_of(event.number)),
        "SYSLOG_IDENTIFIER=latchkeyd",
        fmt::format("LATCHKEY_EVENT={}", number),
        "LATCHKEY_TASK=" + (event.task.value.is_nil() ? std::string() : core::to_string(event.task.value)),
        fmt::format("LATCHKEY_PACKAGE={}", event.package.view()),
        fmt::format("LATCHKEY_NAME={}", task_name),
    };
    std::array<iovec, fields.size()> parts{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        parts[i] = {fields[i].data(), fields[i].size()};
    }
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

void tell_service_manager(std::string const& state)
{
    sd_notify(0, state.c_str());
}

} // namespace latchkey::broker
