// SPDX-License-Identifier: MIT
// Files that lie: each is refused with a message that says where, and nothing crashes.
#include "unit/winmd/sample.h"
#include "unit/winmd/windows_metadata.h"
#include "winmd/file.h"
#include "winmd/limits.h"
#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <bit>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace latchkey::winmd {
namespace {

using test::Bytes;
using test::Patch;
using test::Sample;
using testing::HasSubstr;

std::string refusal(Bytes bytes)
{
    auto const file = File::from_bytes(std::move(bytes), "Tasks.winmd");
    return file ? "accepted" : file.error().message();
}

std::string refusal(std::function<void(Patch&)> const& change)
{
    Patch patch{Sample{}.write()};
    change(patch);
    return refusal(patch.bytes());
}

// Everything that a reader can ask of a file: must not crash on a file that was accepted, however odd.
std::size_t walk(File const& file)
{
    std::size_t total = 0;
    for (auto const type : file.rows<TypeDef>()) {
        total += type.name().size() + static_cast<std::size_t>(category(type)) + factories(type).size();
        total += guid(type) ? 1 : 0;
        for (auto const method : type.methods()) {
            auto const signature = method.signature();
            total += parameters(method, signature).size() + to_string(signature.return_type.type).size();
        }
        for (auto const field : type.fields())
            total += to_string(field.signature()).size();
        for (auto const property : type.properties())
            total += property.getter() ? 1 : 0;
        for (auto const event : type.events())
            total += event.add_method() ? 1 : 0;
    }
    for (auto const attribute : file.rows<CustomAttribute>())
        total += decode(attribute) ? 1 : 0;
    return total + validate(file).size();
}

constexpr std::size_t kPeHeader = 0x80;
constexpr std::size_t kCliHeader = 0x200;
constexpr std::size_t kRoot = kCliHeader + 72;

std::size_t table_header(Patch const& patch)
{
    return patch.file().position(TableId::Module, 1, 0) - 24 -
           4 * static_cast<std::size_t>(std::popcount(patch.file().container().present_mask));
}

void set_u32(Patch& patch, std::size_t at, uint32_t value)
{
    for (std::size_t i = 0; i < 4; ++i)
        patch.byte(at + i, static_cast<uint8_t>(value >> (8 * i)));
}

TEST(Reader, RefusesWhatIsNotAPeFile)
{
    EXPECT_THAT(refusal(Bytes{}), HasSubstr("Tasks.winmd: is not a PE file"));
    EXPECT_THAT(refusal(Bytes(100, 'x')), HasSubstr("MZ"));
    EXPECT_THAT(refusal([](Patch& p) { p.byte(0, 'N'); }), HasSubstr("MZ"));
    EXPECT_THAT(refusal([](Patch& p) { p.byte(kPeHeader, 'X'); }), HasSubstr("no PE header at 0x80"));
    EXPECT_THAT(refusal([](Patch& p) { set_u32(p, 0x3c, 0xfffffff0); }), HasSubstr("no PE header"));
    EXPECT_THAT(refusal([](Patch& p) { p.byte(kPeHeader + 24, 7); }), HasSubstr("unknown PE optional header"));
}

TEST(Reader, RefusesAPeFileWithoutMetadata)
{
    auto const directory = kPeHeader + 24 + 96 + 14 * 8;
    EXPECT_THAT(refusal([&](Patch& p) { set_u32(p, directory, 0); }), HasSubstr("CLI data directory"));
    EXPECT_THAT(refusal([&](Patch& p) { set_u32(p, directory, 0x5000); }), HasSubstr("CLI header of 72 bytes"));
    EXPECT_THAT(refusal([&](Patch& p) { set_u32(p, kCliHeader + 12, 0x7fffffff); }), HasSubstr("not inside the file"));
    EXPECT_THAT(refusal([](Patch& p) { p.byte(kRoot, 'X'); }), HasSubstr("BSJB"));
    EXPECT_THAT(refusal([](Patch& p) { set_u32(p, kRoot + 12, 0xffffffff); }), HasSubstr("version string"));
    EXPECT_THAT(refusal([](Patch& p) { p.byte(kPeHeader + 6, 200); }), HasSubstr("200 sections"));
}

TEST(Reader, RefusesAFileThatEndsAnywhere)
{
    auto const whole = Sample{}.write();
    std::size_t const meant = Patch{whole}.file().bytes().size();
    for (std::size_t size = 0; size + 512 < meant; ++size) {
        auto const file =
            File::from_bytes(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), "cut");
        ASSERT_FALSE(file) << size;
        ASSERT_FALSE(file.error().what.empty());
    }
}

