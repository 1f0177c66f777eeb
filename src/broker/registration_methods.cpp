// SPDX-License-Identifier: MIT
// What apps do with their registrations.
#include "broker/descriptions.h"
#include "broker/interface.h"
#include "broker/random_guid.h"
#include "ipc/dictionary_bytes.h"
#include "packages/text.h"

#include <fmt/format.h>

namespace latchkey::broker {

namespace {

using namespace core;

// Above this many the history is read once for all instead of once for each.
constexpr std::size_t kListOneByOne = 200;

// A client that is attached to more is rid of those that have been unregistered.
constexpr std::size_t kAttachedToLookThrough = 1'000;

Judged<RegisterRequest> request_of(ipc::Dictionary const& options, std::string const& family)
{
    for (char const* required : {"name", "entry-point", "trigger"}) {
        if (options.find(required) == nullptr) {
            return tl::unexpected(invalid_argument(fmt::format("the option {} is required", required)));
        }
    }
    RegisterRequest request;
    request.task = TaskId{random_guid()};
    request.package = SharedText(family);
    request.name = options.get<std::string>("name");
    request.entry_point = options.get<std::string>("entry-point");
    request.cancel_on_condition_loss = options.get<bool>("cancel-on-condition-loss");
    request.network_requested = options.get<bool>("network-requested");
    request.group_id = options.get<std::string>("group");
    request.group_name = options.get<std::string>("group-name");
    if (request.name.empty()) return tl::unexpected(invalid_argument("the option name is empty; a task has a name"));

    std::string const words = options.get<std::string>("trigger");
    auto const trigger = parse_trigger(words);
    if (!trigger) {
        auto const refusal = words.empty() ? Refusal::TriggerMissing : Refusal::TriggerUnknown;
        return tl::unexpected(refused(refusal, fmt::format("\"{}\"", packages::printable(words))));
    }
    request.trigger = *trigger;
    if (options.get<bool>("one-shot")) request.trigger.one_shot = true;
    if (auto id = options.get<std::string>("trigger-id"); !id.empty()) request.trigger.parameter = std::move(id);

    for (std::string const& word : options.get<std::vector<std::string>>("conditions")) {
        auto const condition = parse_condition(word);
        if (!condition) {
            return tl::unexpected(refused(Refusal::ConditionUnknown, fmt::format("\"{}\"", packages::printable(word))));
        }
        request.conditions.push_back(*condition);
    }
    return request;
}

// What the caller must know beside the refusal to put it right.
std::string about(Rooms& rooms, Refusal refusal, RegisterRequest const& request)
{
    auto const package = rooms.packages.find(request.package.view());
    std::string const family = packages::printable(request.package.view());
    Policy const& policy = rooms.engine.rules().policy();
    switch (refusal) {
    case Refusal::EntryPointNotDeclared:
    case Refusal::TriggerNotDeclared: {
        std::string declared;
        if (package) {
            auto const declaration = packages::declaration_of(package->manifest);
            for (auto const& entry_point : declaration->entry_points) {
                declared.append(declared.empty() ? "" : ", ").append(entry_point.name);
            }
        }
        std::string const manifest = package ? package->folder + "/AppxManifest.xml" : "its AppxManifest.xml";
        return fmt::format("{} of {} declares {}; wanted: {} with {}", manifest, family,
                           declared.empty() ? "no background task" : declared, packages::printable(request.entry_point),
                           to_words(request.trigger));
    }
    case Refusal::FreshnessTooShort:
    case Refusal::FreshnessTooLong:
    case Refusal::TriggerMustRepeat:
    case Refusal::TriggerUnsupported:
        return to_words(request.trigger);
    case Refusal::TooManyConditions:
        return fmt::format("max-conditions is {}, {} were given", policy.max_conditions, request.conditions.size());
    case Refusal::TooManyRegistrations:
        return fmt::format("max-registrations is {}", policy.max_registrations);
    case Refusal::TooManyRegistrationsOfPackage:
        return fmt::format("max-registrations-per-package is {}", policy.max_registrations_per_package);
    case Refusal::TextTooLong:
        return fmt::format("max-text-bytes is {}", policy.max_text_bytes);
    default:
        return family;
    }
}

void register_task(Rooms& rooms, Call call)
{
    auto const options = call.options({{"name", "s"},
                                       {"entry-point", "s"},
                                       {"trigger", "s"},
                                       {"one-shot", "b"},
                                       {"trigger-id", "s"},
                                       {"conditions", "as"},
                                       {"cancel-on-condition-loss", "b"},
                                       {"network-requested", "b"},
                                       {"group", "s"},
                                       {"group-name", "s"},
                                       {"package", "s"}});
    if (!options) return call.refuse(options.error());
    std::string family = call.family();
    std::string const named = options->get<std::string>("package");
    if (family.empty()) {
        if (named.empty()) {
            return call.refuse(refused(Refusal::NoPackageIdentity, "the option package may name one"));
        }
        auto const found = packages::find_family(rooms.packages, named);
        if (!found) return call.refuse({found.error().name, hresult(found.error().hresult), found.error().message});
        family = *found;
    } else if (!named.empty() && named != family) {
        return call.refuse(access_denied(fmt::format("{} registers for itself only", family)));
    }
    auto request = request_of(*options, family);
    if (!request) return call.refuse(request.error());
    rooms.engine.ask(event::Register{{}, *request},
                     [call, &rooms, request = *request](effect::Answer const& answer) mutable {
                         auto const* refusal = std::get_if<Refusal>(&answer);
                         reply_or_refuse(call, answer, refusal ? about(rooms, *refusal, request) : std::string());
                     });
}

void unregister_task(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    bool const cancel = call.arguments().read_bool();
    auto const task = task_of(rooms, call, word);
    if (!task) return call.refuse(task.error());
    using Running = event::RunningInstance;
    rooms.engine.ask(event::Unregister{{}, *task, cancel ? Running::IsCancelled : Running::MayFinish},
                     [call](effect::Answer const& answer) mutable { reply_or_refuse(call, answer); });
}

void list_tasks(Rooms& rooms, Call call)
{
    auto const options = call.options({{"package", "s"}, {"group", "s"}, {"all-groups", "b"}});
    if (!options) return call.refuse(options.error());
    Broker const& rules = rooms.engine.rules();
    std::string wanted = call.family().empty() ? options->get<std::string>("package") : call.family();
    if (!wanted.empty() && !rules.package(wanted)) {
        auto const found = packages::find_family(rooms.packages, wanted);
        if (!found) return call.refuse({found.error().name, hresult(found.error().hresult), found.error().message});
        wanted = *found;
    }
    std::vector<std::string> families;
    if (wanted.empty()) {
        for (auto const& package : rules.packages()) {
            families.push_back(package.family.str());
        }
    } else {
        families.push_back(wanted);
    }
    bool const all_groups = options->get<bool>("all-groups", true) && options->find("group") == nullptr;
    std::vector<TaskId> tasks;
    for (std::string const& family : families) {
        auto const of_it =
            all_groups ? rules.all_tasks(family) : rules.tasks(family, options->get<std::string>("group"));
        tasks.insert(tasks.end(), of_it.begin(), of_it.end());
    }
    std::map<TaskId, store::Activations> activations;
    bool const at_once = tasks.size() > kListOneByOne;
    if (at_once) activations = rooms.engine.store().activations().value_or(std::map<TaskId, store::Activations>());
    std::vector<ipc::Dictionary> described;
    described.reserve(tasks.size());
    Now const now = rooms.now();
    for (TaskId const task : tasks) {
        auto const runs =
            at_once ? activations[task] : rooms.engine.store().activations(task).value_or(store::Activations());
        described.push_back(describe(*rules.explain(task, now), runs));
    }
    call.reply(described);
}

void attach(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    Client::Attachment& attached = call.client().attached;
    if (word.empty()) {
        attached.all = true;
        for (TaskId const task : rooms.engine.rules().all_tasks(call.family())) {
            rooms.engine.happened(event::HandlerAttached{task});
        }
        return call.reply();
    }
    auto const task = task_of(rooms, call, word);
    if (!task) return call.refuse(task.error());
    attached.tasks.insert(*task);
    if (attached.tasks.size() > kAttachedToLookThrough) {
        std::erase_if(attached.tasks, [&](TaskId one) { return !rooms.engine.rules().registration(one); });
    }
    rooms.engine.happened(event::HandlerAttached{*task});
    call.reply();
}

void acknowledge(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    auto const instance = parse_guid(call.arguments().read_string());
    auto const task = task_of(rooms, call, word);
    if (!task) return call.reply(); // it may be gone since: then nothing is left to deliver
    // The instance is known again by its GUID: only the one that waits can be acknowledged.
    Broker const& rules = rooms.engine.rules();
    auto const why = rules.explain(*task, rooms.now());
    if (instance && why->undelivered.number != 0 && rules.instance_guid_of(why->undelivered) == *instance) {
        rooms.engine.happened(event::CompletionDelivered{*task, why->undelivered});
    }
    call.reply();
}

void who_am_i(Rooms& rooms, Call call)
{
    auto const package = rooms.packages.find(call.family());
    ipc::Dictionary identity{{"package", call.family()},
                             {"name", package ? package->manifest.identity.name : std::string()},
                             {"folder", package ? package->folder : std::string()},
                             {"data", package ? rooms.packages.data_folder(call.family()) : std::string()},
                             {"trusted", call.family().empty()}};
    call.reply(identity);
}

void request_application_trigger(Rooms& rooms, Call call)
{
    ipc::Dictionary const arguments = call.arguments().read_dictionary();
    if (call.arguments().failed()) return call.refuse(invalid_argument(call.arguments().error()));
    auto bytes = ipc::bytes_of(arguments);
    if (!bytes) {
        return call.refuse(invalid_argument("the arguments hold a value of a kind that settings do not have"));
    }
    std::uint32_t const limit = rooms.engine.rules().policy().max_details_bytes;
    if (bytes->size() > limit) {
        return call.refuse({"LimitExceeded", kNotEnoughQuota,
                            fmt::format("max-details-bytes is {}, the arguments have {} bytes", limit, bytes->size())});
    }
    rooms.engine.ask(
        event::ApplicationTriggerRequested{
            {}, SharedText(call.family()), TriggerKind::Application, SharedText(std::move(*bytes))},
        [call](effect::Answer const& answer) mutable { reply_or_refuse(call, answer); });
}

constexpr Method kMethods[] = {
    {"Register", "a{sv}", "s", "options\0task\0", register_task},
    {"Unregister", "sb", "", "task\0cancel\0", unregister_task},
    {"List", "a{sv}", "aa{sv}", "options\0tasks\0", list_tasks},
    {"Attach", "s", "", "task\0", attach},
    {"Acknowledge", "ss", "", "task\0instance\0", acknowledge},
    {"WhoAmI", "", "a{sv}", "identity\0", who_am_i},
    {"RequestApplicationTrigger", "a{sv}", "i", "arguments\0result\0", request_application_trigger},
};

} // namespace

std::span<Method const> registration_methods()
{
    return kMethods;
}

} // namespace latchkey::broker
