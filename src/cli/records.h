// SPDX-License-Identifier: MIT
// The dictionaries of org.latchkey.Broker1 as JSON: one table of fields for each kind of record, so that every field is
// there, null when it is empty. Names have '_' where D-Bus has '-'.
#pragma once

#include "ipc/dictionary.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::cli {

enum class FieldKind : std::uint8_t {
    Text,   // "" is null
    Number, // 0 is 0
    Flag,
    Time,    // microseconds since 1970; 0 is null
    Hresult, // "0x80004005"
    Texts,
    Records,
};

struct Field {
    std::string_view key; // as on D-Bus
    FieldKind kind = FieldKind::Text;
    std::span<Field const> inner = {};
};

// A number of whatever type D-Bus gave it; 0 when there is none.
std::int64_t number(ipc::Dictionary const& record, std::string_view key);
std::uint64_t moment(ipc::Dictionary const& record, std::string_view key);
std::string text(ipc::Dictionary const& record, std::string_view key);

std::span<Field const> task_fields();
std::span<Field const> why_fields(); // everything of task_fields, and more
std::span<Field const> package_fields();
std::span<Field const> install_fields();
std::span<Field const> event_fields();
std::span<Field const> finding_fields();

// Keys that the table does not have follow it: a newer broker may say more.
std::string json_of(ipc::Dictionary const& record, std::span<Field const> fields);
std::string json_of(std::vector<ipc::Dictionary> const& records, std::span<Field const> fields);
// On one line, for streams.
std::string json_line_of(ipc::Dictionary const& record, std::span<Field const> fields);

} // namespace latchkey::cli
