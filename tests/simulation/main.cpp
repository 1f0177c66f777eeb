// SPDX-License-Identifier: MIT
// latchkey-simulation [--seed N] [--events N] [--worlds N] [--trace]
//
// Runs the engine in simulated machines and ends with 1 at the first broken promise. The seed is printed; the same seed
// gives the same run on every machine.
#include "simulation/world.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace {

latchkey::simulation::World* g_world = nullptr;

// The core's own invariants abort: say where, so that it can be run again.
void aborted(int)
{
    if (g_world) g_world->fail("the engine aborted");
}

std::uint64_t number_of(char const* text)
{
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc() || *end != '\0') {
        std::fprintf(stderr, "latchkey-simulation: %s is not a number\n", text);
        std::exit(2);
    }
    return value;
}

} // namespace

int main(int count, char** words)
{
    std::uint64_t seed = std::random_device()();
    std::uint64_t events = 200'000;
    std::uint64_t worlds = 0;
    bool trace = false;
    for (int index = 1; index < count; ++index) {
        std::string_view const word = words[index];
        bool const has_value = index + 1 < count;
        if (word == "--seed" && has_value) {
            seed = number_of(words[++index]);
        } else if (word == "--events" && has_value) {
            events = number_of(words[++index]);
        } else if (word == "--worlds" && has_value) {
            worlds = number_of(words[++index]);
        } else if (word == "--trace") {
            trace = true;
        } else {
            std::fprintf(stderr, "usage: latchkey-simulation [--seed N] [--events N] [--worlds N] [--trace]\n");
            return 2;
        }
    }
    // Many short lives find more than one long one: by default a world has 20,000 events, seeds follow each other.
    if (worlds == 0) worlds = events > 20'000 ? (events + 19'999) / 20'000 : 1;
    std::printf("seed %llu, %llu worlds of %llu events\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(worlds), static_cast<unsigned long long>(events / worlds));
    std::signal(SIGABRT, aborted);
    auto const begin = std::chrono::steady_clock::now();
    std::string last;
    for (std::uint64_t index = 0; index < worlds; ++index) {
        latchkey::simulation::World world(seed + index);
        g_world = &world;
        world.trace(trace);
        while (world.steps() < events / worlds)
            world.step();
        last = world.summary();
        g_world = nullptr;
    }
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("last world: %s\n%llu events in %.1f s, no promise broken\n", last.c_str(),
                static_cast<unsigned long long>(events / worlds * worlds), seconds);
    return 0;
}
