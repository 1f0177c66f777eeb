// SPDX-License-Identifier: MIT
#include "container/plan.h"

namespace latchkey::container {

// The network's digit, then each path with a NUL behind it: package, data, libraries.
std::string to_bytes(Plan const& plan)
{
    std::string bytes(1, static_cast<char>('0' + static_cast<int>(plan.network)));
    auto const add = [&](std::string const& path) { bytes.append(path).push_back('\0'); };
    add(plan.package);
    add(plan.data);
    for (std::string const& folder : plan.libraries)
        add(folder);
    return bytes;
}

std::optional<Plan> plan_of(std::string_view bytes)
{
    if (bytes.empty() || bytes.size() > kMaxPlanBytes || bytes.back() != '\0') return std::nullopt;
    if (bytes[0] < '0' || bytes[0] > '2') return std::nullopt;
    Plan plan;
    plan.network = static_cast<Network>(bytes[0] - '0');
    std::vector<std::string> paths;
    for (bytes.remove_prefix(1); !bytes.empty();) {
        std::size_t const end = bytes.find('\0');
        paths.emplace_back(bytes.substr(0, end));
        if (!paths.back().empty() && paths.back().front() != '/') return std::nullopt;
        bytes.remove_prefix(end + 1);
    }
    if (paths.size() < 2) return std::nullopt;
    plan.package = std::move(paths[0]);
    plan.data = std::move(paths[1]);
    plan.libraries.assign(paths.begin() + 2, paths.end());
    return plan;
}

} // namespace latchkey::container
