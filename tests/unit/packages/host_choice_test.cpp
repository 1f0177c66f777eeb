// SPDX-License-Identifier: MIT
#include "packages/manifest.h"

#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

using enum ManifestSchema;

TEST(TaskHostChoice, A2010TaskWithoutExecutableRunsInTheApp)
{
    EXPECT_EQ(choose_host(Appx2010, "", "", "app.exe"),
              (HostChoice{TaskHost::AppProcess, HostReason::NoExecutableIn2010}));
}

TEST(TaskHostChoice, BackgroundTaskHostIsOurHostInAnyCase)
{
    EXPECT_EQ(choose_host(Appx2010, "BackgroundTaskHost.EXE", "", "app.exe"),
              (HostChoice{TaskHost::NativeHost, HostReason::ExecutableIsTaskHost}));
}

TEST(TaskHostChoice, AWindows10TaskWithoutExecutableRunsInOurHost)
{
    EXPECT_EQ(choose_host(Windows10, "", "", "app.exe"),
              (HostChoice{TaskHost::NativeHost, HostReason::NoExecutableInWindows10}));
}

TEST(TaskHostChoice, TheAppsOwnProgramMeansTheAppsProcess)
{
    EXPECT_EQ(choose_host(Windows10, "App.exe", "", "app.exe"),
              (HostChoice{TaskHost::AppProcess, HostReason::ExecutableIsApp}));
}

TEST(TaskHostChoice, AScriptRunsInTheScriptHostWhateverTheSchema)
{
    for (ManifestSchema const schema : {Appx2010, Windows10})
        EXPECT_EQ(choose_host(schema, "", "task.js", ""), (HostChoice{TaskHost::ScriptHost, HostReason::StartPage}));
}

TEST(TaskHostChoice, AnotherProgramIsNoHostIn2010AndNotUsedInWindows10)
{
    EXPECT_EQ(choose_host(Appx2010, "other.exe", "", "app.exe"), std::nullopt);
    EXPECT_EQ(choose_host(Windows10, "other.exe", "", "app.exe"),
              (HostChoice{TaskHost::NativeHost, HostReason::OtherExecutableInWindows10}));
}

TEST(PackageVersion, IsExactlyFourNumbersUpTo65535)
{
    EXPECT_EQ(parse_package_version("1.2.3.65535"), (PackageVersion{1, 2, 3, 65535}));
    for (auto const* wrong :
         {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.65536", "1.2.3.", "1.2.-3.4", " 1.2.3.4", "a.b.c.d"})
        EXPECT_EQ(parse_package_version(wrong), std::nullopt) << wrong;
    EXPECT_LT((PackageVersion{1, 9, 0, 0}), (PackageVersion{1, 10, 0, 0}));
}

TEST(TaskTypes, HaveTheNamesOfTheManifestAndBack)
{
    for (TaskTypeRow const& row : task_types())
        EXPECT_EQ(parse_task_type(row.name), row.type);
    EXPECT_EQ(parse_task_type("SystemEvent"), std::nullopt);
}

} // namespace
} // namespace latchkey::packages
