// SPDX-License-Identifier: MIT
#include "cli/records.h"

#include "cli/words.h"
#include "packages/text.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <variant>

#include <nlohmann/json.hpp>

namespace latchkey::cli {

namespace {

using Json = nlohmann::ordered_json;
using enum FieldKind;

constexpr std::array kTaskFields{
    Field{"id"},
    Field{"package"},
    Field{"name"},
    Field{"entry-point"},
    Field{"trigger"},
    Field{"one-shot", Flag},
    Field{"conditions", Texts},
    Field{"cancel-on-condition-loss", Flag},
    Field{"network-requested", Flag},
    Field{"group"},
    Field{"group-name"},
    Field{"state"},
    Field{"latched-since_us", Time},
    Field{"next-due_us", Time},
    Field{"created_us", Time},
    Field{"last-start_us", Time},
    Field{"last-end_us", Time},
    Field{"last-result", Hresult},
    Field{"runs", Number},
};

constexpr std::array kConditionFields{
    Field{"name"}, Field{"holds", Flag}, Field{"known", Flag}, Field{"source"}, Field{"since_us", Time},
};
constexpr std::array kRunFields{
    Field{"instance"}, Field{"start_us", Time}, Field{"end_us", Time}, Field{"result", Hresult}, Field{"text"},
};
constexpr std::array kWhyOnlyFields{
    Field{"answer"},
    Field{"trigger-source"},
    Field{"missing", Texts},
    Field{"access", Number},
    Field{"allowed", Flag},
    Field{"quota-used_us", Number},
    Field{"quota_us", Number},
    Field{"quota-renews_us", Time},
    Field{"running", Flag},
    Field{"instance"},
    Field{"buffered", Flag},
    Field{"restarts", Number},
    Field{"runs", Records, kRunFields},
};

// Two keys mean more here than in a list: the conditions with their state, and the runs themselves.
constexpr auto kWhyFields = [] {
    std::array<Field, kTaskFields.size() + kWhyOnlyFields.size() - 1> fields{};
    std::size_t n = 0;
    for (Field const& field : kTaskFields) {
        if (field.key == "runs") continue;
        fields[n++] = field.key == "conditions" ? Field{"conditions", Records, kConditionFields} : field;
    }
    for (Field const& field : kWhyOnlyFields)
        fields[n++] = field;
    return fields;
}();

constexpr std::array kAppFields{Field{"id"}, Field{"executable"}, Field{"state"}};
constexpr std::array kPackageFields{
    Field{"package"},
    Field{"name"},
    Field{"version"},
    Field{"publisher"},
    Field{"folder"},
    Field{"in-place", Flag},
    Field{"access", Number},
    Field{"registrations", Number},
    Field{"apps", Records, kAppFields},
};

constexpr std::array kDeclaredFields{Field{"entry-point"}, Field{"types", Texts}, Field{"host"}};
constexpr std::array kInstallFields{
    Field{"package"},
    Field{"name"},
    Field{"version"},
    Field{"updated", Flag},
    Field{"warnings", Texts},
    Field{"access", Number},
    Field{"tasks", Records, kDeclaredFields},
};

constexpr std::array kEventFields{
    Field{"time_us", Time}, Field{"event", Number}, Field{"task"}, Field{"instance"},
    Field{"package"},       Field{"name"},          Field{"text"}, Field{"result", Hresult},
};

constexpr std::array kFindingFields{Field{"check"}, Field{"ok", Flag}, Field{"text"}, Field{"remedy"}};

std::string json_name(std::string_view key)
{
    std::string name(key);
    std::ranges::replace(name, '-', '_');
    return name;
}

// D-Bus strings are UTF-8; what is not would make the JSON library throw.
Json text_json(std::string_view text)
{
    return packages::is_valid_utf8(text) ? std::string(text) : safe(text);
}

Json any(ipc::Value const& value);
Json record(ipc::Dictionary const& dictionary, std::span<Field const> fields);

template <class T>
Json list(std::vector<T> const& values, auto each)
{
    Json array = Json::array();
    for (T const& value : values)
        array.push_back(each(value));
    return array;
}

Json any(ipc::Value const& value)
{
    return std::visit(
        [](auto const& held) -> Json {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_arithmetic_v<T>) {
                return held;
            } else if constexpr (std::is_same_v<T, std::string>) {
                return text_json(held);
            } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
                return list(held, [](std::string const& text) { return text_json(text); });
            } else if constexpr (std::is_same_v<T, std::vector<std::uint8_t>>) {
                return held;
            } else if constexpr (std::is_same_v<T, ipc::Dictionary>) {
                return record(held, {});
            } else if constexpr (std::is_same_v<T, std::vector<ipc::Dictionary>>) {
                return list(held, [](ipc::Dictionary const& one) { return record(one, {}); });
            } else {
                return list(held, [](ipc::Value const& one) { return any(one); });
            }
        },
        value.data);
}

