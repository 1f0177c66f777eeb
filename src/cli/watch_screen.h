// SPDX-License-Identifier: MIT
// What `latchkey watch` shows: a line for each event, and below them, on a terminal, a bar for each instance that runs.
// Pure: takes signals and gives text with the few control sequences that redraw the bars.
#pragma once

#include "ipc/dictionary.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::cli {

// More instances than this run without a bar.
inline constexpr std::size_t kMaxBars = 16;

class WatchScreen {
public:
    enum class Output : std::uint8_t { Terminal, Lines };
    explicit WatchScreen(Output output, std::size_t columns = 80) : m_output(output), m_columns(columns) {}

    // Names for ids; tasks that appear later bring theirs with their events.
    void know(std::vector<ipc::Dictionary> const& tasks);

    // Each returns what is to be written now.
    std::string event(ipc::Dictionary const& event, std::uint64_t now_us);
    std::string progress(std::string_view task, std::string_view instance, std::uint32_t value, std::uint64_t now_us);
    std::string completed(std::string_view task, std::string_view instance, std::int32_t result, std::string_view text,
                          std::uint64_t now_us);
    // The bars go; the lines stay.
    std::string end();

    // "[#####-----]  50 %" for 0 to 100, else the number.
    static std::string bar(std::uint32_t value, std::size_t cells);

private:
    struct Running {
        std::string name;
        std::uint32_t value = 0;
        std::uint32_t told = 0; // the last value that became a line
    };
    std::string name_of(std::string_view task) const;
    std::string draw(std::string lines);

    Output m_output;
    std::size_t m_columns;
    std::map<std::string, std::string, std::less<>> m_names; // of tasks, by id
    std::map<std::string, Running, std::less<>> m_running;   // by instance
    std::size_t m_drawn = 0;                                 // lines of bars on the terminal
};

} // namespace latchkey::cli
