// SPDX-License-Identifier: MIT
//
// The broker as the runtime's classes call it: a method by its D-Bus name (data/org.latchkey.Broker1.xml), its answer,
// or a winrt::hresult_error with the HRESULT and the text that the broker gave. The first call loads
// liblatchkey-broker.so and connects, starting the broker when none runs. Any thread; calls block, so that members that
// are asynchronous on Windows make them on a pool thread. A child of fork has a connection of its own.
#pragma once

#include "runtime/link/broker_link.h"

#include <functional>
#include <string_view>

#include <winrt/base.h>

namespace latchkey::runtime {

inline constexpr int32_t kServerUnavailable = static_cast<int32_t>(0x800706BA); // no broker to be had
inline constexpr int32_t kCallFailed = static_cast<int32_t>(0x800706BE);        // it ended during the call
inline constexpr int32_t kTimeout = static_cast<int32_t>(0x800705B4);
inline constexpr int32_t kNoPackageIdentity = static_cast<int32_t>(0x80070490);
inline constexpr int32_t kLimitExceeded = static_cast<int32_t>(0x80070718);
inline constexpr int32_t kUnsupportedType = static_cast<int32_t>(0x8007065E);

using Repeat = BrokerLink::Repeat;

// member is what the program called ("BackgroundTaskBuilder.Register") and begins the text of a failure.
ipc::Value ask_broker(std::wstring_view member, char const* method, std::vector<BrokerArgument> arguments = {},
                      Repeat repeat = Repeat::Yes);

// The same for an answer of type T; another type is a broker of another version.
template <typename T>
T ask_broker_for(std::wstring_view member, char const* method, std::vector<BrokerArgument> arguments = {},
                 Repeat repeat = Repeat::Yes)
{
    ipc::Value answer = ask_broker(member, method, std::move(arguments), repeat);
    if (auto* const typed = std::get_if<T>(&answer.data)) return std::move(*typed);
    throw winrt::hresult_error(static_cast<int32_t>(0x80004005),
                               winrt::hstring{member} + L": the broker's answer is of another type than documented");
}

// What the broker takes this process for (WhoAmI). Throws kNoPackageIdentity when it belongs to no package. Asked once:
// an identity does not change.
ipc::Dictionary const& need_package_identity(std::wstring_view member);

// From now on the signals of this registration come in (task_events.h).
void attach_to_broker(std::wstring_view member, std::string const& task);

// DataChanged comes in from now on, also of brokers after this one.
void stay_connected_to_broker();

// The connection that the broker opened for this process, instead of the private socket. Before the first call.
void set_broker_descriptor(int descriptor) noexcept;

// GUIDs as the broker writes them: lower case, no braces.
std::string text_of(winrt::guid const& id);
// The empty guid when it is none.
winrt::guid guid_of(std::string_view text) noexcept;

} // namespace latchkey::runtime
