// SPDX-License-Identifier: MIT
// latchkey watch [TASK]: events, progress and completions as they happen.
#include "cli/broker_link.h"
#include "cli/records.h"
#include "cli/task_text.h"
#include "cli/watch_screen.h"
#include "cli/words.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace latchkey::cli {

namespace {

constexpr std::chrono::seconds kTurn{3600};
constexpr std::size_t kDefaultColumns = 80;

volatile std::sig_atomic_t g_interrupted = 0;

struct Arguments {
    std::string task;
    bool once = false;
    bool json = false;
};

std::size_t terminal_columns()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kDefaultColumns;
}

class Watch {
public:
    Watch(BrokerLink& broker, Arguments const& arguments)
        : m_broker(broker),
          m_arguments(arguments),
          m_screen(::isatty(STDOUT_FILENO) == 1 ? WatchScreen::Output::Terminal : WatchScreen::Output::Lines,
                   terminal_columns())
    {}

    ExitStatus run()
    {
        if (auto const refused = begin()) return *refused;
        while (g_interrupted == 0 && !m_ended) {
            auto const turned = m_broker.bus().process(kTurn);
            if (turned || turned.error().code == std::errc::interrupted) continue;
            write(m_screen.end());
            fmt::print(stderr, "latchkey: the broker has ended; any latchkey command starts it again\n");
            return ExitStatus::NoBroker;
        }
        write(m_screen.end());
        return m_ended.value_or(ExitStatus::Done);
    }

private:
    // The task's id is asked for once: names may change hands.
    std::optional<ExitStatus> begin()
    {
        auto list = m_broker.ask("List", ipc::Dictionary());
        if (!list) return list.error();
        m_screen.know(list->read_dictionaries());
        if (!m_arguments.task.empty()) {
            auto why = m_broker.ask("Explain", m_arguments.task);
            if (!why) return why.error();
            m_id = text(why->read_dictionary(), "id");
        }
        ipc::Bus& bus = m_broker.bus();
        bool const listening =
            bus.on_signal(kBrokerInterface, "Event", [this](ipc::Message& message) { event(message); }).has_value() &&
            bus.on_signal(kBrokerInterface, "Progress", [this](ipc::Message& message) { progress(message); })
                .has_value() &&
            bus.on_signal(kBrokerInterface, "Completed", [this](ipc::Message& message) { completed(message); })
                .has_value();
        auto const watched = m_broker.ask("Watch");
        if (!watched) return watched.error();
        return listening ? std::nullopt : std::optional(ExitStatus::Failed);
    }

    bool wanted(std::string const& task) const { return m_id.empty() || task == m_id; }

    void event(ipc::Message& message)
    {
        ipc::Dictionary const event = message.read_dictionary();
        if (message.failed() || !wanted(text(event, "task"))) return;
        write(m_arguments.json ? json_line_of(event, event_fields()) : m_screen.event(event, now_us()));
    }

    void progress(ipc::Message& message)
    {
        std::string const task = message.read_string();
        std::string const instance = message.read_string();
        std::uint32_t const value = message.read_uint32();
        if (message.failed() || !wanted(task)) return;
        if (m_arguments.json)
            write(json_line_of({{"progress", value}, {"task", task}, {"instance", instance}}, {}));
        else
            write(m_screen.progress(task, instance, value, now_us()));
    }

    void completed(ipc::Message& message)
    {
        std::string const task = message.read_string();
        std::string const instance = message.read_string();
        std::int32_t const result = message.read_int32();
        std::string const words = message.read_string();
        if (message.failed() || !wanted(task)) return;
        if (m_arguments.json)
            write(json_line_of(
                {{"completed", hresult_text(result)}, {"task", task}, {"instance", instance}, {"text", words}}, {}));
        else
            write(m_screen.completed(task, instance, result, words, now_us()));
        if (m_arguments.once) m_ended = result < 0 ? ExitStatus::Failed : ExitStatus::Done;
    }

    static void write(std::string const& text)
    {
        fmt::print("{}", text);
        (void)std::fflush(stdout);
    }

    BrokerLink& m_broker;
    Arguments const& m_arguments;
    WatchScreen m_screen;
    std::string m_id;
    std::optional<ExitStatus> m_ended;
};

ExitStatus watch(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    // Without SA_RESTART: the wait ends, the bars go, and the shell's prompt stands on a line of its own.
    struct sigaction interrupt {};
    interrupt.sa_handler = [](int) { g_interrupted = 1; };
    (void)::sigaction(SIGINT, &interrupt, nullptr);
    (void)::sigaction(SIGTERM, &interrupt, nullptr);
    return Watch(*broker, arguments).run();
}

} // namespace

Action declare_watch(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "Only what concerns this task")->type_name("TASK");
    app.add_flag("--once", arguments->once, "End with the first completion, with 1 when it failed");
    app.add_flag("--json", arguments->json, "Print one JSON record a line");
    return [arguments] { return watch(*arguments); };
}

} // namespace latchkey::cli
