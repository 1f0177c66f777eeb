// SPDX-License-Identifier: MIT
#include "listener.h"
#include "sources/time_zone.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

namespace latchkey::sources {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using core::SystemTriggerType;

// A folder that stands for /etc, with zones whose names say their offset.
struct Etc {
    Etc()
    {
        std::string pattern = fs::temp_directory_path() / "latchkey-zone-XXXXXX";
        path = ::mkdtemp(pattern.data());
        for (auto const* name : {"plus1", "plus2"}) {
            write(name, fixed(name[4] - '0'));
        }
        write("also-plus1", fixed(1));
    }
    ~Etc() { fs::remove_all(path); }

    void write(std::string const& name, std::string const& bytes) const
    {
        std::ofstream(path / name, std::ios::binary) << bytes;
    }
    void link(std::string const& zone) const
    {
        fs::remove(path / "localtime");
        fs::create_symlink(path / zone, path / "localtime");
    }

    static std::string number(std::int64_t value, int bytes)
    {
        std::string text;
        for (int at = bytes - 1; at >= 0; --at) {
            text += static_cast<char>(value >> (8 * at));
        }
        return text;
    }
    // A TZif file: one offset, then another from a moment on, when that is given.
    static std::string zone(int hours, std::int64_t changes_at = 0, int then_hours = 0)
    {
        std::int64_t const changes = changes_at == 0 ? 0 : 1;
        std::string text;
        for (int const width : {4, 8}) {
            text += "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) + number(changes, 4) +
                    number(2, 4) + number(4, 4);
            if (changes == 1) text += number(changes_at, width) + '\1';
            text += number(hours * 3600, 4) + number(0, 2) + number(then_hours * 3600, 4) + number(0, 2);
            text += std::string("ONE\0", 4);
        }
        return text + "\n\n";
    }
    static std::string fixed(int hours) { return zone(hours); }

    fs::path path;
};

class TimeZone : public ::testing::Test {
protected:
    Etc etc;
    test::Listener listener;
    std::unique_ptr<Source> source =
        make_time_zone_source(listener.loop, listener.bus, listener.happened, etc.path / "localtime");

    int fired() const { return listener.fired(SystemTriggerType::TimeZoneChange); }
    bool until_fired(int times)
    {
        return listener.until([&] { return fired() >= times; });
    }
};

TEST_F(TimeZone, FiresForEveryWayOfChoosingAnother)
{
    etc.link("plus1");
    source->start();
    EXPECT_EQ(source->state().problem, "");
    etc.link("plus2"); // ln -sf
    ASSERT_TRUE(until_fired(1));

    fs::create_symlink(etc.path / "plus1", etc.path / ".#localtime");
    fs::rename(etc.path / ".#localtime", etc.path / "localtime"); // timedated
    ASSERT_TRUE(until_fired(2));

    etc.write("new", Etc::fixed(2));
    fs::rename(etc.path / "new", etc.path / "localtime"); // a copy in place of the link
    ASSERT_TRUE(until_fired(3));

    etc.write("localtime", Etc::fixed(1)); // written into
    ASSERT_TRUE(until_fired(4));

    fs::remove(etc.path / "localtime"); // none: UTC
    ASSERT_TRUE(until_fired(5));
    listener.settle(2 * kTimeZoneSettle);
    EXPECT_EQ(fired(), 5);
}

TEST_F(TimeZone, DoesNotFireWhenTheTimeStaysTheSame)
{
    etc.link("plus1");
    source->start();
    etc.link("also-plus1");
    etc.write("hosts", "127.0.0.1 localhost\n");
    listener.settle(3 * kTimeZoneSettle);
    EXPECT_EQ(fired(), 0);
}

TEST_F(TimeZone, FiresWhenSummerTimeBegins)
{
    auto const soon = std::time(nullptr) + 2;
    etc.write("summer", Etc::zone(1, soon, 2));
    etc.link("summer");
    source->start();
    ASSERT_TRUE(until_fired(1));
    EXPECT_GE(std::time(nullptr), soon - 1);
    listener.settle(2 * kTimeZoneSettle);
    EXPECT_EQ(fired(), 1);
}

TEST_F(TimeZone, SaysWhatIsWrongWithAFileThatIsNone)
{
    etc.write("localtime", "Europe/Warsaw");
    source->start();
    EXPECT_NE(source->state().problem.find("it is not a time zone file"), std::string::npos) << source->state().problem;
    etc.link("plus1");
    ASSERT_TRUE(until_fired(1));
    EXPECT_EQ(source->state().problem, "");
}

TEST_F(TimeZone, DoesNotFireForAFileThatIsBeingWritten)
{
    etc.link("plus1");
    source->start();
    fs::remove(etc.path / "localtime");
    etc.write("localtime", Etc::fixed(1).substr(0, 60));
    ASSERT_TRUE(listener.until([&] { return source->state().problem != ""; }));
    etc.write("localtime", Etc::fixed(1));
    ASSERT_TRUE(listener.until([&] { return source->state().problem.empty(); }));
    EXPECT_EQ(fired(), 0);
}

TEST_F(TimeZone, TellsNothingWhileItIsStopped)
{
    etc.link("plus1");
    source->start();
    source->stop();
    etc.link("plus2");
    listener.settle(2 * kTimeZoneSettle);
    EXPECT_EQ(fired(), 0);
    EXPECT_FALSE(source->state().running);
}

} // namespace
} // namespace latchkey::sources
