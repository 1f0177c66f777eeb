// SPDX-License-Identifier: MIT
#include "broker/daemon.h"

#include "broker/descriptions.h"
#include "broker/journal.h"
#include "broker/policy_file.h"
#include "hosts/process_tree.h"
#include "packages/caller_identity.h"
#include "packages/flatpak.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::broker {

using namespace core;

namespace {

constexpr std::chrono::microseconds kNever = std::chrono::microseconds::max();
constexpr std::chrono::microseconds kProgressAccuracy{1'000};
constexpr std::chrono::milliseconds kEndPatience{500}; // for what hosts still say after the grace
constexpr std::chrono::seconds kWhoseIsIt{1};          // until a process that a zygote may have made is known

std::array<std::span<Method const>, 5> const& method_groups()
{
    static std::array<std::span<Method const>, 5> const groups{registration_methods(), access_methods(),
                                                               package_methods(), answer_methods(), settings_methods()};
    return groups;
}

Caller outside_of_packages(packages::Confinement const& confinement, bool left_behind)
{
    using Kind = packages::Confinement::Kind;
    if (left_behind) return {.reason = "the calling process was left behind by an app or a task"};
    switch (confinement.kind) {
    case Kind::None:
    case Kind::OwnMounts:
        return {.kind = Caller::Kind::User};
    case Kind::Flatpak:
        return {.reason = fmt::format("the Flatpak app {0} is no installed package: there is none of the name {0}, or "
                                      "several of different publishers",
                                      confinement.app)};
    case Kind::Sandbox:
        return {.reason = "the calling process is in a sandbox that no running Flatpak app is known for"};
    case Kind::Unknown:
        break;
    }
    return {.reason = "the calling process is gone, or may not be looked at"};
}

// In another mount namespace a path may name anything: it must be the file that is there for us.
bool is_the_same_here(pid_t pid, std::string const& program)
{
    struct stat there {
    }, here{};
    return ::stat(fmt::format("/proc/{}/exe", pid).c_str(), &there) == 0 && ::stat(program.c_str(), &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

} // namespace

Daemon::Daemon(ipc::EventLoop& loop, Beginning beginning)
    : m_loop(loop),
      m_place(std::move(beginning.place)),
      m_packages(std::move(beginning.packages)),
      m_notices(std::move(beginning.notices)),
      m_runtime_folder(std::move(beginning.runtime_folder)),
      m_clock(loop, [this] { happened(event::TimeReached()); }),
      m_engine(loop, std::move(beginning.store), beginning.policy, *this),
      m_interface(Rooms{.engine = m_engine,
                        .clients = m_clients,
                        .packages = m_packages,
                        .servicing = m_servicing,
                        .hosts = m_hosts,
                        .apps = m_apps,
                        .sources = m_sources,
                        .place = m_place,
                        .now = [this] { return m_clock.now(); },
                        .reload = [this] { return reload(); },
                        .notices = m_notices,
                        .settings = m_settings},
                  method_groups()),
      m_clients(
          loop,
          [this](ipc::Bus& bus) {
              if (auto const served = m_interface.serve_on(bus); !served) say(served.error().text());
          },
          [this](ipc::Peer& peer) { return identify(peer); }),
      m_hosts(loop, *this, std::move(beginning.programs)),
      m_apps(loop, *this),
      m_sources(loop, [this](Event event) { happened(std::move(event)); }),
      m_settings(m_place.state + "/settings", [](std::string const& text) { say(text); }),
      m_servicing(loop, m_packages, *this, std::move(beginning.packager)),
      m_questions(loop),
      m_journal(journal_is_there())
{
    m_progress_timer = loop.at(kNever, kProgressAccuracy,
                               [this] {
                                   for (auto const& report : m_progress.due(m_clock.now().boot_time)) {
                                       send_progress(report);
                                   }
                                   arm_progress();
                               })
                           .value();
    m_orphan_timer = loop.at(kNever, kWhoseIsIt, [this] { bury_orphans(); }).value();
}

Daemon::~Daemon()
{
    m_engine.drop_requests(); // while their connections are there
}

ipc::Io<void> Daemon::begin(ipc::Listener listener)
{
    for (auto const& damaged : m_packages.damaged()) {
        say("a package counts as not installed, its record is set aside as " + damaged.file + ": " + damaged.problem);
    }
    m_servicing.begin();
    m_hosts.prove_gone(m_engine.old_hosts());
    turned(Demand::Changed);
    return m_clients.listen(std::move(listener));
}

ipc::Io<void> Daemon::join(ipc::Bus session_bus, std::function<void(std::string const&)> joined)
{
    m_questions.use_session_bus(true);
    return m_clients.join(std::move(session_bus), kName, std::move(joined));
}

void Daemon::end()
{
    if (std::exchange(m_ending, true)) return m_loop.stop(0); // asked twice: at once
    Duration const grace = m_engine.rules().policy().cancel_grace;
    happened(event::SessionEnding{grace});
    auto timer = m_loop.at(m_clock.now().boot_time.time_since_epoch() + grace + kEndPatience, kEndPatience,
                           [this] { m_loop.stop(0); });
    if (!timer) return m_loop.stop(0);
    m_end_timer = std::move(*timer);
}

tl::expected<void, std::string> Daemon::reload()
{
    auto const policy = read_policy(m_place.configuration + "/policy.toml");
    if (!policy) {
        say("the policy stays as it was: " + policy.error());
        return tl::unexpected(policy.error());
    }
    happened(event::PolicyChanged{*policy});
    say("the policy was read again");
    return {};
}

// --- what the rules want -----------------------------------------------------------------------------------------

void Daemon::carry_out(effect::StartHost const& start)
{
    m_hosts.start(start);
}

void Daemon::carry_out(effect::StartInstance const& start)
{
    auto const registration = m_engine.rules().registration(start.task);
    if (!registration) { // unregistered in the same turn: nobody waits for it any more
        return happened(event::ActivationFailed{start.instance, kInterrupted, event::ActivationFailure::Other,
                                                SharedText("the task was unregistered before it began")});
    }
    hosts::ActivationWords words;
    words.instance = m_engine.rules().instance_guid_of(start.instance);
    words.task = start.task;
    words.entry_point = registration->entry_point;
    words.name = registration->name;
    words.trigger = to_words(registration->trigger);
    if (start.details) {
        auto const details = m_engine.store().details(start.task, *start.details);
        if (!details) return failed(details.error().what);
        words.detail_kind = name_of(registration->trigger.kind);
        words.detail = details->value_or(std::string());
    }
    m_hosts.start(start, std::move(words));
}

void Daemon::carry_out(effect::DeliverCompletion const& delivery)
{
    auto const stored = m_engine.store().completion(delivery.task);
    if (!stored) return failed(stored.error().what);
    if (!*stored || (*stored)->instance != delivery.instance) return;
    Completion const& completion = **stored;
    std::string const text = sendable(completion.message.view());
    m_clients.tell_attached(delivery.package.view(), delivery.task, [&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, kName, "Completed");
        signal.write(to_string(delivery.task.value))
            .write(to_string(m_engine.rules().instance_guid_of(delivery.instance)))
            .write(completion.result)
            .write(text);
        return signal;
    });
}

void Daemon::carry_out(effect::DeliverProgress const& delivery)
{
    tell_progress({delivery.task, delivery.instance, delivery.progress, true}, m_clock.now().boot_time);
}

void Daemon::carry_out(effect::AskUser const& question)
{
    std::string const family = question.package.str();
    auto const installed = m_packages.find(family);
    m_questions.ask(family, installed ? installed->manifest.display_name : std::string(),
                    [this, request = question.request, package = question.package](Decision decision) {
                        decided(request, package, decision);
                    });
}

void Daemon::decided(RequestId request, SharedText const& package, Decision decision)
{
    Access access = Access::Unspecified;
    switch (decision) {
    case Decision::Allowed:
        access = Access::Allowed;
        break;
    case Decision::Denied:
        access = Access::DeniedByUser;
        break;
    case Decision::Nobody:
        access = m_engine.rules().policy().unasked;
        // Once: an app may ask as often as it likes, and nobody empties the log.
        if (m_asked.insert(package.str()).second) {
            say(fmt::format("{0} asks to run in the background: latchkey allow {0}", package.view()));
        }
        break;
    case Decision::None:
        break;
    }
    if (access != Access::Unspecified) return happened(event::SetAccess{request, package, access});
    auto const now = m_engine.rules().package(package.view());
    m_engine.answer(request, now ? now->status : BackgroundAccessStatus::Unspecified);
}

void Daemon::recorded(HistoryEvent const& event)
{
    bool const watched = m_clients.anybody_watches();
    bool const ended = event.number == EventNumber::InstanceReturned;
    if (event.number == EventNumber::AccessChanged) m_questions.withdraw(event.package.view());
    if (ended) {
        if (auto const last = m_progress.ended(event.instance)) send_progress(*last);
    }
    if (!watched && !m_journal) return;
    std::string name, entry_point;
    if (auto const registration = m_engine.rules().registration(event.task)) {
        name = registration->name;
        entry_point = registration->entry_point;
    } else if (!event.task.value.is_nil()) {
        auto const rows = m_engine.store().history(event.task, 1); // it has just been unregistered
        if (rows && !rows->empty()) {
            name = rows->front().task_name;
            entry_point = rows->front().entry_point;
        }
    }
    if (m_journal) write_to_journal(event, sentence(event, name, entry_point), name);
    if (!watched) return;
    ipc::Dictionary const told = describe(event, name, entry_point, m_engine.rules());
    m_clients.tell_watchers([&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, kName, "Event");
        signal.write(told);
        return signal;
    });
    if (!ended) return;
    m_clients.tell_watchers([&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, kName, "Completed");
        signal.write(to_string(event.task.value))
            .write(to_string(m_engine.rules().instance_guid_of(event.instance)))
            .write(static_cast<std::int32_t>(event.first))
            .write(sendable(event.text.view()));
        return signal;
    });
}

