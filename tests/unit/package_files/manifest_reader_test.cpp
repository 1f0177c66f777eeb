// SPDX-License-Identifier: MIT
#include "packages/files/digest.h"
#include "packages/files/manifest_reader.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string file_text(std::filesystem::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string data(std::string const& name)
{
    return file_text(std::filesystem::path(LATCHKEY_TEST_DATA) / "manifests" / name);
}

std::vector<std::string> messages(ReadManifest const& read)
{
    std::vector<std::string> texts;
    for (Diagnostic const& diagnostic : read.diagnostics)
        texts.push_back(to_string(diagnostic, "m"));
    return texts;
}

// A 2010 manifest without namespaces around one extension, which begins in line 4.
std::string with_extension(std::string const& extension)
{
    return "<Package>\n<Applications>\n<Application Id=\"App\" Executable=\"app.exe\"><Extensions>\n" + extension +
           "\n</Extensions></Application>\n</Applications>\n</Package>\n";
}

std::string with_task(std::string const& attributes, std::string const& tasks)
{
    return with_extension("<Extension Category=\"windows.backgroundTasks\" " + attributes + "><BackgroundTasks>" +
                          tasks + "</BackgroundTasks></Extension>");
}

TEST(ManifestReader, ReadsAPackageWithoutNamespacesAs2010)
{
    ReadManifest const read = read_manifest(data("preview.xml"), "Sample Folder");
    ASSERT_TRUE(read.manifest) << messages(read).front();
    EXPECT_THAT(read.diagnostics, IsEmpty());
    Manifest const& manifest = *read.manifest;
    EXPECT_EQ(manifest.schema, ManifestSchema::Appx2010);
    EXPECT_TRUE(manifest.without_namespaces);
    EXPECT_EQ(manifest.identity.name, "Sample-Folder");
    EXPECT_EQ(manifest.identity.publisher, kFallbackPublisher);
    EXPECT_FALSE(manifest.identity.declared);
    ASSERT_EQ(manifest.applications.size(), 1u);
    ASSERT_EQ(manifest.applications[0].tasks.size(), 2u);
    BackgroundTask const& task = manifest.applications[0].tasks[0];
    EXPECT_EQ(task.entry_point, "MailTasks.Fetch");
    EXPECT_THAT(task.types, ElementsAre(TaskType::Timer, TaskType::SystemEvent));
    EXPECT_EQ(task.host.host, TaskHost::NativeHost);
    EXPECT_EQ(manifest.applications[0].tasks[1].host,
              (HostChoice{TaskHost::AppProcess, HostReason::NoExecutableIn2010}));
    EXPECT_THAT(manifest.capabilities, ElementsAre(Capability{"internetClient", CapabilityKind::General}));
}

TEST(ManifestReader, ReadsWindows10WithUapLockScreenClassesAndUpdateTask)
{
    ReadManifest const read = read_manifest(data("windows10.xml"), "ignored");
    ASSERT_TRUE(read.manifest) << messages(read).front();
    EXPECT_THAT(messages(read), IsEmpty());
    Manifest const& manifest = *read.manifest;
    EXPECT_EQ(manifest.schema, ManifestSchema::Windows10);
    EXPECT_EQ(manifest.full_name(), "Contoso.Mail_1.2.3.4_x64__8wekyb3d8bbwe");
    EXPECT_EQ(manifest.family_name(), "Contoso.Mail_8wekyb3d8bbwe");
    Application const& app = manifest.applications.at(0);
    EXPECT_EQ(app.display_name, "Mail");
    EXPECT_EQ(app.update_task, "Tasks.Update");
    ASSERT_TRUE(app.lock_screen);
    EXPECT_EQ(app.lock_screen->notification, LockScreenNotification::BadgeAndTileText);
    EXPECT_EQ(app.lock_screen->badge_logo, "Assets/Badge.png");
    ASSERT_EQ(app.tasks.size(), 2u);
    EXPECT_THAT(app.tasks[0].types, ElementsAre(TaskType::Timer, TaskType::General, TaskType::PhoneCall));
    EXPECT_TRUE(app.tasks[0].multiple_instances);
    EXPECT_EQ(app.tasks[0].host.host, TaskHost::NativeHost);
    EXPECT_EQ(app.tasks[1].start_page, "js/task.js");
    EXPECT_EQ(app.tasks[1].host.host, TaskHost::ScriptHost);
    EXPECT_THAT(manifest.classes, ElementsAre(ActivatableClass{"Tasks.Fetch", "bin/Tasks.so", ThreadingModel::Both},
                                              ActivatableClass{"Tasks.Update", "bin/Tasks.so", ThreadingModel::Mta}));
    EXPECT_THAT(manifest.capabilities, ElementsAre(Capability{"internetClient", CapabilityKind::General},
                                                   Capability{"extendedBackgroundTaskTime", CapabilityKind::Restricted},
                                                   Capability{"location", CapabilityKind::Device}));
}

