// SPDX-License-Identifier: MIT
// What rows say together: signatures decode, constants have their size, attributes name constructors, and nothing is
// inside or derived from itself.
#include "winmd/file_parser.h"
#include "winmd/limits.h"
#include "winmd/signature_decoder.h"
#include "winmd/tables.h"

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

// Bytes a constant of this type needs; 0 for a string of any length, nullopt for a type that has no constants.
std::optional<std::size_t> constant_size(ElementType type)
{
    switch (type) {
    case ElementType::Boolean:
    case ElementType::I1:
    case ElementType::U1:
        return 1;
    case ElementType::Char:
    case ElementType::I2:
    case ElementType::U2:
        return 2;
    case ElementType::I4:
    case ElementType::U4:
    case ElementType::R4:
    case ElementType::Class:
        return 4;
    case ElementType::I8:
    case ElementType::U8:
    case ElementType::R8:
        return 8;
    case ElementType::String:
        return 0;
    default:
        return std::nullopt;
    }
}

constexpr uint8_t kFieldSignature = 0x06;

} // namespace

bool FileParser::check_meaning()
{
    return check_signatures() && check_type_specs() && check_constants() && check_attributes() && check_nesting() &&
           check_scopes() && check_inheritance();
}

// A blob that several rows share is decoded once for each kind of use. Distinct blobs of a sound file do not overlap,
// so their sizes cannot add up to more than the heap; a file in which they do is made to waste our time.
bool FileParser::check_signatures()
{
    m_signature_budget = 8 * (uint64_t{m_file.m_blobs.size()} + 1024);
    return check_signature_column(TableId::Field, 2) && check_signature_column(TableId::MethodDef, 4) &&
           check_signature_column(TableId::MemberRef, 2) && check_signature_column(TableId::Property, 2) &&
           check_signature_column(TableId::TypeSpec, 0);
}

bool FileParser::check_signature_column(TableId table, unsigned column)
{
    auto const rows = m_file.row_count(table);
    if (rows == 0) return true;
    m_checked_signatures.assign(m_file.m_blobs.size() + 1, false);
    m_specs.first.reserve(table == TableId::TypeSpec ? rows + 1 : 0);
    for (uint32_t row = 1; row <= rows; ++row) {
        auto const offset = m_file.value(table, row, column);
        if (table == TableId::TypeSpec) {
            m_specs.first.push_back(static_cast<uint32_t>(m_specs.to.size()));
        } else if (m_checked_signatures[offset]) {
            continue;
        }
        if (!check_signature(table, row, offset)) return false;
        m_checked_signatures[offset] = true;
    }
    if (table == TableId::TypeSpec) m_specs.first.push_back(static_cast<uint32_t>(m_specs.to.size()));
    return true;
}

bool FileParser::check_signature(TableId table, uint32_t row, uint32_t offset)
{
    auto const blob = m_file.blob(offset);
    if (blob.size() >= m_signature_budget)
        return fail(table, row, "its signature overlaps so many others that checking them all would take too long");
    m_signature_budget -= blob.size() + 1;
    SignatureDecoder decoder{m_file, blob};
    bool good = false;
    switch (table) {
    case TableId::Field:
        good = decoder.field(nullptr);
        break;
    case TableId::Property:
        good = decoder.property(nullptr);
        break;
    case TableId::TypeSpec:
        decoder.collect_type_specs(&m_specs.to);
        good = decoder.type_spec(nullptr);
        break;
    case TableId::MemberRef:
        good = !blob.empty() && blob[0] == kFieldSignature ? decoder.field(nullptr) : decoder.method(nullptr);
        break;
    default:
        good = decoder.method(nullptr);
        break;
    }
    return good || fail(table, row, fmt::format("its signature is broken: {}", decoder.error()));
}

// Depth first with a limit instead of recursion without one. Heights are kept, so each specification is walked once.
bool FileParser::check_type_specs()
{
    auto const rows = m_file.row_count(TableId::TypeSpec);
    if (m_specs.to.empty()) return true;
    struct Step {
        uint32_t row;
        uint32_t edge;
    };
    std::vector<uint8_t> heights(std::size_t{rows} + 1, 0); // 0: not walked yet
    std::vector<Step> path;
    for (uint32_t start = 1; start <= rows; ++start) {
        if (heights[start] != 0) continue;
        path.push_back({start, m_specs.first[start - 1]});
        while (!path.empty()) {
            auto& [row, edge] = path.back();
            if (path.size() > kMaxNestingDepth || heights[row] > kMaxNestingDepth)
                return fail(TableId::TypeSpec, start, "it is made of itself, or nested deeper than 64");
            if (edge < m_specs.first[row]) {
                auto const next = m_specs.to[edge++];
                if (heights[next] == 0) path.push_back({next, m_specs.first[next - 1]});
                continue;
            }
            uint8_t height = 1;
            for (auto e = m_specs.first[row - 1]; e < m_specs.first[row]; ++e)
                height = std::max(height, static_cast<uint8_t>(heights[m_specs.to[e]] + 1));
            heights[row] = height;
            if (height > kMaxNestingDepth)
                return fail(TableId::TypeSpec, start, "it is made of itself, or nested deeper than 64");
            path.pop_back();
        }
    }
    return true;
}

