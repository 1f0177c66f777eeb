// SPDX-License-Identifier: MIT
#include "hosts/host_messages.h"

#include "packages/text.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <latchkey/host_protocol.h>

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

namespace latchkey::hosts {

namespace {

constexpr std::size_t kHeader = sizeof(LatchkeyHostMessage);

class Writer {
public:
    explicit Writer(std::uint32_t kind) { number(kind).number(0); }

    Writer& number(std::uint32_t value)
    {
        m_message.append(reinterpret_cast<char const*>(&value), sizeof value);
        return *this;
    }
    // As Windows' GUID lies in memory: a number of 4 bytes, two of 2, then 8 bytes in their order.
    Writer& guid(core::Guid const& value)
    {
        number(static_cast<std::uint32_t>(value.high >> 32U));
        half(static_cast<std::uint16_t>(value.high >> 16U));
        half(static_cast<std::uint16_t>(value.high));
        for (unsigned shift = 64; shift > 0; shift -= 8) {
            m_message.push_back(static_cast<char>(value.low >> (shift - 8)));
        }
        return *this;
    }
    Writer& bytes(std::string_view value)
    {
        number(static_cast<std::uint32_t>(value.size()));
        m_message.append(value);
        return *this;
    }
    Writer& text(std::string_view value)
    {
        m_too_long |= value.size() > LATCHKEY_HOST_STRING_MAX;
        return bytes(value);
    }

    std::size_t size() const { return m_message.size(); }
    bool too_long() const { return m_too_long; }
    std::string finish()
    {
        auto const whole = static_cast<std::uint32_t>(m_message.size());
        std::memcpy(m_message.data() + sizeof whole, &whole, sizeof whole);
        return std::move(m_message);
    }

private:
    void half(std::uint16_t value) { m_message.append(reinterpret_cast<char const*>(&value), sizeof value); }

    std::string m_message;
    bool m_too_long = false;
};

class Reader {
public:
    explicit Reader(std::string_view bytes) : m_left(bytes) {}

    std::uint32_t number()
    {
        std::uint32_t value = 0;
        std::string_view const raw = take(sizeof value);
        if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
        return value;
    }
    std::string_view text()
    {
        std::uint32_t const size = number();
        m_failed |= size > LATCHKEY_HOST_STRING_MAX;
        return take(size);
    }
    bool complete() const { return !m_failed && m_left.empty(); }

private:
    std::string_view take(std::size_t size)
    {
        m_failed |= size > m_left.size();
        if (m_failed) return {};
        std::string_view const taken = m_left.substr(0, size);
        m_left.remove_prefix(size);
        return taken;
    }

