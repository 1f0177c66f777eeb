// SPDX-License-Identifier: MIT
#include "packages/caller_identity.h"
#include "packages/installed_packages.h"
#include "packages/package_record.h"
#include "support/temporary_folder.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace latchkey::packages {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;

class InstalledPackagesTest : public ::testing::Test {
protected:
    InstalledPackages open() { return InstalledPackages::open(m_root.path("state")).value(); }

    InstalledPackages::Entry make(InstalledPackages const& packages, std::string name, std::uint16_t major = 1)
    {
        auto package = std::make_shared<InstalledPackage>();
        package->manifest.identity = {std::move(name), "CN=Contoso", {major, 0, 0, 0}, "neutral", "", true};
        package->manifest.publisher_id = "8wekyb3d8bbwe";
        package->folder = packages.free_folder(package->manifest);
        fs::create_directories(package->folder);
        return package;
    }
    InstalledPackages::Entry make_in_place(std::string name, std::string folder)
    {
        auto package = std::make_shared<InstalledPackage>();
        package->manifest.identity = {std::move(name), "CN=Contoso", {1, 0, 0, 0}, "neutral", "", true};
        package->manifest.publisher_id = "8wekyb3d8bbwe";
        package->folder = std::move(folder);
        package->in_place = true;
        return package;
    }

    std::string records(std::string const& name = "") { return m_root.path("state/installed/" + name); }

    test::TemporaryFolder m_root;
};

constexpr char const* kMail = "Contoso.Mail_8wekyb3d8bbwe";
constexpr char const* kFeed = "Contoso.Feed_8wekyb3d8bbwe";

TEST_F(InstalledPackagesTest, AreThereAgainAfterANewStart)
{
    auto first = open();
    ASSERT_TRUE(first.put(make(first, "Contoso.Mail")));
    ASSERT_TRUE(first.put(make_in_place("Contoso.Feed", "/home/u/feed")));
    auto const second = open();
    EXPECT_THAT(second.all(), ElementsAre(Key(kFeed), Key(kMail)));
    EXPECT_EQ(*second.find(kMail), *first.find(kMail));
    EXPECT_EQ(second.find(kFeed)->folder, "/home/u/feed");
    EXPECT_THAT(second.damaged(), IsEmpty());
    EXPECT_THAT(second.leftovers(), IsEmpty());
}

TEST_F(InstalledPackagesTest, KeepTheNewestOfTwoVersions)
{
    auto packages = open();
    ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail", 1)));
    std::string const old = packages.find(kMail)->folder;
    ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail", 2)));
    EXPECT_EQ(open().find(kMail)->manifest.identity.version.major, 2);
    EXPECT_THAT(open().leftovers(), ElementsAre(old));
}

TEST_F(InstalledPackagesTest, ADamagedRecordIsSetAsideAndTheOthersStay)
{
    {
        auto packages = open();
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Feed")));
    }
    m_root.put(std::string("state/installed/") + kMail, "not a record");
    auto const packages = open();
    EXPECT_THAT(packages.all(), ElementsAre(Key(kFeed)));
    ASSERT_THAT(packages.damaged(), SizeIs(1));
    EXPECT_EQ(packages.damaged()[0].file, records(std::string(kMail) + ".damaged"));
    EXPECT_THAT(packages.damaged()[0].problem, HasSubstr("does not begin with LKP1"));
    EXPECT_TRUE(fs::exists(packages.damaged()[0].file));
    // Set aside once, and not again at every start; its folder is not swept as if nobody had it.
    EXPECT_THAT(open().damaged(), IsEmpty());
    EXPECT_THAT(open().leftovers(), IsEmpty());
}

TEST_F(InstalledPackagesTest, ARecordUnderAnotherNameIsNotBelieved)
{
    {
        auto packages = open();
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
    }
    fs::rename(records(kMail), records(kFeed));
    auto const packages = open();
    EXPECT_THAT(packages.all(), IsEmpty());
    ASSERT_THAT(packages.damaged(), SizeIs(1));
    EXPECT_THAT(packages.damaged()[0].problem, HasSubstr(kMail));
}

