// SPDX-License-Identifier: MIT
#pragma once

// latchkeyd: wires the rooms. What the rules want goes to hosts, apps, sources and clients from here, and what those
// tell goes to the rules.
//
//   begin()   opens nothing any more: everything is there, the packages are told to the rules, the processes of an
//             earlier broker are proved gone, clients are accepted
//   the loop  runs until stop(): a signal, a failed commit
//
// A Daemon that was killed at any moment is continued by the next one from the store.

#include "broker/access_questions.h"
#include "broker/clients.h"
#include "broker/engine.h"
#include "broker/interface.h"
#include "broker/progress_limiter.h"
#include "broker/settings.h"
#include "hosts/apps.h"
#include "hosts/hosts.h"
#include "ipc/broker_place.h"
#include "packages/installed_packages.h"
#include "packages/servicing.h"
#include "sources/clock.h"
#include "sources/sources.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace latchkey::broker {

// What main.cpp prepared.
struct Beginning {
    ipc::BrokerPlace place;
    store::Store store;
    core::Policy policy;
    packages::InstalledPackages packages;
    hosts::Programs programs;
    std::string packager;             // latchkey-packager
    std::vector<std::string> notices; // what was wrong with files that were read; shown by doctor
    std::string runtime_folder;       // $XDG_RUNTIME_DIR: where Flatpak says what runs; empty: nowhere
};

class Daemon final : private Carrier, private hosts::Surroundings, private packages::ServicingSurroundings {
public:
    Daemon(ipc::EventLoop& loop, Beginning beginning);
    ~Daemon();

    ipc::Io<void> begin(ipc::Listener listener);
    // joined: told once, when the bus has answered, what is wrong; an empty text when nothing is.
    ipc::Io<void> join(ipc::Bus session_bus, std::function<void(std::string const&)> joined);
    // The clean end: instances are told to log off and have their grace, then the loop stops.
    void end();
    // A message for people when the file is refused; the old policy stays.
    tl::expected<void, std::string> reload();

private:
    // Carrier
    core::Now now() override { return m_clock.now(); }
    void carry_out(core::effect::StartHost const& start) override;
    void carry_out(core::effect::StartInstance const& start) override;
    void carry_out(core::effect::RequestCancel const& cancel) override { m_hosts.cancel(cancel); }
    void carry_out(core::effect::TerminateHost const& host) override { m_hosts.terminate(host); }
    void carry_out(core::effect::StopHost const& host) override { m_hosts.stop(host); }
    void carry_out(core::effect::FreezeHost const& host) override { m_hosts.freeze(host); }
    void carry_out(core::effect::ThawHost const& host) override { m_hosts.thaw(host); }
    void carry_out(core::effect::TellSuspendedCount const& count) override { m_hosts.tell(count); }
    void carry_out(core::effect::SetCpuBudget const& budget) override { m_hosts.set_budget(budget); }
    void carry_out(core::effect::DeliverCompletion const& delivery) override;
    void carry_out(core::effect::DeliverProgress const& delivery) override;
    void carry_out(core::effect::AskUser const& question) override;
    void recorded(core::HistoryEvent const& event) override;
    void registered(core::TaskId task) override;
    void unregistered(core::TaskId task) override { m_interface.withdraw(task); }
    void turned(Demand demand) override;
    void failed(std::string const& why) override;

    // hosts::Surroundings, packages::ServicingSurroundings
    hosts::PackagePlace const* place_of(std::string_view family) override;
    void serve(ipc::Fd socket, std::string_view family) override { m_clients.serve(std::move(socket), family); }
    void happened(core::Event event) override;
    bool has_instances(std::string_view family) const override;
    void app_goes(std::string_view family) override;
    bool has_app(std::string_view family) const override;
    void package_changed(std::string_view family) override;
    void data_goes(std::string_view family) override;

    Caller identify(ipc::Peer& peer);
    void decided(core::RequestId request, core::SharedText const& package, Decision decision);
    void bury_orphans();
    void tell_progress(ProgressLimiter::Report const& report, core::BootTime now);
    void send_progress(ProgressLimiter::Report const& report);
    void arm_progress();
    void attach_again(std::string_view family);

    ipc::EventLoop& m_loop;
    ipc::BrokerPlace m_place;
    packages::InstalledPackages m_packages;
    std::vector<std::string> m_notices;
    std::string m_runtime_folder;
    sources::Clock m_clock;
    Engine m_engine;
    Interface m_interface; // before the connections that its objects are on
    Clients m_clients;
    hosts::Hosts m_hosts;
    hosts::Apps m_apps;
    sources::Sources m_sources;
    Settings m_settings;
    packages::Servicing m_servicing;
    AccessQuestions m_questions;
    std::map<std::string, hosts::PackagePlace, std::less<>> m_places;
    std::set<std::string, std::less<>> m_asked; // packages whose question was said
    ProgressLimiter m_progress;
    ipc::Source m_progress_timer;
    ipc::Source m_end_timer;
    ipc::Source m_orphan_timer;
    bool m_ending = false;
    bool m_journal = false;
};

} // namespace latchkey::broker
