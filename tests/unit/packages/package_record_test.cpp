// SPDX-License-Identifier: MIT
#include "packages/package_record.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

using ::testing::HasSubstr;

InstalledPackage full_package()
{
    InstalledPackage package;
    package.folder = "/home/u/.local/state/latchkey/packages/Contoso.Mail_1.2.3.4_x64_de_8wekyb3d8bbwe";
    Manifest& manifest = package.manifest;
    manifest.schema = ManifestSchema::Windows10;
    manifest.identity = {"Contoso.Mail", "CN=Contoso, L=Zürich", {1, 2, 3, 4}, "x64", "de", true};
    manifest.publisher_id = "8wekyb3d8bbwe";
    manifest.display_name = "Contoso Mail";
    manifest.publisher_display_name = "Contoso";
    Application app;
    app.id = "App";
    app.executable = "bin/mail";
    app.entry_point = "Mail.App";
    app.display_name = "Mail";
    app.lock_screen = LockScreen{LockScreenNotification::BadgeAndTileText, "images/badge.png"};
    app.update_task = "Tasks.Update";
    app.tasks.push_back({"Tasks.Fetch",
                         "",
                         "",
                         {TaskType::Timer, TaskType::PhoneCall},
                         {TaskHost::NativeHost, HostReason::NoExecutableInWindows10},
                         "Server",
                         "group",
                         true,
                         31});
    app.tasks.push_back({"",
                         "js/task.js",
                         "",
                         {TaskType::SystemEvent},
                         {TaskHost::ScriptHost, HostReason::StartPage},
                         "",
                         "",
                         false,
                         40});
    manifest.applications.push_back(app);
    manifest.classes.push_back({"Tasks.Fetch", "lib/Tasks.so", ThreadingModel::Mta});
    manifest.capabilities.push_back({"internetClient", CapabilityKind::General});
    return package;
}

TEST(PackageRecord, GivesBackEverythingThatWasWritten)
{
    InstalledPackage const package = full_package();
    auto const read = decode_installed_package(encode(package));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, package);
}

TEST(PackageRecord, RefusesEveryBeginningOfItself)
{
    std::string const bytes = encode(full_package());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_installed_package(std::string_view(bytes).substr(0, size))) << size;
}

TEST(PackageRecord, RefusesEverySingleChangedByte)
{
    std::string const bytes = encode(full_package());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
        EXPECT_FALSE(decode_installed_package(damaged)) << i;
    }
}

TEST(PackageRecord, SaysWhatIsWrongWithTheBytes)
{
    EXPECT_THAT(decode_installed_package("").error(), HasSubstr("ends after 0 bytes"));
    EXPECT_THAT(decode_installed_package(std::string(kMaxRecordBytes + 1, 'x')).error(), HasSubstr("more than"));
    EXPECT_THAT(decode_installed_package(std::string(100, 'x')).error(), HasSubstr("does not begin with LKP1"));
    std::string bytes = encode(full_package());
    bytes.back() = static_cast<char>(bytes.back() + 1);
    EXPECT_EQ(decode_installed_package(bytes).error(), "its checksum is wrong");
}

// A name becomes the name of a file and of folders.
TEST(PackageRecord, RefusesNamesThatCouldLeadSomewhereElse)
{
    for (char const* const name : {"../../etc", "a/b", "", "..", "a b", "a\nb", ".hidden"}) {
        InstalledPackage package = full_package();
        package.manifest.identity.name = name;
        EXPECT_FALSE(decode_installed_package(encode(package))) << name;
    }
    InstalledPackage package = full_package();
    package.manifest.publisher_id = "short";
    EXPECT_FALSE(decode_installed_package(encode(package)));
    package = full_package();
    package.folder = "relative/folder";
    EXPECT_FALSE(decode_installed_package(encode(package)));
    package = full_package();
    package.manifest.applications[0].executable = "../../bin/sh";
    EXPECT_THAT(decode_installed_package(encode(package)).error(), HasSubstr("\"../../bin/sh\""));
    package = full_package();
    package.manifest.classes[0].library = "/usr/lib/evil.so";
    EXPECT_FALSE(decode_installed_package(encode(package)));
}

