-- Which version of the code each read table was built by. One that is not here, or was built
-- by an older version, is rebuilt when the service starts (docs/adr/0027-rebuild-blue-green.md).
--
-- The table is the gate as well: every transaction that writes, and every snapshot, begins by
-- locking it in ACCESS SHARE mode. Whoever puts rebuilt tables in place locks it in ACCESS
-- EXCLUSIVE mode, for milliseconds: meanwhile nobody writes, and whoever begins later sees them.
CREATE TABLE projections (
    name       TEXT PRIMARY KEY,     -- of the read table
    version    BIGINT NOT NULL,      -- of the code that built it
    rebuilt_at TIMESTAMPTZ,          -- when it was last put in place; null if never
    position   BIGINT                -- the last event of the log by then
);

INSERT INTO projections (name, version) VALUES
    ('sellers', 1), ('payouts', 1), ('payout_items', 1), ('transactions', 1), ('transfers', 1),
    ('balances', 1), ('postings', 1), ('daily_rollups', 1);
