// SPDX-License-Identifier: MIT
#include "container/layers.h"

#include <array>
#include <string_view>

namespace latchkey::container {

namespace {

struct Row {
    Layer layer;
    std::string_view name;
    std::string_view without; // what a task can do where it is missing
};
constexpr std::array kNamespaces{
    Row{Layer::User, "user", "there are no namespaces"},
    Row{Layer::Mount, "mount", "the names of the user's files can be looked up"},
    Row{Layer::Pid, "pid", "other processes can be seen"},
    Row{Layer::Ipc, "ipc", "POSIX queues of others can be opened"},
    Row{Layer::Host, "host", "the machine's name can be seen"},
    Row{Layer::Net, "net", "the machine's network is shared"},
};
constexpr std::array kLandlock{
    Row{Layer::Files, "files", "files are guarded by the mount namespace alone"},
    Row{Layer::Scope, "sockets", "signals and abstract sockets are guarded by namespaces and the filter alone"},
    Row{Layer::Ports, "ports", "TCP is guarded by namespaces and the filter alone"},
};

template <class Rows>
std::string names(Achieved const& achieved, Rows const& rows)
{
    std::string text;
    for (Row const& row : rows) {
        if (achieved.has(row.layer)) text.append(text.empty() ? "" : " ").append(row.name);
    }
    return text;
}

void append(std::string& text, std::string const& part)
{
    text.append(text.empty() ? "" : ", ").append(part);
}

} // namespace

char const* name_of(Network network)
{
    switch (network) {
    case Network::Outbound:
        return "outbound";
    case Network::Both:
        return "both directions";
    case Network::None:
        break;
    }
    return "none";
}

std::string describe(Achieved const& achieved)
{
    std::string text;
    if (auto const entered = names(achieved, kNamespaces); !entered.empty()) append(text, "namespaces " + entered);
    if (achieved.has(Layer::Proc)) append(text, "own /proc");
    if (auto const rules = names(achieved, kLandlock); !rules.empty()) {
        append(text, "Landlock " + std::to_string(achieved.landlock) + " (" + rules + ")");
    }
    if (achieved.has(Layer::Calls)) append(text, "system calls filtered");
    return text.empty() ? "limits alone" : text;
}

std::string describe_missing(Achieved const& achieved, Network network)
{
    std::string text;
    for (Row const& row : kNamespaces) {
        bool const wanted = row.layer != Layer::Net || network == Network::None;
        if (wanted && !achieved.has(row.layer)) append(text, std::string(row.without));
        if (row.layer == Layer::User && !achieved.has(row.layer)) break;
    }
    for (Row const& row : kLandlock) {
        bool const wanted = row.layer != Layer::Ports || network != Network::Both;
        if (wanted && !achieved.has(row.layer)) append(text, std::string(row.without));
    }
    if (!achieved.has(Layer::Calls)) append(text, "every system call can be made");
    if (!achieved.has(Layer::Mount) && !achieved.has(Layer::Files)) append(text, "the user's files can be read");
    return text;
}

} // namespace latchkey::container
