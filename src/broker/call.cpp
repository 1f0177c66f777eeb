// SPDX-License-Identifier: MIT
#include "broker/call.h"

#include "broker/clients.h"
#include "packages/text.h"

#include <algorithm>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

namespace latchkey::broker {

Refused invalid_argument(std::string message)
{
    return {"InvalidArgument", core::kInvalidArgument, std::move(message)};
}

Refused access_denied(std::string message)
{
    return {"AccessDenied", core::kAccessDenied, std::move(message)};
}

std::string_view error_name_of(core::Refusal refusal)
{
    using core::Refusal;
    switch (refusal) {
    case Refusal::NoPackageIdentity:
        return "NoPackageIdentity";
    case Refusal::UnknownPackage:
    case Refusal::PackageIsBeingRemoved:
        return "NoSuchPackage";
    case Refusal::UnknownTask:
        return "NoSuchTask";
    case Refusal::EntryPointNotDeclared:
    case Refusal::TriggerNotDeclared:
        return "ClassNotRegistered";
    case Refusal::TriggerUnsupported:
        return "NotSupported";
    case Refusal::TooManyConditions:
    case Refusal::TooManyRegistrations:
    case Refusal::TooManyRegistrationsOfPackage:
    case Refusal::TextTooLong:
    case Refusal::OneRegistrationOnly:
    case Refusal::DetailsQueueFull:
    case Refusal::TooManyLockScreenApps:
        return "LimitExceeded";
    case Refusal::NotAllowed:
    case Refusal::AccessDenied:
        return "AccessDenied";
    case Refusal::AlreadyRun:
    case Refusal::NotRunning:
        return "InvalidState";
    case Refusal::DuplicateTaskId:
    case Refusal::EntryPointMissing:
    case Refusal::TriggerMissing:
    case Refusal::TriggerUnknown:
    case Refusal::TriggerMustRepeat:
    case Refusal::FreshnessTooShort:
    case Refusal::FreshnessTooLong:
    case Refusal::ConditionUnknown:
        return "InvalidArgument";
    }
    return "InvalidArgument";
}

Refused refused(core::Refusal refusal, std::string_view about)
{
    auto const& info = core::info_of(refusal);
    std::string message(info.means);
    if (!about.empty()) message.append(": ").append(about);
    return {error_name_of(refusal), info.result, std::move(message)};
}

std::string sendable(std::string_view text)
{
    std::string result(text);
    if (packages::is_valid_utf8(result)) return result;
    std::replace_if(
        result.begin(), result.end(),
        [](char character) { return character == '\0' || static_cast<unsigned char>(character) >= 0x80; }, '?');
    return result;
}

Call::Call(sd_bus_message* message, Client& client, std::string family)
    : m_message(std::make_shared<ipc::Message>(ipc::Message::borrow(message))),
      m_client(&client),
      m_unread(client.unread),
      m_family(std::move(family))
{}

Judged<ipc::Dictionary> Call::options(std::initializer_list<Option> known)
{
    ipc::Dictionary given = m_message->read_dictionary();
    if (m_message->failed())
        return tl::unexpected(invalid_argument("the options cannot be read: " + m_message->error()));
    for (auto const& entry : given.entries()) {
        auto const option =
            std::find_if(known.begin(), known.end(), [&](Option const& row) { return row.name == entry.key; });
        if (option == known.end()) {
            std::string names;
            for (Option const& row : known) {
                names.append(names.empty() ? "" : ", ").append(row.name);
            }
            return tl::unexpected(invalid_argument(
                fmt::format("there is no option \"{}\"; there are: {}", packages::printable(entry.key), names)));
        }
        if (entry.value.signature() != option->signature) {
            return tl::unexpected(invalid_argument(fmt::format("the option {} has the type {}, not {}", option->name,
                                                               option->signature, entry.value.signature())));
        }
    }
    return given;
}

ipc::Message Call::make_reply() const
{
    sd_bus_message* answer = nullptr;
    sd_bus_message_new_method_return(m_message->get(), &answer);
    return ipc::Message(answer);
}

void Call::send(ipc::Message answer)
{
    if (!answer) return; // the connection is gone
    int const result = answer.failed() ? -EMSGSIZE : sd_bus_send(nullptr, answer.get(), nullptr);
    if (m_unread && result >= 0) {
        std::uint64_t queued = 0;
        sd_bus_get_n_queued_write(sd_bus_message_get_bus(answer.get()), &queued);
        m_unread->sent(answer.weight(), queued);
    }
    if (result < 0 && result != -ENOTCONN && result != -ECONNRESET) {
        refuse({"LimitExceeded", core::kNotEnoughQuota, "the answer does not fit a message: " + answer.error()});
    }
}

void Call::refuse(Refused const& refusal)
{
    std::string const name = std::string(core::kErrorNamePrefix).append(refusal.name);
    std::string const text = core::to_hex(refusal.result) + " " + sendable(refusal.message);
    sd_bus_error const error{name.c_str(), text.c_str(), 0};
    sd_bus_reply_method_error(m_message->get(), &error);
}

} // namespace latchkey::broker
