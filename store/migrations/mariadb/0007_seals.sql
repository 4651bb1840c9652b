-- Seals: for each tenant a chain of blocks over its events, which shows what was changed
-- afterwards. docs/seals.md says what is hashed, byte by byte.
CREATE TABLE IF NOT EXISTS seals (
    tenant         VARCHAR(32) NOT NULL,   -- whose books
    number         BIGINT NOT NULL,        -- of the block in the tenant's chain, from 1
    events         BIGINT NOT NULL,        -- how many it seals
    first_txid     BIGINT NOT NULL,        -- the place of the first of them
    first_position BIGINT NOT NULL,
    last_txid      BIGINT NOT NULL,        -- the place of the last
    last_position  BIGINT NOT NULL,
    root           VARBINARY(32) NOT NULL, -- the Merkle root over the entries
    previous       VARBINARY(32) NOT NULL, -- the hash of the block before
    hash           VARBINARY(32) NOT NULL, -- of all the above, the tenant and the time
    sealed_at      DATETIME(6) NOT NULL,
    entries        LONGBLOB NOT NULL,      -- for each event 56 bytes: place, version, hash of its content
    PRIMARY KEY (tenant, number),
    KEY seals_place (tenant, last_txid, last_position) -- the block of an event
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
