-- Seals: for each tenant a chain of blocks over its events, which shows what was changed
-- afterwards. docs/seals.md says what is hashed, byte by byte.
CREATE TABLE seals (
    tenant         TEXT NOT NULL,   -- whose books
    number         BIGINT NOT NULL, -- of the block in the tenant's chain, from 1
    events         BIGINT NOT NULL, -- how many it seals
    first_txid     BIGINT NOT NULL, -- the place of the first of them
    first_position BIGINT NOT NULL,
    last_txid      BIGINT NOT NULL, -- the place of the last
    last_position  BIGINT NOT NULL,
    root           BYTEA NOT NULL, -- the Merkle root over the entries
    previous       BYTEA NOT NULL, -- the hash of the block before
    hash           BYTEA NOT NULL, -- of all the above, the tenant and the time
    sealed_at      TIMESTAMPTZ NOT NULL,
    entries        BYTEA NOT NULL, -- for each event 56 bytes: place, version, hash of its content
    PRIMARY KEY (tenant, number)
);
-- The block of an event.
CREATE INDEX seals_place ON seals (tenant, last_txid, last_position);
-- Hashes cannot be compressed.
ALTER TABLE seals ALTER COLUMN entries SET STORAGE EXTERNAL;
