// SPDX-License-Identifier: MIT
#include "broker/settings.h"

#include <algorithm>
#include <array>

#include <systemd/sd-bus.h>

namespace latchkey::broker {

namespace {

using ipc::Answer;
using ipc::Message;

Answer<Message> reply_to(Message& call)
{
    sd_bus_message* reply = nullptr;
    if (sd_bus_message_new_method_return(call.get(), &reply) < 0)
        return tl::unexpected(ipc::BusError{SD_BUS_ERROR_NO_MEMORY, "no memory for a reply"});
    return Message(reply);
}

template <class T>
Answer<Message> send(Message& call, Answer<T> const& answer)
{
    if (!answer) return tl::unexpected(answer.error());
    auto reply = reply_to(call);
    if constexpr (!std::is_void_v<T>) {
        if (reply) reply->write(*answer);
    }
    return reply;
}

// What is asked for, read before anything is done.
struct Call {
    Settings& settings;
    std::string_view family;
    Message& message;
    std::string container;
};

struct Method {
    std::string_view member;
    Answer<Message> (*answer)(Call& call);
};

Answer<Message> bad_call(Message const& call)
{
    return tl::unexpected(ipc::BusError{"org.latchkey.Error.InvalidArgument", "0x80070057 " + call.error()});
}

Answer<Message> read(Call& call)
{
    return send(call.message, call.settings.read(call.family, call.container));
}

Answer<Message> look_up(Call& call)
{
    std::string const key = call.message.read_string();
    if (call.message.failed()) return bad_call(call.message);
    return send(call.message, call.settings.look_up(call.family, call.container, key));
}

Answer<Message> insert(Call& call)
{
    std::string const key = call.message.read_string();
    ipc::Value const value = call.message.read_variant();
    if (call.message.failed()) {
        return tl::unexpected(
            ipc::BusError{"org.latchkey.Error.NotSupported", "0x8007065e the value: " + call.message.error()});
    }
    return send(call.message, call.settings.insert(call.family, call.container, key, value));
}

Answer<Message> remove(Call& call)
{
    std::vector<std::string> const keys = call.message.read_strings();
    if (call.message.failed()) return bad_call(call.message);
    return send(call.message, call.settings.remove(call.family, call.container, keys));
}

Answer<Message> containers(Call& call)
{
    return send(call.message, call.settings.containers(call.family, call.container));
}

Answer<Message> create_container(Call& call)
{
    bool const existing = call.message.read_bool();
    if (call.message.failed()) return bad_call(call.message);
    return send(call.message, call.settings.create_container(call.family, call.container,
                                                             existing ? Settings::Existing::MustExist
                                                                      : Settings::Existing::MayBeMade));
}

Answer<Message> delete_container(Call& call)
{
    return send(call.message, call.settings.delete_container(call.family, call.container));
}

Answer<Message> clear(Call& call)
{
    return send(call.message, call.settings.clear(call.family, call.container));
}

Answer<Message> version(Call& call)
{
    return send(call.message, call.settings.version(call.family));
}

Answer<Message> set_version(Call& call)
{
    std::uint32_t const version = call.message.read_uint32();
    if (call.message.failed()) return bad_call(call.message);
    return send(call.message, call.settings.set_version(call.family, version));
}

constexpr std::array kMethods{
    Method{"SettingsRead", read},
    Method{"SettingsLookup", look_up},
    Method{"SettingsInsert", insert},
    Method{"SettingsRemove", remove},
    Method{"SettingsContainers", containers},
    Method{"SettingsCreateContainer", create_container},
    Method{"SettingsDeleteContainer", delete_container},
    Method{"SettingsClear", clear},
    Method{"SettingsVersion", version},
    Method{"SettingsSetVersion", set_version},
};

} // namespace

bool is_settings_method(std::string_view member)
{
    return std::ranges::find(kMethods, member, &Method::member) != kMethods.end();
}

Answer<Message> answer_settings(Settings& settings, std::string_view family, Message& message)
{
    char const* const member = sd_bus_message_get_member(message.get());
    auto const method = std::ranges::find(kMethods, member == nullptr ? "" : member, &Method::member);
    if (method == kMethods.end())
        return tl::unexpected(ipc::BusError{SD_BUS_ERROR_UNKNOWN_METHOD, "no method of settings"});
    Call call{settings, family, message, {}};
    bool const has_container = method->answer != version && method->answer != set_version;
    if (has_container) call.container = message.read_string();
    if (message.failed()) return bad_call(message);
    return method->answer(call);
}

} // namespace latchkey::broker
