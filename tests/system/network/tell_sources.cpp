// SPDX-License-Identifier: MIT
// Runs the network source and prints a line for each thing that it tells, until its input ends.
#include "sources/sources.h"

#include <cstdio>

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

int main()
{
    auto loop = ipc::EventLoop::create().value();
    sources::Sources sources(loop, print);
    sources.need({.system_triggers = {core::SystemTriggerType::InternetAvailable,
                                      core::SystemTriggerType::NetworkStateChange},
                  .preview_triggers = {core::PreviewTriggerType::InternetNotAvailable},
                  .facts = {core::Fact::Internet, core::Fact::FreeNetwork}});
    auto const ended = loop.on_ready(STDIN_FILENO, EPOLLIN | EPOLLHUP, [&](std::uint32_t) { loop.stop(0); });
    return loop.run().value_or(1);
}
