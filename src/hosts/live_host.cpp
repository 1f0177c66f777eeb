// SPDX-License-Identifier: MIT
#include "hosts/live_host.h"

#include "hosts/package_log.h"
#include "hosts/process_tree.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::hosts {

using std::chrono::microseconds;

namespace {

enum Theirs : std::size_t { kLog, kSocket, kBus };

constexpr microseconds kSoonEnough{1'000};

ipc::Io<std::array<ipc::Fd, 2>> socket_pair(int type)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return ipc::io_error(errno, "make the sockets of a host");
    }
    return std::array{ipc::Fd(ends[0]), ipc::Fd(ends[1])};
}

microseconds time_of(timeval const& time)
{
    return microseconds(time.tv_sec * 1'000'000 + time.tv_usec);
}

std::string signal_name(int signal)
{
    char const* const name = ::sigabbrev_np(signal);
    return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("signal SIG{}", name);
}

} // namespace

LiveHost::LiveHost(ipc::EventLoop& loop, HostObserver& observer, core::HostId id, std::string family,
                   std::unique_ptr<HostCgroup> cgroup)
    : m_loop(loop), m_observer(observer), m_id(id), m_family(std::move(family)), m_cgroup(std::move(cgroup))
{}

LiveHost::~LiveHost()
{
    if (m_process.pid == 0) return;
    kill_all();
    ::waitpid(std::exchange(m_process.pid, 0), nullptr, 0); // before its namespace goes
}

ipc::Io<HostKit> HostKit::make()
{
    auto page = ProgressPage::create();
    if (!page) return tl::unexpected(page.error());
    auto messages = socket_pair(SOCK_SEQPACKET);
    auto bus = messages ? socket_pair(SOCK_STREAM) : tl::unexpected(messages.error());
    if (!bus) return tl::unexpected(bus.error());
    return HostKit{std::move(*page), std::move((*messages)[0]), std::move((*bus)[0]), std::move((*messages)[1]),
                   std::move((*bus)[1])};
}

ipc::Io<void> LiveHost::open(PackagePlace const& place, HostKit kit)
{
    auto configure = configure_messages(place);
    if (!configure)
        return tl::unexpected(ipc::IoError{std::make_error_code(std::errc::message_size), configure.error()});
    std::vector<std::string> const said = std::exchange(m_said, {});
    m_on_bus = {};
    m_wants_to_write = false;
    m_page = std::move(kit.page);
    m_socket = std::move(kit.socket);
    m_bus = std::move(kit.bus);
    m_theirs.clear();
    m_theirs.push_back(open_package_log(place.log));
    m_theirs.push_back(std::move(kit.their_socket));
    m_theirs.push_back(std::move(kit.their_bus));
    m_waiting.clear();
    if (said.empty()) {
        for (std::string& message : *configure)
            send(std::move(message));
    } else {
        for (std::string const& message : said)
            send(message);
    }
    return {};
}

HostDescriptors LiveHost::descriptors() const
{
    return {m_theirs[kLog].get(), m_theirs[kSocket].get(), m_page.memory(),
            m_page.wake(),        m_theirs[kBus].get(),    m_cgroup == nullptr ? -1 : m_cgroup->descriptor()};
}

ipc::Io<void> LiveHost::adopt(HostProcess process)
{
    m_process = std::move(process);
    m_theirs.clear();
    m_page.close_memory();
    auto socket = m_loop.on_ready(m_socket.get(), EPOLLIN, [this](std::uint32_t events) { on_socket(events); });
    auto wake = m_loop.on_ready(m_page.wake(), EPOLLIN, [this](std::uint32_t) { look_at_progress(); });
    // Most tasks ask the broker for nothing, so a server is made when the first byte comes.
    auto bus = m_loop.on_ready(m_bus.get(), EPOLLIN, [this](std::uint32_t) {
        m_on_bus = {};
        m_observer.serve(std::move(m_bus), m_family);
    });
    auto exit = m_loop.on_exit(m_process.pidfd.get(), [this] { on_exit(); });
    if (!socket || !wake || !bus || !exit) {
        return ipc::io_error(ENOMEM, "watch a host");
    }
    m_on_socket = std::move(*socket);
    m_on_wake = std::move(*wake);
    m_on_bus = std::move(*bus);
    m_on_exit = std::move(*exit);
    can_write(!m_waiting.empty());
    expect_within(kConfigureTimeout, "did not become ready");
    // What was decided while it was being made.
    if (!m_reason.empty()) kill_all();
    if (m_frozen) freeze();
    m_observer.happened(core::event::HostStarted{m_id, m_process.pid, m_process.start_ticks});
    return {};
}

