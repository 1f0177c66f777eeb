// SPDX-License-Identifier: MIT
#include "cli/watch_screen.h"

#include "cli/records.h"
#include "cli/task_text.h"
#include "cli/words.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::cli {

namespace {

constexpr std::uint32_t kWhole = 100;
constexpr std::uint32_t kToldSteps = 10; // without a terminal: a line each ten per cent
constexpr std::size_t kMaxBarCells = 40;
constexpr std::size_t kMaxNameCells = 30;
constexpr std::size_t kNumberCells = 12; // "100 %" or a number, with blanks

// Never in the middle of a character.
std::string cut(std::string const& name)
{
    std::size_t end = std::min(name.size(), kMaxNameCells);
    while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
        --end;
    return name.substr(0, end);
}

} // namespace

void WatchScreen::know(std::vector<ipc::Dictionary> const& tasks)
{
    for (ipc::Dictionary const& task : tasks)
        m_names[text(task, "id")] = task_name(task);
}

std::string WatchScreen::name_of(std::string_view task) const
{
    auto const known = m_names.find(task);
    return known == m_names.end() ? short_id(task) : known->second;
}

std::string WatchScreen::bar(std::uint32_t value, std::size_t cells)
{
    if (value > kWhole) return fmt::format("{}", value);
    std::size_t const full = cells * value / kWhole;
    return fmt::format("[{}{}] {:>3} %", std::string(full, '#'), std::string(cells - full, '-'), value);
}

// Lines go above the bars, which are drawn anew.
std::string WatchScreen::draw(std::string lines)
{
    if (m_output == Output::Lines) return lines;
    std::string out = m_drawn == 0 ? "" : fmt::format("\x1b[{}A\r\x1b[J", m_drawn);
    out += lines;
    std::size_t widest = 0;
    for (auto const& [instance, running] : m_running)
        widest = std::max(widest, running.name.size());
    std::size_t const room = m_columns > widest + kNumberCells + 4 ? m_columns - widest - kNumberCells - 4 : 0;
    m_drawn = 0;
    for (auto const& [instance, running] : m_running) {
        if (m_drawn == kMaxBars) break;
        out += fmt::format("{:<{}}  {}\n", running.name, widest, bar(running.value, std::min(room, kMaxBarCells)));
        ++m_drawn;
    }
    return out;
}

std::string WatchScreen::event(ipc::Dictionary const& event, std::uint64_t now_us)
{
    std::string const task = text(event, "task");
    if (std::string const name = text(event, "name"); !task.empty() && !name.empty()) m_names[task] = safe(name);
    return draw(event_text(event, now_us));
}

std::string WatchScreen::progress(std::string_view task, std::string_view instance, std::uint32_t value,
                                  std::uint64_t now_us)
{
    auto const [at, is_new] = m_running.try_emplace(std::string(instance));
    Running& running = at->second;
    if (is_new) running.name = cut(name_of(task));
    running.value = value;
    if (m_output == Output::Terminal) return draw("");
    bool const tell = is_new || value < running.told || value - running.told >= kToldSteps;
    if (!tell || (value == running.told && !is_new)) return {};
    running.told = value;
    return fmt::format("{}       progress            {}  {}\n", time_text(now_us, now_us), running.name, value);
}

std::string WatchScreen::completed(std::string_view task, std::string_view instance, std::int32_t result,
                                   std::string_view words, std::uint64_t now_us)
{
    if (auto const at = m_running.find(instance); at != m_running.end()) m_running.erase(at);
    return draw(fmt::format("{}       completed           {}  {}\n", time_text(now_us, now_us), name_of(task),
                            result_text(result, words)));
}

std::string WatchScreen::end()
{
    m_running.clear();
    return draw("");
}

} // namespace latchkey::cli