    std::string_view m_left;
    bool m_failed = false;
};

// What a class takes in a message.
struct ClassRow {
    std::string name;
    std::string library;
    std::size_t size() const { return 2 * sizeof(std::uint32_t) + name.size() + library.size(); }
};

std::vector<ClassRow> rows_of(PackagePlace const& place)
{
    std::vector<ClassRow> rows;
    rows.reserve(place.classes.size());
    for (ClassLibrary const& declared : place.classes) {
        rows.push_back({declared.name, place.folder + "/" + declared.library});
    }
    return rows;
}

// Writes as many of the rows as the message has room for, and their number before them.
void write_classes(Writer& message, std::vector<ClassRow> const& rows, std::size_t& next, std::size_t reserved)
{
    std::size_t const first = next;
    std::size_t size = message.size() + sizeof(std::uint32_t) + reserved;
    while (next < rows.size() && size + rows[next].size() <= LATCHKEY_HOST_MESSAGE_MAX)
        size += rows[next++].size();
    message.number(static_cast<std::uint32_t>(next - first));
    for (std::size_t i = first; i < next; ++i)
        message.text(rows[i].name).text(rows[i].library);
}

} // namespace

tl::expected<std::vector<std::string>, std::string> configure_messages(PackagePlace const& place)
{
    std::vector<ClassRow> const rows = rows_of(place);
    std::size_t behind = sizeof(std::uint32_t);
    for (std::string const& folder : place.probe_folders)
        behind += sizeof(std::uint32_t) + folder.size();

    std::vector<std::string> messages;
    Writer configure(LATCHKEY_HOST_CONFIGURE);
    configure.number(LATCHKEY_HOST_PROTOCOL).text(place.family).text(place.folder).text(place.data);
    std::size_t next = 0;
    write_classes(configure, rows, next, behind);
    configure.number(static_cast<std::uint32_t>(place.probe_folders.size()));
    for (std::string const& folder : place.probe_folders)
        configure.text(folder);
    bool too_long = configure.too_long() || configure.size() > LATCHKEY_HOST_MESSAGE_MAX;
    messages.push_back(configure.finish());
    while (next < rows.size() && !too_long) {
        Writer more(LATCHKEY_HOST_CLASSES);
        write_classes(more, rows, next, 0);
        too_long |= more.too_long();
        messages.push_back(more.finish());
    }
    if (too_long) {
        return tl::unexpected(fmt::format(
            "package {}: a path or class name is longer than {} bytes, or its folders do not fit one message of {}",
            place.family, LATCHKEY_HOST_STRING_MAX, LATCHKEY_HOST_MESSAGE_MAX));
    }
    return messages;
}

tl::expected<std::string, std::string> activate_message(std::uint32_t slot, ActivationWords const& words)
{
    Writer message(LATCHKEY_HOST_ACTIVATE);
    message.number(slot).guid(words.instance).guid(words.task.value).number(words.suspended_count);
    message.text(words.entry_point).text(words.name).text(words.trigger).text(words.detail_kind).bytes(words.detail);
    if (message.too_long() || message.size() > LATCHKEY_HOST_MESSAGE_MAX) {
        return tl::unexpected(fmt::format(
            "the activation of {} does not fit a message: a text has more than {} bytes, or all {} bytes are more "
            "than {}",
            words.entry_point, LATCHKEY_HOST_STRING_MAX, message.size(), LATCHKEY_HOST_MESSAGE_MAX));
    }
    return message.finish();
}

std::string cancel_message(std::uint32_t slot, core::CancellationReason reason)
{
    return Writer(LATCHKEY_HOST_CANCEL).number(slot).number(static_cast<std::uint32_t>(reason)).finish();
}

std::string end_message()
{
    return Writer(LATCHKEY_HOST_END).finish();
}

tl::expected<Report, std::string> parse_report(std::string_view bytes)
{
    if (bytes.size() < kHeader || bytes.size() > LATCHKEY_HOST_MESSAGE_MAX) {
        return tl::unexpected(fmt::format("the host sent a message of {} bytes", bytes.size()));
    }
    Reader reader(bytes);
    std::uint32_t const kind = reader.number();
    std::uint32_t const size = reader.number();
    Report report;
    if (kind == LATCHKEY_HOST_READY) {
        Ready ready{reader.number(), {}};
        // A host that was not contained by us need not say anything of it.
        if (bytes.size() > kHeader + sizeof ready.version) ready.contained = {reader.number(), reader.number()};
        report = ready;
    } else if (kind == LATCHKEY_HOST_STARTED) {
        report = Started{reader.number()};
    } else if (kind == LATCHKEY_HOST_COMPLETED) {
        std::uint32_t const slot = reader.number();
        auto const result = static_cast<core::HResult>(reader.number());
        std::string_view const text = reader.text();
        // A message is shown to people and sent over D-Bus, which ends a connection over text that is not UTF-8.
        bool const clean = packages::is_valid_utf8(text);
        report = Completed{slot, result, clean ? std::string(text) : packages::printable(text)};
    } else {
        return tl::unexpected(fmt::format("the host sent a message of the unknown kind {}", kind));
    }
    if (size != bytes.size() || !reader.complete()) {
        return tl::unexpected(fmt::format("the host sent a malformed message of kind {}", kind));
    }
    return report;
}

} // namespace latchkey::hosts
