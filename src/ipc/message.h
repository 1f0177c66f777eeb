// SPDX-License-Identifier: MIT
#pragma once

// A D-Bus message that is being written or read. Writing cannot fail but for memory; reading a message of another shape
// than asked for sets failed(), returns empty values from there on, and says so in error(): read everything, then ask.

#include "ipc/dictionary.h"
#include "ipc/fd.h"

#include <string>
#include <string_view>
#include <vector>

struct sd_bus_message;

namespace latchkey::ipc {

class Message {
public:
    Message() = default;
    // Takes the reference over.
    explicit Message(sd_bus_message* message) : m_message(message) {}
    // Adds a reference to a message that sd-bus owns.
    static Message borrow(sd_bus_message* message);
    Message(Message&& other) noexcept;
    Message& operator=(Message&& other) noexcept;
    ~Message();

    sd_bus_message* get() const { return m_message; }
    explicit operator bool() const { return m_message != nullptr; }

    Message& write(std::string_view text);
    Message& write(char const* text) { return write(std::string_view(text)); }
    Message& write(bool value);
    Message& write(std::int32_t value);
    Message& write(std::uint32_t value);
    Message& write(std::uint64_t value);
    Message& write(std::vector<std::string> const& texts);
    Message& write(Dictionary const& dictionary);
    Message& write(std::vector<Dictionary> const& dictionaries);
    Message& write(std::vector<Value> const& values);
    Message& write_variant(Value const& value);
    // An array of descriptors (ah); the message keeps copies of its own.
    Message& write_descriptors(std::vector<int> const& descriptors);

    std::string read_string();
    bool read_bool();
    std::int32_t read_int32();
    std::uint32_t read_uint32();
    std::uint64_t read_uint64();
    std::vector<std::string> read_strings();
    Dictionary read_dictionary();
    std::vector<Dictionary> read_dictionaries();
    std::vector<Value> read_values();
    Value read_variant();
    // Copies; the message keeps its own.
    std::vector<Fd> read_descriptors();

    bool failed() const { return !m_error.empty(); }
    std::string const& error() const { return m_error; }
    // About how many bytes were written.
    std::size_t weight() const { return m_weight; }

private:
    void check(int result, char const* what);
    void write_value(Value const& value);
    Value read_value(int depth);
    Dictionary read_dictionary(int depth);
    template <class Item>
    void read_array(char const* contents, Item item);

    sd_bus_message* m_message = nullptr;
    std::size_t m_weight = 0;
    std::string m_error;
};

} // namespace latchkey::ipc