// Whatever number it is on D-Bus.
std::int64_t number_of(ipc::Value const* value)
{
    if (value == nullptr) return 0;
    return std::visit(
        [](auto const& held) -> std::int64_t {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>)
                return static_cast<std::int64_t>(held);
            else
                return 0;
        },
        value->data);
}

Json field_json(ipc::Dictionary const& dictionary, Field const& field)
{
    ipc::Value const* const value = dictionary.find(field.key);
    switch (field.kind) {
    case Text: {
        std::string const text = dictionary.get<std::string>(field.key);
        return text.empty() ? Json() : text_json(text);
    }
    case Number:
        return number_of(value);
    case Flag:
        return dictionary.get<bool>(field.key);
    case Time:
        return number_of(value) == 0 ? Json() : Json(number_of(value));
    case Hresult:
        return value == nullptr ? Json() : Json(hresult_text(static_cast<std::int32_t>(number_of(value))));
    case Texts:
        return list(dictionary.get<std::vector<std::string>>(field.key),
                    [](std::string const& text) { return text_json(text); });
    case Records:
        return list(dictionary.get<std::vector<ipc::Dictionary>>(field.key),
                    [&](ipc::Dictionary const& one) { return record(one, field.inner); });
    }
    return {};
}

Json record(ipc::Dictionary const& dictionary, std::span<Field const> fields)
{
    Json object = Json::object();
    for (Field const& field : fields)
        object[json_name(field.key)] = field_json(dictionary, field);
    for (auto const& entry : dictionary.entries())
        if (std::ranges::find(fields, entry.key, &Field::key) == fields.end())
            object[json_name(entry.key)] = any(entry.value);
    return object;
}

} // namespace

std::int64_t number(ipc::Dictionary const& record, std::string_view key)
{
    return number_of(record.find(key));
}

std::uint64_t moment(ipc::Dictionary const& record, std::string_view key)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number(record, key), 0));
}

std::string text(ipc::Dictionary const& record, std::string_view key)
{
    return record.get<std::string>(key);
}

std::span<Field const> task_fields()
{
    return kTaskFields;
}
std::span<Field const> why_fields()
{
    return kWhyFields;
}
std::span<Field const> package_fields()
{
    return kPackageFields;
}
std::span<Field const> install_fields()
{
    return kInstallFields;
}
std::span<Field const> event_fields()
{
    return kEventFields;
}
std::span<Field const> finding_fields()
{
    return kFindingFields;
}

std::string json_of(ipc::Dictionary const& one, std::span<Field const> fields)
{
    return record(one, fields).dump(2) + '\n';
}

std::string json_of(std::vector<ipc::Dictionary> const& records, std::span<Field const> fields)
{
    return list(records, [&](ipc::Dictionary const& one) { return record(one, fields); }).dump(2) + '\n';
}

std::string json_line_of(ipc::Dictionary const& one, std::span<Field const> fields)
{
    return record(one, fields).dump() + '\n';
}

} // namespace latchkey::cli
