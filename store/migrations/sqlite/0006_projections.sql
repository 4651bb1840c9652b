-- Which version of the code each read table was built by. One that is not here, or was built
-- by an older version, is rebuilt when the service starts (docs/adr/0027-rebuild-blue-green.md).
CREATE TABLE projections (
    name       TEXT NOT NULL PRIMARY KEY,    -- of the read table
    version    INTEGER NOT NULL,    -- of the code that built it
    rebuilt_at TEXT,                -- when it was last put in place; null if never
    position   INTEGER              -- the last event of the log by then
) STRICT, WITHOUT ROWID;

INSERT INTO projections (name, version) VALUES
    ('sellers', 1), ('payouts', 1), ('payout_items', 1), ('transactions', 1), ('transfers', 1),
    ('balances', 1), ('postings', 1), ('daily_rollups', 1);