// Of something that the host must do; the broker does not wait for it longer than that.
void LiveHost::expect_within(std::chrono::seconds time, std::string what)
{
    m_expected = fmt::format("{} within {} s", what, time.count());
    microseconds const when = m_loop.boot_time() + time;
    if (m_deadline) {
        m_deadline.rearm(when);
        return;
    }
    auto timer = m_loop.at(when, std::chrono::milliseconds(250), [this] { on_deadline(); });
    if (timer) m_deadline = std::move(*timer);
}

void LiveHost::on_deadline()
{
    if (m_process.pid != 0) kill(fmt::format("the host {}", m_expected));
}

void LiveHost::send(std::string message)
{
    if (!m_ready) m_said.push_back(message);
    m_waiting.push_back(std::move(message));
    if (m_waiting.size() > kMaxWaitingMessages) {
        broke("does not read its messages");
        return;
    }
    flush();
}

void LiveHost::flush()
{
    while (!m_waiting.empty()) {
        std::string const& next = m_waiting.front();
        if (::send(m_socket.get(), next.data(), next.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) break;
            bool const going = errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN; // its end is told apart
            if (!going) kill(fmt::format("the host could not be talked to: {}", std::strerror(errno)));
            m_waiting.clear();
            break;
        }
        m_waiting.pop_front();
    }
    can_write(!m_waiting.empty());
}

void LiveHost::can_write(bool wanted)
{
    if (!m_on_socket || wanted == m_wants_to_write) return;
    m_wants_to_write = wanted;
    m_on_socket.watch(EPOLLIN | (wanted ? EPOLLOUT : 0U));
}

LiveHost::Slot* LiveHost::slot_of(core::InstanceId instance, std::uint32_t& number)
{
    auto const found = std::ranges::find(m_slots, instance, &Slot::instance);
    if (found == m_slots.end() || instance.number == 0) return nullptr;
    number = static_cast<std::uint32_t>(found - m_slots.begin());
    return &*found;
}

void LiveHost::activate(core::InstanceId instance, ActivationWords words)
{
    auto const free = std::ranges::find(m_slots, core::InstanceId{}, &Slot::instance);
    auto const number = static_cast<std::uint32_t>(free - m_slots.begin());
    auto message = free == m_slots.end()
                       ? tl::unexpected(fmt::format("{} instances run in this host already", m_slots.size()))
                       : activate_message(number, words);
    if (!message) {
        m_observer.happened(core::event::ActivationFailed{
            instance, core::kNotEnoughQuota, core::event::ActivationFailure::Other, core::SharedText(message.error())});
        return;
    }
    *free = {instance, std::move(words.entry_point)};
    ++m_running;
    m_page.clear(number, words.suspended_count);
    send(std::move(*message));
}

void LiveHost::cancel(core::InstanceId instance, core::CancellationReason reason)
{
    std::uint32_t number = 0;
    if (slot_of(instance, number) != nullptr) send(cancel_message(number, reason));
}

void LiveHost::set_suspended_count(core::InstanceId instance, std::uint32_t count)
{
    std::uint32_t number = 0;
    if (slot_of(instance, number) != nullptr) m_page.set_suspended_count(number, count);
}

void LiveHost::stop()
{
    if (std::exchange(m_stopping, true)) return;
    send(end_message());
    expect_within(kEndTimeout, "did not end");
}

void LiveHost::kill(std::string reason)
{
    if (m_reason.empty()) m_reason = std::move(reason);
    if (m_process.pid != 0) kill_all();
}

void LiveHost::kill_all()
{
    if (m_cgroup == nullptr || !m_cgroup->kill()) signal_tree(m_process.pid, SIGKILL);
}

