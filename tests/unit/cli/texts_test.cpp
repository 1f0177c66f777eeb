// SPDX-License-Identifier: MIT
// Every word that people read about tasks and packages, made from records as the broker sends them.
#include "cli/broker_link.h"
#include "cli/package_text.h"
#include "cli/records.h"
#include "cli/task_text.h"
#include "cli/watch_screen.h"
#include "cli/words.h"

#include <cstdlib>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::cli {
namespace {

using ipc::Dictionary;
using ipc::Value;
using ::testing::HasSubstr;

// 2026-11-21 09:15:00 UTC
constexpr std::uint64_t kNow = 1'795'252'500'000'000;
constexpr std::uint64_t kSecond = 1'000'000;

class TextsTest : public ::testing::Test {
protected:
    TextsTest()
    {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }

    Dictionary task()
    {
        return {{"id", "3f2a91c0-1111-4222-8333-444455556666"},
                {"package", "Contoso.Mail_8wekyb3d8bbwe"},
                {"name", "mail-sync"},
                {"entry-point", "Tasks.Mail"},
                {"trigger", "TimeZoneChange"},
                {"one-shot", false},
                {"conditions", std::vector<std::string>{"InternetAvailable"}},
                {"cancel-on-condition-loss", true},
                {"network-requested", false},
                {"group", ""},
                {"group-name", ""},
                {"state", "latched"},
                {"latched-since_us", kNow - 48 * kSecond},
                {"next-due_us", std::uint64_t{0}},
                {"created_us", kNow - 86'400 * kSecond},
                {"last-start_us", kNow - 900 * kSecond},
                {"last-end_us", kNow - 899 * kSecond},
                {"last-result", std::int32_t{0}},
                {"runs", std::uint64_t{2}}};
    }

    Dictionary why()
    {
        Dictionary record = task();
        Dictionary const condition{{"name", "InternetAvailable"},
                                   {"holds", false},
                                   {"known", true},
                                   {"source", "NetworkManager: connecting"},
                                   {"since_us", kNow - 100 * kSecond}};
        Dictionary const unknown{{"name", "UserPresent"},
                                 {"holds", false},
                                 {"known", false},
                                 {"source", ""},
                                 {"since_us", std::uint64_t{0}}};
        Dictionary const good{{"instance", "i2"},
                              {"start_us", kNow - 900 * kSecond},
                              {"end_us", kNow - 899 * kSecond},
                              {"result", std::int32_t{0}},
                              {"text", ""}};
        Dictionary const bad{{"instance", "i1"},
                             {"start_us", kNow - 1800 * kSecond},
                             {"end_us", kNow - 1725 * kSecond},
                             {"result", static_cast<std::int32_t>(0x80004005)},
                             {"text", "no route to host"}};
        record.set("trigger-source", "");
        record.set("missing", std::vector<std::string>{"InternetAvailable", "UserPresent"});
        record.set("conditions", std::vector<Dictionary>{condition, unknown});
        record.set("access", std::int32_t{2});
        record.set("allowed", true);
        record.set("quota-used_us", std::uint64_t{1'400'000});
        record.set("quota_us", std::uint64_t{2'000'000});
        record.set("quota-renews_us", kNow + 300 * kSecond);
        record.set("running", false);
        record.set("instance", "");
        record.set("buffered", false);
        record.set("restarts", std::uint32_t{0});
        record.set("runs", std::vector<Dictionary>{good, bad});
        record.set("answer", "Fired at 2026-11-21 09:14:12 UTC and waits for: InternetAvailable.");
        return record;
    }
};

TEST_F(TextsTest, WhySaysTriggerLatchConditionsAccessQuotaRunsAndTheAnswer)
{
    EXPECT_EQ(why_text(why(), kNow), R"(mail-sync  Contoso.Mail_8wekyb3d8bbwe  3f2a91c0
  trigger    TimeZoneChange       fired 09:14:12, latched
  condition  InternetAvailable    no since 09:13:20 (NetworkManager: connecting)
  condition  UserPresent          not known (nothing here tells)
  access     allowed
  quota      1.4 s of 2.0 s used  renews 09:20:00
  last runs  09:00:00             1.0 s  ok
             08:45:00             1 min  failed (0x80004005): no route to host
Fired at 09:14:12 and waits for: InternetAvailable.
)");
}

TEST_F(TextsTest, WhyOfATaskThatNeverRanHasNothingMadeUp)
{
    Dictionary record = task();
    record.set("state", "idle");
    record.set("latched-since_us", std::uint64_t{0});
    record.set("next-due_us", kNow + 900 * kSecond);
    record.set("last-start_us", std::uint64_t{0});
    record.set("conditions", std::vector<Dictionary>{});
    record.set("runs", std::vector<Dictionary>{});
    record.set("access", std::int32_t{0});
    record.set("allowed", false);
    record.set("answer", "Not allowed: latchkey allow Contoso.Mail_8wekyb3d8bbwe");
    EXPECT_EQ(why_text(record, kNow), R"(mail-sync  Contoso.Mail_8wekyb3d8bbwe  3f2a91c0
  trigger    TimeZoneChange  due 09:30:00
  access     not decided     not for this trigger
  quota      none applies
  last runs  none
Not allowed: latchkey allow Contoso.Mail_8wekyb3d8bbwe
)");
}

TEST_F(TextsTest, ListHasALineForEachTask)
{
    Dictionary second = task();
    second.set("name", "");
    second.set("id", "aaaabbbb-1111-4222-8333-444455556666");
    second.set("trigger", "TimeTrigger:15");
    second.set("one-shot", true);
    second.set("conditions", std::vector<std::string>{});
    second.set("state", "idle");
    second.set("latched-since_us", std::uint64_t{0});
    second.set("next-due_us", kNow + 86'400 * kSecond);
    second.set("last-start_us", std::uint64_t{0});
    second.set("last-end_us", std::uint64_t{0});
    EXPECT_EQ(list_text({task(), second}, kNow),
              "TASK        STATE                          WHEN                                  LAST RUN     ID        "
              "PACKAGE\n"
              "mail-sync   latched since 09:14:12         TimeZoneChange, if InternetAvailable  09:00:01 ok  3f2a91c0  "
              "Contoso.Mail_8wekyb3d8bbwe\n"
              "Tasks.Mail  idle, due 2026-11-22 09:15:00  TimeTrigger:15, once                  never        aaaabbbb  "
              "Contoso.Mail_8wekyb3d8bbwe\n");
    EXPECT_EQ(list_text({}, kNow), "no task is registered\n");
    second.set("state", "not-allowed");
    EXPECT_THAT(list_text({second, second}, kNow),
                ::testing::EndsWith("Contoso.Mail_8wekyb3d8bbwe\n"
                                    "not allowed: latchkey allow Contoso.Mail_8wekyb3d8bbwe\n"));
}

TEST_F(TextsTest, ShowSaysWhatWasRegistered)
{
    EXPECT_EQ(show_text(task(), kNow), R"(mail-sync
  id                 3f2a91c0-1111-4222-8333-444455556666
  package            Contoso.Mail_8wekyb3d8bbwe
  entry point        Tasks.Mail
  trigger            TimeZoneChange
  conditions         InternetAvailable
  on condition loss  cancelled
  network requested  no
  registered         2026-11-20 09:15:00
  state              latched since 09:14:12
  last run           09:00:01 ok
)");
}

TEST_F(TextsTest, WhatAnAppWritesCannotDrawOnTheTerminal)
{
    Dictionary record = why();
    record.set("name", "\x1b[2J evil\nsecond line");
    record.set("answer", "\x1b]0;title\x07");
    for (std::string const& text : {why_text(record, kNow), show_text(record, kNow), list_text({record}, kNow)}) {
        EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
        EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
    }
    EXPECT_THAT(why_text(record, kNow), HasSubstr("\\x1b[2J evil\\x0asecond line"));
}

TEST_F(TextsTest, JsonHasEveryFieldAlsoWhenTheBrokerSentNone)
{
    std::string const nothing = json_of(Dictionary(), why_fields());
    for (Field const& field : why_fields()) {
        std::string name(field.key);
        std::ranges::replace(name, '-', '_');
        EXPECT_THAT(nothing, HasSubstr('"' + name + '"'));
    }
    EXPECT_THAT(nothing, HasSubstr("\"latched_since_us\": null"));
    EXPECT_THAT(nothing, HasSubstr("\"conditions\": []"));
    std::string const full = json_of(why(), why_fields());
    EXPECT_THAT(full, HasSubstr("\"entry_point\": \"Tasks.Mail\""));
    EXPECT_THAT(full, HasSubstr("\"group\": null"));
    EXPECT_THAT(full, HasSubstr("\"last_result\": \"0x00000000\""));
    EXPECT_THAT(full, HasSubstr("\"result\": \"0x80004005\""));
    EXPECT_THAT(full, HasSubstr("\"latched_since_us\": 1795252452000000"));
}

TEST_F(TextsTest, JsonAlsoHasWhatANewerBrokerSays)
{
    Dictionary record = task();
    record.set("mood", "good");
    record.set("weights", std::vector<Value>{Value(1.5), Value(std::uint8_t{2})});
    record.set("broken", "\xff");
    std::string const json = json_of(std::vector<Dictionary>{record}, task_fields());
    EXPECT_THAT(json, HasSubstr("\"mood\": \"good\""));
    EXPECT_THAT(json, HasSubstr("1.5"));
    EXPECT_THAT(json, HasSubstr("\\\\xff"));
}

TEST_F(TextsTest, EventsAreLines)
{
    Dictionary const event{{"time_us", kNow},          {"event", std::uint32_t{13}},
                           {"task", "3f2a91c0"},       {"package", "Contoso.Mail_8wekyb3d8bbwe"},
                           {"name", "mail-sync"},      {"text", "mail-sync was latched: InternetAvailable"},
                           {"result", std::int32_t{0}}};
    EXPECT_EQ(event_text(event, kNow),
              "09:15:00    13 Latched             mail-sync  mail-sync was latched: InternetAvailable\n");
}

TEST_F(TextsTest, InstallSaysHowToAllowWhatIsNotAllowed)
{
    Dictionary const declared{{"entry-point", "Tasks.Mail"},
                              {"types", std::vector<std::string>{"timer", "systemEvent"}},
                              {"host", "latchkey-host"}};
    Dictionary installed{{"package", "Contoso.Mail_8wekyb3d8bbwe"},
                         {"name", "Contoso.Mail"},
                         {"version", "1.0.0.0"},
                         {"updated", false},
                         {"access", std::int32_t{0}},
                         {"tasks", std::vector<Dictionary>{declared}}};
    EXPECT_EQ(installed_text(installed, "developer-preview"), R"(Contoso.Mail 1.0.0.0 is installed
  family Contoso.Mail_8wekyb3d8bbwe
  task Tasks.Mail on timer, systemEvent, in latchkey-host
  not allowed: latchkey allow Contoso.Mail_8wekyb3d8bbwe
)");
    EXPECT_THAT(installed_text(installed, "windows-10"), HasSubstr("background: not decided"));
    installed.set("access", std::int32_t{2});
    installed.set("updated", true);
    EXPECT_THAT(installed_text(installed, "developer-preview"), HasSubstr("is updated\n"));
    EXPECT_THAT(installed_text(installed, "developer-preview"), HasSubstr("background: allowed"));
}

TEST_F(TextsTest, DoctorSaysWhatToDo)
{
    Dictionary const good{{"check", "broker"}, {"ok", true}, {"text", "answers"}, {"remedy", ""}};
    Dictionary const bad{
        {"check", "network"}, {"ok", false}, {"text", "no NetworkManager"}, {"remedy", "apt install network-manager"}};
    EXPECT_EQ(findings_text({good, bad}), "ok  broker   answers\n"
                                          "--  network  no NetworkManager\n"
                                          "             -> apt install network-manager\n");
}

TEST_F(TextsTest, ErrorsEndWithTheirHresult)
{
    using ipc::BusError;
    BusError const refused{"org.latchkey.Error.NoSuchTask", "0x80070490 no task \"mail\" is registered"};
    EXPECT_EQ(error_text(refused), "no task \"mail\" is registered (0x80070490)");
    EXPECT_EQ(status_of(refused), ExitStatus::Failed);
    BusError const findings{"org.latchkey.Error.InvalidManifest", "0x80080204 a:1: error: x\na:2: error: y"};
    EXPECT_EQ(error_text(findings), "a:1: error: x\na:2: error: y\n(0x80080204)");
    EXPECT_EQ(error_text({"org.latchkey.Error.NoSuchTask", ""}), "org.latchkey.Error.NoSuchTask");
    BusError const lost{"org.freedesktop.DBus.Error.NoReply", "Connection terminated"};
    EXPECT_EQ(status_of(lost), ExitStatus::NoBroker);
    EXPECT_THAT(error_text(lost), HasSubstr("the broker is gone"));
    EXPECT_EQ(status_of({"org.freedesktop.DBus.Error.UnknownMethod", "old"}), ExitStatus::Failed);
}

TEST_F(TextsTest, DurationsAndMomentsAreShort)
{
    EXPECT_EQ(duration_text(0), "0.0 s");
    EXPECT_EQ(duration_text(1'450'000), "1.4 s");
    EXPECT_EQ(duration_text(59 * kSecond), "59 s");
    EXPECT_EQ(duration_text(60 * kSecond), "1 min");
    EXPECT_EQ(duration_text(3'900 * kSecond), "1 h 5 min");
    EXPECT_EQ(duration_text(50 * 3'600 * kSecond), "2 d 2 h");
    EXPECT_EQ(time_text(0, kNow), "never");
    EXPECT_EQ(time_text(kNow - 86'400 * kSecond, kNow), "2026-11-20 09:15:00");
}

TEST_F(TextsTest, TheBrokersMomentsAreReadInTheUsersTimeZone)
{
    EXPECT_EQ(in_local_time("Is due at 2026-11-21 09:30:00 UTC.", kNow), "Is due at 09:30:00.");
    EXPECT_EQ(in_local_time("2026-11-20 09:30:00 UTC, 2026-11-21 09:30:00 UTC", kNow), "2026-11-20 09:30:00, 09:30:00");
    EXPECT_EQ(in_local_time("", kNow), "");
    EXPECT_EQ(in_local_time("2026-11-21 09:30:00 CET", kNow), "2026-11-21 09:30:00 CET");
    ::setenv("TZ", "Asia/Tokyo", 1);
    ::tzset();
    EXPECT_EQ(in_local_time("Is due at 2026-11-21 09:30:00 UTC.", kNow), "Is due at 18:30:00.");
}

TEST_F(TextsTest, WatchDrawsItsBarsBelowTheLinesAndTakesThemAway)
{
    WatchScreen screen(WatchScreen::Output::Terminal, 60);
    screen.know({task()});
    std::string const id = "3f2a91c0-1111-4222-8333-444455556666";
    EXPECT_EQ(screen.progress(id, "i1", 50, kNow), "mail-sync  [#################------------------]  50 %\n");
    std::string const next = screen.progress(id, "i1", 100, kNow);
    EXPECT_TRUE(next.starts_with("\x1b[1A\r\x1b[J")) << next;
    EXPECT_THAT(next, HasSubstr("] 100 %\n"));
    std::string const end = screen.completed(id, "i1", 0, "", kNow);
    EXPECT_EQ(end, "\x1b[1A\r\x1b[J09:15:00       completed           mail-sync  ok\n");
    EXPECT_EQ(screen.end(), "");
}

// The second seed counts to 100,000: that is no percentage.
TEST_F(TextsTest, WatchShowsProgressBeyondAHundredAsANumber)
{
    EXPECT_EQ(WatchScreen::bar(100'000, 20), "100000");
    EXPECT_EQ(WatchScreen::bar(0, 4), "[----]   0 %");
}

TEST_F(TextsTest, WatchWithoutATerminalWritesALineEachTenPerCent)
{
    WatchScreen screen(WatchScreen::Output::Lines);
    screen.know({task()});
    std::string const id = "3f2a91c0-1111-4222-8333-444455556666";
    std::string all;
    for (std::uint32_t value = 0; value <= 100; ++value)
        all += screen.progress(id, "i1", value, kNow);
    EXPECT_EQ(std::ranges::count(all, '\n'), 11);
    EXPECT_EQ(all.find('\x1b'), std::string::npos);
}

TEST_F(TextsTest, WatchShowsNoMoreBarsThanFit)
{
    WatchScreen screen(WatchScreen::Output::Terminal, 20);
    std::string last;
    for (int i = 0; i < 100; ++i)
        last = screen.progress("t" + std::to_string(i), "i" + std::to_string(i), 1, kNow);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(last, '\n')), kMaxBars);
}

} // namespace
} // namespace latchkey::cli