void Daemon::registered(TaskId task)
{
    m_interface.announce(task);
    auto const registration = m_engine.rules().registration(task);
    if (registration && m_clients.is_attached(registration->package.view(), task)) {
        happened(event::HandlerAttached{task});
    }
}

void Daemon::turned(Demand demand)
{
    Broker const& rules = m_engine.rules();
    if (demand == Demand::Changed) {
        sources::Demand wanted;
        for (auto const& row : kSystemTriggers) {
            if (rules.awaits(row.type)) wanted.system_triggers.push_back(row.type);
        }
        for (auto const& row : kPreviewTriggers) {
            if (rules.awaits(row.type)) wanted.preview_triggers.push_back(row.type);
        }
        for (std::size_t fact = 0; fact < kFactCount; ++fact) {
            if (rules.awaits(static_cast<Fact>(fact))) wanted.facts.push_back(static_cast<Fact>(fact));
        }
        m_sources.need(wanted);
    }
    m_servicing.look_again();
    m_clock.arm(rules.next_deadline());
    if (m_ending && rules.running() == 0) m_loop.stop(0);
}

void Daemon::failed(std::string const& why)
{
    say("the store failed, so the broker ends; the next one starts from what is on disk: " + why);
    tell_service_manager("STATUS=The store failed: " + why);
    m_loop.stop(1);
}

