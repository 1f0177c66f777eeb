// SPDX-License-Identifier: MIT
#include "broker/interface.h"

#include "broker/authorisation.h"
#include "broker/descriptions.h"
#include "broker/task_words.h"
#include "core/invariant.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

namespace latchkey::broker {

namespace {

// A property of org.latchkey.Registration1 and the key of List that it shows.
struct Property {
    char const* name;
    char const* signature;
    char const* key;
    bool is_const; // never changes while the registration stands
};
constexpr std::array kProperties{
    Property{"Id", "s", "id", true},
    Property{"Package", "s", "package", true},
    Property{"Name", "s", "name", true},
    Property{"EntryPoint", "s", "entry-point", true},
    Property{"Trigger", "s", "trigger", true},
    Property{"OneShot", "b", "one-shot", true},
    Property{"Conditions", "as", "conditions", true},
    Property{"CancelOnConditionLoss", "b", "cancel-on-condition-loss", true},
    Property{"NetworkRequested", "b", "network-requested", true},
    Property{"Group", "s", "group", true},
    Property{"GroupName", "s", "group-name", true},
    Property{"CreatedUs", "t", "created_us", true},
    Property{"State", "s", "state", false},
    Property{"LatchedSinceUs", "t", "latched-since_us", false},
    Property{"NextDueUs", "t", "next-due_us", false},
    Property{"LastStartUs", "t", "last-start_us", false},
    Property{"LastEndUs", "t", "last-end_us", false},
    Property{"LastResult", "i", "last-result", false},
    Property{"Runs", "t", "runs", false},
};

std::optional<core::TaskId> task_of_path(std::string_view path)
{
    std::string_view const prefix = kRegistrationPath;
    if (path.size() <= prefix.size() + 1 || !path.starts_with(prefix)) return std::nullopt;
    std::string id(path.substr(prefix.size() + 1));
    std::replace(id.begin(), id.end(), '_', '-');
    auto const guid = core::parse_guid(id);
    if (!guid || core::to_string(*guid) != id) return std::nullopt;
    return core::TaskId{*guid};
}

void append(sd_bus_message* message, ipc::Value const& value)
{
    ipc::Message out = ipc::Message::borrow(message);
    if (auto const* text = value.as<std::string>()) out.write(*text);
    if (auto const* flag = value.as<bool>()) out.write(*flag);
    if (auto const* number = value.as<std::uint64_t>()) out.write(*number);
    if (auto const* result = value.as<std::int32_t>()) out.write(*result);
    if (auto const* texts = value.as<std::vector<std::string>>()) out.write(*texts);
}

} // namespace

ipc::Dictionary const& Interface::properties_of(core::TaskId task)
{
    if (m_shown == task && m_shown_in == m_rooms.engine.turns()) return m_properties;
    m_shown = task;
    m_shown_in = m_rooms.engine.turns();
    m_properties = {};
    if (auto const why = m_rooms.engine.rules().explain(task, m_rooms.now())) {
        m_properties = describe(*why, m_rooms.engine.store().activations(task).value_or(store::Activations()));
    }
    return m_properties;
}

struct Interface::Tables {
    std::vector<sd_bus_vtable> broker;
    std::vector<sd_bus_vtable> registration;
};

// Functions as sd-bus wants them; nothing may be thrown through them.
struct Interface::Callbacks {
    static int method(sd_bus_message* message, void* data, sd_bus_error*)
    {
        auto& self = *static_cast<Interface*>(data);
        auto const found = self.m_methods.find(std::string_view(sd_bus_message_get_member(message)));
        if (found == self.m_methods.end()) return 0;
        try {
            self.call(*found->second, message);
        } catch (std::exception const& exception) {
            sd_bus_error const error{SD_BUS_ERROR_FAILED, exception.what(), 0};
            sd_bus_reply_method_error(message, &error);
        }
        return 1;
    }

    static int property(sd_bus*, char const*, char const*, char const* name, sd_bus_message* reply, void* data,
                        sd_bus_error*)
    {
        auto& rooms = static_cast<Interface*>(data)->m_rooms;
        ipc::Message out = ipc::Message::borrow(reply);
        if (std::strcmp(name, "Version") == 0) {
            out.write(std::uint32_t{1});
        } else if (std::strcmp(name, "Release") == 0) {
            out.write(LATCHKEY_VERSION);
        } else {
            out.write(core::name_of(rooms.engine.rules().policy().profile));
        }
        return 1;
    }

