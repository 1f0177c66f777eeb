// SPDX-License-Identifier: MIT
#pragma once

// Processes by what /proc says of them: who descends from whom, and what a host or app has started. A leader is a
// process that began a session; its tree is what is in that session and whatever descends from it. A process can leave
// the tree only by making a session of its own and outliving its parent.

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <sys/types.h>

namespace latchkey::hosts {

struct ProcessInfo {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t session = 0;
    char state = '?';
    std::uint64_t start_ticks = 0;
    std::chrono::microseconds waited_cpu{}; // of children that it has waited for

    bool ended() const { return state == 'Z' || state == 'X'; }
};

// nullopt: there is no such process.
std::optional<ProcessInfo> process_info(pid_t pid);
// Of all that can be seen.
std::vector<ProcessInfo> all_processes();

// Those of the leader's tree that have not ended, without the leader.
std::vector<ProcessInfo> tree_below(pid_t leader);
// Whom this process may belong to: it, its session, its parent, the parent's session, …
std::vector<pid_t> lineage(pid_t pid);
// Whether one of its parents, and theirs, is the ancestor: also of what left every session, because what an app or a
// host leaves behind becomes the broker's child (PR_SET_CHILD_SUBREAPER).
bool descends_from(pid_t pid, pid_t ancestor);
// The children of this thread's process, ended or not.
std::vector<pid_t> own_children();
// Of a process that has one thread.
std::vector<pid_t> children_of(pid_t pid);

// Whether it can gain no privileges, as every host and all that hosts start; what people start can.
bool has_no_new_privileges(pid_t pid);

// Sends to the leader and its tree, looking again until nothing new is found, because a tree may grow meanwhile. For
// SIGKILL everything is stopped first.
void signal_tree(pid_t leader, int signal);

// CPU time of one process and its threads so far; nullopt when it is gone.
std::optional<std::chrono::microseconds> cpu_of(pid_t pid);
// With that of its tree. More expensive: it reads /proc.
std::chrono::microseconds cpu_of_tree(pid_t leader);

} // namespace latchkey::hosts
