-- Seals: for each tenant a chain of blocks over its events, which shows what was changed
-- afterwards. docs/seals.md says what is hashed, byte by byte.
CREATE TABLE seals (
    tenant         TEXT NOT NULL,   -- whose books
    number         INTEGER NOT NULL, -- of the block in the tenant's chain, from 1
    events         INTEGER NOT NULL, -- how many it seals
    first_txid     INTEGER NOT NULL, -- the place of the first of them
    first_position INTEGER NOT NULL,
    last_txid      INTEGER NOT NULL, -- the place of the last
    last_position  INTEGER NOT NULL,
    root           BLOB NOT NULL, -- the Merkle root over the entries
    previous       BLOB NOT NULL, -- the hash of the block before
    hash           BLOB NOT NULL, -- of all the above, the tenant and the time
    sealed_at      TEXT NOT NULL,
    entries        BLOB NOT NULL, -- for each event 56 bytes: place, version, hash of its content
    PRIMARY KEY (tenant, number)
) STRICT;
-- The block of an event.
CREATE INDEX seals_place ON seals (tenant, last_txid, last_position);
