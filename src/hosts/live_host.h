// SPDX-License-Identifier: MIT
#pragma once

// One host, from its descriptors to its end: what is said to it, what it says, and what runs in it.
//
//   open() -> requests may be made, they wait in the socket
//          -> adopt(process)  reports are read from here on
//          -> the process ends, or finish(reason): HostEnd is told once, then only the destructor is left to call
//
// A host that breaks the protocol, does not become ready or does not end in time is killed; its end has the reason.

#include "hosts/cgroup.h"
#include "hosts/host_messages.h"
#include "hosts/hosts.h"
#include "hosts/progress_page.h"
#include "hosts/zygote.h"

#include <array>
#include <chrono>
#include <deque>
#include <optional>

namespace latchkey::hosts {

inline constexpr std::chrono::seconds kEndTimeout{5};              // between END and the end
inline constexpr std::chrono::microseconds kProgressPause{16'667}; // 60 looks a second
inline constexpr std::uint64_t kMaxFileBytes = 1ULL << 30U;        // of one file that a task writes; set by the host
inline constexpr std::size_t kMaxWaitingMessages = 256;            // for a host that does not read

// What every host needs, whoever it is for: may be made before it is wanted.
struct HostKit {
    static ipc::Io<HostKit> make();

    ProgressPage page;
    ipc::Fd socket; // SOCK_SEQPACKET
    ipc::Fd bus;
    ipc::Fd their_socket;
    ipc::Fd their_bus;
};

class LiveHost;

// Who is told. happened() is also called from inside calls of a LiveHost: the observer keeps events until the loop's
// turn.
class HostObserver {
public:
    virtual void happened(core::Event event) = 0;
    // Before an instance of it is reported to have ended, while its process still can be asked.
    virtual void about_to_complete(LiveHost& host) = 0;
    // The process ended before it was ready, so before anything of the package ran: another may take its place. False:
    // there is none, and ended() follows.
    virtual bool start_again(LiveHost& host) = 0;
    // The process has ended; its number is taken until this returns.
    virtual void about_to_reap(LiveHost& host) = 0;
    // The process is gone and reaped. usage: its CPU time, with that of the children it waited for.
    virtual void ended(LiveHost& host, std::chrono::microseconds usage) = 0;
    virtual void serve(ipc::Fd socket, std::string_view family) = 0;
    // The host is ready, and says what it is contained in.
    virtual void ready(LiveHost& host, container::Achieved const& contained) = 0;

protected:
    ~HostObserver() = default;
};

class LiveHost {
public:
    // cgroup: in which it will be made; may be null.
    LiveHost(ipc::EventLoop& loop, HostObserver& observer, core::HostId id, std::string family,
             std::unique_ptr<HostCgroup> cgroup = nullptr);
    ~LiveHost(); // kills it and what it started, and reaps it
    LiveHost(LiveHost const&) = delete;
    LiveHost& operator=(LiveHost const&) = delete;

    // Takes the descriptors and writes CONFIGURE. Again: everything anew, and what was asked before is asked again.
    ipc::Io<void> open(PackagePlace const& place, HostKit kit);
    HostDescriptors descriptors() const;
    ipc::Io<void> adopt(HostProcess process);

    void activate(core::InstanceId instance, ActivationWords words);
    void cancel(core::InstanceId instance, core::CancellationReason reason);
    void set_suspended_count(core::InstanceId instance, std::uint32_t count);
    void stop();
    // Kills the process and what it started. reason: for the HostExited that follows.
    void kill(std::string reason);
    // Stops every thread of it and of what it started, or lets them go on.
    void freeze();
    void thaw();

    HostCgroup const* cgroup() const { return m_cgroup.get(); }
    std::unique_ptr<HostCgroup> take_cgroup() { return std::move(m_cgroup); }

    core::HostId id() const { return m_id; }
    std::string const& family() const { return m_family; }
    pid_t pid() const { return m_process.pid; } // 0: there is none yet
    PidNamespace const* own_pids() const { return m_process.own_pids.get(); }
    std::size_t running() const { return m_running; }
    std::vector<core::InstanceId> instances() const;
    // Since the last call.
    bool made_progress() { return std::exchange(m_made_progress, false); }

    // What the process leaves behind, in words: "signal SIGSEGV in Tasks.Mail".
    core::event::HostExited exit_event(int status) const;

private:
    struct Slot {
        core::InstanceId instance; // 0: free
        std::string entry_point;
        bool started = false;
        std::uint32_t progress = 0;
    };

    void kill_all();
    void signal_all(int signal) const;
    void send(std::string message);
    void flush();
    void can_write(bool wanted);
    void on_socket(std::uint32_t events);
    void read_reports();
    void handle(Report const& report);
    void handle(Ready const& ready);
    void handle(Started const& started);
    void handle(Completed const& completed);
    void broke(std::string const& what);
    void look_at_progress();
    bool look_at_progress(std::uint32_t slot);
    void on_deadline();
    void on_exit();
    void expect_within(std::chrono::seconds time, std::string what);
    Slot* slot_of(core::InstanceId instance, std::uint32_t& number);

    ipc::EventLoop& m_loop;
    HostObserver& m_observer;
    core::HostId const m_id;
    std::string const m_family;
    std::unique_ptr<HostCgroup> m_cgroup;

    ipc::Fd m_socket;
    ipc::Fd m_bus;
    ProgressPage m_page;
    std::vector<ipc::Fd> m_theirs; // log, socket, bus: until it has them
    HostProcess m_process;

    std::vector<std::string> m_said;   // until it is ready: what a second process would have to be told
    std::deque<std::string> m_waiting; // the socket is full
    std::array<Slot, LATCHKEY_HOST_SLOTS> m_slots;
    std::size_t m_running = 0;
    bool m_ready = false;
    bool m_again = false; // it is the second process
    bool m_stopping = false;
    bool m_frozen = false;
    bool m_made_progress = false;
    std::string m_reason;   // why we killed it
    std::string m_expected; // what has to happen before the deadline

    ipc::Source m_on_socket;
    ipc::Source m_on_wake;
    ipc::Source m_on_bus;
    ipc::Source m_on_exit;
    ipc::Source m_deadline;
    ipc::Source m_next_look;
    bool m_wants_to_write = false;
};

} // namespace latchkey::hosts
