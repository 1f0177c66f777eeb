// SPDX-License-Identifier: MIT
// What every row view is made of. A row is a pointer to its File and a 1-based number: copy it freely, compare it,
// use it as a key. A default-constructed row is "none" and false; its columns must not be asked for.
#pragma once

#include "winmd/file.h"

#include <bit>
#include <cassert>
#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

namespace latchkey::winmd {

template <TableId Id>
class Row {
public:
    static constexpr TableId kTable = Id;

    Row() = default;
    Row(File const& file, uint32_t row) : m_file{&file}, m_row{row} {}

    explicit operator bool() const { return m_row != 0; }
    uint32_t row() const { return m_row; }
    File const& file() const { return *m_file; }
    // Table and row in one number, as tools print it: 0x02000001.
    uint32_t token() const { return static_cast<uint32_t>(Id) << 24 | m_row; }

    bool operator==(Row const&) const = default;
    // By file (in no useful order), then by row.
    std::strong_ordering operator<=>(Row const& other) const
    {
        if (auto const order = std::compare_three_way{}(m_file, other.m_file); order != 0) return order;
        return m_row <=> other.m_row;
    }

protected:
    uint32_t column(unsigned index) const { return m_file->value(Id, m_row, index); }
    std::string_view string(unsigned index) const { return m_file->string(column(index)); }
    std::span<uint8_t const> blob(unsigned index) const { return m_file->blob(column(index)); }
    template <typename T>
    T reference(unsigned index) const
    {
        auto const row = column(index);
        return row == 0 ? T{} : T{*m_file, row};
    }
    template <typename T>
    T coded(unsigned index) const
    {
        return T{*m_file, column(index)};
    }
    template <typename T>
    Rows<T> list(unsigned index) const
    {
        return Rows<T>{*m_file, m_file->list_range(Id, m_row, index)};
    }
    template <typename T>
    Rows<T> rows_by_key(uint32_t key) const
    {
        return Rows<T>{*m_file, m_file->equal_range(T::kTable, key)};
    }

private:
    File const* m_file = nullptr;
    uint32_t m_row = 0;
};

struct RowHash {
    template <TableId Id>
    std::size_t operator()(Row<Id> const& row) const noexcept
    {
        return std::hash<void const*>{}(row ? &row.file() : nullptr) ^ std::size_t{row.row()} * 0x9e3779b97f4a7c15u;
    }
};

// Rows of one table, to iterate: for (auto method : type.methods()).
template <typename T>
class Rows {
public:
    class Iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::forward_iterator_tag;
        using pointer = T const*;
        using reference = T;

        Iterator() = default;
        Iterator(Rows const* rows, uint32_t position) : m_rows{*rows}, m_position{position} {}
        T operator*() const { return m_rows[m_position]; }
        Iterator& operator++()
        {
            ++m_position;
            return *this;
        }
        Iterator operator++(int)
        {
            auto old = *this;
            ++m_position;
            return old;
        }
        bool operator==(Iterator const& other) const { return m_position == other.m_position; }

    private:
        Rows m_rows;
        uint32_t m_position = 0;
    };

    Rows() = default;
    Rows(File const& file, File::Range range) : m_file{&file}, m_range{range} {}

    uint32_t size() const { return m_range.count; }
    bool empty() const { return m_range.count == 0; }
    // 0-based position in this range.
    T operator[](uint32_t position) const
    {
        assert(position < m_range.count);
        return T{*m_file, m_range.order ? m_range.order[position] : m_range.first + position};
    }
    T front() const { return (*this)[0]; }
    Iterator begin() const { return Iterator{this, 0}; }
    Iterator end() const { return Iterator{this, m_range.count}; }

private:
    File const* m_file = nullptr;
    File::Range m_range;
};

template <typename T>
Rows<T> File::rows() const
{
    return Rows<T>{*this, Range{1, row_count(T::kTable), nullptr}};
}

// A reference to a row of one of several tables. Ask is<TypeRef>(), then as<TypeRef>().
template <CodedKind Kind>
class CodedIndex {
public:
    CodedIndex() = default;
    CodedIndex(File const& file, uint32_t encoded) : m_file{&file}, m_encoded{encoded} {}
    template <TableId Id>
    CodedIndex(Row<Id> const& row) : m_file{row ? &row.file() : nullptr}, m_encoded{row ? encode(Id, row.row()) : 0}
    {}

    explicit operator bool() const { return row() != 0; }
    TableId table() const
    {
        auto const& spec = spec_of(Kind);
        auto const tag = m_encoded & ((1u << spec.tag_bits) - 1);
        return tag < spec.tables.size() ? spec.tables[tag] : TableId::None;
    }
    uint32_t row() const { return m_encoded >> spec_of(Kind).tag_bits; }
    // As stored.
    uint32_t encoded() const { return m_encoded; }
    File const& file() const { return *m_file; }

    template <typename T>
    bool is() const
    {
        return *this && table() == T::kTable;
    }
    template <typename T>
    T as() const
    {
        assert(is<T>());
        return T{*m_file, row()};
    }
    bool operator==(CodedIndex const&) const = default;

    static uint32_t encode(TableId id, uint32_t row)
    {
        auto const& spec = spec_of(Kind);
        for (uint32_t tag = 0; tag < spec.tables.size(); ++tag)
            if (spec.tables[tag] == id) return row << spec.tag_bits | tag;
        assert(false && "this coded index cannot name that table");
        return 0;
    }

private:
    File const* m_file = nullptr;
    uint32_t m_encoded = 0;
};

using TypeDefOrRef = CodedIndex<CodedKind::TypeDefOrRef>;
using HasConstant = CodedIndex<CodedKind::HasConstant>;
using HasCustomAttribute = CodedIndex<CodedKind::HasCustomAttribute>;
using HasFieldMarshal = CodedIndex<CodedKind::HasFieldMarshal>;
using HasDeclSecurity = CodedIndex<CodedKind::HasDeclSecurity>;
using MemberRefParent = CodedIndex<CodedKind::MemberRefParent>;
using HasSemantics = CodedIndex<CodedKind::HasSemantics>;
using MethodDefOrRef = CodedIndex<CodedKind::MethodDefOrRef>;
using MemberForwarded = CodedIndex<CodedKind::MemberForwarded>;
using Implementation = CodedIndex<CodedKind::Implementation>;
using CustomAttributeType = CodedIndex<CodedKind::CustomAttributeType>;
using ResolutionScope = CodedIndex<CodedKind::ResolutionScope>;
using TypeOrMethodDef = CodedIndex<CodedKind::TypeOrMethodDef>;

} // namespace latchkey::winmd
