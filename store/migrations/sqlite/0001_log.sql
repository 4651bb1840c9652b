-- The log and what guards it. Keys contain the tenant, but begin with what tells rows
-- apart: they are looked up whole, and a comparison ends at the first difference.
-- Times are RFC 3339 in UTC with microseconds, which sort as text.

CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,  -- unique and rising; no gap is ever filled later
    tenant         TEXT NOT NULL,
    stream         TEXT NOT NULL,                      -- '<kind>-<id>'
    version        INTEGER NOT NULL,                   -- 1..n without gap in its stream
    type           TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    data           TEXT NOT NULL,                      -- kept as written, for ever
    metadata       TEXT NOT NULL,                      -- what caused it
    recorded_at    TEXT NOT NULL,
    UNIQUE (stream, tenant, version)                   -- one writer wins each version
) STRICT;

-- The head of each stream. Whoever appends moves it from the version that was read:
-- this, not the isolation level, makes a decision's reads conflict with others' writes.
CREATE TABLE streams (
    tenant  TEXT NOT NULL,
    stream  TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (stream, tenant)
) STRICT, WITHOUT ROWID;

-- Outside names that belong to one stream: transaction ids, Stripe's payout ids, accounts.
CREATE TABLE aliases (
    tenant      TEXT NOT NULL,
    alias       TEXT NOT NULL,
    stream      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,                         -- hash of what was recorded under the name
    PRIMARY KEY (alias, tenant)
) STRICT, WITHOUT ROWID;

-- The outcome of each command, accepted or refused: a redelivery gets the same answer.
CREATE TABLE receipts (
    tenant          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    command         TEXT NOT NULL,
    input_hash      TEXT NOT NULL,                     -- SHA-256 of name and canonical input
    outcome         TEXT NOT NULL,
    recorded_at     TEXT NOT NULL,
    PRIMARY KEY (idempotency_key, tenant)
) STRICT, WITHOUT ROWID;

-- Every webhook ever taken, byte for byte, and what became of it.
CREATE TABLE inbox (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,     -- order of arrival
    tenant      TEXT NOT NULL,
    event_id    TEXT NOT NULL,                         -- Stripe's id, or 'sha256:…' if it has none
    body_hash   TEXT NOT NULL,                         -- SHA-256: Stripe's test events share one id
    event_type  TEXT,
    object      TEXT,                                  -- what it is about, e.g. 'payout/po_1'
    body        BLOB NOT NULL,
    outcome     TEXT NOT NULL,                         -- applied, ignored, parked, dead
    reason      TEXT,                                  -- a stable word, or what it waits for
    detail      TEXT,                                  -- for people
    received_at TEXT NOT NULL,
    settled_at  TEXT NOT NULL,                         -- when the outcome was last set
    UNIQUE (event_id, tenant, body_hash)
) STRICT;
CREATE INDEX inbox_waiting ON inbox (tenant, object) WHERE outcome IN ('parked', 'dead');
CREATE INDEX inbox_parked ON inbox (tenant, reason) WHERE outcome = 'parked';

-- How far each follower of the log has come.
CREATE TABLE checkpoints (
    follower TEXT PRIMARY KEY,
    txid     INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Folded states of long streams. Never the truth: they may be deleted at any time.
CREATE TABLE snapshots (
    tenant  TEXT NOT NULL,
    stream  TEXT NOT NULL,
    version INTEGER NOT NULL,
    format  INTEGER NOT NULL,                          -- of the state; another one is not read
    state   TEXT NOT NULL,
    PRIMARY KEY (stream, tenant)
) STRICT, WITHOUT ROWID;
