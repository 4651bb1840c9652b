-- What people are told of: alerts, and what checks have found.

-- Alerts, the last thousand of each tenant. One condition that holds is one row, however many
-- instances of the service see it: (tenant, alert, subject, firing) is unique, and nulls differ.
CREATE TABLE alerts (
    id           TEXT NOT NULL PRIMARY KEY, -- sorts by the time it fired
    tenant       TEXT NOT NULL,         -- whose service told it
    alert        TEXT NOT NULL,         -- its name, see docs/alerts.md
    subject      TEXT NOT NULL,         -- what it is about
    level        TEXT NOT NULL,         -- INFO, WARNING, ERROR, CRITICAL
    message      TEXT NOT NULL,         -- for people, as last seen
    firing       INTEGER,               -- 1 while it fires, null once it is resolved
    fired_at     TEXT NOT NULL,         -- when it was first seen
    last_seen_at TEXT NOT NULL,         -- when its condition last held
    resolved_at  TEXT,                  -- when it was taken to be over
    count        INTEGER NOT NULL,      -- how often its condition was seen
    UNIQUE (tenant, alert, subject, firing)
) STRICT, WITHOUT ROWID;

-- The latest result of each check of the books, by whoever made it: the alerts and the doctor read
-- them.
CREATE TABLE checks (
    tenant     TEXT NOT NULL,           -- whose books
    name       TEXT NOT NULL,           -- seals, laws, reconcile
    holds      INTEGER NOT NULL,        -- whether nothing was found
    detail     TEXT NOT NULL,           -- what was found, for people
    cursor     INTEGER NOT NULL,        -- how far it went, for checks that go on where they ended
    checked_at TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Where `payoutd doctor` provokes a write skew, to see whether the database prevents it. Empty but
-- for that moment. (SQLite has one writer at a time; nothing is provoked there.)
CREATE TABLE isolation_probe (
    probe TEXT NOT NULL,                -- one run of the doctor
    side  INTEGER NOT NULL,             -- which of its two transactions: 1 or 2
    PRIMARY KEY (probe, side)
) STRICT, WITHOUT ROWID;
