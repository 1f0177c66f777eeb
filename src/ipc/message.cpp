// SPDX-License-Identifier: MIT
#include "ipc/message.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <systemd/sd-bus.h>

namespace latchkey::ipc {

namespace {

constexpr std::size_t kWeightOfValue = 8; // a number, or what a text has besides itself

} // namespace

Message Message::borrow(sd_bus_message* message)
{
    return Message(sd_bus_message_ref(message));
}

Message::Message(Message&& other) noexcept
    : m_message(std::exchange(other.m_message, nullptr)),
      m_weight(std::exchange(other.m_weight, 0)),
      m_error(std::move(other.m_error))
{}

Message& Message::operator=(Message&& other) noexcept
{
    std::swap(m_message, other.m_message);
    std::swap(m_weight, other.m_weight);
    std::swap(m_error, other.m_error);
    return *this;
}

Message::~Message()
{
    sd_bus_message_unref(m_message);
}

void Message::check(int result, char const* what)
{
    if (result >= 0 || failed()) return;
    m_error = fmt::format("{}: {}", what, std::strerror(-result));
}

// ---- writing ---------------------------------------------------------------------------------------------------

Message& Message::write(std::string_view text)
{
    // D-Bus strings end at the first NUL and are UTF-8; sd-bus refuses others.
    std::string const terminated(text);
    m_weight += text.size() + kWeightOfValue;
    int const result = sd_bus_message_append_basic(m_message, 's', terminated.c_str());
    check(result, result == -EINVAL ? "write a text, which must be UTF-8" : "write a string");
    return *this;
}

Message& Message::write(bool value)
{
    int const wide = value ? 1 : 0;
    m_weight += kWeightOfValue;
    check(sd_bus_message_append_basic(m_message, 'b', &wide), "write a boolean");
    return *this;
}

Message& Message::write(std::int32_t value)
{
    m_weight += kWeightOfValue;
    check(sd_bus_message_append_basic(m_message, 'i', &value), "write a number");
    return *this;
}

Message& Message::write(std::uint32_t value)
{
    m_weight += kWeightOfValue;
    check(sd_bus_message_append_basic(m_message, 'u', &value), "write a number");
    return *this;
}

Message& Message::write(std::uint64_t value)
{
    m_weight += kWeightOfValue;
    check(sd_bus_message_append_basic(m_message, 't', &value), "write a number");
    return *this;
}

Message& Message::write(std::vector<std::string> const& texts)
{
    check(sd_bus_message_open_container(m_message, 'a', "s"), "open an array of strings");
    for (std::string const& text : texts) {
        write(text);
    }
    check(sd_bus_message_close_container(m_message), "close an array");
    return *this;
}

Message& Message::write_descriptors(std::vector<int> const& descriptors)
{
    check(sd_bus_message_open_container(m_message, 'a', "h"), "open an array of descriptors");
    for (int const descriptor : descriptors) {
        check(sd_bus_message_append_basic(m_message, 'h', &descriptor), "write a descriptor");
    }
    check(sd_bus_message_close_container(m_message), "close an array");
    return *this;
}

Message& Message::write(Dictionary const& dictionary)
{
    check(sd_bus_message_open_container(m_message, 'a', "{sv}"), "open a dictionary");
    for (Dictionary::Entry const& entry : dictionary.entries()) {
        check(sd_bus_message_open_container(m_message, 'e', "sv"), "open an entry");
        write(entry.key);
        write_variant(entry.value);
        check(sd_bus_message_close_container(m_message), "close an entry");
    }
    check(sd_bus_message_close_container(m_message), "close a dictionary");
    return *this;
}

Message& Message::write(std::vector<Dictionary> const& dictionaries)
{
    check(sd_bus_message_open_container(m_message, 'a', "a{sv}"), "open an array of dictionaries");
    for (Dictionary const& dictionary : dictionaries) {
        write(dictionary);
    }
    check(sd_bus_message_close_container(m_message), "close an array");
    return *this;
}

Message& Message::write(std::vector<Value> const& values)
{
    check(sd_bus_message_open_container(m_message, 'a', "v"), "open an array of variants");
    for (Value const& value : values) {
        write_variant(value);
    }
    check(sd_bus_message_close_container(m_message), "close an array");
    return *this;
}

Message& Message::write_variant(Value const& value)
{
    check(sd_bus_message_open_container(m_message, 'v', value.signature().c_str()), "open a variant");
    write_value(value);
    check(sd_bus_message_close_container(m_message), "close a variant");
    return *this;
}

void Message::write_value(Value const& value)
{
    char const type = value.signature()[0];
    auto const write_one = [&](auto const& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::vector<std::uint8_t>>) {
            m_weight += held.size() + kWeightOfValue;
            check(sd_bus_message_append_array(m_message, 'y', held.data(), held.size()), "write bytes");
        } else if constexpr (std::is_arithmetic_v<Held> && !std::is_same_v<Held, bool>) {
            m_weight += kWeightOfValue;
            check(sd_bus_message_append_basic(m_message, type, &held), "write a number");
        } else {
            write(held);
        }
    };
    std::visit(write_one, value.data);
}

