// SPDX-License-Identifier: MIT
#include "packager/unpacking.h"
#include "packages/files/package_writer.h"
#include "support/temporary_folder.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace latchkey::packager {
namespace {

namespace fs = std::filesystem;
using namespace packages;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::string_view kManifest =
    R"(<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="Contoso.Mail" Publisher="CN=Contoso" Version="1.0.0.0"/>
  <Applications>
    <Application Id="App" Executable="mail">
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.Mail">
          <BackgroundTasks><Task Type="timer"/></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
</Package>
)";

class UnpackingTest : public ::testing::Test {
protected:
    UnpackingTest()
    {
        m_root.put("Mail/AppxManifest.xml", kManifest);
        m_root.put("Mail/lib/Tasks.so", "library");
        fs::permissions(m_root.put("Mail/mail", "#!/bin/sh\n"), fs::perms::owner_all);
    }

    PackagerAnswer unpack(std::string const& source)
    {
        fs::create_directory(m_root.path("target"));
        return carry_out({PackagerWork::Unpack, m_root.path(source), m_root.path("target")});
    }
    static PackageFault fault_of(PackagerAnswer const& answer)
    {
        auto const* const fault = std::get_if<PackageFault>(&answer);
        return fault == nullptr ? PackageFault{0, "no fault"} : *fault;
    }
    static bool is_executable(std::string const& path)
    {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IXUSR) != 0;
    }

    test::TemporaryFolder m_root;
};

TEST_F(UnpackingTest, CopiesAFolderAndReadsTheManifestOfTheCopy)
{
    auto const answer = unpack("Mail");
    auto const* const content = std::get_if<PackageContent>(&answer);
    ASSERT_NE(content, nullptr) << fault_of(answer).message;
    EXPECT_EQ(content->manifest.identity.name, "Contoso.Mail");
    EXPECT_EQ(content->files, 3U);
    EXPECT_EQ(m_root.content("target/lib/Tasks.so"), "library");
    EXPECT_TRUE(is_executable(m_root.path("target/mail")));
    EXPECT_FALSE(is_executable(m_root.path("target/lib/Tasks.so")));
    EXPECT_TRUE(content->warnings.empty()) << content->warnings.front();
}

TEST_F(UnpackingTest, UnpacksAPackageFileAndSaysThatNobodySignedIt)
{
    ASSERT_TRUE(pack_folder(m_root.path("Mail"), m_root.path("Mail.appx")));
    auto const answer = unpack("Mail.appx");
    auto const* const content = std::get_if<PackageContent>(&answer);
    ASSERT_NE(content, nullptr) << fault_of(answer).message;
    EXPECT_EQ(m_root.content("target/lib/Tasks.so"), "library");
    EXPECT_TRUE(is_executable(m_root.path("target/mail")));
    EXPECT_THAT(content->warnings, Contains(HasSubstr("it is not signed")));
}

TEST_F(UnpackingTest, AProgramOfAWindowsPackageBecomesExecutable)
{
    fs::permissions(m_root.path("Mail/mail"), fs::perms::owner_read);
    auto const answer = unpack("Mail");
    ASSERT_TRUE(std::holds_alternative<PackageContent>(answer)) << fault_of(answer).message;
    EXPECT_TRUE(is_executable(m_root.path("target/mail")));
}

TEST_F(UnpackingTest, SaysFileAndLineOfEachFinding)
{
    m_root.put("Mail/AppxManifest.xml", "<Package>\n<Identity Name=\"a b c\" Publisher=\"CN=x\"/>\n</Package>\n");
    PackageFault const fault = fault_of(unpack("Mail"));
    EXPECT_EQ(fault.hresult, kInvalidManifest);
    EXPECT_THAT(fault.message, HasSubstr(m_root.path("Mail/AppxManifest.xml") + ":2: error: "));
}

TEST_F(UnpackingTest, WarnsOfFilesThatTheManifestNames)
{
    fs::remove(m_root.path("Mail/mail"));
    auto const answer = carry_out({PackagerWork::Read, m_root.path("Mail"), ""});
    auto const* const content = std::get_if<PackageContent>(&answer);
    ASSERT_NE(content, nullptr) << fault_of(answer).message;
    EXPECT_THAT(content->warnings, Contains(HasSubstr("the program \"mail\" is not in the package")));
}

// A build token passes the manifest's check with a warning, but no folder can have that name.
TEST_F(UnpackingTest, RefusesANameThatABuildWasToReplace)
{
    m_root.put("Mail/AppxManifest.xml",
               "<Package><Identity Name=\"$name$\" Publisher=\"CN=x\" Version=\"1.0.0.0\"/>"
               "<Applications><Application Id=\"A\" Executable=\"mail\"/></Applications></Package>");
    PackageFault const fault = fault_of(unpack("Mail"));
    EXPECT_EQ(fault.hresult, kInvalidManifest);
    EXPECT_THAT(fault.message, HasSubstr("$name$"));
}

TEST_F(UnpackingTest, RefusesWhatIsNoPackage)
{
    EXPECT_EQ(fault_of(unpack("nowhere")).hresult, kCannotOpenPackage);
    m_root.put("text.appx", "no zip");
    EXPECT_EQ(fault_of(unpack("text.appx")).hresult, kCannotOpenPackage);
    fs::create_directory(m_root.path("empty"));
    EXPECT_EQ(fault_of(unpack("empty")).hresult, kMissingFile);
    EXPECT_EQ(fault_of(carry_out({PackagerWork::Read, m_root.path("empty"), ""})).hresult, kMissingFile);
    fs::create_symlink("/etc/passwd", m_root.path("Mail/link"));
    EXPECT_THAT(fault_of(unpack("Mail")).message, HasSubstr("symbolic link"));
}

} // namespace
} // namespace latchkey::packager
