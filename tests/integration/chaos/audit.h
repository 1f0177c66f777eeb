// SPDX-License-Identifier: MIT
#pragma once

// What was asked for, what the broker says became of it, and what the tasks wrote down, held against each other.

#include "world.h"

namespace latchkey::test {

// One registration that an app tried to make. Each name is tried once.
struct Attempt {
    std::string name;
    std::string id; // empty: the answer did not come
    bool once = false;
    bool by_time = false;            // fires itself
    int accepted = 0;                // firings that were answered with yes
    int unanswered = 0;              // firings that were asked for without an answer
    bool merges = true;              // two firings may be one
    std::vector<std::string> behind; // instances that had begun when another firing was accepted
};

struct Entry {
    std::string what, name, task, instance;
    int serial = 0;
};
// Whole lines from the offset on, which moves behind them.
std::vector<Entry> read_ledger(std::string const& path, std::streamoff& offset);

struct Tally {
    std::size_t registered = 0, created = 0, completed = 0, interrupted = 0, of_siblings = 0, quarantined = 0,
                entries = 0;
};

class Audit {
public:
    Audit(std::vector<Attempt> const& attempts, std::vector<ipc::Dictionary> const& events,
          std::vector<ipc::Dictionary> const& listed, std::vector<Entry> const& ledger, AppWords const& words);
    // A failure of the test for each promise that was not kept.
    void check();
    // Completions that no app was told of yet, in words.
    std::string untold() const;
    Tally const& tally() const { return m_tally; }

private:
    // What became of one registration, in the order in which it happened.
    struct Story {
        std::vector<std::string> created;                       // instances
        std::vector<std::pair<std::string, std::int32_t>> ends; // instance, result
        std::set<std::string> interrupted;
        std::vector<std::string> quarantined;
        int restarts_of_siblings = 0, ends_of_siblings = 0;
        std::vector<Entry> entries;
        std::string text;
    };
    void check_attempt(Attempt const& attempt);
    static void check_ledger(Story const& story);
    static void check_behind(Story const& story, std::string const& instance);

    std::vector<Attempt> const& m_attempts;
    std::map<std::string, ipc::Dictionary> m_listed; // by id
    std::map<std::string, int> m_names;
    std::map<std::string, Story> m_stories; // by id
    AppWords const& m_words;
    Tally m_tally;
};

} // namespace latchkey::test
