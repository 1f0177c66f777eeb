// SPDX-License-Identifier: MIT
#include "support/pretend_broker.h"

#include "ipc/listener.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <list>
#include <mutex>
#include <thread>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-bus.h>

namespace latchkey::testing {

namespace {

constexpr char kPath[] = "/org/latchkey/Broker1";
constexpr char kInterface[] = "org.latchkey.Broker1";

} // namespace

struct PretendBroker::State {
    Answer answer;
    std::mutex lock;
    std::condition_variable changed;
    std::vector<std::string> calls;
};

// One life of the broker.
struct PretendBroker::Running {
    std::shared_ptr<State> state;
    ipc::EventLoop loop;
    ipc::Listener listener;
    ipc::Fd wake;
    std::list<ipc::Bus> connections;
    std::mutex lock;
    std::deque<std::function<void(Running&)>> work;
    std::thread thread;

    static int called(sd_bus_message* raw, void* data, sd_bus_error* error)
    {
        auto& state = *static_cast<State*>(data);
        ipc::Message call = ipc::Message::borrow(raw);
        std::string const member = sd_bus_message_get_member(raw);
        Answer asked;
        {
            std::lock_guard const guard(state.lock);
            state.calls.push_back(member);
            state.changed.notify_all();
            asked = state.answer;
        }
        if (!asked) return sd_bus_error_set(error, "org.latchkey.Error.NoPackageIdentity", "0x80070490 a test says so");
        auto const answer = asked(member, call);
        if (!answer) return sd_bus_error_set(error, answer.error().name.c_str(), answer.error().message.c_str());
        return answer->get() == nullptr ? 1 : sd_bus_send(nullptr, answer->get(), nullptr);
    }

    void accept()
    {
        auto socket = listener.accept();
        if (!socket || !*socket) return;
        auto bus = ipc::Bus::server(std::move(*socket));
        if (!bus || !bus->attach(loop)) return;
        connections.push_back(std::move(*bus));
        sd_bus_add_object(connections.back().get(), nullptr, kPath, called, state.get());
    }

    void take_work()
    {
        std::uint64_t count = 0;
        [[maybe_unused]] auto const read = ::read(wake.get(), &count, sizeof count);
        std::deque<std::function<void(Running&)>> taken;
        {
            std::lock_guard const guard(lock);
            taken.swap(work);
        }
        for (auto const& each : taken) {
            each(*this);
        }
    }

    void post(std::function<void(Running&)> each)
    {
        {
            std::lock_guard const guard(lock);
            work.push_back(std::move(each));
        }
        std::uint64_t const one = 1;
        [[maybe_unused]] auto const written = ::write(wake.get(), &one, sizeof one);
    }
};

PretendBroker::PretendBroker(Answer answer) : m_state(std::make_shared<State>())
{
    m_state->answer = std::move(answer);
    std::string pattern = std::filesystem::temp_directory_path() / "latchkey-pretend-XXXXXX";
    m_root = ::mkdtemp(pattern.data());
    ::setenv("LATCHKEY_ROOT", m_root.c_str(), 1);
    start();
}

PretendBroker::~PretendBroker()
{
    stop();
    std::filesystem::remove_all(m_root);
}

PretendBroker& PretendBroker::of_process()
{
    static PretendBroker made({});
    return made;
}

void PretendBroker::answers(Answer answer)
{
    std::lock_guard const guard(m_state->lock);
    m_state->answer = std::move(answer);
}

ipc::Dictionary PretendBroker::identity() const
{
    std::string const family = "Contoso.Mail_8wekyb3d8bbwe";
    return {{"package", family},
            {"name", "Contoso.Mail"},
            {"folder", "/"},
            {"data", m_root + "/state/data/" + family},
            {"trusted", false}};
}

void PretendBroker::start()
{
    auto loop = ipc::EventLoop::create();
    auto listener = ipc::Listener::open(m_root + "/run/broker");
    m_running.reset(new Running{m_state,
                                std::move(*loop),
                                std::move(*listener),
                                ipc::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
                                {},
                                {},
                                {},
                                {}});
    m_running->thread = std::thread([running = m_running.get()] {
        auto const accept =
            running->loop.on_ready(running->listener.fd(), EPOLLIN, [running](std::uint32_t) { running->accept(); });
        auto const work =
            running->loop.on_ready(running->wake.get(), EPOLLIN, [running](std::uint32_t) { running->take_work(); });
        (void)running->loop.run();
        running->connections.clear();
    });
}

void PretendBroker::stop()
{
    if (!m_running) return;
    m_running->post([](Running& running) { running.loop.stop(0); });
    m_running->thread.join();
    m_running.reset();
}

void PretendBroker::end_connections()
{
    std::promise<void> ended;
    m_running->post([&](Running& running) {
        running.connections.clear();
        ended.set_value();
    });
    ended.get_future().wait();
}

void PretendBroker::signal(std::function<ipc::Message(ipc::Bus&)> make)
{
    m_running->post([make = std::move(make)](Running& running) {
        for (ipc::Bus& bus : running.connections) {
            ipc::Message message = make(bus);
            (void)bus.send(message);
        }
    });
}

void PretendBroker::progress(std::string const& task, std::string const& instance, std::uint32_t value)
{
    signal([=](ipc::Bus& bus) {
        return std::move(bus.signal(kPath, kInterface, "Progress").write(task).write(instance).write(value));
    });
}

void PretendBroker::completed(std::string const& task, std::string const& instance, std::int32_t result,
                              std::string const& text)
{
    signal([=](ipc::Bus& bus) {
        return std::move(
            bus.signal(kPath, kInterface, "Completed").write(task).write(instance).write(result).write(text));
    });
}

std::vector<std::string> PretendBroker::take_calls()
{
    std::lock_guard const guard(m_state->lock);
    return std::exchange(m_state->calls, {});
}

bool PretendBroker::was_called(std::string const& member, std::size_t times)
{
    std::unique_lock guard(m_state->lock);
    return m_state->changed.wait_for(guard, std::chrono::seconds(5), [&] {
        return static_cast<std::size_t>(std::ranges::count(m_state->calls, member)) >= times;
    });
}

ipc::Message PretendBroker::reply_to(ipc::Message& call)
{
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call.get(), &reply);
    return ipc::Message(reply);
}

} // namespace latchkey::testing
