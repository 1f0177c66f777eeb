// SPDX-License-Identifier: MIT
// Any bytes as a metadata file: refused with a message, or sound enough that everything a reader can ask is answered.
//
//     cmake --preset fuzz && cmake --build build/fuzz --target fuzz_winmd_reader
//     build/fuzz/fuzz/winmd_reader -max_total_time=600 -max_len=65536 NEW_FINDS tests/fuzz/corpus/winmd_reader
//
// The corpus is written by our own builder: see tests/unit/winmd/sample_test.cpp.
#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <cstdint>
#include <cstdlib>

using namespace latchkey::winmd;

namespace {

void ask_about(TypeDef type, Metadata const& metadata)
{
    (void)category(type);
    (void)guid(type);
    (void)default_interface(type);
    (void)exclusive_to(type);
    (void)factories(type);
    (void)enum_constants(type);
    (void)enum_underlying_type(type);
    (void)is_flags_enum(type);
    (void)api_version(type);
    (void)deprecation_message(type);
    (void)base_class(type, metadata);
    (void)required_interfaces(type, metadata);
    (void)type.enclosing_type();
    for (auto const method : type.methods()) {
        auto const signature = method.signature();
        (void)parameters(method, signature);
        (void)return_param(method);
        (void)abi_name(method);
        (void)to_string(signature.return_type.type);
        if (method.parent() != type) std::abort();
    }
    for (auto const field : type.fields()) {
        (void)to_string(field.signature());
        if (field.parent() != type) std::abort();
    }
    for (auto const property : type.properties())
        (void)to_string(property.signature().type.type);
    for (auto const event : type.events())
        (void)to_string(event.type());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    auto opened = File::from_bytes({data, data + size}, "fuzz.winmd");
    if (!opened) {
        if (opened.error().message().empty()) std::abort();
        return 0;
    }
    Metadata metadata;
    auto const& file = metadata.add(std::move(*opened));
    for (auto const type : file.rows<TypeDef>())
        ask_about(type, metadata);
    for (auto const reference : file.rows<TypeRef>())
        (void)metadata.resolve(reference);
    for (auto const specification : file.rows<TypeSpec>())
        (void)to_string(specification.signature());
    for (auto const attribute : file.rows<CustomAttribute>())
        (void)decode(attribute, &metadata);
    for (auto const constant : file.rows<Constant>())
        (void)constant.value();
    for (auto const& finding : validate(file, {.references = &metadata, .publisher = {}, .file_name = "fuzz"}))
        if (finding.message().empty()) std::abort();
    return 0;
}