// --- what the rooms ask and tell ---------------------------------------------------------------------------------

void Daemon::happened(Event event)
{
    if (auto const* progress = std::get_if<event::InstanceProgress>(&event)) {
        // Watchers are told of every instance, apps only while they run and listen: the rules know.
        if (m_clients.anybody_watches()) {
            if (auto const task = m_engine.rules().task_of(progress->instance)) {
                tell_progress({*task, progress->instance, progress->progress, false}, m_clock.now().boot_time);
            }
        }
    }
    auto const* changed = std::get_if<event::AppChanged>(&event);
    std::string const family = changed != nullptr ? changed->package.str() : std::string();
    bool const runs = changed != nullptr && changed->state == AppState::Running;
    bool const ended = changed != nullptr && changed->state == AppState::Terminated;
    m_engine.happened(std::move(event));
    if (runs) attach_again(family);
    if (!ended) return;
    m_servicing.app_ended();
    bury_orphans();
}

// What apps and tasks left behind in a session of its own is our child (PR_SET_CHILD_SUBREAPER), and nobody else waits
// for it when it ends. What we started for ourselves is in our session.
void Daemon::bury_orphans()
{
    pid_t const own_session = ::getsid(0);
    bool unclear = false;
    for (pid_t const child : hosts::own_children()) {
        if (m_apps.owns(child)) continue;
        auto const info = hosts::process_info(child);
        if (!info || !info->ended() || info->session == own_session) continue;
        if (m_hosts.owns(child)) {
            unclear = true; // a zygote that is asked for a host may have made it
        } else {
            ::waitpid(child, nullptr, WNOHANG);
        }
    }
    m_orphan_timer.rearm(unclear ? m_clock.now().boot_time.time_since_epoch() + kWhoseIsIt : kNever);
}

// Handlers that were attached before the app was known to run.
void Daemon::attach_again(std::string_view family)
{
    for (TaskId const task : m_engine.rules().all_tasks(family)) {
        if (m_clients.is_attached(family, task)) m_engine.happened(event::HandlerAttached{task});
    }
}