    // Whether whoever asks may see this object. Its properties are read with the same data.
    static int find(sd_bus* bus, char const* path, char const*, void* data, void** found, sd_bus_error*)
    {
        auto& rooms = static_cast<Interface*>(data)->m_rooms;
        auto const task = task_of_path(path);
        if (!task) return 0;
        auto const registration = rooms.engine.rules().registration(*task);
        if (!registration || !may_see(rooms, bus, registration->package.view())) return 0;
        *found = data;
        return 1;
    }

    static int registration_property(sd_bus*, char const* path, char const*, char const* name, sd_bus_message* reply,
                                     void* data, sd_bus_error*)
    {
        auto const task = task_of_path(path);
        if (!task) return -ENOENT;
        ipc::Dictionary const& properties = static_cast<Interface*>(data)->properties_of(*task);
        for (Property const& property : kProperties) {
            if (std::strcmp(property.name, name) != 0) continue;
            if (auto const* value = properties.find(property.key)) append(reply, *value);
            return 1;
        }
        return -ENOENT;
    }

    static int enumerate(sd_bus* bus, char const*, void* data, char*** nodes, sd_bus_error*)
    {
        auto& rooms = static_cast<Interface*>(data)->m_rooms;
        if (rooms.clients.reads_too_slowly(bus)) return -ENOBUFS;
        std::vector<std::string> paths;
        for (auto const& package : rooms.engine.rules().packages()) {
            if (!may_see(rooms, bus, package.family.view())) continue;
            for (core::TaskId const task : rooms.engine.rules().all_tasks(package.family.view())) {
                paths.push_back(path_of(task));
            }
        }
        // sd-bus frees it.
        auto** const list = static_cast<char**>(std::calloc(paths.size() + 1, sizeof(char*)));
        if (list == nullptr) return -ENOMEM;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            list[i] = ::strdup(paths[i].c_str());
        }
        *nodes = list;
        return 0;
    }

    static bool may_see(Rooms& rooms, sd_bus* bus, std::string_view family)
    {
        Client* const client = rooms.clients.client_of(bus);
        if (client == nullptr) return false;
        Caller const caller = rooms.clients.caller(*client);
        return caller.kind == Caller::Kind::User || (caller.kind == Caller::Kind::Package && caller.family == family);
    }
};

Interface::Interface(Rooms rooms, std::span<std::span<Method const> const> groups)
    : m_rooms(std::move(rooms)), m_tables(std::make_unique<Tables>())
{
    std::vector<sd_bus_vtable>& table = m_tables->broker;
    table.push_back(SD_BUS_VTABLE_START(0));
    table.push_back(SD_BUS_PROPERTY("Version", "u", &Callbacks::property, 0, SD_BUS_VTABLE_PROPERTY_CONST));
    table.push_back(SD_BUS_PROPERTY("Release", "s", &Callbacks::property, 0, SD_BUS_VTABLE_PROPERTY_CONST));
    table.push_back(SD_BUS_PROPERTY("Profile", "s", &Callbacks::property, 0, 0));
    for (auto const group : groups) {
        for (Method const& method : group) {
            core::invariant(find_rule(method.name) != nullptr, "every method has its row in authorisation.h");
            m_methods.emplace(method.name, &method);
            sd_bus_vtable row = SD_BUS_METHOD("", "", "", &Callbacks::method, SD_BUS_VTABLE_UNPRIVILEGED);
            row.x.method.member = method.name;
            row.x.method.signature = method.in;
            row.x.method.result = method.out;
            row.x.method.names = method.arguments;
            table.push_back(row);
        }
    }
    table.push_back(SD_BUS_SIGNAL_WITH_NAMES("Progress", "ssu", "task\0instance\0value\0", 0));
    table.push_back(SD_BUS_SIGNAL_WITH_NAMES("Completed", "ssis", "task\0instance\0result\0text\0", 0));
    table.push_back(SD_BUS_SIGNAL_WITH_NAMES("Event", "a{sv}", "event\0", 0));
    table.push_back(SD_BUS_SIGNAL("DataChanged", "", 0));
    table.push_back(SD_BUS_VTABLE_END);

    std::vector<sd_bus_vtable>& registration = m_tables->registration;
    registration.push_back(SD_BUS_VTABLE_START(0));
    for (Property const& property : kProperties) {
        sd_bus_vtable row = SD_BUS_PROPERTY("", "", &Callbacks::registration_property, 0, 0);
        row.x.property.member = property.name;
        row.x.property.signature = property.signature;
        if (property.is_const) row.flags = SD_BUS_VTABLE_PROPERTY_CONST;
        registration.push_back(row);
    }
    registration.push_back(SD_BUS_VTABLE_END);
}

Interface::~Interface() = default;

