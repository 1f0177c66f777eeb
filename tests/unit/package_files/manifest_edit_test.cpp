// SPDX-License-Identifier: MIT
#include "packages/files/manifest_edit.h"
#include "packages/files/manifest_reader.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kWindows10 = "http://schemas.microsoft.com/appx/manifest/foundation/windows10";

TaskDeclaration example_task()
{
    return {.application_id = {},
            .entry_point = "Tasks.ExampleBackgroundTask",
            .start_page = {},
            .types = {TaskType::SystemEvent}};
}

std::string edited(EditResult const& result)
{
    return result ? result->text : to_string(result.error().front(), "refused");
}

// The element that the first seed document prints, at the place where its designer puts it.
TEST(ManifestDeclare, AddsTheExtensionsElementOfTheDocument)
{
    std::string const head = "<Package xmlns=\"" + std::string(kWindows10) +
                             "\">\n  <Applications>\n    <Application Id=\"App\" Executable=\"app\">\n";
    std::string const tail = "    </Application>  <!-- kept -->\n  </Applications>\n</Package>\n";
    EXPECT_EQ(edited(declare_task(head + tail, example_task())), head + R"(      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.ExampleBackgroundTask">
          <BackgroundTasks>
            <Task Type="systemEvent" />
          </BackgroundTasks>
        </Extension>
      </Extensions>
)" + tail);
}

TEST(ManifestDeclare, NamesTheHostIn2010AndOpensAnEmptyTag)
{
    EXPECT_EQ(edited(declare_task("<Package>\r\n\t<Applications>\r\n\t\t<Application Id='A' Executable='a' "
                                  "/>\r\n\t</Applications>\r\n</Package>",
                                  example_task())),
              "<Package>\r\n\t<Applications>\r\n\t\t<Application Id='A' Executable='a'>\r\n"
              "\t\t\t<Extensions>\r\n"
              "\t\t\t\t<Extension Category=\"windows.backgroundTasks\" Executable=\"backgroundTaskHost.exe\" "
              "EntryPoint=\"Tasks.ExampleBackgroundTask\">\r\n"
              "\t\t\t\t\t<BackgroundTasks>\r\n\t\t\t\t\t\t<Task Type=\"systemEvent\" />\r\n"
              "\t\t\t\t\t</BackgroundTasks>\r\n\t\t\t\t</Extension>\r\n\t\t\t</Extensions>\r\n"
              "\t\t</Application>\r\n\t</Applications>\r\n</Package>");
}

TEST(ManifestDeclare, WorksOnOneLine)
{
    std::string const text = edited(declare_task(
        "<Package><Applications><Application Id=\"A\" Executable=\"a\"></Application></Applications></Package>",
        example_task()));
    ReadManifest const read = read_manifest(text, "x");
    ASSERT_TRUE(read.manifest) << text;
    EXPECT_EQ(read.manifest->applications[0].tasks.at(0).host.host, TaskHost::NativeHost);
}

TEST(ManifestDeclare, AddsOnlyTheMissingTypes)
{
    std::string const manifest = R"(<Package>
<Applications>
<Application Id="A" Executable="a">
<Extensions>
<Extension Category="windows.backgroundTasks" StartPage="js\task.js">
<BackgroundTasks>
<Task Type="timer" />
</BackgroundTasks>
</Extension>
</Extensions>
</Application>
</Applications>
</Package>
)";
    TaskDeclaration wanted{.application_id = "A",
                           .entry_point = {},
                           .start_page = "js/task.js",
                           .types = {TaskType::Timer, TaskType::SystemEvent, TaskType::SystemEvent}};
    auto const first = declare_task(manifest, wanted);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->changed);
    std::string expected = manifest;
    expected.insert(expected.find("</BackgroundTasks>"), "<Task Type=\"systemEvent\" />\n");
    EXPECT_EQ(first->text, expected);
    auto const second = declare_task(first->text, wanted);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->changed);
    EXPECT_EQ(second->text, first->text);
}

TEST(ManifestDeclare, BringsTheNamespaceThatATypeNeeds)
{
    std::string const manifest =
        "<f:Package xmlns:f=\"" + std::string(kWindows10) +
        "\">\n <f:Applications>\n  <f:Application Id=\"A\" Executable=\"a\"/>\n </f:Applications>\n</f:Package>\n";
    TaskDeclaration wanted = example_task();
    wanted.types = {TaskType::General, TaskType::PhoneCall};
    std::string const text = edited(declare_task(manifest, wanted));
    EXPECT_THAT(text, HasSubstr("<f:Task Type=\"general\" />"));
    EXPECT_THAT(text, HasSubstr("<uap:Task xmlns:uap="));
    EXPECT_THAT(text, HasSubstr("</f:Application>"));
    ReadManifest const read = read_manifest(text, "x");
    ASSERT_TRUE(read.manifest) << text;
    EXPECT_THAT(read.manifest->applications[0].tasks.at(0).types, ElementsAre(TaskType::General, TaskType::PhoneCall));
}

TEST(ManifestDeclare, RefusesWhatWouldNotBeAManifest)
{
    std::string const two = "<Package><Applications><Application Id=\"A\" Executable=\"a\"/><Application Id=\"B\" "
                            "Executable=\"b\"/></Applications></Package>";
    EXPECT_THAT(edited(declare_task(two, example_task())), HasSubstr("choose one of A, B"));
    TaskDeclaration wanted = example_task();
    wanted.application_id = "C";
    EXPECT_THAT(edited(declare_task(two, wanted)), HasSubstr("has no application \"C\""));
    wanted.application_id = "B";
    wanted.entry_point = "not a class";
    EXPECT_THAT(edited(declare_task(two, wanted)), HasSubstr("is not a class name"));
    wanted.entry_point = "A\"/><x y=\"";
    EXPECT_THAT(edited(declare_task(two, wanted)), HasSubstr("is not a class name"));
    wanted.entry_point.clear();
    wanted.start_page = "../task.js";
    EXPECT_THAT(edited(declare_task(two, wanted)), HasSubstr("has a part \"..\""));
    EXPECT_THAT(edited(declare_task("<Package/>", example_task())), HasSubstr("has no <Applications>"));
}

TEST(ManifestClasses, AreAddedForTheirLibraryAndHandWrittenOnesStay)
{
    std::string const manifest = R"(<Package>
  <Applications>
    <Application Id="A" Executable="a" />
  </Applications>
  <Extensions>
    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>Hand.so</Path>
        <ActivatableClass ActivatableClassId="Tasks.ByHand" ThreadingModel="STA" />
      </InProcessServer>
    </Extension>
  </Extensions>
</Package>
)";
    std::vector<ActivatableClass> const classes{{"Tasks.ByHand", "Tasks.so", ThreadingModel::Both},
                                                {"Tasks.New", "Tasks.so", ThreadingModel::Both},
                                                {"Hand.Other", "Hand.so", ThreadingModel::Mta}};
    auto const result = declare_classes(manifest, classes);
    ASSERT_TRUE(result) << edited(result);
    std::string expected = manifest;
    expected.insert(expected.find("      </InProcessServer>"),
                    "        <ActivatableClass ActivatableClassId=\"Hand.Other\" ThreadingModel=\"MTA\" />\n");
    expected.insert(expected.find("  </Extensions>"),
                    R"(    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>Tasks.so</Path>
        <ActivatableClass ActivatableClassId="Tasks.New" ThreadingModel="both" />
      </InProcessServer>
    </Extension>
)");
    EXPECT_EQ(result->text, expected);
    auto const again = declare_classes(result->text, classes);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->changed);
}

} // namespace
} // namespace latchkey::packages