TEST(Reader, RefusesATableThatEndsBeforeItsRows)
{
    EXPECT_THAT(refusal([](Patch& p) { set_u32(p, table_header(p) + 24, 0x1000); }), HasSubstr("table "));
    EXPECT_THAT(refusal([](Patch& p) { set_u32(p, table_header(p) + 24, 0xffffffff); }),
                HasSubstr("table Module: has 4294967295 rows"));
    EXPECT_THAT(refusal([](Patch& p) { set_u32(p, table_header(p) + 28, 0xffffff); }), HasSubstr("the stream ends"));
}

TEST(Reader, RefusesATableThatNobodyKnows)
{
    EXPECT_THAT(refusal([](Patch& p) { p.byte(table_header(p) + 8 + 6, 1); }), HasSubstr("has a table 0x30"));
}

TEST(Reader, RefusesIndexesBehindTheEnd)
{
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::InterfaceImpl, 1, 0, 999); }),
                HasSubstr("Tasks.winmd: InterfaceImpl row 1: its Class is 999"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::InterfaceImpl, 1, 0, 0); }), HasSubstr("its Class is 0"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::InterfaceImpl, 1, 1, 0xfff1); }),
                HasSubstr("InterfaceImpl row 1: its Interface names TypeRef row 16380"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 2, 3, 7); }), HasSubstr("the tag 3"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::CustomAttribute, 1, 1, (1u << 3) | 4); }),
                HasSubstr("the tag 4"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 2, 1, 0xffff); }),
                HasSubstr("TypeDef row 2: its TypeName is 65535"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::Module, 1, 2, 2); }), HasSubstr("its Mvid is 2"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::Constant, 1, 2, 0xffff); }), HasSubstr("its Value is 65535"));
}

TEST(Reader, RefusesListsThatGoBackOrLoseRows)
{
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 3, 5, 9000); }), HasSubstr("MethodList begins at 9000"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 1, 4, 2); }), HasSubstr("belong to nobody"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 5, 4, 1); }), HasSubstr("before the previous row's"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeDef, 3, 5, 0); }), HasSubstr("MethodList begins at 0"));
}

TEST(Reader, RefusesBlobsLongerThanTheirHeap)
{
    auto const at = [](Patch& p) {
        return p.blob_position(p.file().value(TableId::MethodDef, 1, 4)) - 1; // the length byte
    };
    EXPECT_THAT(refusal([&](Patch& p) { p.byte(at(p), 0xff); }), HasSubstr("no valid length"));
    EXPECT_THAT(refusal([&](Patch& p) {
                    p.byte(at(p), 0xdf);
                    p.byte(at(p) + 1, 0xff);
                }),
                HasSubstr("but #Blob ends"));
    // The last byte of the heap says that two more follow.
    EXPECT_THAT(refusal([&](Patch& p) {
                    auto const heap = p.blob_position(0) - 1;
                    auto last = p.bytes().size() - 1; // of the file, behind the heap's
                    while (p.bytes()[last] == 0)
                        --last;
                    last = heap + (last - heap) / 4 * 4 + 3;
                    p.byte(last, 0x81);
                    p.set(TableId::Constant, 1, 2, static_cast<uint32_t>(last - heap));
                }),
                HasSubstr("Constant row 1: its blob at"));
}

TEST(Reader, RefusesSignaturesThatLie)
{
    auto const method = [](std::initializer_list<uint8_t> bytes) {
        Sample sample;
        sample.more = [&](Sample& s) {
            auto const made =
                s.method(s.m_tools_statics, "Long", 0x05c6, 0, Type::of(ElementType::I4),
                         std::vector<std::pair<std::string_view, Type>>(12, {"x", Type::of(ElementType::R4)}));
            (void)made;
        };
        Patch patch{sample.write()};
        auto at = patch.blob_position(patch.file().value(TableId::MethodDef, patch.method("IToolsStatics", "Long"), 4));
        for (auto const byte : bytes)
            patch.byte(at++, byte);
        return refusal(patch.bytes());
    };
    EXPECT_THAT(method({0x20, 0x7f}), HasSubstr("announces more parameters than it has bytes"));
    EXPECT_THAT(method({0x20, 0xdf, 0xff, 0xff, 0xff}), HasSubstr("announces more parameters"));
    EXPECT_THAT(method({0x20, 0xff}), HasSubstr("the bits 111"));
    EXPECT_THAT(method({0x06}), HasSubstr("not a method signature"));
    EXPECT_THAT(method({0x20, 0x00, 0x77}), HasSubstr("element type that the standard does not know"));
    EXPECT_THAT(method({0x20, 0x00, 0x12, 0x03}), HasSubstr("tag 3"));
    EXPECT_THAT(method({0x20, 0x00, 0x12, 0x00}), HasSubstr("behind the end"));
    EXPECT_THAT(method({0x20, 0x00, 0x12, 0xbf, 0xfd}), HasSubstr("behind the end"));
    EXPECT_THAT(method({0x20, 0x01, 0x01, 0x01}), HasSubstr("void stands where a type must be"));
    EXPECT_THAT(method({0x20, 0x00, 0x15, 0x12, 0x05, 0xcf, 0xff, 0xff, 0xff}), HasSubstr("more parameters than"));
    EXPECT_THAT(method({0x20, 0x00, 0x15, 0x08}), HasSubstr("class or value type"));
}