ipc::Io<void> Interface::serve_on(ipc::Bus& bus)
{
    sd_bus* const raw = bus.get();
    int result = sd_bus_add_object_vtable(raw, nullptr, kPath, kName, m_tables->broker.data(), this);
    if (result >= 0) result = sd_bus_add_object_manager(raw, nullptr, kPath);
    if (result >= 0) {
        result = sd_bus_add_fallback_vtable(raw, nullptr, kRegistrationPath, kRegistrationName,
                                            m_tables->registration.data(), &Callbacks::find, this);
    }
    if (result >= 0) result = sd_bus_add_node_enumerator(raw, nullptr, kRegistrationPath, &Callbacks::enumerate, this);
    if (result < 0) return ipc::io_error(result, "put the broker's objects on a connection");
    return {};
}

void Interface::call(Method const& method, sd_bus_message* message)
{
    Client* const client = m_rooms.clients.client_of(message);
    Caller const caller = client != nullptr ? m_rooms.clients.caller(*client) : Caller();
    if (client == nullptr) {
        sd_bus_error const error{"org.latchkey.Error.LimitExceeded", "0x80070718 too many clients on the session bus",
                                 0};
        sd_bus_reply_method_error(message, &error);
        return;
    }
    Call call(message, *client, caller.family);
    Who const who = find_rule(method.name)->who;
    if (caller.kind == Caller::Kind::Unknown) {
        call.refuse(access_denied(caller.reason));
    } else if (who == Who::User && caller.kind == Caller::Kind::Package) {
        call.refuse(access_denied(fmt::format("{} is not for apps; {} called it", method.name, caller.family)));
    } else if (who == Who::Package && caller.kind == Caller::Kind::User) {
        call.refuse(refused(core::Refusal::NoPackageIdentity,
                            "start the app with latchkey launch, or run a program inside an installed package"));
    } else if (method.out[0] == 'a' && m_rooms.clients.reads_too_slowly(sd_bus_message_get_bus(message))) {
        call.refuse({"LimitExceeded", core::kNotEnoughQuota,
                     fmt::format("{} answers and signals, or {} MiB of them, wait to be read; read them first",
                                 kMaxUnreadForLists, kMaxUnreadBytesForLists >> 20)});
    } else {
        method.handle(m_rooms, std::move(call));
    }
}

void Interface::announce(core::TaskId task)
{
    if (!m_rooms.clients.anybody_watches()) return;
    ipc::Dictionary const& properties = properties_of(task);
    m_rooms.clients.tell_watchers([&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded");
        sd_bus_message* const raw = signal.get();
        std::string const path = path_of(task);
        sd_bus_message_append_basic(raw, 'o', path.c_str());
        sd_bus_message_open_container(raw, 'a', "{sa{sv}}");
        sd_bus_message_open_container(raw, 'e', "sa{sv}");
        signal.write(kRegistrationName);
        sd_bus_message_open_container(raw, 'a', "{sv}");
        for (Property const& property : kProperties) {
            auto const* value = properties.find(property.key);
            if (value == nullptr) continue;
            sd_bus_message_open_container(raw, 'e', "sv");
            signal.write(property.name).write_variant(*value);
            sd_bus_message_close_container(raw);
        }
        sd_bus_message_close_container(raw);
        sd_bus_message_close_container(raw);
        sd_bus_message_close_container(raw);
        return signal;
    });
}

void Interface::withdraw(core::TaskId task)
{
    m_rooms.clients.tell_watchers([&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved");
        std::string const path = path_of(task);
        sd_bus_message_append_basic(signal.get(), 'o', path.c_str());
        signal.write(std::vector<std::string>{kRegistrationName});
        return signal;
    });
}

Judged<core::TaskId> task_of(Rooms& rooms, Call const& call, std::string_view word)
{
    return find_task(rooms.engine.rules(), word, call.family());
}

void reply_or_refuse(Call& call, core::effect::Answer const& answer, std::string_view about)
{
    if (auto const* refusal = std::get_if<core::Refusal>(&answer)) {
        call.refuse(refused(*refusal, about));
    } else if (auto const* task = std::get_if<core::TaskId>(&answer)) {
        call.reply(core::to_string(task->value));
    } else if (auto const* status = std::get_if<core::BackgroundAccessStatus>(&answer)) {
        call.reply(static_cast<std::int32_t>(*status));
    } else if (auto const* result = std::get_if<core::effect::ApplicationTriggerResult>(&answer)) {
        call.reply(static_cast<std::int32_t>(*result));
    } else {
        call.reply();
    }
}

std::string path_of(core::TaskId task)
{
    std::string id = core::to_string(task.value);
    std::replace(id.begin(), id.end(), '-', '_');
    return std::string(kRegistrationPath) + "/" + id;
}

} // namespace latchkey::broker
