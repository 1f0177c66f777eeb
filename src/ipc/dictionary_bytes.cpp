// SPDX-License-Identifier: MIT
#include "ipc/dictionary_bytes.h"

#include <bit>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

namespace latchkey::ipc {

namespace {

constexpr char kBytes = 'a';
constexpr char kDictionary = 'D';
constexpr char kList = 'L';

class Writer {
public:
    bool write(Value const& value, int depth)
    {
        return std::visit([&](auto const& held) { return write_held(held, value, depth); }, value.data);
    }

    bool write(Dictionary const& dictionary, int depth)
    {
        if (depth > kMaxValueDepth) return false;
        number(static_cast<std::uint32_t>(dictionary.size()));
        for (Dictionary::Entry const& entry : dictionary.entries()) {
            block(entry.key.data(), entry.key.size());
            if (!write(entry.value, depth + 1)) return false;
        }
        return true;
    }

    std::string out;

private:
    template <class T>
    void number(T value)
    {
        out.append(reinterpret_cast<char const*>(&value), sizeof value);
    }
    void block(void const* data, std::size_t size)
    {
        number(static_cast<std::uint32_t>(size));
        out.append(static_cast<char const*>(data), size);
    }

    template <class T>
    bool write_held(T const& held, Value const& value, int depth)
    {
        if constexpr (std::is_same_v<T, Dictionary>) {
            out += kDictionary;
            return write(held, depth);
        } else if constexpr (std::is_same_v<T, std::vector<Value>>) {
            if (depth > kMaxValueDepth) return false;
            out += kList;
            number(static_cast<std::uint32_t>(held.size()));
            for (Value const& item : held) {
                if (!write(item, depth + 1)) return false;
            }
            return true;
        } else if constexpr (std::is_same_v<T, std::vector<std::uint8_t>>) {
            out += kBytes;
            block(held.data(), held.size());
            return true;
        } else if constexpr (std::is_same_v<T, std::string>) {
            out += 's';
            block(held.data(), held.size());
            return true;
        } else if constexpr (std::is_arithmetic_v<T>) {
            out += value.signature();
            number(held);
            return true;
        } else {
            return false;
        }
    }
};

class Reader {
public:
    explicit Reader(std::string_view bytes) : m_left(bytes) {}

    bool at_end() const { return m_left.empty(); }

    std::optional<Value> value(int depth)
    {
        char const type = number<char>().value_or(0);
        switch (type) {
        case 'b':
            return boolean();
        case 'y':
            return typed<std::uint8_t>();
        case 'n':
            return typed<std::int16_t>();
        case 'q':
            return typed<std::uint16_t>();
        case 'i':
            return typed<std::int32_t>();
        case 'u':
            return typed<std::uint32_t>();
        case 'x':
            return typed<std::int64_t>();
        case 't':
            return typed<std::uint64_t>();
        case 'd':
            return typed<double>();
        case 's':
            return text();
        case kBytes:
            return byte_array();
        case kDictionary:
            return wrap(dictionary(depth));
        case kList:
            return list(depth);
        default:
            return std::nullopt;
        }
    }

    std::optional<Dictionary> dictionary(int depth)
    {
        auto const count = number<std::uint32_t>();
        if (!count || *count > kMaxDictionaryEntries || depth > kMaxValueDepth) return std::nullopt;
        std::vector<Dictionary::Entry> entries;
        for (std::uint32_t i = 0; i < *count; ++i) {
            auto const key = block();
            auto read = key ? value(depth + 1) : std::nullopt;
            if (!read) return std::nullopt;
            entries.push_back({std::string(*key), std::move(*read)});
        }
        Dictionary made;
        if (!made.assign(std::move(entries))) return std::nullopt;
        return made;
    }

private:
    template <class T>
    std::optional<T> number()
    {
        if (m_left.size() < sizeof(T)) return std::nullopt;
        T read;
        std::memcpy(&read, m_left.data(), sizeof read);
        m_left.remove_prefix(sizeof read);
        return read;
    }
    std::optional<std::string_view> block()
    {
        auto const size = number<std::uint32_t>();
        if (!size || *size > m_left.size()) return std::nullopt;
        std::string_view const read = m_left.substr(0, *size);
        m_left.remove_prefix(*size);
        return read;
    }
    template <class T>
    static std::optional<Value> wrap(std::optional<T>&& read)
    {
        if (!read) return std::nullopt;
        return Value(std::move(*read));
    }
    template <class T>
    std::optional<Value> typed()
    {
        return wrap(number<T>());
    }
    std::optional<Value> boolean()
    {
        auto const read = number<std::uint8_t>();
        if (!read || *read > 1) return std::nullopt;
        return Value(*read == 1);
    }
    std::optional<Value> text()
    {
        auto const read = block();
        if (!read) return std::nullopt;
        return Value(*read);
    }
    std::optional<Value> byte_array()
    {
        auto const read = block();
        if (!read) return std::nullopt;
        return Value(std::vector<std::uint8_t>(read->begin(), read->end()));
    }
    std::optional<Value> list(int depth)
    {
        auto const count = number<std::uint32_t>();
        if (!count || *count > kMaxListEntries || depth > kMaxValueDepth) return std::nullopt;
        std::vector<Value> items;
        for (std::uint32_t i = 0; i < *count; ++i) {
            auto read = value(depth + 1);
            if (!read) return std::nullopt;
            items.push_back(std::move(*read));
        }
        return Value(std::move(items));
    }

    std::string_view m_left;
};

} // namespace

std::optional<std::string> bytes_of(Dictionary const& dictionary)
{
    Writer writer;
    if (!writer.write(dictionary, 0)) return std::nullopt;
    return std::move(writer.out);
}

std::optional<std::string> bytes_of(Value const& value)
{
    Writer writer;
    if (!writer.write(value, 0)) return std::nullopt;
    return std::move(writer.out);
}

std::optional<Dictionary> dictionary_from(std::string_view bytes)
{
    Reader reader(bytes);
    auto read = reader.dictionary(0);
    if (!reader.at_end()) return std::nullopt;
    return read;
}

std::optional<Value> value_from(std::string_view bytes)
{
    Reader reader(bytes);
    auto read = reader.value(0);
    if (!reader.at_end()) return std::nullopt;
    return read;
}

} // namespace latchkey::ipc