TEST(PackageRecord, RefusesListsAndTextsBeyondTheirLimits)
{
    InstalledPackage package = full_package();
    package.manifest.applications.resize(kMaxApplications + 1);
    EXPECT_THAT(decode_installed_package(encode(package)).error(), HasSubstr("101 applications, more than 100"));
    package = full_package();
    package.manifest.display_name = std::string(5'000, 'x');
    EXPECT_THAT(decode_installed_package(encode(package)).error(), HasSubstr("5000 bytes, more than 1024"));
    package = full_package();
    package.manifest.display_name = "\xff\xfe";
    EXPECT_THAT(decode_installed_package(encode(package)).error(), HasSubstr("not UTF-8"));
}

TEST(PackageRecord, NeverReadsBeyondBytesThatAnybodyMadeUp)
{
    std::mt19937 random(20261121);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = encode(full_package()).substr(0, random() % 700);
        for (int i = 0; i < 4 && !bytes.empty(); ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        (void)decode_installed_package(bytes);
        (void)decode_packager_answer(bytes);
    }
}

TEST(PackagerAnswer, IsContentOrAFaultOrNothingMore)
{
    PackageContent content{full_package().manifest, {"a: warning: b", "c"}, 12, 345'678};
    EXPECT_EQ(decode_packager_answer(encode(PackagerAnswer(content))).value(), PackagerAnswer(content));
    PackageFault fault{kInvalidManifest, "AppxManifest.xml:3: error: no"};
    EXPECT_EQ(decode_packager_answer(encode(PackagerAnswer(fault))).value(), PackagerAnswer(fault));
    EXPECT_EQ(decode_packager_answer(encode(PackagerAnswer(PackagerDone{}))).value(), PackagerAnswer(PackagerDone{}));
}

TEST(PackagerRequest, NamesWhatItNeedsAndNothingRelative)
{
    PackagerRequest const unpack{PackagerWork::Unpack, "/a", "/b"};
    EXPECT_EQ(decode_packager_request(encode(unpack)).value(), unpack);
    EXPECT_TRUE(decode_packager_request(encode(PackagerRequest{PackagerWork::Delete, "", "/b"})));
    EXPECT_FALSE(decode_packager_request(encode(PackagerRequest{PackagerWork::Delete, "", ""})));
    EXPECT_FALSE(decode_packager_request(encode(PackagerRequest{PackagerWork::Read, "a", ""})));
}

TEST(Declaration, HasTheEntryPointsOfAllApplicationsOnce)
{
    Manifest manifest = full_package().manifest;
    Application second;
    second.id = "Other";
    second.tasks.push_back({"Tasks.Fetch", "", "", {TaskType::General}, {TaskHost::AppProcess, {}}, "", "", false, 1});
    manifest.applications.push_back(second);
    auto const declaration = declaration_of(manifest);
    EXPECT_EQ(declaration->family.view(), "Contoso.Mail_8wekyb3d8bbwe");
    EXPECT_EQ(declaration->version, "1.2.3.4");
    EXPECT_TRUE(declaration->in_process_tasks);
    ASSERT_EQ(declaration->entry_points.size(), 2U);
    core::DeclaredEntryPoint const& fetch = declaration->entry_points[0];
    EXPECT_EQ(fetch.name, "Tasks.Fetch");
    EXPECT_EQ(fetch.host, core::HostKind::SystemHost);
    EXPECT_EQ(fetch.resource_group, "group");
    EXPECT_TRUE(fetch.types.has(core::ManifestTaskType::Timer));
    EXPECT_TRUE(fetch.types.has(core::ManifestTaskType::PhoneCall));
    EXPECT_TRUE(fetch.types.has(core::ManifestTaskType::General));
    EXPECT_FALSE(fetch.types.has(core::ManifestTaskType::SystemEvent));
    EXPECT_EQ(declaration->entry_points[1].name, "js/task.js");
    EXPECT_EQ(declaration->entry_points[1].host, core::HostKind::ScriptHost);
}

// Words of manifests and of the engine must not drift apart.
TEST(Declaration, KnowsEveryTaskTypeByItsOwnName)
{
    for (TaskTypeRow const& row : task_types())
        for (core::ManifestTaskTypeInfo const& info : core::kManifestTaskTypes)
            if (info.type == engine_type(row.type)) {
                EXPECT_EQ(info.name, row.name);
            }
}

TEST(Declaration, OfA2010ManifestHasNoInProcessTasks)
{
    Manifest manifest = full_package().manifest;
    manifest.schema = ManifestSchema::Appx2010;
    EXPECT_FALSE(declaration_of(manifest)->in_process_tasks);
}

TEST(FamilyOfFullName, TakesNameAndPublisher)
{
    EXPECT_EQ(family_of_full_name("Contoso.Mail_1.2.3.4_x64_de_8wekyb3d8bbwe"), "Contoso.Mail_8wekyb3d8bbwe");
    EXPECT_EQ(family_of_full_name("Contoso.Mail_1.2.3.4_neutral__8wekyb3d8bbwe.2"), "Contoso.Mail_8wekyb3d8bbwe");
    EXPECT_EQ(family_of_full_name(full_package().manifest.full_name()), full_package().family());
    for (char const* const other :
         {"", "Mail", "Mail_1.0.0.0_x64__", "Mail_1.0_x64__8wekyb3d8bbwe", "_1.0.0.0_x64__8wekyb3d8bbwe",
          "Mail_1.0.0.0_x64__8wekyb3d8bbwe_more", "Mail_1.0.0.0_x64__8wekyb3d8bbwex", ".new-XXXXXX"})
        EXPECT_EQ(family_of_full_name(other), "") << other;
}

} // namespace
} // namespace latchkey::packages
