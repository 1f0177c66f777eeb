// SPDX-License-Identifier: MIT
#include "machine.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

namespace {

constexpr char kStage[] = "LATCHKEY_CHAOS_STAGE";
constexpr char kCable[] = "LATCHKEY_CHAOS_CABLE";
constexpr char kBootFile[] = "LATCHKEY_CHAOS_BOOT_ID";
constexpr char kDisk[] = "/mnt";
constexpr char kWhy[] = "LATCHKEY_CHAOS_WHY";
constexpr char kBootId[] = "/proc/sys/kernel/random/boot_id";
constexpr uid_t kNobody = 65534;

bool run(char const* command)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ::execl("/bin/sh", "sh", "-c", command, nullptr);
        ::_exit(127);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
}

[[noreturn]] void start_anew(char const* stage, char** words)
{
    ::setenv(kStage, stage, 1);
    ::execv("/proc/self/exe", words);
    std::perror("start the test anew");
    ::_exit(1);
}

// Keeps the privileges that the test gives up: pulls the cable and plugs it in.
void serve_cable(int socket)
{
    char wanted = 0;
    while (::read(socket, &wanted, 1) == 1) {
        char const done = run(wanted == '1' ? "ip link set wall up" : "ip link set wall down") ? 'y' : 'n';
        if (::write(socket, &done, 1) != 1) break;
    }
    ::_exit(0);
}

void write_boot_id(std::string const& file)
{
    std::random_device random;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-8%03x-%08x%04x\n", random(), random() & 0xffffU,
                  random() & 0xfffU, random() & 0xfffU, random(), random() & 0xffffU);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text.data();
}

// Nothing, or why there is no machine of our own.
char const* set_up()
{
    std::string file = (std::filesystem::temp_directory_path() / "latchkey-boot-XXXXXX").string();
    int const made = ::mkstemp(file.data());
    if (made < 0) return "no temporary file can be made";
    ::close(made);
    write_boot_id(file);
    ::setenv(kBootFile, file.c_str(), 1);
    if (!run(("mount --bind " + file + " " + kBootId).c_str())) return "the boot id cannot be replaced";
    // In our namespace only; a folder made for it could not be removed at the end.
    if (!run((std::string("mount -t tmpfs -o size=96m,mode=0700 latchkey ") + kDisk).c_str()))
        return "no small disk can be mounted";
    if (!run("ip link set lo up && ip link add cable type veth peer name wall && "
             "ip address add 192.0.2.1/24 dev cable && ip link set wall up && ip link set cable up && "
             "ip route add default via 192.0.2.2 dev cable")) {
        return "no cable can be made (veth)";
    }
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair.data()) != 0) return "no socket can be made";
    // Nobody's child, so that the test's children are Latchkey's only; it ends with the test's end of the socket.
    pid_t const between = ::fork();
    if (between == 0) {
        ::close(pair[0]);
        if (::fork() == 0) serve_cable(pair[1]);
        ::_exit(0);
    }
    ::waitpid(between, nullptr, 0);
    ::close(pair[1]);
    ::setenv(kCable, std::to_string(pair[0]).c_str(), 1);
    return nullptr;
}

} // namespace

void Machine::enter(int count, char** words)
{
    char const* const variable = std::getenv(kStage);
    std::string_view const stage = variable == nullptr ? "" : variable;
    if (stage == "ready") return;
    if (stage == "inside") {
        if (char const* const why = set_up()) ::setenv(kWhy, why, 1);
        ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        start_anew("ready", words);
    }
    if (::geteuid() == 0) {
        bool const dropped = ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
                             ::setresuid(kNobody, kNobody, kNobody) == 0;
        if (!dropped) ::_exit(1);
    }
    constexpr char kUnshare[] = "unshare --user --map-current-user --keep-caps --net --mount";
    if (!run((std::string(kUnshare) + " true 2>/dev/null").c_str())) {
        ::setenv(kWhy, "an ordinary user may not make namespaces here", 1);
        start_anew("ready", words);
    }
    ::setenv(kStage, "inside", 1);
    std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    std::vector<char const*> command{"unshare", "--user", "--map-current-user", "--keep-caps", "--net",
                                     "--mount", "--",     self.c_str()};
    command.insert(command.end(), words + 1, words + count);
    command.push_back(nullptr);
    ::execvp(command[0], const_cast<char* const*>(command.data()));
    ::_exit(1);
}

Machine& Machine::of_this_process()
{
    static Machine machine;
    return machine;
}

Machine::Machine()
{
    auto const take = [](char const* name) {
        char const* const value = std::getenv(name);
        std::string const text = value == nullptr ? "" : value;
        ::unsetenv(name);
        return text;
    };
    m_why = take(kWhy);
    m_boot_file = take(kBootFile);
    m_small_disk = kDisk;
    if (std::string const cable = take(kCable); !cable.empty()) {
        m_cable = ipc::Fd(std::stoi(cable));
        ::fcntl(m_cable.get(), F_SETFD, FD_CLOEXEC);
    }
}

Machine::~Machine()
{
    if (!m_boot_file.empty()) ::unlink(m_boot_file.c_str());
}

void Machine::plug(bool in)
{
    char word = in ? '1' : '0';
    bool const done = ::write(m_cable.get(), &word, 1) == 1 && ::read(m_cable.get(), &word, 1) == 1 && word == 'y';
    ASSERT_TRUE(done) << "the cable cannot be " << (in ? "plugged in" : "pulled");
}

void Machine::new_boot()
{
    write_boot_id(m_boot_file);
}

} // namespace latchkey::test
