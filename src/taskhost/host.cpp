// SPDX-License-Identifier: MIT
#include "taskhost/host.h"

#include "taskhost/crash.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace latchkey::taskhost {

namespace {

// Destructors of the task's libraries are not run: threads of the task may still use what they would destroy.
[[noreturn]] void end_process(int status)
{
    std::fflush(nullptr);
    ::_exit(status);
}

// The broker does not break its own protocol: an end that leaves a line in the package's log.
[[noreturn]] void refuse(char const* what)
{
    std::fprintf(stderr, "latchkey-host: %s\n", what);
    end_process(EXIT_FAILURE);
}

void send(std::string const& message)
{
    while (::send(LATCHKEY_HOST_SOCKET, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) end_process(EXIT_FAILURE); // nobody is left to report to
    }
}

} // namespace

void prepare_runtime()
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    watch_for_crashes();
    rehearse();
}

void rehearse()
{
    std::thread([] {
        ClassPlaces places;
        places.libraries.emplace("Latchkey.Rehearsal", "/nowhere/Rehearsal.so");
        [[maybe_unused]] auto const task = make_task("Latchkey.Rehearsal", places);
        [[maybe_unused]] void* const library = ::dlopen("/nowhere/Rehearsal.so", RTLD_NOW | RTLD_LOCAL);
    }).join();
}

Host::Host(container::Achieved contained) : m_contained(contained)
{
    constexpr std::size_t kSize = LATCHKEY_HOST_SLOTS * sizeof(LatchkeyProgressSlot);
    void* const page = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, LATCHKEY_HOST_PROGRESS, 0);
    if (page == MAP_FAILED) refuse("the progress page cannot be mapped");
    m_slots = static_cast<LatchkeyProgressSlot*>(page);
}