// ---- reading ---------------------------------------------------------------------------------------------------

namespace {

// What reading one basic value adds to the error when there is something else or nothing.
constexpr char const* kReadBasic = "a value of another type than expected";

} // namespace

std::string Message::read_string()
{
    char const* text = nullptr;
    int const result = failed() ? 0 : sd_bus_message_read_basic(m_message, 's', &text);
    check(result == 0 ? -EBADMSG : result, kReadBasic);
    return text == nullptr ? std::string() : std::string(text);
}

bool Message::read_bool()
{
    int value = 0;
    int const result = failed() ? 0 : sd_bus_message_read_basic(m_message, 'b', &value);
    check(result == 0 ? -EBADMSG : result, kReadBasic);
    return value != 0;
}

std::int32_t Message::read_int32()
{
    std::int32_t value = 0;
    int const result = failed() ? 0 : sd_bus_message_read_basic(m_message, 'i', &value);
    check(result == 0 ? -EBADMSG : result, kReadBasic);
    return value;
}

std::uint32_t Message::read_uint32()
{
    std::uint32_t value = 0;
    int const result = failed() ? 0 : sd_bus_message_read_basic(m_message, 'u', &value);
    check(result == 0 ? -EBADMSG : result, kReadBasic);
    return value;
}

std::uint64_t Message::read_uint64()
{
    std::uint64_t value = 0;
    int const result = failed() ? 0 : sd_bus_message_read_basic(m_message, 't', &value);
    check(result == 0 ? -EBADMSG : result, kReadBasic);
    return value;
}

template <class Item>
void Message::read_array(char const* contents, Item item)
{
    int result = failed() ? 0 : sd_bus_message_enter_container(m_message, 'a', contents);
    check(result == 0 ? -EBADMSG : result, "an array of another type than expected");
    std::size_t count = 0;
    while (!failed() && sd_bus_message_at_end(m_message, 0) == 0) {
        if (++count > kMaxListEntries) {
            check(-E2BIG, "an array");
            return;
        }
        item();
    }
    if (!failed()) {
        check(sd_bus_message_exit_container(m_message), "leave an array");
    }
}

std::vector<std::string> Message::read_strings()
{
    std::vector<std::string> texts;
    read_array("s", [&] { texts.push_back(read_string()); });
    return texts;
}

std::vector<Fd> Message::read_descriptors()
{
    std::vector<Fd> descriptors;
    read_array("h", [&] {
        int borrowed = -1;
        check(sd_bus_message_read_basic(m_message, 'h', &borrowed), "read a descriptor");
        if (failed()) return;
        Fd own(::fcntl(borrowed, F_DUPFD_CLOEXEC, 0));
        check(own ? 0 : -errno, "keep a descriptor");
        descriptors.push_back(std::move(own));
    });
    return descriptors;
}

