// SPDX-License-Identifier: MIT
#include "taskhost/trigger_details.h"

#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

namespace latchkey::taskhost {

namespace {

using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;
namespace background = winrt::Windows::ApplicationModel::Background;

constexpr int kMaxDepth = 8;
constexpr std::uint32_t kMaxEntries = 65'536;
constexpr std::uint8_t kArray = 128; // added to the kind of value that a byte array holds

// What cannot be read throws: the caller is the task, which gets the failure at the property that it asked for.
[[noreturn]] void malformed()
{
    throw winrt::hresult_invalid_argument(L"TriggerDetails: the arguments of the trigger are damaged");
}

class DetailReader {
public:
    explicit DetailReader(std::string_view bytes) : m_left(bytes) {}

    bool at_end() const { return m_left.empty(); }

    std::string_view take(std::size_t size)
    {
        if (size > m_left.size()) malformed();
        std::string_view const taken = m_left.substr(0, size);
        m_left.remove_prefix(size);
        return taken;
    }
    template <class T>
    T number()
    {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string_view block() { return take(number<std::uint32_t>()); }

private:
    std::string_view m_left;
};

template <class T>
std::vector<T> numbers(DetailReader& reader)
{
    std::vector<T> values;
    while (!reader.at_end())
        values.push_back(reader.number<T>());
    return values;
}

// The values that D-Bus has no type for: a byte PropertyType and the value in memory.
IInspectable tagged_array(PropertyType type, DetailReader& reader)
{
    switch (type) {
    case PropertyType::UInt8:
        return PropertyValue::CreateUInt8Array(numbers<std::uint8_t>(reader));
    case PropertyType::Int16:
        return PropertyValue::CreateInt16Array(numbers<std::int16_t>(reader));
    case PropertyType::UInt16:
        return PropertyValue::CreateUInt16Array(numbers<std::uint16_t>(reader));
    case PropertyType::Int32:
        return PropertyValue::CreateInt32Array(numbers<std::int32_t>(reader));
    case PropertyType::UInt32:
        return PropertyValue::CreateUInt32Array(numbers<std::uint32_t>(reader));
    case PropertyType::Int64:
        return PropertyValue::CreateInt64Array(numbers<std::int64_t>(reader));
    case PropertyType::UInt64:
        return PropertyValue::CreateUInt64Array(numbers<std::uint64_t>(reader));
    case PropertyType::Single:
        return PropertyValue::CreateSingleArray(numbers<float>(reader));
    case PropertyType::Double:
        return PropertyValue::CreateDoubleArray(numbers<double>(reader));
    case PropertyType::String: {
        std::vector<winrt::hstring> texts;
        while (!reader.at_end())
            texts.emplace_back(reader.block());
        return PropertyValue::CreateStringArray(texts);
    }
    default:
        malformed();
    }
}

IInspectable tagged(std::string_view bytes)
{
    DetailReader reader(bytes);
    auto const tag = reader.number<std::uint8_t>();
    auto const type = static_cast<PropertyType>(tag & (kArray - 1));
    if ((tag & kArray) != 0) return tagged_array(type, reader);
    switch (type) {
    case PropertyType::Single:
        return PropertyValue::CreateSingle(reader.number<float>());
    case PropertyType::Char16:
        return PropertyValue::CreateChar16(reader.number<char16_t>());
    case PropertyType::DateTime:
        return PropertyValue::CreateDateTime(DateTime(TimeSpan(reader.number<std::int64_t>())));
    case PropertyType::TimeSpan:
        return PropertyValue::CreateTimeSpan(TimeSpan(reader.number<std::int64_t>()));
    case PropertyType::Guid:
        return PropertyValue::CreateGuid(reader.number<winrt::guid>());
    case PropertyType::Point:
        return PropertyValue::CreatePoint(reader.number<Point>());
    case PropertyType::Size:
        return PropertyValue::CreateSize(reader.number<Size>());
    case PropertyType::Rect:
        return PropertyValue::CreateRect(reader.number<Rect>());
    case PropertyType::String:
        return PropertyValue::CreateString(winrt::hstring(reader.take(bytes.size() - 1)));
    default:
        malformed();
    }
}

ValueSet dictionary(DetailReader& reader, int depth);

IInspectable value(DetailReader& reader, int depth)
{
    switch (reader.number<char>()) {
    case 'b':
        return PropertyValue::CreateBoolean(reader.number<std::uint8_t>() != 0);
    case 'y':
        return PropertyValue::CreateUInt8(reader.number<std::uint8_t>());
    case 'n':
        return PropertyValue::CreateInt16(reader.number<std::int16_t>());
    case 'q':
        return PropertyValue::CreateUInt16(reader.number<std::uint16_t>());
    case 'i':
        return PropertyValue::CreateInt32(reader.number<std::int32_t>());
    case 'u':
        return PropertyValue::CreateUInt32(reader.number<std::uint32_t>());
    case 'x':
        return PropertyValue::CreateInt64(reader.number<std::int64_t>());
    case 't':
        return PropertyValue::CreateUInt64(reader.number<std::uint64_t>());
    case 'd':
        return PropertyValue::CreateDouble(reader.number<double>());
    case 's':
        return PropertyValue::CreateString(winrt::hstring(reader.block()));
    case 'a':
        return tagged(reader.block());
    case 'D':
        return dictionary(reader, depth + 1);
    default:
        malformed();
    }
}

ValueSet dictionary(DetailReader& reader, int depth)
{
    auto const count = reader.number<std::uint32_t>();
    if (count > kMaxEntries || depth > kMaxDepth) malformed();
    ValueSet values;
    for (std::uint32_t i = 0; i < count; ++i) {
        winrt::hstring const key(reader.block());
        values.Insert(key, value(reader, depth));
    }
    return values;
}

struct ApplicationDetails : winrt::implements<ApplicationDetails, background::IApplicationTriggerDetails> {
    explicit ApplicationDetails(ValueSet arguments) : m_arguments(std::move(arguments)) {}
    winrt::hstring GetRuntimeClassName() const override
    {
        return L"Windows.ApplicationModel.Background.ApplicationTriggerDetails";
    }
    ValueSet Arguments() const { return m_arguments; }

private:
    ValueSet const m_arguments;
};

} // namespace

IInspectable details_from(std::string_view kind, std::string_view detail)
{
    if (kind.empty()) return nullptr;
    if (kind != "ApplicationTrigger") return PropertyValue::CreateString(winrt::hstring(detail));
    DetailReader reader(detail);
    ValueSet const arguments = detail.empty() ? ValueSet() : dictionary(reader, 0);
    if (!reader.at_end()) malformed();
    return winrt::make<ApplicationDetails>(arguments);
}

} // namespace latchkey::taskhost
