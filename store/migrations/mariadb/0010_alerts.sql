-- What people are told of: alerts, and what checks have found.

-- Alerts, the last thousand of each tenant. One condition that holds is one row, however many
-- instances of the service see it: (tenant, alert, subject, firing) is unique, and nulls differ.
CREATE TABLE IF NOT EXISTS alerts (
    id           CHAR(36) NOT NULL,     -- sorts by the time it fired
    tenant       VARCHAR(32) NOT NULL,  -- whose service told it
    alert        VARCHAR(64) NOT NULL,  -- its name, see docs/alerts.md
    subject      VARCHAR(255) NOT NULL, -- what it is about
    level        VARCHAR(16) NOT NULL,  -- INFO, WARNING, ERROR, CRITICAL
    message      LONGTEXT NOT NULL,     -- for people, as last seen
    firing       BOOLEAN,               -- true while it fires, null once it is resolved
    fired_at     DATETIME(6) NOT NULL,  -- when it was first seen
    last_seen_at DATETIME(6) NOT NULL,  -- when its condition last held
    resolved_at  DATETIME(6),           -- when it was taken to be over
    count        BIGINT NOT NULL,       -- how often its condition was seen
    PRIMARY KEY (id),
    UNIQUE KEY alerts_firing (tenant, alert, subject, firing)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The latest result of each check of the books, by whoever made it: the alerts and the doctor read
-- them.
CREATE TABLE IF NOT EXISTS checks (
    tenant     VARCHAR(32) NOT NULL,    -- whose books
    name       VARCHAR(64) NOT NULL,    -- seals, laws, reconcile
    holds      BOOLEAN NOT NULL,        -- whether nothing was found
    detail     LONGTEXT NOT NULL,       -- what was found, for people
    `cursor`   BIGINT NOT NULL,         -- how far it went, for checks that go on where they ended
    checked_at DATETIME(6) NOT NULL,
    PRIMARY KEY (tenant, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Where `payoutd doctor` provokes a write skew, to see whether the database prevents it. Empty but
-- for that moment.
CREATE TABLE IF NOT EXISTS isolation_probe (
    probe VARCHAR(64) NOT NULL,         -- one run of the doctor
    side  BIGINT NOT NULL,              -- which of its two transactions: 1 or 2
    PRIMARY KEY (probe, side)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
