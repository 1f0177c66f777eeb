// SPDX-License-Identifier: MIT
#include "runtime/link/connection.h"

#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-bus.h>

namespace latchkey::runtime {

namespace {

constexpr char kPath[] = "/org/latchkey/Broker1";
constexpr char kInterface[] = "org.latchkey.Broker1";
// A question to the user may be in the answer's way.
constexpr std::chrono::minutes kRequestAccessTimeout{10};

using Answer = BrokerLink::Answer;

Answer failure(char const* name, std::string message)
{
    return tl::unexpected(BrokerError{name, std::move(message)});
}

void write_argument(ipc::Message& message, BrokerArgument const& argument)
{
    if (argument.as_variant) {
        message.write_variant(argument.value);
        return;
    }
    std::visit(
        [&](auto const& held) {
            if constexpr (requires { message.write(held); }) message.write(held);
        },
        argument.value.data);
}

Answer read_answer(ipc::Message& message)
{
    std::string_view const signature = sd_bus_message_get_signature(message.get(), 1);
    ipc::Value value = std::vector<ipc::Value>();
    if (signature == "s")
        value = message.read_string();
    else if (signature == "b")
        value = message.read_bool();
    else if (signature == "i")
        value = message.read_int32();
    else if (signature == "u")
        value = message.read_uint32();
    else if (signature == "as")
        value = message.read_strings();
    else if (signature == "a{sv}")
        value = message.read_dictionary();
    else if (signature == "aa{sv}")
        value = message.read_dictionaries();
    else if (signature == "av")
        value = message.read_values();
    else if (!signature.empty())
        return failure(kBadAnswer, fmt::format("the broker answers \"{}\"", signature));
    if (message.failed()) return failure(kBadAnswer, "the broker's answer cannot be read: " + message.error());
    return value;
}

} // namespace

Connection::Connection(BrokerEvents& events, ipc::Fd descriptor, Limits limits)
    : m_events(events), m_limits(limits), m_descriptor(std::move(descriptor)), m_has_descriptor(m_descriptor.get() >= 0)
{}

bool Connection::start()
{
    auto loop = ipc::EventLoop::create();
    m_wake = ipc::Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!loop || !m_wake) return false;
    m_loop.emplace(std::move(*loop));
    auto source = m_loop->on_ready(m_wake.get(), EPOLLIN, [this](std::uint32_t) { take_requests(); });
    if (!source) return false;
    m_requests_source = std::move(*source);

    // The program's signal handlers run on the program's threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        std::thread([this] {
            pthread_setname_np(pthread_self(), "latchkey-broker");
            (void)m_loop->run();
        }).detach();
    } catch (std::system_error const&) {
        started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

// ---- on any thread
// ---------------------------------------------------------------------------------------------------

void Connection::submit(RequestPointer request)
{
    {
        std::lock_guard const guard(m_lock);
        m_requests.push_back(std::move(request));
    }
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(m_wake.get(), &one, sizeof one);
}

Answer Connection::call(std::string const& method, std::vector<BrokerArgument> arguments, Repeat repeat) noexcept
try {
    auto const request = std::make_shared<Request>();
    request->connection = this;
    request->method = method;
    request->arguments = std::move(arguments);
    request->repeat = repeat;
    submit(request);
    std::unique_lock guard(request->lock);
    request->done.wait(guard, [&] { return request->answer.has_value(); });
    return std::move(*request->answer);
} catch (std::exception const& error) {
    return failure(kUnreachable, error.what());
}

Answer Connection::attach(std::string const& task) noexcept
try {
    Answer answer = call("Attach", {{task}}, Repeat::Yes);
    if (answer) {
        std::lock_guard const guard(m_lock);
        m_attached.insert(task);
    }
    return answer;
} catch (std::exception const& error) {
    return failure(kUnreachable, error.what());
}

void Connection::stay_connected() noexcept
{
    std::lock_guard const guard(m_lock);
    m_stay_connected = true;
}

// ---- on the connection's thread ------------------------------------------------------------------------------------

void Connection::take_requests()
{
    std::uint64_t count = 0;
    [[maybe_unused]] auto const read = ::read(m_wake.get(), &count, sizeof count);
    std::deque<RequestPointer> requests;
    {
        std::lock_guard const guard(m_lock);
        requests.swap(m_requests);
    }
    for (RequestPointer const& request : requests) {
        send(request);
    }
}

void Connection::send(RequestPointer const& request)
{
    if (!m_bus) {
        if (auto error = connect(ipc::WhenAbsent::Start)) {
            finish(request, tl::unexpected(std::move(*error)));
            return;
        }
    }
    ipc::Message message = m_bus->method_call("", kPath, kInterface, request->method);
    for (BrokerArgument const& argument : request->arguments) {
        write_argument(message, argument);
    }
    if (message.failed()) {
        finish(request, failure("org.latchkey.Error.InvalidArgument", "0x80070057 " + message.error()));
        return;
    }
    std::chrono::microseconds const timeout =
        request->method == "RequestAccess" ? std::max<std::chrono::microseconds>(kRequestAccessTimeout, m_limits.call)
                                           : m_limits.call;
    auto const callback = [](sd_bus_message* reply, void* data, sd_bus_error*) {
        auto* const waiting = static_cast<Request*>(data);
        waiting->connection->answered(waiting, reply);
        return 0;
    };
    int const result = sd_bus_call_async(m_bus->get(), nullptr, message.get(), callback, request.get(),
                                         static_cast<std::uint64_t>(timeout.count()));
    if (result < 0 && sd_bus_is_open(m_bus->get()) <= 0 && may_go_to_the_next(*request)) {
        // The broker is gone and this was never sent: closed(), which is on its way, sends it to the next one.
        std::lock_guard const guard(m_lock);
        m_requests.push_front(request);
        return;
    }
    if (result < 0) {
        finish(request, failure(kDisconnected, fmt::format("send to the broker: {}", std::strerror(-result))));
        return;
    }
    m_in_flight.emplace(request.get(), request);
}

void Connection::answered(Request* sent, sd_bus_message* reply)
{
    auto const found = m_in_flight.extract(sent);
    if (found.empty()) return;
    RequestPointer const request = found.mapped();
    sd_bus_error const* const error = sd_bus_message_get_error(reply);
    if (error == nullptr) {
        ipc::Message message = ipc::Message::borrow(reply);
        finish(request, read_answer(message));
        return;
    }
    bool const no_reply = sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) != 0 ||
                          sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) != 0;
    if (!no_reply) {
        finish(request, failure(error->name, error->message == nullptr ? "" : error->message));
    } else if (sd_bus_is_open(m_bus->get()) > 0) {
        finish(request, failure(kTimedOut,
                                fmt::format("the broker did not answer in {} s",
                                            std::chrono::duration_cast<std::chrono::seconds>(m_limits.call).count())));
    } else if (request->repeat == Repeat::Yes && may_go_to_the_next(*request)) {
        submit(request);
    } else {
        finish(request, failure(kDisconnected, "the broker ended before it answered"));
    }
}

