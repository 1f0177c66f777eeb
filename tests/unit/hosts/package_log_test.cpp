// SPDX-License-Identifier: MIT
#include "hosts/package_log.h"
#include "support/temporary_folder.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

namespace latchkey::hosts {
namespace {

namespace fs = std::filesystem;

std::string print(ipc::Fd const& log, std::string const& text)
{
    return ::write(log.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? text : "";
}

TEST(PackageLog, GoesOnUntilItIsLargeAndIsThenPutAsideOnce)
{
    test::TemporaryFolder const folder;
    std::string const path = folder.path("Contoso.log");
    EXPECT_EQ(print(open_package_log(path), "first\n"), "first\n");
    EXPECT_EQ(print(open_package_log(path), "second\n"), "second\n");
    EXPECT_EQ(fs::file_size(path), 13U);
    fs::resize_file(path, kMaxLogBytes + 1);
    print(open_package_log(path), "third\n");
    EXPECT_EQ(fs::file_size(path), 6U);
    EXPECT_EQ(fs::file_size(path + ".1"), static_cast<std::uintmax_t>(kMaxLogBytes) + 1);
    fs::resize_file(path, kMaxLogBytes + 2);
    open_package_log(path);
    EXPECT_EQ(fs::file_size(path + ".1"), static_cast<std::uintmax_t>(kMaxLogBytes) + 2) << "one is kept";
}

TEST(PackageLog, ThatCannotBeWrittenIsNoReasonNotToRun)
{
    EXPECT_TRUE(open_package_log("/proc/none/Contoso.log"));
}

} // namespace
} // namespace latchkey::hosts
