// SPDX-License-Identifier: MIT
#include "unit/winmd/windows_metadata.h"
#include "winmd/builder.h"
#include "winmdtool/commands.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace latchkey::winmdtool {
namespace {

using namespace winmd;
using testing::HasSubstr;

struct Shape {
    std::string name = "Tasks";
    uint32_t started = 1;
    std::string parameter = "text";
    uint8_t guid = 1;
    bool with_guid = true;
    bool second_type = false;
};

std::vector<uint8_t> component(Shape const& shape)
{
    Builder builder{{.name = shape.name, .module_name = {}, .mvid = {}}};
    auto const system = builder.assembly_ref("mscorlib");
    auto const foundation = builder.assembly_ref("Windows.Foundation");
    auto const text = Type::of(ElementType::String);
    auto const number = ParamType{Type::of(ElementType::U4), false, {}};
    auto attribute = [&](AnyHandle parent, std::string_view name, std::vector<ParamType> params,
                         AttributeBlob const& value) {
        auto const type = builder.type_ref(foundation, "Windows.Foundation.Metadata", name);
        builder.add_attribute(
            parent, builder.member_ref(type, ".ctor", {.return_type = {}, .params = std::move(params)}), value);
    };
    auto const state = builder.add_type({0x4101, "Tasks", "State", builder.type_ref(system, "System", "Enum")});
    builder.add_field(state, {0x0601, "value__", Type::of(ElementType::I4)});
    builder.add_constant(builder.add_field(state, {0x8056, "Started", Type::value_type(state)}),
                         static_cast<int32_t>(shape.started));
    attribute(state, "VersionAttribute", {number}, AttributeBlob{}.u4(1));

    auto const mail = builder.add_type({0x40a1, "Tasks", "IMail", {}});
    auto const send = builder.add_method(
        mail,
        {"Send", 0x05c6, 0, {.return_type = {Type::value_type(state), false, {}}, .params = {{text, false, {}}}}});
    builder.add_param(send, {1, param_flags::kIn, shape.parameter});
    std::vector<ParamType> guid_params{
        number, {Type::of(ElementType::U2), false, {}}, {Type::of(ElementType::U2), false, {}}};
    for (int i = 0; i < 8; ++i)
        guid_params.push_back({Type::of(ElementType::U1), false, {}});
    if (shape.with_guid) attribute(mail, "GuidAttribute", guid_params, AttributeBlob{}.guid({shape.guid, 0, 0, {}}));
    attribute(mail, "VersionAttribute", {number}, AttributeBlob{}.u4(1));
    if (shape.second_type) {
        auto const place =
            builder.add_type({0x4109, "Tasks", "Place", builder.type_ref(system, "System", "ValueType")});
        builder.add_field(place, {0x0006, "Height", Type::of(ElementType::R8)});
        attribute(place, "VersionAttribute", {number}, AttributeBlob{}.u4(1));
    }
    return builder.finish();
}

class Commands : public testing::Test {
protected:
    Commands() : m_folder{std::filesystem::path{testing::TempDir()} / fmt::format("winmdtool-{}", ::getpid())}
    {
        std::filesystem::create_directories(m_folder);
    }
    ~Commands() override { std::filesystem::remove_all(m_folder); }