TEST(ManifestReader, Reads2013AdditionsIn2010)
{
    ReadManifest const read = read_manifest(
        R"(<Package xmlns="http://schemas.microsoft.com/appx/2010/manifest" xmlns:m2="http://schemas.microsoft.com/appx/2013/manifest">
<Applications><Application Id="A" Executable="a"><m2:VisualElements DisplayName="A"/><Extensions>
<Extension Category="windows.backgroundTasks" EntryPoint="T.C" Executable="backgroundTaskHost.exe"><BackgroundTasks>
<m2:Task Type="deviceUse"/><m2:Task Type="gattCharacteristicNotification"/></BackgroundTasks></Extension></Extensions></Application></Applications></Package>)",
        "x");
    ASSERT_TRUE(read.manifest);
    EXPECT_EQ(read.manifest->applications[0].display_name, "A");
    EXPECT_THAT(read.manifest->applications[0].tasks[0].types, ElementsAre(TaskType::DeviceUse));
    EXPECT_THAT(messages(read),
                ElementsAre(HasSubstr("4: warning: Type=\"gattCharacteristicNotification\" is not known")));
}

struct Wrong {
    std::string manifest;
    std::string message;
};

class ManifestReaderRefuses : public ::testing::TestWithParam<Wrong> {};

TEST_P(ManifestReaderRefuses, WithTheLineAndWhatWouldBeRight)
{
    ReadManifest const read = read_manifest(GetParam().manifest, "folder");
    EXPECT_FALSE(read.manifest);
    EXPECT_THAT(messages(read), ::testing::Contains(HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Manifests, ManifestReaderRefuses,
    ::testing::Values(
        Wrong{"", "m: error: is empty"},
        Wrong{"<Package>\n<Applications>\n</Package>",
              "m:3: error: </Package> stands where </Applications> closes the element of line 2"},
        Wrong{"<!DOCTYPE Package [<!ENTITY a \"b\">]><Package/>", "m:1: error: document types and entity"},
        Wrong{"<Package>\n&a;</Package>", "m:2: error: is not well-formed XML"},
        Wrong{"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Package/>", "save it as UTF-8"},
        Wrong{"<Manifest/>", "m:1: error: begins with <Manifest>; a manifest begins with <Package>"},
        Wrong{"<Bundle/>", "is the manifest of a bundle"},
        Wrong{"<Package xmlns=\"urn:x\"/>", "<Package> is in the namespace \"urn:x\""},
        Wrong{"<Package/>", "<Package> has no <Applications>"},
        Wrong{"<Package><Applications/></Package>", "<Applications> has no <Application>"},
        Wrong{"<Package><Applications><Application Id=\"A\"/></Applications></Package>",
              "<Application> has neither Executable nor StartPage"},
        Wrong{"<Package><Applications><Application Id=\"1\" Executable=\"a\"/></Applications></Package>",
              "Id=\"1\" is not made of"},
        Wrong{"<Package><Applications><Application Id=\"A\" Executable=\"/bin/sh\"/></Applications></Package>",
              "Executable=\"/bin/sh\" is absolute"},
        Wrong{"<Package><Applications><Application Id=\"A\" Executable=\"a\"/>\n<Application Id=\"A\" "
              "Executable=\"a\"/></Applications></Package>",
              "m:2: error: a second <Application> with Id=\"A\""},
        Wrong{"<Package>\n<Identity Name=\"a b c\" Publisher=\"CN=x\" Version=\"1.0.0.0\"/></Package>",
              "m:2: error: Name=\"a b c\" has other characters"},
        Wrong{"<Package>\n<Identity Name=\"abc\"\n Publisher=\"CN=x\"\n Version=\"1.0\"/></Package>",
              "m:4: error: Version=\"1.0\" is not four numbers"},
        Wrong{"<Package>\n<Identity Name=\"abc\" Version=\"1.0.0.0\"/></Package>",
              "m:2: error: <Identity> has no Publisher"},
        Wrong{with_extension("<Extension/>"), "m:4: error: <Extension> has no Category"},
        Wrong{with_task("", "<Task Type=\"timer\"/>"),
              "m:4: error: the background task has neither EntryPoint nor StartPage"},
        Wrong{with_task("EntryPoint=\"A.B\" StartPage=\"a.js\"", "<Task Type=\"timer\"/>"),
              "both EntryPoint and StartPage"},
        Wrong{with_task("EntryPoint=\"A..B\"", "<Task Type=\"timer\"/>"), "EntryPoint=\"A..B\" is not a class name"},
        Wrong{with_task("StartPage=\"../a.js\"", "<Task Type=\"timer\"/>"), "StartPage=\"../a.js\" has a part \"..\""},
        Wrong{with_task("StartPage=\"a|b.js\"", "<Task Type=\"timer\"/>"), "has one of"},
        Wrong{with_task("EntryPoint=\"A.B\"", ""), "<BackgroundTasks> has no <Task>"},
        Wrong{with_task("EntryPoint=\"A.B\"", "\n<Task/>"), "m:5: error: <Task> has no Type"},
        Wrong{with_task("EntryPoint=\"A.B\"", "<Task Type=\"systemevent\"/>"), "did you mean \"systemEvent\"?"},
        Wrong{with_task("EntryPoint=\"A.B\"", "<Task Type=\"sunrise\"/>"),
              "right would be one of audio, controlChannel, systemEvent, timer, pushNotification"},
        Wrong{with_task("EntryPoint=\"A.B\"", "<Task Type=\"general\"/>"),
              "Type=\"general\" is newer than a 2010 manifest"},
        Wrong{with_task("EntryPoint=\"A.B\"", "<Task Type=\"phoneCall\"/>"),
              "right would be <uap:Task Type=\"phoneCall\" />"},
        Wrong{with_task("EntryPoint=\"A.B\" Executable=\"c.exe\"", "<Task Type=\"timer\"/>"),
              "Executable=\"c.exe\" cannot host the task; right would be \"backgroundTaskHost.exe\" or \"app.exe\""},
        Wrong{with_extension("<Extension Category=\"windows.backgroundTasks\" EntryPoint=\"A.B\"/>"),
              "has no <BackgroundTasks>"},
        Wrong{with_extension("<Extension Category=\"windows.activatableClass.inProcessServer\"/>"),
              "belongs into the <Extensions> of <Package>"},
        Wrong{"<Package><Extensions><Extension Category=\"windows.backgroundTasks\"/></Extensions></Package>",
              "belongs into the <Extensions> of an <Application>"},
        Wrong{"<Package><Extensions><Extension "
              "Category=\"windows.activatableClass.inProcessServer\"><InProcessServer><Path>../T.so</Path>"
              "</InProcessServer></Extension></Extensions></Package>",
              "<Path>../T.so</Path> has a part \"..\""},
        Wrong{"<Package><Extensions><Extension "
              "Category=\"windows.activatableClass.inProcessServer\"><InProcessServer><Path>T.so</Path>"
              "<ActivatableClass ActivatableClassId=\"A.B\" "
              "ThreadingModel=\"free\"/></InProcessServer></Extension></Extensions></Package>",
              "ThreadingModel=\"free\" is none of"},
        Wrong{"<Package><Applications><Application Id=\"A\" Executable=\"a\"><VisualElements>\n<LockScreen "
              "Notification=\"bell\"/>"
              "</VisualElements></Application></Applications></Package>",
              "m:2: error: Notification=\"bell\" is neither"},
        Wrong{"<Package><Applications><Application Id=\"A\" Executable=\"a\"><VisualElements>\n<LockScreen "
              "Notification=\"badge\"/>"
              "</VisualElements></Application></Applications></Package>",
              "m:2: error: <LockScreen> has no BadgeLogo"},
        Wrong{"<Package><Capabilities><Capability/></Capabilities></Package>", "<Capability> has no Name"}));

class ManifestReaderWarns : public ::testing::TestWithParam<Wrong> {};

TEST_P(ManifestReaderWarns, AndReadsTheRest)
{
    ReadManifest const read = read_manifest(GetParam().manifest, "folder");
    EXPECT_TRUE(read.manifest);
    EXPECT_THAT(messages(read), ::testing::Contains(HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Manifests, ManifestReaderWarns,
    ::testing::Values(
        Wrong{"<Package>\n<Applications><Application Id=\"A\" "
              "Executable=\"$targetnametoken$.exe\"/></Applications></Package>",
              "m:2: warning: Executable=\"$targetnametoken$.exe\" has a build token"},
        Wrong{"<Package xmlns:q=\"urn:q\"><q:Extensions/><Applications><Application Id=\"A\" "
              "Executable=\"a\"/></Applications></Package>",
              "m:1: warning: the namespace \"urn:q\" is not known"},
        Wrong{"<Package><Applications><Application Id=\"A\" "
              "Executable=\"a\"><Extention/></Application></Applications></Package>",
              "warning: <Extention> is not known in <Application> and is ignored; did you mean <Extensions>?"},
        Wrong{with_extension("<Extension Category=\"windows.backgroundTask\"/>"),
              "did you mean \"windows.backgroundTasks\"?"},
        Wrong{with_task("EntryPoint=\"A.B\"", "<Task Type=\"timer\"/><Task Type=\"timer\"/>"),
              "Type=\"timer\" is listed twice"},
        Wrong{
            "<Package><Applications><Application Id=\"A\" Executable=\"a\"/></Applications><Extensions><Extension "
            "Category=\"windows.activatableClass.inProcessServer\"><InProcessServer><Path>T.dll</"
            "Path><ActivatableClass "
            "ActivatableClassId=\"A.B\" ThreadingModel=\"both\"/></InProcessServer></Extension></Extensions></Package>",
            "<Path>T.dll</Path> is a Windows library; \"T.so\" is used"},
        Wrong{"<f:Package xmlns:f=\"http://schemas.microsoft.com/appx/2010/manifest\"><Extensions/><f:Applications>"
              "<f:Application Id=\"A\" Executable=\"a\"/></f:Applications></f:Package>",
              "<Extensions> has no namespace and is ignored"}));

TEST(ManifestReader, WarnsOfAnEntryPointThatNoLibraryAnnounces)
{
    std::string text = data("windows10.xml");
    text.replace(text.find("EntryPoint=\"Tasks.Fetch\""), 24, "EntryPoint=\"Tasks.Fetsh\"");
    ReadManifest const read = read_manifest(text, "x");
    EXPECT_TRUE(read.manifest);
    EXPECT_THAT(messages(read), ElementsAre(HasSubstr("did you mean \"Tasks.Fetch\"?")));
}

TEST(ManifestReader, ReadsUtf16AndAByteOrderMark)
{
    std::string const text = data("preview.xml");
    EXPECT_TRUE(read_manifest("\xEF\xBB\xBF" + text, "x").manifest);
    std::string wide = "\xFF\xFE";
    for (char const c : text) {
        wide += c;
        wide += '\0';
    }
    EXPECT_TRUE(read_manifest(wide, "x").manifest);
    wide.pop_back();
    EXPECT_FALSE(read_manifest(wide, "x").manifest);
}

TEST(ManifestReader, HoldsItsLimits)
{
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "<a>";
    EXPECT_THAT(messages(read_manifest(deep, "x")), ElementsAre(HasSubstr("nested deeper than 32")));
    EXPECT_THAT(messages(read_manifest(std::string((1 << 20) + 1, ' '), "x")),
                ElementsAre(HasSubstr("is larger than")));
    std::string many = "<Package>";
    for (int i = 0; i < 200; ++i)
        many += "<Wrong/>";
    EXPECT_EQ(read_manifest(many + "</Package>", "x").diagnostics.size(), 100u);
    EXPECT_FALSE(read_manifest(many + "</Package>", "x").manifest);
}

TEST(PublisherId, IsWindowsHash)
{
    EXPECT_EQ(publisher_id("CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"),
              "8wekyb3d8bbwe");
    EXPECT_EQ(publisher_id("CN=ü𝄞").size(), 13u);
}

// Both manifests that the second seed document prints are read without a complaint.
TEST(SeedManifests, AreReadAsTheyArePrinted)
{
    char const* const folder = std::getenv("LATCHKEY_SEED_DIR");
    std::filesystem::path const seeds =
        folder ? std::filesystem::path(folder) : std::filesystem::path(LATCHKEY_SOURCE_DIR) / "../shared/seeds";
    std::filesystem::path const document = seeds / "004-introduction-to-background-tasks.txt";
    if (!std::filesystem::exists(document)) GTEST_SKIP() << "no seed documents in " << seeds;
    std::string const text = file_text(document);
    std::vector<ReadManifest> read;
    std::size_t at = 0;
    while ((at = text.find("<Package>", at)) != std::string::npos) {
        std::size_t const end = text.find("</Package>", at) + 10;
        read.push_back(read_manifest(text.substr(at, end - at), "Seed"));
        at = end;
    }
    ASSERT_EQ(read.size(), 2u);
    for (ReadManifest const& one : read) {
        EXPECT_THAT(messages(one), IsEmpty());
        ASSERT_TRUE(one.manifest);
        EXPECT_THAT(one.manifest->applications.at(0).tasks.at(0).types,
                    ElementsAre(TaskType::Timer, TaskType::SystemEvent));
    }
    EXPECT_EQ(read[0].manifest->applications[0].tasks[0].host.host, TaskHost::NativeHost);
    EXPECT_EQ(read[1].manifest->applications[0].tasks[0].host.host, TaskHost::ScriptHost);
    EXPECT_EQ(read[1].manifest->applications[0].start_page, "default.html");
}

} // namespace
} // namespace latchkey::packages
