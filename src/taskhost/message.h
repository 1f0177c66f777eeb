// SPDX-License-Identifier: MIT
#pragma once

// The host's side of docs/host-protocol.md: messages of the broker are taken apart, reports are put together.

#include <cstdint>
#include <string>
#include <string_view>

#include <latchkey/host_protocol.h>
#include <latchkey/runtime.h>

namespace latchkey::taskhost {

// Takes a message apart in order. Reading past the end, or a text longer than the protocol allows, sets failed(), and
// everything read from there on is empty.
class MessageReader {
public:
    explicit MessageReader(std::string_view message);

    std::uint32_t kind() const { return m_kind; }
    std::uint32_t number();
    std::int32_t signed_number() { return static_cast<std::int32_t>(number()); }
    LatchkeyGuid guid();
    std::string text();
    std::string_view bytes();
    // Whether everything was read and nothing was missing.
    bool complete() const { return !m_failed && m_left.empty(); }
    bool failed() const { return m_failed; }

private:
    std::string_view take(std::size_t size);

    std::string_view m_left;
    std::uint32_t m_kind = 0;
    bool m_failed = false;
};

class MessageWriter {
public:
    explicit MessageWriter(std::uint32_t kind);

    MessageWriter& number(std::uint32_t value);
    // Longer than a string may be: cut between two characters.
    MessageWriter& text(std::string_view value);
    // The whole message.
    std::string const& finish();

private:
    std::string m_message;
};

} // namespace latchkey::taskhost
