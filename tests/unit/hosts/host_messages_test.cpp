// SPDX-License-Identifier: MIT
#include "hosts/host_messages.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <latchkey/host_protocol.h>
#include <latchkey/runtime.h>

namespace latchkey::hosts {
namespace {

using testing::HasSubstr;

std::string number(std::uint32_t value)
{
    return {reinterpret_cast<char const*>(&value), sizeof value};
}
std::string text(std::string_view value)
{
    return number(static_cast<std::uint32_t>(value.size())) + std::string(value);
}
std::string message(std::uint32_t kind, std::string const& body)
{
    return number(kind) + number(static_cast<std::uint32_t>(8 + body.size())) + body;
}

PackagePlace small_place()
{
    PackagePlace place;
    place.family = "Sample_1";
    place.folder = "/packages/sample";
    place.data = "/data/sample";
    place.classes = {{"Tasks.Mail", "lib/Tasks.so"}};
    place.probe_folders = {"/packages/sample"};
    return place;
}

TEST(HostRequest, ConfigureHasPathsThatAreAbsolute)
{
    auto const messages = configure_messages(small_place());
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 1U);
    EXPECT_EQ(messages->front(),
              message(LATCHKEY_HOST_CONFIGURE, number(LATCHKEY_HOST_PROTOCOL) + text("Sample_1") +
                                                   text("/packages/sample") + text("/data/sample") + number(1) +
                                                   text("Tasks.Mail") + text("/packages/sample/lib/Tasks.so") +
                                                   number(1) + text("/packages/sample")));
}

TEST(HostRequest, ClassesThatFitNoMessageFollowInMore)
{
    PackagePlace place = small_place();
    place.classes.assign(4096, {std::string(60, 'c'), "library.so"});
    auto const messages = configure_messages(place);
    ASSERT_TRUE(messages);
    std::uint32_t classes = 0;
    for (std::string const& each : *messages) {
        EXPECT_LE(each.size(), LATCHKEY_HOST_MESSAGE_MAX);
        std::uint32_t count = 0;
        std::size_t const behind =
            &each == &messages->front()
                ? 8 + 4 + text("Sample_1").size() + text("/packages/sample").size() + text("/data/sample").size()
                : 8;
        std::memcpy(&count, each.data() + behind, sizeof count);
        classes += count;
    }
    EXPECT_EQ(classes, 4096U);
}

TEST(HostRequest, APathLongerThanTheProtocolAllowsIsRefusedInWords)
{
    PackagePlace place = small_place();
    place.data = std::string(LATCHKEY_HOST_STRING_MAX + 1, 'd');
    auto const messages = configure_messages(place);
    ASSERT_FALSE(messages);
    EXPECT_THAT(messages.error(), HasSubstr("Sample_1"));
}

TEST(HostRequest, ActivateCarriesGuidsAsWindowsHasThem)
{
    ActivationWords words;
    words.instance = {0x0011223344556677, 0x8899aabbccddeeff};
    auto const activate = activate_message(5, words);
    ASSERT_TRUE(activate);
    LatchkeyGuid guid{};
    std::memcpy(&guid, activate->data() + 12, sizeof guid);
    EXPECT_EQ(guid.data1, 0x00112233U);
    EXPECT_EQ(guid.data2, 0x4455U);
    EXPECT_EQ(guid.data3, 0x6677U);
    EXPECT_EQ(guid.data4[0], 0x88U);
    EXPECT_EQ(guid.data4[7], 0xffU);
}

TEST(HostRequest, DetailsThatFitNoMessageAreRefusedInWords)
{
    ActivationWords words;
    words.entry_point = "Tasks.Mail";
    words.detail = std::string(LATCHKEY_HOST_MESSAGE_MAX, 'x');
    auto const activate = activate_message(0, words);
    ASSERT_FALSE(activate);
    EXPECT_THAT(activate.error(), HasSubstr("Tasks.Mail"));
}

TEST(HostRequest, FitsAMessageWithWhateverAPolicyMayAllow)
{
    std::string const longest(core::kMaxTextBytesEver, 'x');
    core::Trigger trigger{core::TriggerKind::NetworkOperatorHotspotAuthentication, 0, true, 0, longest};
    ActivationWords words;
    words.entry_point = longest;
    words.name = longest;
    words.trigger = core::to_words(trigger);
    words.detail_kind = core::name_of(trigger.kind);
    words.detail.assign(core::kMaxDetailsBytesEver, 'x');
    auto const activate = activate_message(0, words);
    EXPECT_TRUE(activate) << activate.error();
    EXPECT_LE(core::kMaxRunningPerPackageEver, LATCHKEY_HOST_SLOTS);
}

TEST(HostReport, IsTakenApart)
{
    auto const report = parse_report(message(LATCHKEY_HOST_COMPLETED, number(3) + number(0x80004005) + text("why")));
    ASSERT_TRUE(report);
    auto const& completed = std::get<Completed>(*report);
    EXPECT_EQ(completed.slot, 3U);
    EXPECT_EQ(completed.result, core::hresult(0x80004005));
    EXPECT_EQ(completed.message, "why");
}

TEST(HostReport, ThatIsCutAnywhereOrHasMoreIsRefused)
{
    std::string const whole = message(LATCHKEY_HOST_COMPLETED, number(3) + number(0) + text("why"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_report(whole.substr(0, size))) << size;
    }
    EXPECT_FALSE(parse_report(whole + "x"));
    EXPECT_FALSE(parse_report(message(99, "")));
    EXPECT_FALSE(parse_report(message(LATCHKEY_HOST_COMPLETED, number(3) + number(0) + number(0xffffffff))));
    EXPECT_FALSE(parse_report(message(LATCHKEY_HOST_COMPLETED,
                                      number(3) + number(0) + text(std::string(LATCHKEY_HOST_STRING_MAX + 1, 'x')))));
}

TEST(HostReport, TextThatIsNoUtf8IsMadePrintable)
{
    auto const report = parse_report(message(LATCHKEY_HOST_COMPLETED, number(0) + number(1) + text("a\xff")));
    ASSERT_TRUE(report);
    EXPECT_EQ(std::get<Completed>(*report).message.find('\xff'), std::string::npos);
}

} // namespace
} // namespace latchkey::hosts
