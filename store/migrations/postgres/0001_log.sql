-- The log and what guards it. Keys contain the tenant, but begin with what tells rows
-- apart: they are looked up whole, and a comparison ends at the first difference.

CREATE TABLE events (
    position       BIGINT GENERATED ALWAYS AS IDENTITY, -- unique; rises with time on one writer
    txid           XID8 NOT NULL DEFAULT pg_current_xact_id(), -- readers stay below their snapshot's xmin
    tenant         TEXT NOT NULL,
    stream         TEXT NOT NULL,                      -- '<kind>-<id>'
    version        BIGINT NOT NULL,                    -- 1..n without gap in its stream
    type           TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    data           JSON NOT NULL,                      -- kept as written, for ever
    metadata       JSON NOT NULL,                      -- what caused it
    recorded_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (txid, position),                      -- the order of the log
    UNIQUE (stream, tenant, version)                   -- one writer wins each version
);

-- The head of each stream. Whoever appends moves it from the version that was read:
-- this, not the isolation level, makes a decision's reads conflict with others' writes.
CREATE TABLE streams (
    tenant  TEXT NOT NULL,
    stream  TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (stream, tenant)
) WITH (fillfactor = 50);

-- Outside names that belong to one stream: transaction ids, Stripe's payout ids, accounts.
CREATE TABLE aliases (
    tenant      TEXT NOT NULL,
    alias       TEXT NOT NULL,
    stream      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,                         -- hash of what was recorded under the name
    PRIMARY KEY (alias, tenant)
);

-- The outcome of each command, accepted or refused: a redelivery gets the same answer.
CREATE TABLE receipts (
    tenant          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    command         TEXT NOT NULL,
    input_hash      TEXT NOT NULL,                     -- SHA-256 of name and canonical input
    outcome         JSON NOT NULL,
    recorded_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (idempotency_key, tenant)
);

-- Every webhook ever taken, byte for byte, and what became of it.
CREATE TABLE inbox (
    sequence    BIGINT GENERATED ALWAYS AS IDENTITY,   -- order of arrival
    tenant      TEXT NOT NULL,
    event_id    TEXT NOT NULL,                         -- Stripe's id, or 'sha256:…' if it has none
    body_hash   TEXT NOT NULL,                         -- SHA-256: Stripe's test events share one id
    event_type  TEXT,
    object      TEXT,                                  -- what it is about, e.g. 'payout/po_1'
    body        BYTEA NOT NULL,
    outcome     TEXT NOT NULL,                         -- applied, ignored, parked, dead
    reason      TEXT,                                  -- a stable word, or what it waits for
    detail      TEXT,                                  -- for people
    received_at TIMESTAMPTZ NOT NULL,
    settled_at  TIMESTAMPTZ NOT NULL,                  -- when the outcome was last set
    PRIMARY KEY (event_id, tenant, body_hash)
);
CREATE INDEX inbox_waiting ON inbox (tenant, object) WHERE outcome IN ('parked', 'dead');
CREATE INDEX inbox_parked ON inbox (tenant, reason) WHERE outcome = 'parked';

-- How far each follower of the log has come.
CREATE TABLE checkpoints (
    follower TEXT PRIMARY KEY,
    txid     BIGINT NOT NULL,
    position BIGINT NOT NULL
);

-- Folded states of long streams. Never the truth: they may be deleted at any time.
CREATE TABLE snapshots (
    tenant  TEXT NOT NULL,
    stream  TEXT NOT NULL,
    version BIGINT NOT NULL,
    format  BIGINT NOT NULL,                           -- of the state; another one is not read
    state   TEXT NOT NULL,
    PRIMARY KEY (stream, tenant)
);