TEST(Reader, RefusesTypesNestedInTypesWithoutEnd)
{
    auto const deep = [](unsigned depth) {
        auto type = Type::of(ElementType::I4);
        for (unsigned i = 0; i < depth; ++i)
            type = Type::array(type);
        Sample sample;
        sample.more = [&](Sample& s) { s.method(s.m_tools_statics, "Deep", 0x05c6, 0, type, {}); };
        return refusal(sample.write());
    };
    EXPECT_EQ(deep(kMaxSignatureDepth), "accepted");
    EXPECT_THAT(deep(kMaxSignatureDepth + 1), HasSubstr("nested deeper than 32"));
    EXPECT_THAT(deep(300), HasSubstr("nested deeper than 32"));
}

TEST(Reader, RefusesCycles)
{
    Sample nested;
    nested.more = [](Sample& s) {
        s.builder().set_enclosing_type(s.m_parts, s.m_place);
        s.builder().set_enclosing_type(s.m_place, s.m_parts);
    };
    EXPECT_THAT(refusal(nested.write()), HasSubstr("nested inside itself"));
    Sample inside_itself;
    inside_itself.more = [](Sample& s) { s.builder().set_enclosing_type(s.m_parts, s.m_parts); };
    EXPECT_THAT(refusal(inside_itself.write()), HasSubstr("nested inside itself"));

    Sample derived;
    derived.more = [](Sample& s) {
        s.builder().set_extends(s.m_mail, s.m_tools);
        s.builder().set_extends(s.m_tools, s.m_mail);
    };
    EXPECT_THAT(refusal(derived.write()), HasSubstr("derived from itself"));

    // TypeRef row 1 is inside row 1.
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::TypeRef, 1, 0, 1u << 2 | 3); }),
                HasSubstr("nested inside itself"));

    Sample specification;
    specification.more = [](Sample& s) {
        auto const self = TypeSpecHandle{1}; // this one
        s.builder().type_spec(Type::generic(self, {Type::of(ElementType::I4)}));
    };
    EXPECT_THAT(refusal(specification.write()), HasSubstr("TypeSpec row 1: it is made of itself"));
}

TEST(Reader, RefusesConstantsTooShortForTheirType)
{
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::Constant, 1, 0, 0x0a); }), HasSubstr("its type needs 8"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::Constant, 1, 0, 0x1d); }),
                HasSubstr("not one that constants have"));
    EXPECT_THAT(refusal([](Patch& p) { p.set(TableId::Constant, 1, 2, 0); }), HasSubstr("its value has 0 bytes"));
}

TEST(Reader, SurvivesEveryByteOfAFileBeingChanged)
{
    auto const good = Sample{}.write();
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        constexpr std::array<uint8_t, 3> kMasks{0xff, 0x01, 0x80};
        auto bytes = good;
        bytes[at] ^= kMasks[at % kMasks.size()];
        if (auto const file = File::from_bytes(std::move(bytes), "changed")) accepted += walk(**file) != 0 ? 1 : 0;
    }
    EXPECT_GT(accepted, 1000u) << "names and flags may be anything";
}

TEST(Reader, SurvivesRandomChangesInNumbers)
{
    auto const good = Sample{}.write();
    std::mt19937 random{20260101};
    for (int round = 0; round < 2000; ++round) {
        auto bytes = good;
        for (auto changes = 1 + random() % 8; changes != 0; --changes)
            bytes[kCliHeader + random() % (bytes.size() - kCliHeader)] = static_cast<uint8_t>(random());
        if (auto const file = File::from_bytes(std::move(bytes), "changed")) (void)walk(**file);
    }
}

TEST(Reader, SaysWhyAPathCannotBeOpened)
{
    auto const refused = [](std::filesystem::path const& path) { return File::open(path).error().message(); };
    EXPECT_THAT(refused("/nowhere/Tasks.winmd"), HasSubstr("/nowhere/Tasks.winmd: cannot be opened: No such file"));
    EXPECT_THAT(refused("/"), HasSubstr("is not a file"));
    auto const folder = std::filesystem::path{testing::TempDir()};
    auto const fifo = folder / "winmd-fifo";
    std::filesystem::remove(fifo);
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THAT(refused(fifo), HasSubstr("is not a file"));
    std::filesystem::remove(fifo);
    auto const empty = folder / "empty.winmd";
    std::ofstream{empty}.flush();
    EXPECT_THAT(refused(empty), HasSubstr("is empty"));
    std::filesystem::remove(empty);
}

