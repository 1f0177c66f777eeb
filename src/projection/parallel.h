// SPDX-License-Identifier: MIT
// A loop whose turns are taken by several threads. Turns must not depend on each other; body must not throw.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace latchkey::projection {

inline constexpr std::size_t kMaxThreads = 8;

template <typename Body>
void parallel_for(std::size_t count, Body const& body)
{
    std::atomic<std::size_t> next{0};
    auto const work = [&] {
        for (auto turn = next.fetch_add(1); turn < count; turn = next.fetch_add(1))
            body(turn);
    };
    auto const wanted = std::min({kMaxThreads, std::size_t{std::thread::hardware_concurrency()}, count});
    std::vector<std::jthread> threads;
    try {
        while (threads.size() + 1 < wanted)
            threads.emplace_back(work);
    } catch (std::system_error const&) {
        // No more threads to be had: this one does what is left.
    }
    work();
}

} // namespace latchkey::projection