bool Connection::may_go_to_the_next(Request& request) const
{
    return !m_has_descriptor && request.repeated++ < kMaxRepeats &&
           std::chrono::steady_clock::now() - request.made < m_limits.call;
}

void Connection::finish(RequestPointer const& request, Answer answer)
{
    std::lock_guard const guard(request->lock);
    request->answer = std::move(answer);
    request->done.notify_all();
}

std::optional<BrokerError> Connection::connect(ipc::WhenAbsent when_absent)
{
    if (m_has_descriptor && !m_descriptor) {
        return BrokerError{kUnreachable, "the broker that started this process has ended"};
    }
    auto bus = m_has_descriptor ? ipc::Bus::client(std::move(m_descriptor)) : ipc::connect_to_broker(when_absent);
    if (!bus) return BrokerError{kUnreachable, bus.error().text()};
    m_bus.emplace(std::move(*bus));
    if (auto const attached = m_bus->attach(*m_loop); !attached) {
        m_bus.reset();
        return BrokerError{kUnreachable, attached.error().text()};
    }
    listen();
    m_retry = {};
    m_retry_after = {};
    attach_all();
    // What was signalled in between is not told again.
    if (std::exchange(m_was_connected, true)) m_events.data_changed();
    return std::nullopt;
}

void Connection::listen()
{
    (void)m_bus->on_signal(kInterface, "Progress", [this](ipc::Message& message) {
        std::string const task = message.read_string();
        std::string const instance = message.read_string();
        std::uint32_t const value = message.read_uint32();
        if (!message.failed()) m_events.progress(task, instance, value);
    });
    (void)m_bus->on_signal(kInterface, "Completed", [this](ipc::Message& message) {
        std::string const task = message.read_string();
        std::string const instance = message.read_string();
        std::int32_t const result = message.read_int32();
        std::string const text = message.read_string();
        if (!message.failed()) m_events.completed(task, instance, result, text);
    });
    (void)m_bus->on_signal(kInterface, "DataChanged", [this](ipc::Message&) { m_events.data_changed(); });
    m_bus->on_closed([this] {
        // Not from inside the connection's own callback.
        if (auto soon = m_loop->soon([this] { closed(); })) m_dropped = std::move(*soon);
    });
}

void Connection::attach_all()
{
    std::set<std::string> tasks;
    {
        std::lock_guard const guard(m_lock);
        tasks = m_attached;
    }
    for (std::string const& task : tasks) {
        auto const request = std::make_shared<Request>();
        request->connection = this;
        request->method = "Attach";
        request->arguments = {{task}};
        send(request);
    }
}

void Connection::closed()
{
    m_bus.reset();
    m_dropped = {};
    // sd-bus has answered them all by now; one that it forgot may not wait for ever.
    for (auto const& [unanswered, request] : std::exchange(m_in_flight, {})) {
        finish(request, failure(kDisconnected, "the broker ended before it answered"));
    }
    take_requests();
    look_for_broker();
}

void Connection::look_for_broker()
{
    {
        std::lock_guard const guard(m_lock);
        if (m_attached.empty() && !m_stay_connected) return;
    }
    if (m_has_descriptor || m_bus || !connect(ipc::WhenAbsent::Fail)) return;
    m_retry_after = m_retry_after.count() == 0 ? m_limits.first_look : std::min(m_retry_after * 2, m_limits.last_look);
    auto const due = m_loop->boot_time() + m_retry_after;
    // Nobody waits for this: it may be late by as much.
    auto retry = m_loop->at(due, m_retry_after, [this] { look_for_broker(); });
    if (retry) m_retry = std::move(*retry);
}

} // namespace latchkey::runtime

extern "C" __attribute__((visibility("default"))) latchkey::runtime::BrokerLink*
LATCHKEY_BROKER_LINK(latchkey::runtime::BrokerEvents& events, int descriptor)
{
    using latchkey::runtime::Connection;
    auto* const made = new (std::nothrow) Connection(events, latchkey::ipc::Fd(descriptor), {});
    return made != nullptr && made->start() ? made : nullptr;
}
