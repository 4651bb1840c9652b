-- Which version of the code each read table was built by. One that is not here, or was built
-- by an older version, is rebuilt when the service starts (docs/adr/0027-rebuild-blue-green.md).
CREATE TABLE IF NOT EXISTS projections (
    name       VARCHAR(64) NOT NULL PRIMARY KEY, -- of the read table
    version    BIGINT NOT NULL,                  -- of the code that built it
    rebuilt_at DATETIME(6),                      -- when it was last put in place; null if never
    position   BIGINT                            -- the last event of the log by then
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

INSERT IGNORE INTO projections (name, version) VALUES
    ('sellers', 1), ('payouts', 1), ('payout_items', 1), ('transactions', 1), ('transfers', 1),
    ('balances', 1), ('postings', 1), ('daily_rollups', 1);
