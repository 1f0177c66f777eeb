// SPDX-License-Identifier: MIT
// The grammar of signatures, once for two uses: checking while a file is opened (nothing is built, nothing allocated)
// and decoding afterwards. Internal to the room.
#pragma once

#include "winmd/limits.h"
#include "winmd/signature.h"

#include <cstdint>
#include <span>
#include <vector>

namespace latchkey::winmd {

// A cursor over a blob. After a failure it stays failed and error() says why.
class BlobCursor {
public:
    explicit BlobCursor(std::span<uint8_t const> bytes) : m_bytes{bytes} {}

    uint8_t byte()
    {
        if (m_at >= m_bytes.size()) {
            fail("the blob ends too early");
            return 0;
        }
        return m_bytes[m_at++];
    }
    uint8_t peek() const { return m_at < m_bytes.size() ? m_bytes[m_at] : uint8_t{0}; }
    // II.23.2: one, two or four bytes.
    uint32_t compressed();
    std::size_t left() const { return m_bytes.size() - m_at; }
    std::span<uint8_t const> take(std::size_t count);
    void skip() { ++m_at; }

    bool ok() const { return m_error == nullptr; }
    char const* error() const { return m_error; }
    void fail(char const* why)
    {
        if (!m_error) m_error = why;
        m_at = m_bytes.size();
    }

private:
    std::span<uint8_t const> m_bytes;
    std::size_t m_at = 0;
    char const* m_error = nullptr;
};

class SignatureDecoder {
public:
    SignatureDecoder(File const& file, std::span<uint8_t const> blob) : m_file{file}, m_blob{blob} {}

    // With nullptr they only check. When specs is set, TypeSpec rows that the signature mentions are added to it.
    bool method(MethodSignature* out);
    bool field(TypeSignature* out);
    bool property(PropertySignature* out);
    bool type_spec(TypeSignature* out);
    void collect_type_specs(std::vector<uint32_t>* specs) { m_specs = specs; }

    char const* error() const { return m_blob.error(); }

private:
    bool method_body(MethodSignature* out, unsigned depth);
    bool param(ParamSignature* out, unsigned depth, bool may_be_void);
    bool type(TypeSignature* out, unsigned depth, bool may_be_void = false);
    bool composite(ElementType kind, TypeSignature* out, unsigned depth);
    bool generic_instance(TypeSignature* out, unsigned depth);
    bool array_shape(TypeSignature* out);
    bool modifiers(std::vector<CustomModifier>* out);
    TypeDefOrRef type_token();
    uint32_t argument_count();

    File const& m_file;
    BlobCursor m_blob;
    std::vector<uint32_t>* m_specs = nullptr;
};

} // namespace latchkey::winmd