Dictionary Message::read_dictionary()
{
    return read_dictionary(0);
}

Dictionary Message::read_dictionary(int depth)
{
    std::vector<Dictionary::Entry> entries;
    read_array("{sv}", [&] {
        check(sd_bus_message_enter_container(m_message, 'e', "sv"), "enter an entry");
        std::string key = read_string();
        Value value = read_value(depth + 1);
        if (!failed()) {
            check(sd_bus_message_exit_container(m_message), "leave an entry");
            entries.push_back({std::move(key), std::move(value)});
        }
        if (entries.size() > kMaxDictionaryEntries) {
            check(-E2BIG, "a dictionary");
        }
    });
    Dictionary dictionary;
    if (!dictionary.assign(std::move(entries))) {
        check(-EBADMSG, "a dictionary with the same key twice");
    }
    return dictionary;
}

std::vector<Dictionary> Message::read_dictionaries()
{
    std::vector<Dictionary> dictionaries;
    read_array("a{sv}", [&] { dictionaries.push_back(read_dictionary(1)); });
    return dictionaries;
}

std::vector<Value> Message::read_values()
{
    std::vector<Value> values;
    read_array("v", [&] { values.push_back(read_value(1)); });
    return values;
}

Value Message::read_variant()
{
    return read_value(0);
}

Value Message::read_value(int depth)
{
    char const* contents = nullptr;
    char type = 0;
    int result = failed() ? 0 : sd_bus_message_peek_type(m_message, &type, &contents);
    if (result <= 0 || type != 'v' || contents == nullptr || depth > kMaxValueDepth) {
        check(-EBADMSG, depth > kMaxValueDepth ? "values nested too deep" : "a variant is expected");
        return false;
    }
    std::string const signature = contents;
    check(sd_bus_message_enter_container(m_message, 'v', signature.c_str()), "enter a variant");
    Value value = false;
    auto const number = [&](auto typed) {
        check(sd_bus_message_read_basic(m_message, signature[0], &typed), kReadBasic);
        value = typed;
    };
    if (signature == "b") {
        value = read_bool();
    } else if (signature == "s" || signature == "o" || signature == "g") {
        char const* text = "";
        check(sd_bus_message_read_basic(m_message, signature[0], &text), kReadBasic);
        value = std::string(text);
    } else if (signature == "y") {
        number(std::uint8_t{});
    } else if (signature == "n") {
        number(std::int16_t{});
    } else if (signature == "q") {
        number(std::uint16_t{});
    } else if (signature == "i") {
        number(std::int32_t{});
    } else if (signature == "u") {
        number(std::uint32_t{});
    } else if (signature == "x") {
        number(std::int64_t{});
    } else if (signature == "t") {
        number(std::uint64_t{});
    } else if (signature == "d") {
        number(double{});
    } else if (signature == "as") {
        value = read_strings();
    } else if (signature == "ay") {
        void const* bytes = nullptr;
        std::size_t size = 0;
        check(sd_bus_message_read_array(m_message, 'y', &bytes, &size), "read bytes");
        auto const* const first = static_cast<std::uint8_t const*>(bytes);
        value = std::vector<std::uint8_t>(first, first + size);
    } else if (signature == "a{sv}") {
        value = read_dictionary(depth + 1);
    } else if (signature == "aa{sv}") {
        std::vector<Dictionary> dictionaries;
        read_array("a{sv}", [&] { dictionaries.push_back(read_dictionary(depth + 2)); });
        value = std::move(dictionaries);
    } else if (signature == "av") {
        std::vector<Value> values;
        read_array("v", [&] { values.push_back(read_value(depth + 1)); });
        value = std::move(values);
    } else {
        check(-EBADMSG, ("a value of the type \"" + signature + "\" is not used by this interface").c_str());
        return value;
    }
    if (!failed()) {
        check(sd_bus_message_exit_container(m_message), "leave a variant");
    }
    return value;
}

} // namespace latchkey::ipc
