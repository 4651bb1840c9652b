-- Sellers to read, and the jobs that work for them.

-- Sellers. Written together with their events.
CREATE TABLE IF NOT EXISTS sellers (
    tenant                  VARCHAR(32) NOT NULL,  -- whose books
    seller_id               VARCHAR(128) NOT NULL, -- the marketplace's
    stripe_account          VARCHAR(128) NOT NULL, -- their account at Stripe
    payout_schedule         VARCHAR(32) NOT NULL,  -- manual, daily, weekly:<day>, monthly:<day>
    minimum_payout_minor    BIGINT,                -- the least that the schedule pays out
    minimum_payout_currency VARCHAR(3),            -- of that; other currencies have no minimum
    registered_at           DATETIME(6) NOT NULL,  -- when they were registered
    updated_at              DATETIME(6) NOT NULL,  -- of the last event
    version                 BIGINT NOT NULL,       -- events of its stream
    PRIMARY KEY (tenant, seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Nobody has a ledger on this database whose sellers are older than this table.

-- What comes of held transactions is looked for by their time. The column never changes,
-- so updates of a transaction still touch no index.
CREATE INDEX IF NOT EXISTS transactions_available_on ON transactions (tenant, available_on);

-- Background jobs. Nothing depends on this table being right: it saves work, and tells
-- people. A run that finds the row held by another leaves the job to it.
CREATE TABLE IF NOT EXISTS jobs (
    tenant                  VARCHAR(32) NOT NULL,  -- whose books
    job                     VARCHAR(64) NOT NULL,  -- its name
    `cursor`                LONGTEXT,              -- how far it has come; what that means is its own matter
    last_started_at         DATETIME(6),           -- of the latest run, ended or not
    last_ended_at           DATETIME(6),           -- of the latest run that ended
    last_outcome            VARCHAR(16),           -- of that run: done, failed, stopped
    last_error              LONGTEXT,              -- why it failed
    runs                    BIGINT NOT NULL,       -- how often it was started
    failures                BIGINT NOT NULL,       -- how many runs in a row have failed
    next_run_at             DATETIME(6) NOT NULL,  -- not before this
    held_by                 CHAR(36),              -- the run that is at it
    held_until              DATETIME(6),           -- after this, that run is taken for dead
    PRIMARY KEY (tenant, job)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
