// SPDX-License-Identifier: MIT
// Ways to lay a file out that Windows' compilers do not choose but ECMA-335 allows.
#include "unit/winmd/sample.h"
#include "winmd/heaps.h"
#include "winmd/runtime_type.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latchkey::winmd {
namespace {

std::vector<TableRow>& table(TableRows& tables, TableId id)
{
    return tables[static_cast<std::size_t>(id)];
}

TEST(Reader, ReadsIndexesOfFourBytes)
{
    constexpr uint32_t kMany = 70'000; // more than two bytes can count, in rows and in each heap
    Builder builder{{.name = "Tasks", .module_name = {}, .mvid = {}}};
    auto const type = builder.add_type({0x40a1, "Tasks", "IMany", {}});
    for (uint32_t i = 0; i < kMany; ++i) {
        auto const name = fmt::format("Method{}", i);
        auto const method = builder.add_method(type, {name, 0x05c6, 0, {.return_type = {}, .params = {}}});
        builder.add_param(method, {0, 0, "result"});
        if (i % 10 == 0) builder.add_constant(builder.add_field(type, {0, name, Type::of(ElementType::I4)}), i);
    }
    auto const file = File::from_bytes(builder.finish(), "Tasks.winmd");
    ASSERT_TRUE(file) << file.error().message();
    auto const last = (*file)->row<MethodDef>(kMany);
    EXPECT_EQ(last.name(), "Method69999");
    EXPECT_EQ(last.parent().name(), "IMany");
    EXPECT_EQ(return_param(last).row(), kMany);
    auto const field = (*file)->row<Field>(kMany / 10);
    EXPECT_EQ(std::get<uint32_t>(field.constant().value()), 69'990u);
}

// Edit-and-continue compilers leave members where they are and list them through a table of pointers.
TEST(Reader, FollowsPointerTables)
{
    StringHeap strings;
    BlobHeap blobs;
    MetadataParts parts;
    parts.version = "v4.0.30319";
    auto const signature = blobs.add(std::array<uint8_t, 2>{0x06, 0x08});
    table(parts.tables, TableId::Module) = {{0, strings.add("m"), 1, 0, 0}};
    table(parts.tables, TableId::TypeDef) = {{0, strings.add("<Module>"), 0, 0, 1, 1},
                                             {1, strings.add("First"), strings.add("N"), 0, 1, 1},
                                             {1, strings.add("Second"), strings.add("N"), 0, 3, 1}};
    table(parts.tables, TableId::FieldPtr) = {{3}, {1}, {2}};
    for (auto const* const name : {"a", "b", "c"})
        table(parts.tables, TableId::Field).push_back({6, strings.add(name), signature});
    parts.strings = strings.bytes();
    parts.blobs = blobs.bytes();
    parts.guids.resize(16);
    std::size_t guid_offset = 0;
    auto bytes = write_image(parts, guid_offset);
    auto const file = File::from_bytes(bytes, "m.dll");
    ASSERT_TRUE(file) << file.error().message();
    std::string text;
    for (auto const type : (*file)->rows<TypeDef>()) {
        text += type.name();
        for (auto const field : type.fields()) {
            text += fmt::format(" {}", field.name());
            EXPECT_EQ(field.parent(), type);
        }
        text += ';';
    }
    EXPECT_EQ(text, "<Module>;First c a;Second b;");

    table(parts.tables, TableId::FieldPtr) = {{3}, {1}, {3}};
    auto const twice = File::from_bytes(write_image(parts, guid_offset), "m.dll");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message(), "m.dll: FieldPtr row 3: names Field row 3, which row 1 has named");
}

TEST(Reader, ReadsAFileWithoutHeapsItDoesNotNeed)
{
    MetadataParts parts;
    parts.version = "WindowsRuntime 1.4";
    table(parts.tables, TableId::Module) = {{0, 0, 0, 0, 0}};
    std::size_t guid_offset = 0;
    auto const file = File::from_bytes(write_image(parts, guid_offset), "m.winmd");
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ((*file)->row<Module>(1).name(), "");
    EXPECT_EQ((*file)->row<Module>(1).mvid(), Guid{});
}

TEST(Metadata, FindsTypesAcrossFilesAndNotesTheSecondOfAName)
{
    Builder other{{.name = "Other", .module_name = {}, .mvid = {}}};
    auto const tasks = other.assembly_ref("Tasks");
    auto const derived = other.add_type({0x4101, "Other", "Derived", other.type_ref(tasks, "Tasks", "Mail")});
    other.add_type({0x4101, "Tasks", "Mail", {}});
    (void)derived;
    Metadata metadata;
    metadata.add(File::from_bytes(test::Sample{}.write(), "Tasks.winmd").value());
    metadata.add(File::from_bytes(other.finish(), "Other.winmd").value());
    EXPECT_EQ(base_class(metadata.find("Other.Derived"), metadata), metadata.find("Tasks.Mail"));
    ASSERT_EQ(metadata.duplicates().size(), 1u);
    EXPECT_EQ(metadata.duplicates()[0].name(), "Mail");
    EXPECT_FALSE(metadata.find("Tasks.Nobody"));
}

TEST(Metadata, ResolvesReferencesToTypesInsideTypes)
{
    test::Sample sample;
    TypeRefHandle inner;
    sample.more = [&](test::Sample& s) {
        s.builder().set_enclosing_type(s.m_parts, s.m_place);
        auto const outer = s.builder().type_ref(s.builder().module(), "Tasks", "Place");
        inner = s.builder().type_ref(outer, "", "Parts");
    };
    Metadata metadata;
    auto const& file = metadata.add(File::from_bytes(sample.write(), "Tasks.winmd").value());
    EXPECT_EQ(metadata.resolve(file.row<TypeRef>(inner.number)).name(), "Parts");
    EXPECT_FALSE(metadata.find("Tasks.Parts")) << "types inside others are not found by name";
}

// Each step doubles the type: without a limit this would fill the memory.
TEST(Metadata, EndsAtInterfacesThatRequireEverLargerOnes)
{
    Builder builder{{.name = "Tasks", .module_name = {}, .mvid = {}}};
    auto const type = builder.add_type({0x40a1, "Tasks", "IGrow`2", {}});
    builder.add_generic_param(type, "K");
    builder.add_generic_param(type, "V");
    auto const twice = Type::generic(type, {Type::var(0), Type::var(1)});
    builder.add_interface(type, builder.type_spec(Type::generic(type, {twice, twice})));
    Metadata metadata;
    metadata.add(File::from_bytes(builder.finish(), "Tasks.winmd").value());
    EXPECT_LT(required_interfaces(metadata.find("Tasks.IGrow`2"), metadata).size(), 100u);
}

TEST(Guid, ReadsWhatItWrites)
{
    Guid const guid{0x00000000, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    EXPECT_EQ(to_string(guid), "00000000-0000-0000-c000-000000000046");
    EXPECT_EQ(parse_guid("{00000000-0000-0000-C000-000000000046}"), guid);
    EXPECT_EQ(guid_from_bytes(to_bytes(guid).data()), guid);
    for (auto const* const bad :
         {"", "x", "00000000-0000-0000-c000-00000000004", "00000000-0000-0000-c000-00000000004g",
          "00000000x0000-0000-c000-000000000046", "{00000000-0000-0000-c000-000000000046"})
        EXPECT_FALSE(parse_guid(bad)) << bad;
}

} // namespace
} // namespace latchkey::winmd
