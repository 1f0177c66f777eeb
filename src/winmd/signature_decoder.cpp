// SPDX-License-Identifier: MIT
#include "winmd/signature_decoder.h"

namespace latchkey::winmd {

namespace {

constexpr uint8_t kHasThis = 0x20;
constexpr uint8_t kGeneric = 0x10;
constexpr uint8_t kConventionMask = 0x0f;
constexpr uint8_t kVarArg = 0x05;
constexpr uint8_t kField = 0x06;
constexpr uint8_t kProperty = 0x08;
constexpr uint8_t kUnmanaged = 0x09;

} // namespace

uint32_t BlobCursor::compressed()
{
    uint32_t const first = byte();
    if ((first & 0x80) == 0) return first;
    if ((first & 0xc0) == 0x80) return (first & 0x3f) << 8 | byte();
    if ((first & 0xe0) == 0xc0) {
        uint32_t result = (first & 0x1f) << 24;
        result |= uint32_t{byte()} << 16;
        result |= uint32_t{byte()} << 8;
        return result | byte();
    }
    fail("a compressed number begins with the bits 111, which mean nothing");
    return 0;
}

std::span<uint8_t const> BlobCursor::take(std::size_t count)
{
    if (count > left()) {
        fail("the blob ends too early");
        return {};
    }
    auto const result = m_bytes.subspan(m_at, count);
    m_at += count;
    return result;
}

TypeDefOrRef SignatureDecoder::type_token()
{
    auto const encoded = m_blob.compressed();
    auto const row = encoded >> 2;
    TableId table = TableId::None;
    switch (encoded & 3) {
    case 0:
        table = TableId::TypeDef;
        break;
    case 1:
        table = TableId::TypeRef;
        break;
    case 2:
        table = TableId::TypeSpec;
        break;
    default:
        m_blob.fail("a type token has the tag 3, which names no table");
        return {};
    }
    if (m_blob.ok() && (row == 0 || row > m_file.row_count(table))) {
        m_blob.fail("a type token points behind the end of its table");
        return {};
    }
    if (m_specs && table == TableId::TypeSpec) m_specs->push_back(row);
    return TypeDefOrRef{m_file, encoded};
}

// Each argument takes at least a byte, so a count larger than the rest of the blob is a lie and never allocated for.
uint32_t SignatureDecoder::argument_count()
{
    auto const count = m_blob.compressed();
    if (count > m_blob.left()) {
        m_blob.fail("it announces more parameters than it has bytes");
        return 0;
    }
    if (count > kMaxSignatureArguments) {
        m_blob.fail("it has more than 4096 parameters");
        return 0;
    }
    return count;
}

bool SignatureDecoder::modifiers(std::vector<CustomModifier>* out)
{
    while (m_blob.ok()) {
        auto const kind = static_cast<ElementType>(m_blob.peek());
        if (m_blob.left() == 0 || (kind != ElementType::CModReqd && kind != ElementType::CModOpt)) break;
        m_blob.skip();
        auto const token = type_token();
        if (out) out->push_back({kind == ElementType::CModReqd, token});
    }
    return m_blob.ok();
}

bool SignatureDecoder::generic_instance(TypeSignature* out, unsigned depth)
{
    auto const kind = static_cast<ElementType>(m_blob.byte());
    if (kind != ElementType::Class && kind != ElementType::ValueType) {
        m_blob.fail("a generic instance must say class or value type");
        return false;
    }
    auto const token = type_token();
    auto const count = argument_count();
    if (out) {
        out->is_value_type = kind == ElementType::ValueType;
        out->type = token;
        out->arguments.resize(count);
    }
    for (uint32_t i = 0; i < count; ++i)
        if (!type(out ? &out->arguments[i] : nullptr, depth + 1)) return false;
    return m_blob.ok();
}

bool SignatureDecoder::array_shape(TypeSignature* out)
{
    auto const rank = m_blob.compressed();
    for (int bounds = 0; bounds < 2; ++bounds) {
        auto const count = argument_count();
        for (uint32_t i = 0; i < count && m_blob.ok(); ++i)
            (void)m_blob.compressed();
    }
    if (out) out->number = rank;
    return m_blob.ok();
}

bool SignatureDecoder::composite(ElementType kind, TypeSignature* out, unsigned depth)
{
    TypeSignature* element = nullptr;
    if (out) {
        out->arguments.resize(1);
        element = out->arguments.data();
    }
    if (!modifiers(nullptr)) return false;
    if (!type(element, depth + 1, kind == ElementType::Ptr)) return false;
    return kind == ElementType::Array ? array_shape(out) : true;
}

bool SignatureDecoder::type(TypeSignature* out, unsigned depth, bool may_be_void)
{
    if (depth > kMaxSignatureDepth) {
        m_blob.fail("its types are nested deeper than 32");
        return false;
    }
    auto const kind = static_cast<ElementType>(m_blob.byte());
    if (!m_blob.ok()) return false;
    if (out) out->kind = kind;
    switch (kind) {
    case ElementType::Void:
        if (!may_be_void) m_blob.fail("void stands where a type must be");
        return m_blob.ok();
    case ElementType::Boolean:
    case ElementType::Char:
    case ElementType::I1:
    case ElementType::U1:
    case ElementType::I2:
    case ElementType::U2:
    case ElementType::I4:
    case ElementType::U4:
    case ElementType::I8:
    case ElementType::U8:
    case ElementType::R4:
    case ElementType::R8:
    case ElementType::String:
    case ElementType::Object:
    case ElementType::I:
    case ElementType::U:
    case ElementType::TypedByRef:
        return true;
    case ElementType::ValueType:
    case ElementType::Class: {
        auto const token = type_token();
        if (out) {
            out->type = token;
            out->is_value_type = kind == ElementType::ValueType;
        }
        return m_blob.ok();
    }
    case ElementType::Var:
    case ElementType::MVar: {
        auto const number = m_blob.compressed();
        if (out) out->number = number;
        return m_blob.ok();
    }
    case ElementType::GenericInst:
        return generic_instance(out, depth);
    case ElementType::SzArray:
    case ElementType::Ptr:
    case ElementType::Array:
        return composite(kind, out, depth);
    case ElementType::FnPtr:
        return method_body(nullptr, depth + 1);
    default:
        m_blob.fail("it has an element type that the standard does not know");
        return false;
    }
}

bool SignatureDecoder::param(ParamSignature* out, unsigned depth, bool may_be_void)
{
    auto* const found = out ? &out->modifiers : nullptr;
    if (!modifiers(found)) return false;
    if (m_blob.left() != 0 && static_cast<ElementType>(m_blob.peek()) == ElementType::ByRef) {
        m_blob.skip();
        may_be_void = false;
        if (out) out->by_ref = true;
        if (!modifiers(found)) return false;
    }
    return type(out ? &out->type : nullptr, depth, may_be_void);
}

bool SignatureDecoder::method_body(MethodSignature* out, unsigned depth)
{
    if (depth > kMaxSignatureDepth) {
        m_blob.fail("its types are nested deeper than 32");
        return false;
    }
    auto const first = m_blob.byte();
    auto const convention = static_cast<uint8_t>(first & kConventionMask);
    if (convention > kVarArg && convention != kUnmanaged) {
        m_blob.fail("it is not a method signature");
        return false;
    }
    auto const generics = (first & kGeneric) != 0 ? m_blob.compressed() : 0;
    auto const count = argument_count();
    if (out) {
        out->has_this = (first & kHasThis) != 0;
        out->calling_convention = convention;
        out->generic_param_count = generics;
        out->params.resize(count);
    }
    if (!param(out ? &out->return_type : nullptr, depth, true)) return false;
    for (uint32_t i = 0; i < count; ++i) {
        if (m_blob.left() != 0 && static_cast<ElementType>(m_blob.peek()) == ElementType::Sentinel) m_blob.skip();
        if (!param(out ? &out->params[i] : nullptr, depth, false)) return false;
    }
    return m_blob.ok();
}

bool SignatureDecoder::method(MethodSignature* out)
{
    return method_body(out, 0);
}

bool SignatureDecoder::field(TypeSignature* out)
{
    if (m_blob.byte() != kField) m_blob.fail("it is not a field signature: those begin with 6");
    if (!modifiers(nullptr)) return false;
    if (m_blob.left() != 0 && static_cast<ElementType>(m_blob.peek()) == ElementType::ByRef) m_blob.skip();
    return type(out, 0);
}

bool SignatureDecoder::property(PropertySignature* out)
{
    auto const first = m_blob.byte();
    if ((first & kConventionMask) != kProperty) m_blob.fail("it is not a property signature: those begin with 8 or 40");
    auto const count = argument_count();
    if (!m_blob.ok()) return false;
    if (out) {
        out->has_this = (first & kHasThis) != 0;
        out->params.resize(count);
    }
    if (!param(out ? &out->type : nullptr, 0, false)) return false;
    for (uint32_t i = 0; i < count; ++i)
        if (!param(out ? &out->params[i] : nullptr, 0, false)) return false;
    return m_blob.ok();
}

bool SignatureDecoder::type_spec(TypeSignature* out)
{
    return modifiers(nullptr) && type(out, 0, true);
}

} // namespace latchkey::winmd