namespace {

container::Network network_of(packages::Manifest const& manifest)
{
    auto const has = [&](std::string_view name) {
        return std::ranges::any_of(manifest.capabilities, [&](packages::Capability const& capability) {
            return capability.kind == packages::CapabilityKind::General && capability.name == name;
        });
    };
    if (has("internetClientServer") || has("privateNetworkClientServer")) return container::Network::Both;
    return has("internetClient") ? container::Network::Outbound : container::Network::None;
}

} // namespace

hosts::PackagePlace const* Daemon::place_of(std::string_view family)
{
    if (auto const known = m_places.find(family); known != m_places.end()) return &known->second;
    auto const package = m_packages.find(family);
    if (!package) return nullptr;
    hosts::PackagePlace place;
    place.family = family;
    place.folder = package->folder;
    place.data = m_packages.data_folder(family);
    place.log = m_packages.log_file(family);
    for (auto const& declared : package->manifest.classes) {
        place.classes.push_back({declared.id, declared.library});
    }
    place.probe_folders.push_back(package->folder);
    place.network = network_of(package->manifest);
    if (auto const made = m_packages.make_data_folders(family); !made) say(made.error().text());
    return &m_places.emplace(std::string(family), std::move(place)).first->second;
}

bool Daemon::has_instances(std::string_view family) const
{
    auto const package = m_engine.rules().package(family);
    return package && package->running > 0;
}

void Daemon::app_goes(std::string_view family)
{
    m_apps.terminate(family);
}

bool Daemon::has_app(std::string_view family) const
{
    return m_apps.running(family);
}

void Daemon::package_changed(std::string_view family)
{
    if (auto const known = m_places.find(family); known != m_places.end()) m_places.erase(known);
    if (!m_packages.find(family)) m_questions.withdraw(family);
    m_clients.packages_changed();
}

void Daemon::data_goes(std::string_view family)
{
    m_settings.erase(family);
}

// The ways in the order of docs/identity.md. A process that may not be looked at is nobody: it could be an app's.
Caller Daemon::identify(ipc::Peer& peer)
{
    using Kind = Caller::Kind;
    constexpr char const* kGone = "the calling process is gone, or may not be looked at";
    auto const same = [&] { return peer.start_time != 0 && ipc::start_time_of(peer.pid) == peer.start_time; };
    // Also before: a number that was given to an app since says nothing of who holds the connection.
    if (!same()) return {.reason = kGone};
    for (std::string_view const family : {m_apps.package_of(peer.pid), m_hosts.package_of(peer.pid)}) {
        if (!family.empty()) return {.kind = Kind::Package, .family = std::string(family)};
    }
    std::string const program = ipc::program_of(peer.pid);
    auto const confinement = packages::confinement_of(peer.pid, m_runtime_folder);
    bool const ours =
        confinement.kind == packages::Confinement::Kind::None ||
        (confinement.kind == packages::Confinement::Kind::OwnMounts && is_the_same_here(peer.pid, program));
    // What an app or a task left behind is our child by now, and not the user, whatever program it has become.
    bool const left_behind = hosts::descends_from(peer.pid, ::getpid());
    if (program.empty() || !same()) return {.reason = kGone};
    std::string family;
    if (confinement.kind == packages::Confinement::Kind::Flatpak && !left_behind) {
        family = packages::family_of_flatpak_app(m_packages, confinement.app);
    } else if (ours) {
        family = packages::family_of_program(m_packages, program);
    }
    if (family.empty()) return outside_of_packages(confinement, left_behind);
    // Its own copy: the peer's stays for the next look.
    m_apps.adopt(peer.pid, ipc::Fd(::fcntl(peer.pidfd.get(), F_DUPFD_CLOEXEC, 3)), family);
    return {.kind = Kind::Package, .family = family};
}

// --- progress ----------------------------------------------------------------------------------------------------

void Daemon::tell_progress(ProgressLimiter::Report const& report, BootTime now)
{
    if (m_progress.reported(report, now)) {
        send_progress(report);
    } else {
        arm_progress();
    }
}

void Daemon::arm_progress()
{
    auto const next = m_progress.next();
    m_progress_timer.rearm(next ? next->time_since_epoch() : kNever);
}

void Daemon::send_progress(ProgressLimiter::Report const& report)
{
    auto const make = [&](ipc::Bus const& bus) {
        ipc::Message signal = bus.signal(kPath, kName, "Progress");
        signal.write(to_string(report.task.value))
            .write(to_string(m_engine.rules().instance_guid_of(report.instance)))
            .write(report.value);
        return signal;
    };
    m_clients.tell_watchers(make);
    if (!report.to_app) return;
    auto const registration = m_engine.rules().registration(report.task);
    if (registration) m_clients.tell_attached(registration->package.view(), report.task, make);
}

} // namespace latchkey::broker
