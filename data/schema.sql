-- SPDX-License-Identifier: MIT
-- What the broker keeps (docs/engine.md says what for). Compiled into it; version 1. Later versions are added by
-- migrations (src/store/database.cpp), never by a change of this file. Times are microseconds since 1970, UTC.

-- One row each: 'installation' (32 hexadecimal digits, makes instance ids) and 'last_instance' (the highest number ever
-- used, so that none is used twice).
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per installed package.
CREATE TABLE package (
    family           TEXT    PRIMARY KEY,
    version          TEXT    NOT NULL,          -- a configured package with another one is an update
    access           TEXT    NOT NULL,          -- unspecified, allowed, always-allowed, denied-by-user, denied-by-policy
    servicing        INTEGER NOT NULL CHECK (servicing IN (0, 1)),
    quota_used_us    INTEGER NOT NULL,          -- CPU time used in the generation that ends at …
    quota_ends_us    INTEGER NOT NULL,          -- … this boot time, of boot quota_boot_id,
    quota_ends_wall_us INTEGER NOT NULL,        -- which was this wall time
    quota_boot_id    BLOB    NOT NULL CHECK (length(quota_boot_id) = 16)
) STRICT, WITHOUT ROWID;

-- One row per registration that an application made and that still stands. Survives reboots and app updates. The first
-- part never changes, the second is the state of the rules.
CREATE TABLE registration (
    task_id      BLOB    PRIMARY KEY CHECK (length(task_id) = 16),  -- BackgroundTaskRegistration.TaskId
    package      TEXT    NOT NULL,
    name         TEXT    NOT NULL,              -- BackgroundTaskBuilder.Name; need not be unique
    entry_point  TEXT    NOT NULL,              -- empty: in-process
    trigger_kind TEXT    NOT NULL,              -- class name, as in docs/engine.md
    trigger_type INTEGER NOT NULL,              -- SystemTriggerType, PreviewTriggerType; 0 for other kinds
    one_shot     INTEGER NOT NULL CHECK (one_shot IN (0, 1)),
    freshness_minutes INTEGER NOT NULL,
    parameter    TEXT    NOT NULL,
    conditions   INTEGER NOT NULL,              -- bit n: SystemConditionType n
    cancel_on_condition_loss INTEGER NOT NULL CHECK (cancel_on_condition_loss IN (0, 1)),
    network_requested INTEGER NOT NULL CHECK (network_requested IN (0, 1)),
    group_id     TEXT    NOT NULL,              -- empty: no group
    group_name   TEXT    NOT NULL,
    registered_us INTEGER NOT NULL,

    due_us       INTEGER NOT NULL,              -- timed: next due; spent: when it is forgotten
    pending      INTEGER NOT NULL CHECK (pending IN (0, 1)),  -- a firing waits
    pending_since_us INTEGER NOT NULL,
    first_missing INTEGER NOT NULL,             -- the condition it was latched for; 0: none
    unconditional INTEGER NOT NULL CHECK (unconditional IN (0, 1)),  -- the firing was asked for by "fire --now"
    spent        INTEGER NOT NULL CHECK (spent IN (0, 1)),    -- a one-shot that was activated
    quarantined  INTEGER NOT NULL CHECK (quarantined IN (0, 1)),
    sibling_restarted INTEGER NOT NULL CHECK (sibling_restarted IN (0, 1)),
    restarts     INTEGER NOT NULL,              -- of the firing that waits or runs
    last_ended_us INTEGER NOT NULL,             -- 0: never ran
    last_result  INTEGER NOT NULL               -- HRESULT
) STRICT, WITHOUT ROWID;

-- Firings that carry details and have not completed, in order of number; the first may be running.
CREATE TABLE details (
    task_id BLOB    NOT NULL,
    number  INTEGER NOT NULL,
    details BLOB    NOT NULL,
    PRIMARY KEY (task_id, number)
) STRICT, WITHOUT ROWID;

-- The latest completion of a task, until its app has it.
CREATE TABLE completion (
    task_id  BLOB    PRIMARY KEY,
    instance INTEGER NOT NULL,
    result   INTEGER NOT NULL,                  -- HRESULT
    at_us    INTEGER NOT NULL,
    message  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Instances that were started and have not ended. A row found at start was interrupted.
CREATE TABLE instance (
    instance      INTEGER PRIMARY KEY,
    task_id       BLOB    NOT NULL,
    host          INTEGER NOT NULL,
    started_us    INTEGER NOT NULL,
    unconditional INTEGER NOT NULL CHECK (unconditional IN (0, 1)),
    restarts      INTEGER NOT NULL,
    details       INTEGER NOT NULL              -- number of the firing in details
) STRICT;

-- Host processes that were started and not reaped: a new broker proves them gone first.
CREATE TABLE host_process (
    host        INTEGER PRIMARY KEY,
    pid         INTEGER NOT NULL,
    start_ticks INTEGER NOT NULL                -- /proc/PID/stat field 22: pids are used again
) STRICT;

-- What happened, newest last; the oldest rows are removed (StoreOptions).
CREATE TABLE history (
    id       INTEGER PRIMARY KEY,
    at_us    INTEGER NOT NULL,
    number   INTEGER NOT NULL,                  -- Windows' event number, or ours above 1000
    task_id  BLOB,                              -- NULL: not about one task
    instance INTEGER NOT NULL,                  -- 0: not about an instance
    package  TEXT    NOT NULL,                  -- empty: not about a package
    first    INTEGER NOT NULL,                  -- meaning by number: src/core/history.h
    second   INTEGER NOT NULL,
    text     TEXT    NOT NULL
) STRICT;
CREATE INDEX history_by_task ON history(task_id) WHERE task_id IS NOT NULL;

-- Names of registrations that are gone, for as long as the history speaks of them.
CREATE TABLE former_registration (
    task_id     BLOB PRIMARY KEY,
    package     TEXT NOT NULL,
    name        TEXT NOT NULL,
    entry_point TEXT NOT NULL
) STRICT, WITHOUT ROWID;
