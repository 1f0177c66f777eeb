// SPDX-License-Identifier: MIT
// A small component with one of everything: what a good file is. Tests that want a broken one take something away, or
// change a column of the finished file.
#pragma once

#include "winmd/builder.h"
#include "winmd/file.h"
#include "winmd/tables.h"
#include "winmd/validate.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace latchkey::test {

using Bytes = std::vector<uint8_t>;

class Sample {
public:
    // Attributes that are left out: "IMail:GuidAttribute", "Mail.IMail:DefaultAttribute" (of an InterfaceImpl).
    std::set<std::string> without;
    // Written twice.
    std::set<std::string> twice;
    winmd::BuilderOptions options{.name = "Tasks", .module_name = {}, .mvid = {}};
    // Called before the file is written, to add what a good file does not have.
    std::function<void(Sample&)> more;

    Bytes write();

    // For `more`.
    using Builder = winmd::Builder;
    using Type = winmd::Type;
    using ElementType = winmd::ElementType;
    using AnyHandle = winmd::AnyHandle;
    using AttributeBlob = winmd::AttributeBlob;
    void attribute(AnyHandle parent, std::string const& whose, std::string_view name,
                   std::vector<winmd::ParamType> params, AttributeBlob const& value);
    winmd::MethodHandle method(winmd::TypeDefHandle type, std::string_view name, uint16_t flags, uint16_t impl_flags,
                               Type const& result, std::vector<std::pair<std::string_view, Type>> const& params);
    Builder& builder() { return *m_builder; }
    AnyHandle m_mscorlib, m_foundation;
    winmd::TypeDefHandle m_mail, m_tools, m_interface, m_factory, m_statics, m_tools_statics, m_parts, m_priority,
        m_delegate, m_place;

private:
    void version(AnyHandle parent, std::string const& whose);
    void guid(AnyHandle parent, std::string const& whose, uint32_t number);
    winmd::TypeDefHandle interface(std::string_view name, uint32_t number, std::string_view exclusive_to);
    void implement(winmd::TypeDefHandle type, winmd::MethodHandle body, AnyHandle interface, std::string_view name,
                   Type const& result, std::vector<Type> const& params);
    void write_enum(std::string_view name, bool flags);
    void write_struct();
    void write_delegate();
    void write_interfaces();
    void write_class();
    void write_static_class();

    std::unique_ptr<Builder> m_builder;
};

// A finished file that is changed in place.
class Patch {
public:
    explicit Patch(Bytes bytes) : m_bytes{std::move(bytes)}, m_file{open(m_bytes)} {}

    // The row of a table whose name column (or, for MethodDef "IMail.Send", parent and name) is this.
    uint32_t type(std::string_view name) const;
    uint32_t method(std::string_view type, std::string_view name) const;
    winmd::File const& file() const { return *m_file; }

    Patch& set(winmd::TableId table, uint32_t row, unsigned column, uint32_t value);
    // Bytes of the file itself.
    Patch& byte(std::size_t at, uint8_t value)
    {
        m_bytes.at(at) = value;
        return *this;
    }
    // Exchanges two rows of a table.
    Patch& swap(winmd::TableId table, uint32_t a, uint32_t b);
    // The first byte of a blob's contents.
    std::size_t blob_position(uint32_t offset) const
    {
        return static_cast<std::size_t>(m_file->blob(offset).data() - m_file->bytes().data());
    }
    // The first byte of a name.
    std::size_t string_position(std::string_view text) const
    {
        return static_cast<std::size_t>(reinterpret_cast<uint8_t const*>(text.data()) - m_file->bytes().data());
    }
    Bytes const& bytes() const { return m_bytes; }

private:
    static std::unique_ptr<winmd::File const> open(Bytes const& bytes);

    Bytes m_bytes;
    std::unique_ptr<winmd::File const> m_file; // as it was
};

} // namespace latchkey::test
