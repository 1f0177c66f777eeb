// SPDX-License-Identifier: MIT
#pragma once

// The zygotes of the apps that ran last, each in the container of its app: made with the app's first host, kept while
// there are not too many and they are used now and then. A host asked for is a clone of the app's, so that the
// container costs it nothing.

#include "container/plan.h"
#include "hosts/zygote.h"
#include "ipc/event_loop.h"

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace latchkey::hosts {

inline constexpr std::size_t kMaxAppZygotes = 8;           // three small processes each
inline constexpr std::chrono::minutes kAppZygoteRests{10}; // so long without a host, and it is ended

class AppZygotes {
public:
    AppZygotes(ipc::EventLoop& loop, std::string program, Zygote::Family family);

    Zygote& first() { return m_first; }
    Zygote const& first() const { return m_first; }
    // Asks for a host of the app in this container. As Zygote::request.
    ipc::Io<void> request(std::string const& app, container::Plan const& plan, HostDescriptors const& descriptors,
                          Zygote::Made made);
    // The next host of the app gets a container of its own. Hosts that run are left alone.
    void drop(std::string_view app);

    bool owns(pid_t pid) const;
    // Whether one may have made a process that is not known yet.
    bool is_asked() const;
    // In whose container the first process is this one; empty: in none.
    std::string_view app_of(pid_t first) const;
    std::size_t size() const { return m_apps.size(); }

private:
    struct App {
        std::string name;
        std::string key; // the plan, and what it would find
        std::chrono::microseconds used{};
        std::unique_ptr<Zygote> zygote;
    };
    using Place = std::list<App>::iterator;

    Place find(std::string_view app);
    void rest();

    ipc::EventLoop& m_loop;
    Zygote m_first;
    std::list<App> m_apps; // the one used last is first
    ipc::Source m_resting;
};

} // namespace latchkey::hosts