void LiveHost::freeze()
{
    m_frozen = true;
    if (m_process.pid == 0) return;
    if (m_cgroup == nullptr || !m_cgroup->set_frozen(true)) signal_all(SIGSTOP);
}

// Also what left the session and its parents: in a pid namespace it is a child of the first process. Hosts of one
// package are stopped together, so it does not matter whose it was.
void LiveHost::signal_all(int signal) const
{
    signal_tree(m_process.pid, signal);
    if (m_process.own_pids == nullptr) return;
    for (pid_t const orphan : children_of(m_process.own_pids->first()))
        signal_tree(orphan, signal);
}

void LiveHost::thaw()
{
    m_frozen = false;
    if (m_process.pid == 0) return;
    if (m_cgroup == nullptr || !m_cgroup->set_frozen(false)) signal_all(SIGCONT);
}

std::vector<core::InstanceId> LiveHost::instances() const
{
    std::vector<core::InstanceId> found;
    for (Slot const& slot : m_slots) {
        if (slot.instance.number != 0) found.push_back(slot.instance);
    }
    return found;
}

void LiveHost::on_socket(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0) flush();
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read_reports();
}

void LiveHost::read_reports()
{
    std::array<char, LATCHKEY_HOST_MESSAGE_MAX> buffer;
    while (m_reason.empty()) {
        ssize_t const size = ::recv(m_socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (size <= 0) {
            // Its end: the process is going, and is told to once more in case it only closed its socket.
            m_on_socket = {};
            if (m_process.pid != 0) ::kill(m_process.pid, SIGKILL);
            return;
        }
        auto const length = static_cast<std::size_t>(size);
        auto const report = length > buffer.size()
                                ? tl::unexpected(fmt::format("the host sent a message of {} bytes", length))
                                : parse_report(std::string_view(buffer.data(), length));
        if (report) {
            handle(*report);
        } else {
            broke(report.error());
        }
    }
}

void LiveHost::handle(Report const& report)
{
    std::visit([this](auto const& held) { handle(held); }, report);
}

void LiveHost::handle(Ready const& ready)
{
    if (m_ready) return broke("the host became ready twice");
    if (ready.version != LATCHKEY_HOST_PROTOCOL) {
        return broke(fmt::format("the host speaks version {} of the host protocol, the broker speaks {}", ready.version,
                                 LATCHKEY_HOST_PROTOCOL));
    }
    m_ready = true;
    m_said.clear();
    m_observer.ready(*this, ready.contained);
    if (!m_stopping) m_deadline.disarm();
}

void LiveHost::handle(Started const& started)
{
    if (!m_ready || started.slot >= m_slots.size() || m_slots[started.slot].instance.number == 0 ||
        m_slots[started.slot].started) {
        return broke(fmt::format("the host started what it was not asked for (slot {})", started.slot));
    }
    m_slots[started.slot].started = true;
    m_observer.happened(core::event::InstanceStarted{m_slots[started.slot].instance});
}

void LiveHost::handle(Completed const& completed)
{
    if (!m_ready || completed.slot >= m_slots.size() || m_slots[completed.slot].instance.number == 0) {
        return broke(fmt::format("the host completed what does not run (slot {})", completed.slot));
    }
    bool const started = m_slots[completed.slot].started;
    if (!started && !core::failed(completed.result)) {
        return broke(fmt::format("the host completed what it did not start (slot {})", completed.slot));
    }
    if (started) look_at_progress(completed.slot);
    m_observer.about_to_complete(*this);
    core::InstanceId const instance = m_slots[completed.slot].instance;
    m_slots[completed.slot] = {};
    --m_running;
    core::SharedText const message(completed.message);
    if (started) {
        m_observer.happened(core::event::InstanceCompleted{instance, completed.result, message});
        return;
    }
    auto const failure = completed.result == core::kClassNotRegistered ? core::event::ActivationFailure::EntryPointGone
                                                                       : core::event::ActivationFailure::Other;
    m_observer.happened(core::event::ActivationFailed{instance, completed.result, failure, message});
}

// Nothing that it says counts any more.
void LiveHost::broke(std::string const& what)
{
    m_on_socket = {};
    for (Slot& slot : m_slots) {
        if (slot.instance.number == 0) continue;
        m_observer.happened(
            core::event::InstanceCompleted{slot.instance, core::hresult(0x80004005), core::SharedText(what)});
        slot = {};
        --m_running;
    }
    kill(what);
}

// Whether the instance has said anything since the last look.
bool LiveHost::look_at_progress(std::uint32_t number)
{
    Slot& slot = m_slots[number];
    auto const value = m_page.take(number);
    if (!value) return false;
    m_made_progress = true;
    if (*value != slot.progress) {
        slot.progress = *value;
        m_observer.happened(core::event::InstanceProgress{slot.instance, *value});
    }
    return true;
}

// The eventfd is left alone for as long as there may be the next look: what the task reports meanwhile costs it one
// write and the broker nothing.
void LiveHost::look_at_progress()
{
    m_page.hear();
    // A task that reports progress has started, although its word of that may still wait in the socket.
    auto const waits = [](Slot const& slot) { return slot.instance.number != 0 && !slot.started; };
    if (m_on_socket && std::ranges::any_of(m_slots, waits)) read_reports();
    bool any = false;
    for (std::uint32_t number = 0; number < m_slots.size(); ++number) {
        if (m_slots[number].instance.number != 0) any |= look_at_progress(number);
    }
    if (!any && !m_on_wake) {
        // It has been quiet for a pause: the next change wakes the broker at once.
        auto wake = m_loop.on_ready(m_page.wake(), EPOLLIN, [this](std::uint32_t) { look_at_progress(); });
        if (wake) m_on_wake = std::move(*wake);
        return;
    }
    m_on_wake = {};
    microseconds const when = m_loop.boot_time() + kProgressPause;
    if (m_next_look) {
        m_next_look.rearm(when);
        return;
    }
    auto timer = m_loop.at(when, kSoonEnough, [this] { look_at_progress(); });
    if (timer) m_next_look = std::move(*timer);
}

void LiveHost::on_exit()
{
    int status = 0;
    rusage usage{};
    if (m_on_socket) read_reports(); // what it said last
    // Its number is nobody else's until it is waited for, so what it left behind can be told by it.
    m_observer.about_to_reap(*this);
    ::wait4(std::exchange(m_process.pid, 0), &status, 0, &usage);
    m_process.own_pids.reset();
    core::event::HostExited exited = exit_event(status);
    m_deadline = {};
    m_next_look = {};
    m_on_wake = {};
    m_on_socket = {};
    m_on_exit = {};
    if (!m_ready && m_reason.empty() && !std::exchange(m_again, true) && m_observer.start_again(*this)) return;
    m_observer.ended(*this, time_of(usage.ru_utime) + time_of(usage.ru_stime));
    m_observer.happened(std::move(exited));
}

core::event::HostExited LiveHost::exit_event(int status) const
{
    core::event::HostExited event{m_id, std::nullopt, status, {}};
    std::string culprit;
    std::string running;
    for (std::uint32_t number = 0; number < m_slots.size(); ++number) {
        Slot const& slot = m_slots[number];
        if (slot.instance.number == 0) continue;
        running += (running.empty() ? "" : ", ") + slot.entry_point;
        if (m_page.culprit(number) == 0) continue;
        event.culprit = slot.instance;
        culprit = slot.entry_point;
    }
    if (m_running == 1) culprit = running;
    std::string const where = !culprit.empty() ? " in " + culprit : running.empty() ? "" : " while " + running + " ran";
    std::string what = m_reason;
    if (what.empty() && WIFSIGNALED(status)) what = signal_name(WTERMSIG(status)) + where;
    if (m_reason.empty() && WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) {
        what += fmt::format(": a file grew beyond {} MiB", kMaxFileBytes >> 20U);
    }
    if (what.empty() && (m_running > 0 || WEXITSTATUS(status) != 0)) {
        what = fmt::format("the host exited with status {}{}", WEXITSTATUS(status), where);
    }
    event.message = core::SharedText(std::move(what));
    return event;
}

} // namespace latchkey::hosts