    std::filesystem::path write(std::string const& name, std::vector<uint8_t> const& bytes) const
    {
        auto const path = m_folder / name;
        std::ofstream{path, std::ios::binary}.write(reinterpret_cast<char const*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
        return path;
    }
    Streams streams() { return {m_out, m_error}; }

    std::filesystem::path m_folder;
    std::ostringstream m_out;
    std::ostringstream m_error;
};

TEST_F(Commands, CountPrintsOneLineAFile)
{
    auto const one = write("Tasks.winmd", component({}));
    auto const two = write("Other.winmd", component({.second_type = true}));
    EXPECT_EQ(counts({one, two}, Format::Text, streams()), kYes);
    EXPECT_EQ(m_out.str(), "Tasks.winmd 3 1\nOther.winmd 4 1\n");
}

TEST_F(Commands, CountGoesOnAfterAFileThatCannotBeRead)
{
    auto const good = write("Tasks.winmd", component({}));
    EXPECT_EQ(counts({m_folder / "absent.winmd", good}, Format::Text, streams()), kTrouble);
    EXPECT_EQ(m_out.str(), "Tasks.winmd 3 1\n");
    EXPECT_THAT(m_error.str(), HasSubstr("absent.winmd: cannot be opened: No such file"));
}

TEST_F(Commands, DumpShowsTypesAsPeopleWriteThem)
{
    EXPECT_EQ(dump(write("Tasks.winmd", component({})), {}, streams()), kYes);
    EXPECT_EQ(m_out.str(), "namespace Tasks\n"
                           "{\n"
                           "    [version(0x1)]\n"
                           "    enum State : Int32 // flags 0x4101\n"
                           "    {\n"
                           "        Started = 1,\n"
                           "    }\n"
                           "}\n"
                           "\n"
                           "namespace Tasks\n"
                           "{\n"
                           "    [uuid(00000001-0000-0000-0000-000000000000)]\n"
                           "    [version(0x1)]\n"
                           "    interface IMail // flags 0x40a1\n"
                           "    {\n"
                           "        /*  6 */ Tasks.State Send(String text);\n"
                           "    }\n"
                           "}\n");
}

TEST_F(Commands, DumpSuggestsATypeWhenTheNameIsNotThere)
{
    EXPECT_EQ(dump(write("Tasks.winmd", component({})), "Task.IMail", streams()), kTrouble);
    EXPECT_THAT(m_error.str(), HasSubstr("has no type Task.IMail; did you mean Tasks.IMail?"));
}

TEST_F(Commands, CheckAnswersWithItsStatus)
{
    EXPECT_EQ(check({write("Tasks.winmd", component({}))}, {}, streams()), kYes);
    EXPECT_EQ(m_out.str(), "");
    EXPECT_EQ(check({write("Tasks.winmd", component({.with_guid = false}))}, {}, streams()), kNo);
    EXPECT_THAT(m_out.str(), HasSubstr("Tasks.winmd: error: TypeDef row 3 Tasks.IMail: it has no GuidAttribute"));
    EXPECT_EQ(check({m_folder / "absent.winmd"}, {}, streams()), kTrouble);
}

TEST_F(Commands, CheckCallsAFileThatIsNoMetadataNotValid)
{
    EXPECT_EQ(check({write("Tasks.winmd", {'n', 'o'})}, {}, streams()), kNo);
    EXPECT_THAT(m_out.str(), HasSubstr("is not a PE file"));
    EXPECT_THAT(m_out.str(), HasSubstr("[file.readable]"));
}

TEST_F(Commands, CheckWritesJson)
{
    EXPECT_EQ(check({write("Tasks.winmd", component({.with_guid = false}))}, {.references = {}, .format = Format::Json},
                    streams()),
              kNo);
    auto const json = nlohmann::json::parse(m_out.str());
    EXPECT_EQ(json[0]["valid"], false);
    EXPECT_EQ(json[0]["findings"][0]["rule"], "type.guid");
    EXPECT_EQ(json[0]["findings"][0]["row"], 3);
    EXPECT_EQ(json[0]["findings"][0]["name"], "Tasks.IMail");
}

TEST_F(Commands, CheckHoldsAFileNamedWindowsToTheRulesItIsTold)
{
    auto const path = write("Windows.winmd", component({.name = "Windows"}));
    EXPECT_EQ(check({path}, {}, streams()), kYes);
    EXPECT_EQ(check({path}, {.references = {}, .as_component = true}, streams()), kNo);
    EXPECT_THAT(m_out.str(), HasSubstr("[assembly.windows]"));
}

TEST_F(Commands, DiffSaysWhatIsDifferentInTypesThatBothHave)
{
    auto const left = write("Left.winmd", component({.second_type = true}));
    auto const right = write("Right.winmd", component({.started = 2, .parameter = "message", .guid = 7}));
    EXPECT_EQ(diff(left, left, Format::Text, streams()), kYes);
    m_out.str({});
    EXPECT_EQ(diff(left, right, Format::Text, streams()), kNo);
    EXPECT_THAT(m_out.str(), HasSubstr("Tasks.State: value Started\n  < 1\n  > 2\n"));
    EXPECT_THAT(m_out.str(), HasSubstr("Tasks.IMail: uuid\n  < 00000001"));
    EXPECT_THAT(m_out.str(), HasSubstr("Tasks.IMail: method Send\n  < Tasks.State Send(String text)"));
    EXPECT_THAT(m_out.str(), HasSubstr("2 types in both, 3 differences; 1 only in "));
}

TEST_F(Commands, DiffSeesThatMembersStandInAnotherOrder)
{
    auto const interface_with = [](std::vector<std::string> const& names) {
        Builder builder{{.name = "Tasks", .module_name = {}, .mvid = {}}};
        auto const type = builder.add_type({0x40a1, "Tasks", "IMail", {}});
        for (auto const& name : names)
            builder.add_method(type, {name, 0x05c6, 0, {.return_type = {}, .params = {}}});
        return builder.finish();
    };
    auto const left = write("Left.winmd", interface_with({"Open", "Send", "Close"}));
    auto const right = write("Right.winmd", interface_with({"Send", "Open", "Close", "More"}));
    EXPECT_EQ(diff(left, right, Format::Text, streams()), kNo);
    EXPECT_EQ(m_out.str().substr(0, m_out.str().find("1 types")),
              "Tasks.IMail: method More\n  > void More() (flags 0x5c6, parameter flags)\n"
              "Tasks.IMail: order\n  < Open, Send, Close\n  > Send, Open, Close\n");
}

TEST_F(Commands, DiffSeesThatInterfacesStandInAnotherOrder)
{
    auto const class_with = [](std::vector<std::string> const& names) {
        Builder builder{{.name = "Tasks", .module_name = {}, .mvid = {}}};
        auto const type = builder.add_type({0x4101, "Tasks", "Mail", {}});
        for (auto const& name : names)
            builder.add_interface(type, builder.type_ref(builder.assembly_ref("Other"), "Other", name));
        return builder.finish();
    };
    auto const left = write("Left.winmd", class_with({"ISend", "IOpen"}));
    auto const right = write("Right.winmd", class_with({"IOpen", "ISend"}));
    EXPECT_EQ(diff(left, right, Format::Text, streams()), kNo);
    EXPECT_THAT(m_out.str(), HasSubstr("Tasks.Mail: order of interfaces\n  < Other.ISend, Other.IOpen\n"));
}

TEST_F(Commands, DiffWritesJson)
{
    auto const left = write("Left.winmd", component({}));
    auto const right = write("Right.winmd", component({.started = 2}));
    EXPECT_EQ(diff(left, right, Format::Json, streams()), kNo);
    auto const json = nlohmann::json::parse(m_out.str());
    EXPECT_EQ(json["common"], 2);
    EXPECT_EQ(json["differences"][0]["what"], "value Started");
}

TEST_F(Commands, NamesCannotDriveATerminal)
{
    EXPECT_EQ(dump(write("Tasks.winmd", component({.parameter = "a\x1b[2J"})), {}, streams()), kYes);
    EXPECT_EQ(m_out.str().find('\x1b'), std::string::npos);
    EXPECT_THAT(m_out.str(), HasSubstr("a\\x1b[2J"));
}

TEST_F(Commands, WindowsFilesPassTheCheckAndEqualThemselves)
{
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    EXPECT_EQ(check(files, {}, streams()), kYes) << m_out.str();
    auto const foundation = test::windows_metadata_folder() / "Windows.Foundation.winmd";
    if (!std::filesystem::exists(foundation)) return;
    EXPECT_EQ(diff(foundation, foundation, Format::Text, streams()), kYes);
    EXPECT_EQ(dump(foundation, {}, streams()), kYes);
}

} // namespace
} // namespace latchkey::winmdtool
