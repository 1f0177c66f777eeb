// SPDX-License-Identifier: MIT
#pragma once

// A host: reads the broker's messages in order and runs each instance on a thread of its own. The process ends when the
// broker's end of the socket does, when the broker breaks the protocol, and after END with the last instance.

#include "container/layers.h"
#include "taskhost/activation.h"
#include "taskhost/task_instance.h"

#include <array>
#include <memory>
#include <mutex>

namespace latchkey::taskhost {

// What has to be made once, before the first message: in the zygote, so that its hosts find it made. Starts no thread
// that goes on.
void prepare_runtime();
// What the first activation would do for the first time: the catalogue, the loader, a class that is not there, an
// exception with its way through the unwinder, a thread with the stack that the next one takes over.
void rehearse();

class Host {
public:
    // The descriptors of docs/host-protocol.md are open. contained: what the broker is told of the container.
    explicit Host(container::Achieved contained);
    Host(Host const&) = delete;
    Host& operator=(Host const&) = delete;

    // Never returns.
    [[noreturn]] void run();

private:
    void handle(std::string_view message);
    void configure(MessageReader& message);
    void add_classes(MessageReader& message);
    void activate(MessageReader& message);
    void cancel(MessageReader& message);
    void end_when_idle();

    void run_instance(winrt::com_ptr<TaskInstance> const& instance);
    void completed(std::uint32_t slot, std::int32_t result, std::string const& message);

    container::Achieved const m_contained;
    ClassPlaces m_places; // written by the first messages, read by the instances' threads afterwards
    LatchkeyProgressSlot* m_slots = nullptr;
    bool m_configured = false;

    std::mutex m_mutex; // of what follows
    std::array<winrt::com_ptr<TaskInstance>, LATCHKEY_HOST_SLOTS> m_instances;
    std::array<bool, LATCHKEY_HOST_SLOTS> m_runs{};
    std::uint32_t m_running = 0;
    bool m_ending = false;
};

} // namespace latchkey::taskhost