TEST_F(InstalledPackagesTest, WhatAKilledBrokerWasWritingDisappears)
{
    {
        auto packages = open();
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
    }
    m_root.put(std::string("state/installed/.") + kMail + ".new", "half");
    EXPECT_THAT(open().all(), SizeIs(1));
    EXPECT_FALSE(fs::exists(records(std::string(".") + kMail + ".new")));
}

TEST_F(InstalledPackagesTest, MoveWithTheirFolder)
{
    {
        auto packages = open();
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
    }
    fs::rename(m_root.path("state"), m_root.path("moved"));
    auto const packages = InstalledPackages::open(m_root.path("moved")).value();
    ASSERT_NE(packages.find(kMail), nullptr);
    EXPECT_TRUE(fs::is_directory(packages.find(kMail)->folder));
    EXPECT_THAT(packages.leftovers(), IsEmpty());
}

TEST_F(InstalledPackagesTest, AnInterruptedRemovalIsRememberedWithWhatItWasToDelete)
{
    {
        auto packages = open();
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
        ASSERT_TRUE(packages.put(make(packages, "Contoso.Feed")));
        ASSERT_TRUE(packages.begin_removal(kMail, true));
        ASSERT_TRUE(packages.begin_removal(kFeed, false));
    }
    auto packages = open();
    EXPECT_THAT(packages.all(), IsEmpty());
    ASSERT_THAT(packages.interrupted_removals(), SizeIs(2));
    EXPECT_EQ(packages.interrupted_removals()[0].package->family(), kFeed);
    EXPECT_FALSE(packages.interrupted_removals()[0].with_data);
    EXPECT_TRUE(packages.interrupted_removals()[1].with_data);
    ASSERT_TRUE(packages.end_removal(kMail));
    ASSERT_TRUE(packages.end_removal(kFeed));
    EXPECT_THAT(open().interrupted_removals(), IsEmpty());
    EXPECT_THAT(open().leftovers(), SizeIs(2));
}

TEST_F(InstalledPackagesTest, APackageInstalledAgainIsNotRemovedByTheOldMark)
{
    auto packages = open();
    ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
    ASSERT_TRUE(packages.begin_removal(kMail, true));
    ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail")));
    auto const again = open();
    EXPECT_THAT(again.all(), ElementsAre(Key(kMail)));
    EXPECT_THAT(again.interrupted_removals(), IsEmpty());
}

TEST_F(InstalledPackagesTest, DataFoldersAreTheUsersAlone)
{
    auto const packages = open();
    ASSERT_TRUE(packages.make_data_folders(kMail));
    for (char const* const part : {"", "/LocalState", "/RoamingState", "/TemporaryState"}) {
        struct stat status {};
        ASSERT_EQ(::stat((packages.data_folder(kMail) + part).c_str(), &status), 0) << part;
        EXPECT_EQ(status.st_mode & 07777, 0700U) << part;
    }
}

TEST_F(InstalledPackagesTest, AProgramBelongsToThePackageInWhoseFolderItLies)
{
    auto packages = open();
    ASSERT_TRUE(packages.put(make(packages, "Contoso.Mail", 2)));
    ASSERT_TRUE(packages.put(make_in_place("Contoso.Feed", "/home/u/feed")));
    ASSERT_TRUE(packages.put(make_in_place("Contoso.Inner", "/home/u/feed/inner")));
    std::string const& folders = packages.package_folders();
    EXPECT_EQ(family_of_program(packages, packages.find(kMail)->folder + "/bin/mail"), kMail);
    // An app that was started before an update runs from the old folder.
    EXPECT_EQ(family_of_program(packages, folders + "/Contoso.Mail_1.0.0.0_neutral__8wekyb3d8bbwe/bin/mail"), kMail);
    EXPECT_EQ(family_of_program(packages, "/home/u/feed/feed"), kFeed);
    EXPECT_EQ(family_of_program(packages, "/home/u/feed/inner/a"), "Contoso.Inner_8wekyb3d8bbwe");
    for (std::string const& other :
         {std::string(), std::string("feed"), std::string("/home/u/feed"), std::string("/home/u/feeder/a"),
          std::string("/usr/bin/latchkey"), folders + "/Other_1.0.0.0_neutral__8wekyb3d8bbwe/a", folders + "/.new-1/a"})
        EXPECT_EQ(family_of_program(packages, other), "") << other;
}

} // namespace
} // namespace latchkey::packages
