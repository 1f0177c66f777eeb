// SPDX-License-Identifier: MIT
#pragma once

// At most 60 progress signals a second for each instance, and the last value always: what comes too soon waits for its
// turn and is overtaken by later values. A pure value; whoever owns it asks due() and next().

#include "core/names.h"
#include "core/time.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace latchkey::broker {

inline constexpr core::Duration kProgressInterval = std::chrono::microseconds(1'000'000 / 60);

class ProgressLimiter {
public:
    struct Report {
        core::TaskId task;
        core::InstanceId instance;
        std::uint32_t value = 0;
        bool to_app = false; // a handler is attached and the app runs; else only watchers are told

        friend bool operator==(Report const&, Report const&) = default;
    };

    // Whether the report is to be sent now; else it is kept.
    [[nodiscard]] bool reported(Report const& report, core::BootTime now);
    // Those whose turn it is now.
    [[nodiscard]] std::vector<Report> due(core::BootTime now);
    // The instance has ended: what it last said, when that was not sent.
    [[nodiscard]] std::optional<Report> ended(core::InstanceId instance);
    // When due() will have something; nullopt: nothing waits.
    std::optional<core::BootTime> next() const;

private:
    struct State {
        core::BootTime sent{};
        std::optional<Report> waiting;
    };
    std::map<core::InstanceId, State> m_instances;
};

} // namespace latchkey::broker
