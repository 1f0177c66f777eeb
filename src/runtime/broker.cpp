// SPDX-License-Identifier: MIT
#include "runtime/broker.h"

#include "latchkey/runtime.h"
#include "runtime/classes/task_events.h"
#include "runtime/hresult.h"

#include <charconv>
#include <mutex>
#include <optional>
#include <utility>

#include <dlfcn.h>
#include <unistd.h>

#define LATCHKEY_TEXT_OF(NAME) #NAME
#define LATCHKEY_TEXT(NAME) LATCHKEY_TEXT_OF(NAME)

namespace latchkey::runtime {

namespace {

using winrt::hresult_error;
using winrt::hstring;

// Plain data, so that it is there before and after everything else of the process.
struct {
    std::mutex lock;
    BrokerLink* link = nullptr;
    pid_t process = 0; // whose link it is
    int descriptor = -1;
} g_broker;

// Beside this library. Not searched for: another version may be in the loader's way.
std::string link_library()
{
    Dl_info self{};
    std::string path = dladdr(reinterpret_cast<void*>(&link_library), &self) != 0 ? self.dli_fname : "";
    path.erase(path.find_last_of('/') + 1);
    return path + kBrokerLibrary;
}

OpenBrokerLink load_link()
{
    std::string const path = link_library();
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const function = library != nullptr ? dlsym(library, LATCHKEY_TEXT(LATCHKEY_BROKER_LINK)) : nullptr;
    if (function == nullptr) {
        char const* const why = dlerror();
        throw hresult_error(kServerUnavailable,
                            winrt::to_hstring("the library that talks to the broker cannot be used: " +
                                              (why != nullptr ? std::string{why} : path)));
    }
    return reinterpret_cast<OpenBrokerLink>(function);
}

BrokerLink& link()
{
    std::lock_guard const guard(g_broker.lock);
    if (g_broker.link != nullptr && g_broker.process == getpid()) return *g_broker.link;
    // A child of fork has neither the thread nor a connection of its own; its parent's stays where it is.
    static OpenBrokerLink const open = load_link();
    g_broker.link = open(broker_events(), std::exchange(g_broker.descriptor, -1));
    g_broker.process = getpid();
    if (g_broker.link == nullptr)
        throw hresult_error(kOutOfMemory, L"there is no thread or descriptor left for the connection to the broker");
    return *g_broker.link;
}

// "0x80070490 text": the number and what follows; nullopt when the message does not begin with one.
std::optional<int32_t> take_hresult(std::string& message)
{
    if (!message.starts_with("0x") || message.size() < 11 || message[10] != ' ') return std::nullopt;
    uint32_t number = 0;
    auto const [end, failed] = std::from_chars(message.data() + 2, message.data() + 10, number, 16);
    if (failed != std::errc() || end != message.data() + 10 || static_cast<int32_t>(number) >= 0) return std::nullopt;
    message.erase(0, 11);
    return static_cast<int32_t>(number);
}

[[noreturn]] void throw_failure(std::wstring_view member, BrokerError error)
{
    struct Row {
        std::string_view name;
        int32_t result;
    };
    static constexpr Row kRows[] = {
        {kUnreachable, kServerUnavailable},
        {kDisconnected, kCallFailed},
        {kTimedOut, kTimeout},
        {kBadAnswer, kFail},
        {"org.freedesktop.DBus.Error.UnknownMethod", static_cast<int32_t>(0x80004001)},
        {"org.freedesktop.DBus.Error.AccessDenied", static_cast<int32_t>(0x80070005)},
        {"org.freedesktop.DBus.Error.NoMemory", kOutOfMemory},
        {"org.freedesktop.DBus.Error.InvalidArgs", kInvalidArgument},
    };
    int32_t result = kFail;
    for (Row const& row : kRows)
        if (row.name == error.name) result = row.result;
    if (auto const said = take_hresult(error.message)) result = *said;
    throw hresult_error(result, hstring{member} + L": " + winrt::to_hstring(error.message));
}

} // namespace

ipc::Value ask_broker(std::wstring_view member, char const* method, std::vector<BrokerArgument> arguments,
                      Repeat repeat)
{
    BrokerLink::Answer answer = link().call(method, std::move(arguments), repeat);
    if (!answer) throw_failure(member, std::move(answer.error()));
    return std::move(*answer);
}

ipc::Dictionary const& need_package_identity(std::wstring_view member)
{
    static std::mutex lock;
    static ipc::Dictionary const* identity = nullptr; // never destroyed: other threads may have it
    std::lock_guard const guard(lock);
    if (identity != nullptr) return *identity;
    auto answer = ask_broker_for<ipc::Dictionary>(member, "WhoAmI");
    if (answer.get<std::string>("package").empty())
        throw hresult_error(kNoPackageIdentity, hstring{member} +
                                                    L": this process has no package identity, and only packages have "
                                                    L"background tasks and settings");
    identity = new ipc::Dictionary(std::move(answer));
    return *identity;
}

void attach_to_broker(std::wstring_view member, std::string const& task)
{
    BrokerLink::Answer answer = link().attach(task);
    if (!answer) throw_failure(member, std::move(answer.error()));
}

void stay_connected_to_broker()
{
    link().stay_connected();
}

void set_broker_descriptor(int descriptor) noexcept
{
    std::lock_guard const guard(g_broker.lock);
    g_broker.descriptor = descriptor;
}

std::string text_of(winrt::guid const& id)
{
    std::string const braced = winrt::to_string(winrt::to_hstring(id));
    return braced.substr(1, braced.size() - 2);
}

winrt::guid guid_of(std::string_view text) noexcept
try {
    return winrt::guid{text};
} catch (std::exception const&) {
    return {};
}

} // namespace latchkey::runtime

int32_t LatchkeyUseBrokerDescriptor(int descriptor) noexcept
{
    if (descriptor < 0) return latchkey::runtime::kInvalidArgument;
    latchkey::runtime::set_broker_descriptor(descriptor);
    return latchkey::runtime::kOk;
}
