// SPDX-License-Identifier: MIT
#include "ipc/broker_place.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <gtest/gtest.h>

namespace latchkey::ipc {
namespace {

// The variables that decide the place, put back afterwards.
class BrokerPlaceTest : public testing::Test {
protected:
    void SetUp() override
    {
        for (char const* name : kNames) {
            char const* const value = std::getenv(name);
            m_before[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
            ::unsetenv(name);
        }
        ::setenv("HOME", "/home/ada", 1);
    }
    void TearDown() override
    {
        for (auto const& [name, value] : m_before) {
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
        }
    }

private:
    static constexpr std::array kNames{"HOME", "LATCHKEY_ROOT", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"};
    std::map<std::string, std::optional<std::string>> m_before;
};

TEST_F(BrokerPlaceTest, IsInTheHomeFolderWhenNothingIsSaid)
{
    auto const place = broker_place().value();
    EXPECT_EQ(place.socket, "/home/ada/.local/state/latchkey/run/broker");
    EXPECT_EQ(place.state, "/home/ada/.local/state/latchkey");
    EXPECT_EQ(place.configuration, "/home/ada/.config/latchkey");
}

TEST_F(BrokerPlaceTest, FollowsTheXdgVariables)
{
    ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    ::setenv("XDG_STATE_HOME", "/s", 1);
    ::setenv("XDG_CONFIG_HOME", "/c", 1);
    auto const place = broker_place().value();
    EXPECT_EQ(place.socket, "/run/user/7/latchkey/broker");
    EXPECT_EQ(place.state, "/s/latchkey");
    EXPECT_EQ(place.configuration, "/c/latchkey");
}

TEST_F(BrokerPlaceTest, IgnoresRelativeXdgVariablesAsTheirStandardSays)
{
    ::setenv("XDG_RUNTIME_DIR", "run", 1);
    ::setenv("XDG_STATE_HOME", "state", 1);
    EXPECT_EQ(broker_place().value().socket, "/home/ada/.local/state/latchkey/run/broker");
}

TEST_F(BrokerPlaceTest, PutsEverythingUnderARootAlsoARelativeOne)
{
    ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    ::setenv("LATCHKEY_ROOT", "/tmp/demo", 1);
    auto const place = broker_place().value();
    EXPECT_EQ(place.socket, "/tmp/demo/run/broker");
    EXPECT_EQ(place.state, "/tmp/demo/state");
    EXPECT_EQ(place.configuration, "/tmp/demo/config");

    ::setenv("LATCHKEY_ROOT", "here", 1);
    EXPECT_EQ(broker_place().value().state, std::filesystem::current_path().string() + "/here/state");
    ::setenv("LATCHKEY_ROOT", "", 1);
    EXPECT_EQ(broker_place().value().socket, "/run/user/7/latchkey/broker");
}

TEST_F(BrokerPlaceTest, RefusesASocketPathThatDoesNotFitAndSaysWhatToSet)
{
    ::setenv("LATCHKEY_ROOT", ("/" + std::string(95, 'r')).c_str(), 1);
    EXPECT_TRUE(broker_place()) << "107 bytes fit";
    ::setenv("LATCHKEY_ROOT", ("/" + std::string(96, 'r')).c_str(), 1);
    auto const place = broker_place();
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, std::errc::filename_too_long);
    EXPECT_NE(place.error().text().find("LATCHKEY_ROOT"), std::string::npos);
}

TEST_F(BrokerPlaceTest, FindsOurProgramsBesideOneAnotherAndNoOthers)
{
    std::filesystem::path const self = std::filesystem::canonical("/proc/self/exe");
    EXPECT_EQ(find_program(self.filename().string()), self);
    EXPECT_EQ(find_program("latchkey-no-such-program"), "");
}

TEST_F(BrokerPlaceTest, SaysThatNobodyListensWhenTheBrokerMayNotBeStarted)
{
    std::string folder = std::filesystem::temp_directory_path() / "latchkey-place-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ::setenv("LATCHKEY_ROOT", folder.c_str(), 1);
    auto const bus = connect_to_broker(WhenAbsent::Fail);
    ASSERT_FALSE(bus);
    EXPECT_EQ(bus.error().code, std::errc::no_such_file_or_directory);
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "asking makes nothing";
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace latchkey::ipc
