// SPDX-License-Identifier: MIT
#pragma once

// One method call of somebody, until it is answered. A Call may be copied and kept: an answer often waits for a commit.
// Exactly one of reply() and refuse() is called; after the caller has gone both do nothing.

#include "core/hresult.h"
#include "core/refusal.h"
#include "ipc/message.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace latchkey::broker {

class Client;
class Unread;

// A "no" with everything that the caller is told. name is what follows org.latchkey.Error.
struct Refused {
    std::string_view name;
    core::HResult result = core::kInvalidArgument;
    std::string message; // without the HRESULT, which is put before it
};
template <class T>
using Judged = tl::expected<T, Refused>;

Refused invalid_argument(std::string message);
Refused access_denied(std::string message);
// The D-Bus name of a refusal of the rules; data/org.latchkey.Broker1.xml has fewer names than there are refusals.
std::string_view error_name_of(core::Refusal refusal);
Refused refused(core::Refusal refusal, std::string_view about = {});

// Text from elsewhere (hosts, packages) as D-Bus takes it: what is no UTF-8 becomes '?'.
std::string sendable(std::string_view text);

// What a method call may say in its options.
struct Option {
    std::string_view name;
    std::string_view signature;
};

class Call {
public:
    // Borrows the message; client is the one who sent it and may be gone later.
    Call(sd_bus_message* message, Client& client, std::string family);

    // In the order of the signature; sd-bus has checked the types.
    ipc::Message& arguments() { return *m_message; }
    // Reads a{sv}; refused when it has keys or types that are not in the table.
    Judged<ipc::Dictionary> options(std::initializer_list<Option> known);

    // The package that the caller belongs to; empty: the user.
    std::string const& family() const { return m_family; }
    // Only before the handler returns.
    Client& client() const { return *m_client; }

    template <class... Values>
    void reply(Values const&... values)
    {
        ipc::Message answer = make_reply();
        (answer.write(values), ...);
        send(std::move(answer));
    }
    // For what Message::write does not know.
    ipc::Message make_reply() const;
    void send(ipc::Message answer);
    void refuse(Refused const& refusal);

private:
    std::shared_ptr<ipc::Message> m_message;
    Client* m_client;
    std::shared_ptr<Unread> m_unread; // of the connection, which may end before an answer is there
    std::string m_family;
};

} // namespace latchkey::broker
