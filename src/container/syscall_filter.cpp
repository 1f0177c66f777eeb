// SPDX-License-Identifier: MIT
#include "container/syscall_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::container {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_RISCV64;
#else
constexpr std::uint32_t kArchitecture = 0; // no filter
#endif
constexpr std::uint32_t kX32 = 0x40000000; // set in the numbers of another set of calls
constexpr std::uint32_t kNewTimeNamespace = 0x80;
constexpr std::uint32_t kNamespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                                      CLONE_NEWNET | CLONE_NEWCGROUP | kNewTimeNamespace;

// Since Linux 5.14 and later; the header of Debian 12 does not have all of them.
constexpr unsigned kQuotactlFd = 443;
constexpr unsigned kOpenTreeAttr = 467;

// Nothing of this is for tasks: other processes, keys, mounts, namespaces, the kernel's own programs and modules,
// io_uring (which makes sockets that this filter does not see), the machine's clock and power.
constexpr unsigned kRefused[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    kOpenTreeAttr,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    kQuotactlFd,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_fanotify_init,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_vhangup,
    SYS_lookup_dcookie,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_nfsservctl,
#if defined(SYS_kexec_file_load)
    SYS_kexec_file_load,
#endif
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
    SYS_ustat,
    SYS_sysfs,
#endif
};

// Shared memory, semaphores and queues by number, where those of others could be meant.
constexpr unsigned kSystemV[] = {SYS_shmget,     SYS_shmat,  SYS_shmctl, SYS_semget, SYS_semop, SYS_semctl,
                                 SYS_semtimedop, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl};

constexpr std::uint32_t refuse(int error)
{
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

class Program {
public:
    // Calls of another architecture, and those of x32, are not there.
    Program()
    {
        load(offsetof(seccomp_data, arch));
        add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
        result(refuse(ENOSYS));
        load_number();
#if defined(__x86_64__)
        add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1));
        result(refuse(ENOSYS));
#endif
    }

    // The lower half: flags, families and requests are numbers of 32 bits, and the kernel takes no more of them.
    void load_argument(unsigned number)
    {
        load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t));
    }
    void load_number()
    {
        load(offsetof(seccomp_data, nr));
    }
    void load(std::size_t offset)
    {
        add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
    }
    void result(std::uint32_t value)
    {
        add(BPF_STMT(BPF_RET | BPF_K, value));
    }
    // The call number is loaded.
    void answer(unsigned call, std::uint32_t value)
    {
        add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        result(value);
    }
    // Every one of the calls, by one jump each to one answer behind them.
    void answer(std::span<unsigned const> calls, std::uint32_t value)
    {
        for (std::size_t i = 0; i < calls.size(); ++i) {
            auto const over = static_cast<std::uint8_t>(calls.size() - i);
            add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], over, 0));
        }
        add(BPF_STMT(BPF_JMP | BPF_JA, 1));
        result(value);
    }
    // When it is this call, what is added until the returned place is closed decides; it must end with a result.
    std::size_t when(unsigned call)
    {
        add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 0));
        return m_code.size() - 1;
    }
    void end_when(std::size_t place)
    {
        m_code[place].jf = static_cast<std::uint8_t>(m_code.size() - place - 1);
    }
    // The accumulator against a value: equal is decided at once.
    void if_equal(std::uint32_t value, std::uint32_t result_value)
    {
        add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
        result(result_value);
    }
    void if_any_bit(std::uint32_t bits, std::uint32_t result_value)
    {
        add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
        result(result_value);
    }

    bool install()
    {
        result(SECCOMP_RET_ALLOW);
        sock_fprog program{static_cast<unsigned short>(m_code.size()), m_code.data()};
        return kArchitecture != 0 && ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
    }

private:
    void add(sock_filter instruction)
    {
        m_code.push_back(instruction);
    }

    std::vector<sock_filter> m_code;
};

void add_sockets(Program& program, Network network, UnixSockets sockets)
{
    auto const socket = program.when(SYS_socket);
    program.load_argument(0);
    if (sockets == UnixSockets::Allowed) program.if_equal(AF_UNIX, SECCOMP_RET_ALLOW);
    if (network != Network::None) {
        program.if_equal(AF_INET, SECCOMP_RET_ALLOW);
        program.if_equal(AF_INET6, SECCOMP_RET_ALLOW);
    }
    program.result(refuse(EACCES));
    program.end_when(socket);
    // Nobody can call in; a socket of the own network hears nobody else.
    constexpr std::array<unsigned, 4> kInbound{SYS_bind, SYS_listen, SYS_accept, SYS_accept4};
    if (network == Network::Outbound) program.answer(kInbound, refuse(EACCES));
}

} // namespace

void filter_system_calls(Network network, UnixSockets sockets, Achieved& achieved)
{
    Program program;
    add_sockets(program, network, sockets);
    program.answer(kRefused, refuse(EPERM));
    if (!achieved.has(Layer::Ipc)) program.answer(kSystemV, refuse(EPERM));
    // What would be typed for the user into his terminal.
    auto const ioctl = program.when(SYS_ioctl);
    program.load_argument(1);
    program.if_equal(TIOCSTI, refuse(EPERM));
    program.if_equal(TIOCLINUX, refuse(EPERM));
    program.result(SECCOMP_RET_ALLOW);
    program.end_when(ioctl);
    if (program.install()) achieved.add(Layer::Calls);
}

void filter_clones()
{
    Program program;
    // Its flags are in memory, where a filter cannot look: the C library makes a clone of it.
    program.answer(SYS_clone3, refuse(ENOSYS));
    auto const clone = program.when(SYS_clone);
    program.load_argument(0);
    program.if_any_bit(kNamespaces | CLONE_PARENT, refuse(EPERM));
    program.result(SECCOMP_RET_ALLOW);
    program.end_when(clone);
    program.install();
}

} // namespace latchkey::container
