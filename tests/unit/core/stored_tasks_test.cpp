// SPDX-License-Identifier: MIT
#include "core/name_table.h"
#include "core/stored_tasks.h"

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;

StoredTasks::Task task(std::uint64_t number, std::string const& family, std::string const& group)
{
    StoredTasks::Task made;
    made.registration.task = TaskId{{number, 7}};
    made.registration.package = SharedText(family);
    made.registration.name = "sync " + std::to_string(number);
    made.registration.entry_point = "Tasks.Sync";
    made.registration.trigger = time_trigger(15, true);
    made.registration.trigger.parameter = number % 2 == 0 ? "parameter" : "";
    made.registration.conditions = ConditionSet(Condition::InternetAvailable);
    made.registration.network_requested = true;
    made.registration.group_id = group;
    made.registration.group_name = group.empty() ? "" : "group of " + family;
    made.registration.registered = WallTime(1h);
    made.state.due = WallTime(2h);
    made.state.pending = true;
    made.state.first_missing = Condition::InternetAvailable;
    made.state.restarts = 2;
    made.state.last_result = -1;
    made.undelivered = InstanceId{number};
    made.details_first = 3;
    made.details_count = 4;
    return made;
}

TEST(StoredTasks, GiveBackWhatWasAdded)
{
    StoredTasks tasks;
    EXPECT_TRUE(tasks.empty());
    // The same group id in two packages is two groups.
    std::vector const added{task(1, "A", "g"), task(2, "B", "g"), task(3, "A", ""), task(4, "A", "g")};
    for (auto const& one : added)
        tasks.push_back(one);
    ASSERT_EQ(tasks.size(), added.size());
    for (std::size_t place = 0; place < added.size(); ++place) {
        EXPECT_EQ(tasks[place].registration, added[place].registration) << place;
        EXPECT_EQ(tasks[place].state, added[place].state);
        EXPECT_EQ(tasks[place].undelivered, added[place].undelivered);
        EXPECT_EQ(tasks[place].details_first, 3U);
        EXPECT_EQ(tasks[place].details_count, 4U);
    }
}

TEST(NameTables, KeepTheirTextsWhenTheyAreMovedAndGrow)
{
    NameTable names;
    std::vector<NameTable::Number> numbers;
    for (int i = 0; i < 5'000; ++i)
        numbers.push_back(names.acquire("name " + std::to_string(i)));
    numbers.push_back(names.acquire(std::string(1'000, 'x')));
    NameTable moved(std::move(names));
    EXPECT_EQ(moved.size(), 5'001U);
    EXPECT_EQ(moved.view(numbers[4'321]), "name 4321");
    EXPECT_EQ(moved.view(numbers.back()), std::string(1'000, 'x'));
    EXPECT_EQ(moved.acquire("name 17"), numbers[17]);
    for (int i = 0; i < 5'000; i += 2)
        moved.release(numbers[i]);
    for (int i = 1; i < 5'000; i += 2)
        EXPECT_EQ(moved.acquire("name " + std::to_string(i)), numbers[i]) << i;
}

} // namespace
} // namespace latchkey::core
