// SPDX-License-Identifier: MIT
#include "container/landlock.h"

#include "container/system_paths.h"

#include <cstdint>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::container {

namespace {

// Of versions that are younger than the header of Debian 12.
constexpr std::uint64_t kRefer = 1ULL << 13U;       // 2
constexpr std::uint64_t kTruncate = 1ULL << 14U;    // 3
constexpr std::uint64_t kIoctlDevice = 1ULL << 15U; // 5
constexpr std::uint64_t kBindTcp = 1ULL << 0U;      // 4
constexpr std::uint64_t kConnectTcp = 1ULL << 1U;
constexpr std::uint64_t kAbstractSockets = 1ULL << 0U; // 6
constexpr std::uint64_t kSignals = 1ULL << 1U;

struct Rules {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kFirstVersion = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
// Neither device files nor, in a folder that others may look into, sockets of the task: those are made where it is
// alone.
constexpr std::uint64_t kWrite =
    (kFirstVersion | kRefer | kTruncate) &
    ~static_cast<std::uint64_t>(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK);
constexpr std::uint64_t kDevice =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctlDevice;
constexpr std::uint64_t kOfAFile = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_EXECUTE | kTruncate | kIoctlDevice;

class Ruleset {
public:
    Ruleset(Rules const& rules, std::size_t size)
        : m_rules(rules), m_descriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0)))
    {}
    ~Ruleset()
    {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Ruleset(Ruleset const&) = delete;
    Ruleset& operator=(Ruleset const&) = delete;

    // What is not there needs no rule.
    void allow(std::string const& path, std::uint64_t access) const
    {
        int const place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
        if (place < 0) return;
        struct stat status {};
        if (::fstat(place, &status) == 0 && !S_ISDIR(status.st_mode)) access &= kOfAFile;
        landlock_path_beneath_attr const rule{access & m_rules.files, place};
        ::syscall(SYS_landlock_add_rule, m_descriptor, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        ::close(place);
    }
    bool restrict_self() const
    {
        return m_descriptor >= 0 && ::syscall(SYS_landlock_restrict_self, m_descriptor, 0) == 0;
    }

private:
    Rules const m_rules;
    int const m_descriptor;
};

Rules rules_of(long version, Network network)
{
    Rules rules;
    rules.files = kFirstVersion;
    if (version >= 2) rules.files |= kRefer;
    if (version >= 3) rules.files |= kTruncate;
    if (version >= 5) rules.files |= kIoctlDevice;
    if (version >= 4 && network != Network::Both) rules.network = kBindTcp;
    if (version >= 4 && network == Network::None) rules.network |= kConnectTcp;
    if (version >= 6) rules.scoped = kAbstractSockets | kSignals;
    return rules;
}

} // namespace

void restrict_with_landlock(Plan const& plan, bool private_folders, Achieved& achieved)
{
    long const version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return;
    Rules const rules = rules_of(version, plan.network);
    Ruleset const set(rules, version >= 6   ? sizeof(Rules)
                             : version >= 4 ? 2 * sizeof(std::uint64_t)
                                            : sizeof(std::uint64_t));
    for (char const* const folder : kProgramFolders)
        set.allow(folder, kRead);
    for (std::string const& name : configuration_files(plan.network))
        set.allow(name, kRead);
    for (std::string const& folder : plan.libraries)
        set.allow(folder, kRead);
    if (!plan.package.empty()) set.allow(plan.package, kRead);
    if (!plan.data.empty()) set.allow(plan.data, kWrite);
    if (private_folders) {
        set.allow("/tmp", kWrite);
        set.allow("/dev/shm", kWrite);
        set.allow("/etc", kRead);
    }
    // Where /proc is everybody's, the kernel asks Landlock before it shows what a process has open.
    set.allow("/proc", kRead);
    for (char const* const device : kDevices)
        set.allow(device, kDevice);
    if (!set.restrict_self()) return;
    achieved.landlock = static_cast<std::uint32_t>(version);
    achieved.add(Layer::Files);
    if (rules.scoped != 0) achieved.add(Layer::Scope);
    if (rules.network != 0) achieved.add(Layer::Ports);
}

} // namespace latchkey::container
