// SPDX-License-Identifier: MIT
#pragma once

// The mount layer: a tree that has programs, the package and the app's data at their usual places, private /tmp,
// /dev/shm and /dev, and nothing else. In the mount namespace of the calling process, which has one of its own and
// capabilities there.
//
//   MountTree tree(plan) -> build() -> root(): /proc may be mounted below it, while the old tree still is there
//                                   -> enter(): the tree is all that there is

#include "container/plan.h"

#include <string>
#include <vector>

namespace latchkey::container {

inline constexpr char kScratchSize[] = "size=64m,nr_inodes=16k,mode=1777"; // of /tmp, and of /dev/shm

class MountTree {
public:
    explicit MountTree(Plan const& plan);
    ~MountTree();
    MountTree(MountTree const&) = delete;
    MountTree& operator=(MountTree const&) = delete;

    // False: this kernel has no such mounts, or refuses them.
    bool build();
    std::string const& root() const { return m_root; }
    bool enter();

private:
    enum class Kind { ReadOnly, Writable, Device };
    struct Part {
        std::string path;
        Kind kind;
        int tree; // a detached copy of the mount
    };

    void take(std::string const& path, Kind kind);
    void take_link(std::string const& path);
    void take_configuration();
    bool make_root();
    void attach(Part const& part) const;
    void make_own_folders() const;

    Plan const& m_plan;
    std::vector<Part> m_parts;
    std::vector<std::pair<std::string, std::string>> m_links; // path, what it leads to
    std::string m_root;
};

} // namespace latchkey::container