TEST(Reader, ReadsUnsortedTablesAsIfTheyWereSorted)
{
    Patch patch{Sample{}.write()};
    patch.swap(TableId::CustomAttribute, 1, patch.file().row_count(TableId::CustomAttribute));
    auto const file = File::from_bytes(patch.bytes(), "unsorted");
    ASSERT_TRUE(file);
    EXPECT_FALSE((*file)->is_sorted(TableId::CustomAttribute));
    for (auto const type : (*file)->rows<TypeDef>())
        EXPECT_TRUE(type.name() == "<Module>" || api_version(type)) << type.name();
}

TEST(Reader, DecodesAttributeValuesOfEveryType)
{
    Sample sample;
    sample.more = [](Sample& s) {
        auto& b = s.builder();
        auto const boxed = ParamType{Type::of(ElementType::Object), false, {}};
        auto const numbers = ParamType{Type::array(Type::of(ElementType::U2)), false, {}};
        auto const flag = ParamType{Type::of(ElementType::Boolean), false, {}};
        auto const text = ParamType{Type::of(ElementType::String), false, {}};
        auto const type = b.type_ref(s.m_foundation, "Tests", "AllAttribute");
        auto const constructor =
            b.member_ref(type, ".ctor", {.return_type = {}, .params = {boxed, numbers, flag, text}});
        AttributeBlob value;
        value.u1(static_cast<uint8_t>(ElementType::R8)).r8(2.5).u4(2).u2(7).u2(8).boolean(true).null_string();
        value.named(true, ElementType::String, "Note").string("hello");
        value.named(false, ElementType::Enum, "Level", "Tasks.Urgency").i4(-1);
        b.add_attribute(s.m_place, constructor, value);
    };
    auto const file = File::from_bytes(sample.write(), "Tasks.winmd");
    ASSERT_TRUE(file) << file.error().message();
    Patch const patch{sample.write()};
    auto const found = find_attribute((*file)->row<TypeDef>(patch.type("Place")), "Tests", "AllAttribute");
    ASSERT_TRUE(found);
    auto const value = decode(found);
    ASSERT_TRUE(value) << value.error().message();
    ASSERT_EQ(value->fixed.size(), 4u);
    EXPECT_EQ(std::get<double>(value->fixed[0].value), 2.5);
    EXPECT_EQ(std::get<AttributeArray>(value->fixed[1].value).elements[1].integer(), 8);
    EXPECT_TRUE(std::get<bool>(value->fixed[2].value));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(value->fixed[3].value));
    ASSERT_EQ(value->named.size(), 2u);
    EXPECT_EQ(value->named[0].argument.string(), "hello");
    EXPECT_EQ(std::get<AttributeEnum>(value->named[1].argument.value), (AttributeEnum{"Tasks.Urgency", -1}));
}

TEST(Reader, FindsWhatTheWindowsFilesHold)
{
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    std::map<std::string, std::pair<uint32_t, uint32_t>> const golden{
        {"Windows.Foundation", {170, 799}},  {"Windows.ApplicationModel", {1861, 8498}},
        {"Windows.Devices", {1875, 9007}},   {"Windows.Storage", {354, 1951}},
        {"Windows.System", {510, 1608}},     {"Windows.UI", {1562, 7350}},
        {"Windows.Networking", {674, 2849}}, {"Windows.Data", {109, 897}},
        {"Windows.UI.Xaml", {3323, 18278}},  {"Windows.Media", {1624, 8102}},
        {"Windows.Web", {284, 1929}},        {"Windows.Security", {487, 2038}},
        {"Windows.Services", {258, 1089}},   {"Windows.Globalization", {105, 1101}},
        {"Windows.Graphics", {499, 2122}},   {"Windows.Gaming", {156, 607}},
        {"Windows.Management", {144, 831}},  {"Windows.Management.Setup", {25, 113}},
        {"Windows.Perception", {105, 336}},  {"Windows.AI", {120, 498}}};
    for (auto const& path : files) {
        auto const file = File::open(path);
        ASSERT_TRUE(file) << file.error().message();
        auto const known = golden.find(path.stem().string());
        if (known == golden.end()) continue;
        EXPECT_EQ((*file)->row_count(TableId::TypeDef), known->second.first) << path;
        EXPECT_EQ((*file)->row_count(TableId::MethodDef), known->second.second) << path;
        EXPECT_GT(walk(**file), 0u);
    }
}

} // namespace
} // namespace latchkey::winmd