bool FileParser::check_constants()
{
    for (auto const constant : m_file.rows<Constant>()) {
        auto const needed = constant_size(constant.type());
        if (!needed) {
            return fail(
                TableId::Constant, constant.row(),
                fmt::format("its type {:#x} is not one that constants have", static_cast<unsigned>(constant.type())));
        }
        auto const size = constant.value_blob().size();
        if (size < *needed) {
            return fail(TableId::Constant, constant.row(),
                        fmt::format("its value has {} bytes; its type needs {}", size, *needed));
        }
    }
    return true;
}

bool FileParser::check_attributes()
{
    for (auto const attribute : m_file.rows<CustomAttribute>()) {
        auto const type = attribute.type();
        if (type.table() != TableId::MemberRef) continue;
        if (type.as<MemberRef>().is_field()) {
            return fail(TableId::CustomAttribute, attribute.row(),
                        fmt::format("its Type is MemberRef row {}, a field; right is a constructor", type.row()));
        }
    }
    return true;
}

// next[row] is the row that this one is inside of or derived from, 0 when none. No row may be its own ancestor.
bool FileParser::check_chain(TableId table, std::vector<uint32_t> const& next, unsigned limit, char const* what)
{
    std::vector<uint8_t> depths(next.size(), 0); // 0: not walked yet
    std::vector<uint32_t> path;
    for (uint32_t start = 1; start < next.size(); ++start) {
        if (next[start] == 0) continue;
        path.clear();
        uint32_t row = start;
        while (row != 0 && depths[row] == 0 && path.size() <= limit) {
            path.push_back(row);
            row = next[row];
        }
        auto depth = row == 0 ? 0u : unsigned{depths[row]};
        if (path.size() + depth > limit)
            return fail(table, start, fmt::format("it is {} itself, or deeper than {}", what, limit));
        while (!path.empty()) {
            depths[path.back()] = static_cast<uint8_t>(++depth);
            path.pop_back();
        }
    }
    return true;
}

bool FileParser::check_nesting()
{
    if (m_file.row_count(TableId::NestedClass) == 0) return true;
    std::vector<uint32_t> enclosing(std::size_t{m_file.row_count(TableId::TypeDef)} + 1);
    for (uint32_t row = 1; row <= m_file.row_count(TableId::NestedClass); ++row) {
        auto& found = enclosing[m_file.value(TableId::NestedClass, row, 0)];
        if (found == 0) found = m_file.value(TableId::NestedClass, row, 1);
    }
    return check_chain(TableId::TypeDef, enclosing, kMaxNestingDepth, "nested inside");
}

bool FileParser::check_scopes()
{
    std::vector<uint32_t> scopes(std::size_t{m_file.row_count(TableId::TypeRef)} + 1);
    bool any = false;
    for (auto const reference : m_file.rows<TypeRef>()) {
        auto const scope = reference.resolution_scope();
        if (scope && scope.table() == TableId::TypeRef) {
            scopes[reference.row()] = scope.row();
            any = true;
        }
    }
    if (any && !check_chain(TableId::TypeRef, scopes, kMaxNestingDepth, "nested inside")) return false;
    scopes.assign(std::size_t{m_file.row_count(TableId::ExportedType)} + 1, 0);
    for (auto const exported : m_file.rows<ExportedType>()) {
        auto const implementation = exported.implementation();
        if (implementation && implementation.table() == TableId::ExportedType)
            scopes[exported.row()] = implementation.row();
    }
    return check_chain(TableId::ExportedType, scopes, kMaxNestingDepth, "nested inside");
}

bool FileParser::check_inheritance()
{
    std::vector<uint32_t> bases(std::size_t{m_file.row_count(TableId::TypeDef)} + 1);
    for (auto const type : m_file.rows<TypeDef>()) {
        auto base = type.extends();
        // Bounded because specifications were found to be free of cycles.
        while (base && base.table() == TableId::TypeSpec) {
            TypeSignature signature;
            SignatureDecoder{m_file, base.as<TypeSpec>().signature_blob()}.type_spec(&signature);
            base = signature.type;
        }
        if (base && base.table() == TableId::TypeDef) bases[type.row()] = base.row();
    }
    return check_chain(TableId::TypeDef, bases, kMaxInheritanceDepth, "derived from");
}

} // namespace latchkey::winmd
