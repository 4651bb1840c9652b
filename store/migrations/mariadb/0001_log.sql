-- The log and what guards it. Keys contain the tenant, but begin with what tells rows
-- apart: they are looked up whole, and a comparison ends at the first difference.
-- Every key is compared byte by byte, trailing blanks included. Texts are a little wider
-- than the rule of what is in them: the rule is the domain's, this is the last guard.
-- DDL commits by itself here. So each statement of a migration may be run again, and one
-- that was cut off is finished by running all of it.

-- Where the log ends. Whoever appends moves it first, and holds its lock until COMMIT: so
-- positions are committed in their order, without gaps, and none appears behind a reader.
CREATE TABLE IF NOT EXISTS log_end (
    id       TINYINT NOT NULL,                         -- 1
    position BIGINT NOT NULL,                          -- of the last event; 0 at first
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT IGNORE INTO log_end (id, position) VALUES (1, 0);

-- The gate: whoever writes or reads a snapshot shares the lock of its row, whoever
-- replaces read tables has it alone.
CREATE TABLE IF NOT EXISTS gate (
    id TINYINT NOT NULL,                               -- 1
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
INSERT IGNORE INTO gate (id) VALUES (1);

CREATE TABLE IF NOT EXISTS events (
    position       BIGINT NOT NULL,                    -- 1..n without gap, in the order of commits
    tenant         VARCHAR(32) NOT NULL,
    stream         VARCHAR(300) NOT NULL,              -- '<kind>-<id>'
    version        BIGINT NOT NULL,                    -- 1..n without gap in its stream
    type           VARCHAR(64) NOT NULL,
    schema_version BIGINT NOT NULL,
    data           LONGTEXT NOT NULL,                  -- kept as written, for ever
    metadata       LONGTEXT NOT NULL,                  -- what caused it
    recorded_at    DATETIME(6) NOT NULL,
    PRIMARY KEY (position),                            -- the order of the log
    UNIQUE KEY events_version (stream, tenant, version) -- one writer wins each version
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The head of each stream. Whoever appends moves it from the version that was read:
-- this, not the isolation level, makes a decision's reads conflict with others' writes.
CREATE TABLE IF NOT EXISTS streams (
    tenant  VARCHAR(32) NOT NULL,
    stream  VARCHAR(300) NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (stream, tenant)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Outside names that belong to one stream: transaction ids, Stripe's payout ids, accounts.
CREATE TABLE IF NOT EXISTS aliases (
    tenant      VARCHAR(32) NOT NULL,
    alias       VARCHAR(300) NOT NULL,
    stream      VARCHAR(300) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,                  -- hash of what was recorded under the name
    PRIMARY KEY (alias, tenant)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The outcome of each command, accepted or refused: a redelivery gets the same answer.
CREATE TABLE IF NOT EXISTS receipts (
    tenant          VARCHAR(32) NOT NULL,
    idempotency_key VARCHAR(255) NOT NULL,
    command         VARCHAR(64) NOT NULL,
    input_hash      VARCHAR(64) NOT NULL,              -- SHA-256 of name and canonical input
    outcome         LONGTEXT NOT NULL,
    recorded_at     DATETIME(6) NOT NULL,
    PRIMARY KEY (idempotency_key, tenant)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Every webhook ever taken, byte for byte, and what became of it.
CREATE TABLE IF NOT EXISTS inbox (
    sequence    BIGINT NOT NULL AUTO_INCREMENT,        -- order of arrival
    tenant      VARCHAR(32) NOT NULL,
    event_id    VARCHAR(255) NOT NULL,                 -- Stripe's id, or 'sha256:…' if it has none
    body_hash   VARCHAR(64) NOT NULL,                  -- SHA-256: Stripe's test events share one id
    event_type  VARCHAR(255),
    object      VARCHAR(300),                          -- what it is about, e.g. 'payout/po_1'
    body        LONGBLOB NOT NULL,
    outcome     VARCHAR(16) NOT NULL,                  -- applied, ignored, parked, dead
    reason      VARCHAR(300),                          -- a stable word, or what it waits for
    detail      LONGTEXT,                              -- for people
    received_at DATETIME(6) NOT NULL,
    settled_at  DATETIME(6) NOT NULL,                  -- when the outcome was last set
    PRIMARY KEY (sequence),
    UNIQUE KEY inbox_event (event_id, tenant, body_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- How far each follower of the log has come.
CREATE TABLE IF NOT EXISTS checkpoints (
    follower VARCHAR(255) NOT NULL,
    txid     BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (follower)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Folded states of long streams. Never the truth: they may be deleted at any time.
CREATE TABLE IF NOT EXISTS snapshots (
    tenant  VARCHAR(32) NOT NULL,
    stream  VARCHAR(300) NOT NULL,
    version BIGINT NOT NULL,
    format  BIGINT NOT NULL,                           -- of the state; another one is not read
    state   LONGTEXT NOT NULL,
    PRIMARY KEY (stream, tenant)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
