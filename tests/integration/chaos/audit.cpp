// SPDX-License-Identifier: MIT
#include "audit.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace latchkey::test {

namespace {

constexpr std::uint32_t kCreated = 1, kReturned = 2, kRestarted = 1003, kQuarantined = 1004;
constexpr std::int32_t kSiblingCrashed = static_cast<std::int32_t>(0x80010108);
constexpr std::size_t kMaxInterruptions = 4; // the first start and three restarts

std::string bare(std::string guid)
{
    std::erase_if(guid, [](char c) { return c == '{' || c == '}'; });
    return guid;
}

} // namespace

std::vector<Entry> read_ledger(std::string const& path, std::streamoff& offset)
{
    std::ifstream file(path, std::ios::binary);
    file.seekg(offset);
    std::vector<Entry> entries;
    for (std::string line; std::getline(file, line) && !file.eof();) {
        offset += static_cast<std::streamoff>(line.size()) + 1;
        if (!line.ends_with(" .")) continue; // nothing, or cut by a kill
        std::istringstream words(line);
        Entry entry;
        words >> entry.what >> entry.name >> entry.task >> entry.instance >> entry.serial;
        EXPECT_FALSE(words.fail()) << "a line of the ledger is no line: " << line;
        entry.task = bare(entry.task);
        entry.instance = bare(entry.instance);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Audit::Audit(std::vector<Attempt> const& attempts, std::vector<ipc::Dictionary> const& events,
             std::vector<ipc::Dictionary> const& listed, std::vector<Entry> const& ledger, AppWords const& words)
    : m_attempts(attempts), m_words(words)
{
    for (ipc::Dictionary const& task : listed) {
        m_listed.emplace(task.get<std::string>("id"), task);
        ++m_names[task.get<std::string>("name")];
    }
    for (ipc::Dictionary const& event : events) {
        std::string const task = event.get<std::string>("task");
        if (task.empty()) continue;
        Story& story = m_stories[task];
        auto const number = event.get<std::uint32_t>("event");
        std::string const instance = event.get<std::string>("instance");
        if (number == kCreated) story.created.push_back(instance);
        if (number == kReturned) {
            story.ends.emplace_back(instance, event.get<std::int32_t>("result"));
            if (story.ends.back().second == kSiblingCrashed) ++story.ends_of_siblings;
        }
        if (number == kRestarted && instance.empty()) ++story.restarts_of_siblings;
        if (number == kRestarted && !instance.empty()) {
            EXPECT_TRUE(story.interrupted.insert(instance).second) << instance << " was interrupted twice";
        }
        if (number == kQuarantined) story.quarantined.push_back(instance);
        story.text += std::to_string(number) + " " + instance + " " + event.get<std::string>("text") + "\n";
    }
    for (Entry const& entry : ledger) {
        Story& story = m_stories[entry.task];
        story.entries.push_back(entry);
        story.text += "ledger: " + entry.what + " " + entry.instance + " " + std::to_string(entry.serial) + "\n";
    }
    m_tally.entries = ledger.size();
}

void Audit::check()
{
    for (Attempt const& attempt : m_attempts) {
        check_attempt(attempt);
    }
    for (auto const& [name, count] : m_names) {
        EXPECT_EQ(count, 1) << name << " was asked for once";
        bool const asked = std::any_of(m_attempts.begin(), m_attempts.end(),
                                       [&name = name](Attempt const& attempt) { return attempt.name == name; });
        EXPECT_TRUE(asked) << name << " was never asked for";
    }
    for (auto const& [id, story] : m_stories) {
        m_tally.created += story.created.size();
        m_tally.completed += story.ends.size();
        m_tally.interrupted += story.interrupted.size();
        m_tally.of_siblings += static_cast<std::size_t>(story.restarts_of_siblings);
        m_tally.quarantined += story.quarantined.size();
        SCOPED_TRACE(id + "\n" + story.text);
        EXPECT_EQ(story.created.size(), story.ends.size() + story.interrupted.size() + story.quarantined.size())
            << "each instance ends once: it completes, is interrupted, or was interrupted once too often";
        EXPECT_LE(story.interrupted.size(), (kMaxInterruptions - 1) * std::max<std::size_t>(1, story.ends.size()));
        // Ended by another task once: it is served again. A second time in a row it is not.
        EXPECT_LE(story.ends_of_siblings, 2 * story.restarts_of_siblings) << "another task's end took its firing";
        check_ledger(story);
    }
}

// What was accepted after an instance had begun is not served by that one. In quarantine it waits for the user.
void Audit::check_behind(Story const& story, std::string const& instance)
{
    bool is_later = false;
    for (std::string const& created : story.created) {
        auto const is_it = [&](auto const& end) { return end.first == created; };
        bool const held =
            std::find(story.quarantined.begin(), story.quarantined.end(), created) != story.quarantined.end();
        if (is_later && std::any_of(story.ends.begin(), story.ends.end(), is_it)) return;
        is_later = is_later || created == instance;
        if (is_later && held) return;
    }
    ADD_FAILURE() << "accepted behind " << instance << " and lost";
}

// The witness: what the tasks themselves wrote down.
void Audit::check_ledger(Story const& story)
{
    std::size_t at = 0;
    std::string last;
    std::set<std::string> started, done;
    int serial = 0;
    for (Entry const& entry : story.entries) {
        EXPECT_NE(entry.what, "twice") << "two live instances of one task";
        if (entry.what == "start") {
            EXPECT_TRUE(started.insert(entry.instance).second) << entry.instance << " ran twice";
            auto const created = std::find(story.created.begin(), story.created.end(), entry.instance);
            ASSERT_NE(created, story.created.end()) << entry.instance << " ran and was never created";
            auto const position = static_cast<std::size_t>(created - story.created.begin());
            EXPECT_GE(position, at) << "an instance ran after a later one";
            at = position;
            last = entry.instance;
            if (entry.serial == 0) continue; // the user fired it
            EXPECT_GE(entry.serial, serial) << "a request was served again after a later one";
            serial = entry.serial;
        }
        if (entry.what == "end") {
            EXPECT_EQ(entry.instance, last) << "it ended after the next one had started";
            done.insert(entry.instance);
        }
    }
    for (auto const& [instance, result] : story.ends) {
        if (result != 0) continue;
        EXPECT_TRUE(done.contains(instance)) << instance << " completed without having done its work";
    }
    for (std::string const& instance : story.interrupted) {
        EXPECT_TRUE(
            std::none_of(story.ends.begin(), story.ends.end(), [&](auto const& end) { return end.first == instance; }))
            << instance << " was started again after its completion was stored";
    }
}

void Audit::check_attempt(Attempt const& attempt)
{
    if (attempt.id.empty()) return; // it is there or not; if so, the rest of its promises hold
    ++m_tally.registered;
    Story const& story = m_stories[attempt.id];
    SCOPED_TRACE(attempt.name + " " + attempt.id + "\n" + story.text);
    // A firing ends by its completion; one that another task's end interrupted goes on in another instance.
    int const ends =
        static_cast<int>(story.ends.size()) - story.restarts_of_siblings + static_cast<int>(story.quarantined.size());
    int const accepted = attempt.once && attempt.accepted > 1 ? 1 : attempt.accepted;
    int const possible = attempt.once ? 1 : attempt.accepted + attempt.unanswered;
    if (attempt.by_time) {
        EXPECT_EQ(ends, 1) << "a one-shot runs once";
    } else {
        EXPECT_LE(ends, possible) << "served twice";
        if (attempt.merges && accepted > 1) {
            EXPECT_GE(ends, 1) << "accepted and lost";
        } else {
            EXPECT_GE(ends, accepted) << "accepted and lost";
        }
    }
    for (std::string const& instance : attempt.behind) {
        check_behind(story, instance);
    }
    auto const listed = m_listed.find(attempt.id);
    if (!attempt.once) {
        EXPECT_NE(listed, m_listed.end()) << "a registration is lost";
    } else if (ends == 0) {
        EXPECT_NE(listed, m_listed.end()) << "a one-shot that has not run is lost";
    } else {
        EXPECT_EQ(listed, m_listed.end()) << "a one-shot whose completion was delivered is still there";
    }
}

// The latest completion of each task waits until the app has it.
std::string Audit::untold() const
{
    std::string text;
    for (auto const& [id, story] : m_stories) {
        std::string last;
        for (std::string const& instance : story.created) {
            bool const ended = std::any_of(story.ends.begin(), story.ends.end(),
                                           [&](auto const& end) { return end.first == instance; });
            bool const held =
                std::find(story.quarantined.begin(), story.quarantined.end(), instance) != story.quarantined.end();
            if (ended || held) last = instance;
        }
        auto const told = m_words.completed.find(id);
        if (!last.empty() && (told == m_words.completed.end() || !told->second.contains(last))) {
            text += "the completion of " + last + " did not reach the app: " + id + "\n" + story.text;
        }
    }
    return text;
}

} // namespace latchkey::test
