// SPDX-License-Identifier: MIT
#include "broker/settings.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::broker {
namespace {

namespace fs = std::filesystem;
using ipc::Dictionary;
using ipc::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFamily[] = "Contoso.Mail_8wekyb3d8bbwe";

class SettingsTest : public testing::Test {
protected:
    SettingsTest()
    {
        std::string pattern = fs::temp_directory_path() / "latchkey-settings-XXXXXX";
        m_root = ::mkdtemp(pattern.data());
    }
    ~SettingsTest() override { fs::remove_all(m_root); }

    Settings opened()
    {
        return Settings(m_root + "/settings", [this](std::string const& text) { m_told += text; });
    }
    std::string file() const { return m_root + "/settings/" + kFamily + ".db"; }

    std::string m_root;
    std::string m_told;
};

template <class T>
std::string refusal(ipc::Answer<T> const& answer)
{
    return answer ? "none" : answer.error().name + " " + answer.error().message;
}

std::vector<Value> one(Value value)
{
    std::vector<Value> values;
    values.push_back(std::move(value));
    return values;
}

TEST_F(SettingsTest, KeepWhatWasCommittedWhenTheBrokerComesBack)
{
    Dictionary const composite{{"title", "Ada"}, {"pages", std::int32_t{12}}};
    {
        Settings settings = opened();
        EXPECT_EQ(settings.insert(kFamily, "", "answer", std::int32_t{42}), false);
        EXPECT_EQ(settings.insert(kFamily, "", "answer", "forty-two"), true);
        EXPECT_EQ(settings.insert(kFamily, "", "book", composite), false);
        EXPECT_EQ(settings.insert(kFamily, "\\Roaming", "answer", true), false);
        EXPECT_TRUE(settings.set_version(kFamily, 7));
    }
    Settings settings = opened();
    EXPECT_EQ(settings.read(kFamily, ""), (Dictionary{{"answer", "forty-two"}, {"book", composite}}));
    EXPECT_EQ(settings.look_up(kFamily, "\\Roaming", "answer"), one(true));
    EXPECT_EQ(settings.look_up(kFamily, "", "nothing"), std::vector<Value>());
    EXPECT_EQ(settings.version(kFamily), 7u);
    EXPECT_EQ(settings.version("Other_8wekyb3d8bbwe"), 0u);
}

TEST_F(SettingsTest, AreThereAlthoughTheBrokerWasKilledRightAfterTheAnswer)
{
    pid_t const child = ::fork();
    if (child == 0) {
        Settings settings = opened();
        bool const done = settings.insert(kFamily, "", "k", "v").has_value();
        ::kill(::getpid(), done ? SIGKILL : SIGABRT);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    EXPECT_EQ(opened().look_up(kFamily, "", "k"), one("v"));
}

TEST_F(SettingsTest, TakeKeysThatDifferInCaseForTheSame)
{
    Settings settings = opened();
    ASSERT_TRUE(settings.insert(kFamily, "", "ReportCount", std::int32_t{1}));
    EXPECT_EQ(settings.insert(kFamily, "", "reportCount", std::int32_t{2}), true);
    EXPECT_EQ(settings.read(kFamily, ""), (Dictionary{{"ReportCount", std::int32_t{2}}}));
    EXPECT_EQ(settings.remove(kFamily, "", {"REPORTCOUNT", "other"}), 1u);
}

TEST_F(SettingsTest, RemoveAllWhenNoKeyIsNamed)
{
    Settings settings = opened();
    ASSERT_TRUE(settings.insert(kFamily, "", "a", true));
    ASSERT_TRUE(settings.insert(kFamily, "", "b", true));
    ASSERT_TRUE(settings.create_container(kFamily, "inner", Settings::Existing::MayBeMade));
    EXPECT_EQ(settings.remove(kFamily, "", {}), 2u);
    EXPECT_EQ(settings.read(kFamily, ""), Dictionary{});
    EXPECT_THAT(settings.containers(kFamily, "").value(), ElementsAre("inner"));
}

TEST_F(SettingsTest, HaveContainersInContainersThatGoWithTheirContents)
{
    Settings settings = opened();
    EXPECT_THAT(refusal(settings.create_container(kFamily, "a", Settings::Existing::MustExist)),
                HasSubstr("org.latchkey.Error.NoSuchContainer 0x80070002 there is no container a"));
    ASSERT_TRUE(settings.create_container(kFamily, "a\\b\\c", Settings::Existing::MayBeMade));
    ASSERT_TRUE(settings.create_container(kFamily, "A\\B", Settings::Existing::MustExist));
    ASSERT_TRUE(settings.insert(kFamily, "a\\b", "k", "v"));
    EXPECT_THAT(settings.containers(kFamily, "a").value(), ElementsAre("b"));
    ASSERT_TRUE(settings.delete_container(kFamily, "a"));
    EXPECT_THAT(settings.containers(kFamily, "").value(), IsEmpty());
    EXPECT_THAT(refusal(settings.read(kFamily, "a\\b")), HasSubstr("NoSuchContainer"));
    ASSERT_TRUE(settings.create_container(kFamily, "a\\b", Settings::Existing::MayBeMade));
    EXPECT_EQ(settings.read(kFamily, "a\\b"), Dictionary{});
    EXPECT_TRUE(settings.delete_container(kFamily, "not there"));
    EXPECT_THAT(refusal(settings.delete_container(kFamily, "")), HasSubstr("0x80070057"));
    EXPECT_THAT(refusal(settings.delete_container(kFamily, "\\Roaming")), HasSubstr("0x80070057"));
    EXPECT_THAT(refusal(settings.read(kFamily, "\\Other")), HasSubstr("0x80070057"));
    EXPECT_THAT(refusal(settings.read(kFamily, "a\\\\b")), HasSubstr("0x80070057"));
}

TEST_F(SettingsTest, ClearOneLocalityAndLeaveTheOther)
{
    Settings settings = opened();
    ASSERT_TRUE(settings.create_container(kFamily, "a", Settings::Existing::MayBeMade));
    ASSERT_TRUE(settings.insert(kFamily, "a", "k", "v"));
    ASSERT_TRUE(settings.insert(kFamily, "\\Roaming", "k", "v"));
    ASSERT_TRUE(settings.clear(kFamily, ""));
    EXPECT_THAT(settings.containers(kFamily, "").value(), IsEmpty());
    EXPECT_EQ(settings.look_up(kFamily, "\\Roaming", "k"), one("v"));
    EXPECT_THAT(refusal(settings.clear(kFamily, "a")), HasSubstr("0x80070057"));
}

TEST_F(SettingsTest, HoldTheirLimitsAndNothingMore)
{
    Settings settings = opened();
    auto const insert = [&](std::string const& key, Value const& value) {
        return refusal(settings.insert(kFamily, "", key, value));
    };
    std::string const longest(kMaxSettingName, 'k');
    std::string umlauts;
    for (std::size_t i = 0; i < kMaxSettingName; ++i) {
        umlauts += "ä";
    }
    EXPECT_EQ(insert(longest, true), "none");
    EXPECT_EQ(insert(umlauts, true), "none");
    EXPECT_THAT(insert(longest + "k", true), HasSubstr("0x80073dc9"));
    EXPECT_THAT(insert("", true), HasSubstr("0x80070057"));

    std::string const largest(kMaxSettingValue, 'v');
    EXPECT_EQ(insert("v", Value(largest)), "none");
    EXPECT_THAT(insert("v", Value(largest + "v")), HasSubstr("LimitExceeded 0x80073dc8 the value has 8193 bytes"));

    Dictionary composite;
    for (int i = 0; i < 8; ++i) {
        composite.set(std::to_string(i), Value(largest.substr(1)));
    }
    EXPECT_EQ(insert("c", composite), "none");
    composite.set("0", Value(largest + "1"));
    composite.set("1", Value(largest));
    EXPECT_THAT(insert("c", composite), HasSubstr("0x80073dc7"));

    std::string path = "c";
    for (std::size_t depth = 1; depth < kMaxContainerDepth; ++depth) {
        path += "\\c";
    }
    EXPECT_TRUE(settings.create_container(kFamily, path, Settings::Existing::MayBeMade));
    EXPECT_THAT(refusal(settings.create_container(kFamily, path + "\\c", Settings::Existing::MayBeMade)),
                HasSubstr("0x80070718"));
    EXPECT_THAT(refusal(settings.create_container(kFamily, longest + "k", Settings::Existing::MayBeMade)),
                HasSubstr("0x80073dca"));
}

TEST_F(SettingsTest, RefuseValuesThatAreNoSettings)
{
    Settings settings = opened();
    for (Value const& value : {Value(std::vector<std::string>{"a"}), Value(std::vector<std::uint8_t>{}),
                               Value(std::vector<Value>{Value(true)}), Value(Dictionary{{"inner", Dictionary{}}})}) {
        EXPECT_THAT(refusal(settings.insert(kFamily, "", "k", value)), HasSubstr("NotSupported 0x8007065e"));
    }
    EXPECT_EQ(settings.look_up(kFamily, "", "k"), std::vector<Value>());
}

TEST_F(SettingsTest, OfADamagedFileAreSetAsideAndSaidSo)
{
    fs::create_directories(m_root + "/settings");
    std::ofstream(file()) << "this is no database, and long enough to be looked at as one: " << std::string(5000, 'x');
    Settings settings = opened();
    EXPECT_EQ(settings.read(kFamily, ""), Dictionary{});
    EXPECT_THAT(m_told, HasSubstr("were moved to " + file() + ".damaged"));
    EXPECT_TRUE(fs::exists(file() + ".damaged"));
    ASSERT_TRUE(settings.insert(kFamily, "", "k", "v"));
}

TEST_F(SettingsTest, AreSetAsideAlsoWhenTheMiddleOfTheFileIsDamaged)
{
    {
        Settings settings = opened();
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(settings.insert(kFamily, "", "k" + std::to_string(i), std::string(500, 'v')));
    }
    {
        std::fstream damaged(file(), std::ios::binary | std::ios::in | std::ios::out);
        for (auto at = static_cast<std::streamoff>(fs::file_size(file())) - 3 * 4096; at > 8 * 4096; at -= 4096) {
            damaged.seekp(at / 4096 * 4096);
            damaged << std::string(64, '\xff');
        }
    }
    Settings settings = opened();
    EXPECT_EQ(settings.read(kFamily, ""), Dictionary{});
    EXPECT_THAT(m_told, HasSubstr("were moved to " + file() + ".damaged"));
}

TEST_F(SettingsTest, OfMorePackagesThanFilesMayBeOpenAreAllServed)
{
    Settings settings = opened();
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < kMaxOpenSettingsFiles + 3; ++i) {
            std::string const family = "P" + std::to_string(i) + "_8wekyb3d8bbwe";
            EXPECT_EQ(settings.insert(family, "", "k", std::int32_t{round}), round == 1) << family;
        }
    }
    settings.erase("P0_8wekyb3d8bbwe");
    EXPECT_EQ(settings.look_up("P0_8wekyb3d8bbwe", "", "k"), std::vector<Value>());
    EXPECT_EQ(settings.look_up("P1_8wekyb3d8bbwe", "", "k"), one(std::int32_t{1}));
}

} // namespace
} // namespace latchkey::broker
