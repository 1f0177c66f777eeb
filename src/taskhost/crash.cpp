// SPDX-License-Identifier: MIT
#include "taskhost/crash.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::taskhost {

namespace {

thread_local LatchkeyProgressSlot* t_slot = nullptr;

void blame(std::uint32_t how)
{
    if (t_slot != nullptr) __atomic_store_n(&t_slot->culprit, how, __ATOMIC_RELAXED);
}

// The default action is in force again (SA_RESETHAND), so the process ends by the same signal: a fault by itself when
// the instruction runs again, one that somebody sent when it is sent again.
void on_fatal_signal(int signal, siginfo_t* info, void*)
{
    blame(static_cast<std::uint32_t>(signal));
    if (info->si_code <= 0) ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

} // namespace

void watch_for_crashes()
{
    struct sigaction action {};
    action.sa_sigaction = on_fatal_signal;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND));
    sigemptyset(&action.sa_mask);
    for (int const signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXFSZ}) {
        ::sigaction(signal, &action, nullptr);
    }
    std::atexit([] { blame(LATCHKEY_HOST_EXIT); });
}

OnInstance::OnInstance(LatchkeyProgressSlot& slot)
{
    stack_t stack{};
    stack.ss_sp = m_signal_stack.data();
    stack.ss_size = m_signal_stack.size();
    ::sigaltstack(&stack, nullptr);
    t_slot = &slot;
}

OnInstance::~OnInstance()
{
    t_slot = nullptr;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

} // namespace latchkey::taskhost