void Host::run()
{
    // Untouched memory costs nothing: only the pages that a message fills are ever there.
    static std::array<char, LATCHKEY_HOST_MESSAGE_MAX> buffer;
    for (;;) {
        ssize_t const size = ::recv(LATCHKEY_HOST_SOCKET, buffer.data(), buffer.size(), MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) end_process(EXIT_SUCCESS);
        if (static_cast<std::size_t>(size) > buffer.size()) refuse("a message of the broker is longer than 128 KiB");
        handle(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
    }
}

void Host::handle(std::string_view bytes)
{
    MessageReader message(bytes);
    if (message.kind() != LATCHKEY_HOST_CONFIGURE && !m_configured) refuse("CONFIGURE is not the first message");
    switch (message.kind()) {
    case LATCHKEY_HOST_CONFIGURE:
        configure(message);
        break;
    case LATCHKEY_HOST_CLASSES:
        add_classes(message);
        break;
    case LATCHKEY_HOST_ACTIVATE:
        activate(message);
        break;
    case LATCHKEY_HOST_CANCEL:
        cancel(message);
        break;
    case LATCHKEY_HOST_END:
        end_when_idle();
        break;
    default:
        refuse("the broker sent a message of an unknown kind");
    }
    if (!message.complete()) refuse("a message of the broker is malformed");
}

void Host::configure(MessageReader& message)
{
    if (m_configured) refuse("CONFIGURE came twice");
    std::uint32_t const version = message.number();
    message.text(); // the family: tasks ask the runtime
    std::string const folder = message.text();
    message.text(); // the data folder: likewise
    add_classes(message);
    for (std::uint32_t left = message.number(); left > 0 && !message.failed(); --left) {
        m_places.probe_folders.push_back(message.text());
        LatchkeyAddProbeFolder(m_places.probe_folders.back().c_str());
    }
    LatchkeyUseBrokerDescriptor(LATCHKEY_HOST_BUS);
    m_configured = !message.failed();
    if (version != LATCHKEY_HOST_PROTOCOL) std::fprintf(stderr, "latchkey-host: the broker speaks %u\n", version);
    // Where an app's own files are found by a relative path. One that cannot be entered is the task's to notice.
    if (::chdir(folder.c_str()) != 0) std::fprintf(stderr, "latchkey-host: %s cannot be entered\n", folder.c_str());
    send(MessageWriter(LATCHKEY_HOST_READY)
             .number(LATCHKEY_HOST_PROTOCOL)
             .number(m_contained.layers)
             .number(m_contained.landlock)
             .finish());
}

void Host::add_classes(MessageReader& message)
{
    for (std::uint32_t left = message.number(); left > 0 && !message.failed(); --left) {
        std::string name = message.text();
        std::string library = message.text();
        LatchkeyAddActivatableClass(name.c_str(), library.c_str());
        // After CONFIGURE instances may run already, which read this; the runtime's catalogue has the class then.
        if (!m_configured) m_places.libraries.insert_or_assign(std::move(name), std::move(library));
    }
}

void Host::activate(MessageReader& message)
{
    Activation activation;
    activation.slot = message.number();
    activation.instance = message.guid();
    activation.task = message.guid();
    message.number(); // the suspended count is in the slot
    activation.entry_point = message.text();
    activation.name = message.text();
    activation.trigger = message.text();
    activation.detail_kind = message.text();
    activation.detail = message.bytes();
    std::uint32_t const slot = activation.slot;
    if (!message.complete() || slot >= LATCHKEY_HOST_SLOTS) refuse("ACTIVATE is malformed");

    auto const ended = [this, slot](std::int32_t result, std::string const& text) { completed(slot, result, text); };
    auto const instance =
        winrt::make_self<TaskInstance>(std::move(activation), m_slots[slot], LATCHKEY_HOST_WAKE, ended);
    winrt::com_ptr<TaskInstance> before;
    {
        std::lock_guard const lock(m_mutex);
        if (m_runs[slot]) refuse("ACTIVATE names a slot that is in use");
        before = std::exchange(m_instances[slot], instance);
        m_runs[slot] = true;
        ++m_running;
    }
    if (before) before->let_go();
    try {
        std::thread([this, instance] { run_instance(instance); }).detach();
    } catch (std::system_error const& error) {
        completed(slot, winrt::impl::error_out_of_memory, std::string("no thread for the task: ") + error.what());
    }
}

void Host::run_instance(winrt::com_ptr<TaskInstance> const& instance)
{
    std::uint32_t const slot = instance->activation().slot;
    OnInstance const on(m_slots[slot]);
    auto const task = make_task(instance->activation().entry_point, m_places);
    if (!task) {
        completed(slot, task.error().result, task.error().message);
        return;
    }
    send(MessageWriter(LATCHKEY_HOST_STARTED).number(slot).finish());
    instance->run(*task);
}

void Host::completed(std::uint32_t slot, std::int32_t result, std::string const& text)
{
    bool last = false;
    {
        std::lock_guard const lock(m_mutex);
        m_runs[slot] = false;
        last = --m_running == 0 && m_ending;
        // Under the lock: END may be handled meanwhile, and would end the process before this is sent.
        send(MessageWriter(LATCHKEY_HOST_COMPLETED)
                 .number(slot)
                 .number(static_cast<std::uint32_t>(result))
                 .text(text)
                 .finish());
    }
    if (last) end_process(EXIT_SUCCESS);
}

void Host::cancel(MessageReader& message)
{
    std::uint32_t const slot = message.number();
    std::int32_t const reason = message.signed_number();
    if (!message.complete() || slot >= LATCHKEY_HOST_SLOTS) refuse("CANCEL is malformed");
    winrt::com_ptr<TaskInstance> instance;
    {
        std::lock_guard const lock(m_mutex);
        if (m_runs[slot]) instance = m_instances[slot];
    }
    if (instance) instance->cancel(static_cast<background::BackgroundTaskCancellationReason>(reason));
}

void Host::end_when_idle()
{
    {
        std::lock_guard const lock(m_mutex);
        m_ending = true;
        if (m_running > 0) return;
    }
    end_process(EXIT_SUCCESS);
}

} // namespace latchkey::taskhost
