// SPDX-License-Identifier: MIT
// tell_sources network | sessions: runs these sources and prints a line for each thing that they tell, until its input
// ends.
#include "sources/sources.h"

#include <cstdio>
#include <string_view>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

using namespace latchkey;

namespace {

void print(core::Event const& event)
{
    if (auto const* const changed = std::get_if<core::event::FactChanged>(&event)) {
        fmt::print("{} is {} ({})\n", core::name_of(changed->fact), core::name_of(changed->value), changed->source);
    } else if (auto const* const fired = std::get_if<core::event::SystemTriggerFired>(&event)) {
        fmt::print("{} fired\n", core::name_of(fired->type));
    } else if (auto const* const preview = std::get_if<core::event::PreviewTriggerFired>(&event)) {
        fmt::print("{} fired\n", core::name_of(preview->type));
    }
    std::fflush(stdout);
}

} // namespace

int main(int count, char** words)
{
    bool const network = count < 2 || std::string_view(words[1]) == "network";
    sources::Demand demand;
    demand.facts = network ? std::vector{core::Fact::Internet, core::Fact::FreeNetwork}
                           : std::vector{core::Fact::Session, core::Fact::UserPresence};
    auto loop = ipc::EventLoop::create().value();
    sources::Sources sources(loop, print);
    sources.need(demand);
    auto const ended = loop.on_ready(STDIN_FILENO, EPOLLIN | EPOLLHUP, [&](std::uint32_t) { loop.stop(0); });
    return loop.run().value_or(1);
}
