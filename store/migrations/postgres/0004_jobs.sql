-- Sellers to read, and the jobs that work for them.

-- Sellers. Written together with their events.
CREATE TABLE sellers (
    tenant                  TEXT NOT NULL,        -- whose books
    seller_id               TEXT NOT NULL,        -- the marketplace's
    stripe_account          TEXT NOT NULL,        -- their account at Stripe
    payout_schedule         TEXT NOT NULL,        -- manual, daily, weekly:<day>, monthly:<day>
    minimum_payout_minor    BIGINT,               -- the least that the schedule pays out
    minimum_payout_currency TEXT,                 -- of that; other currencies have no minimum
    registered_at           TIMESTAMPTZ NOT NULL, -- when they were registered
    updated_at              TIMESTAMPTZ NOT NULL, -- of the last event
    version                 BIGINT NOT NULL,      -- events of its stream
    PRIMARY KEY (tenant, seller_id)
) WITH (fillfactor = 80);

-- Those who are there already. So far a seller has one event.
INSERT INTO sellers (
    tenant, seller_id, stripe_account, payout_schedule, registered_at, updated_at, version
)
SELECT tenant, data ->> 'seller_id', data ->> 'stripe_account', data ->> 'payout_schedule',
    recorded_at, recorded_at, version
FROM events WHERE type = 'seller-registered';

-- What comes of held transactions is looked for by their time. The column never changes,
-- so updates of a transaction still touch no index.
CREATE INDEX transactions_available_on ON transactions (tenant, available_on)
    WHERE available_on IS NOT NULL;

-- Background jobs. Nothing depends on this table being right: it saves work, and tells
-- people. A run that finds the row held by another leaves the job to it.
CREATE TABLE jobs (
    tenant                  TEXT NOT NULL,        -- whose books
    job                     TEXT NOT NULL,        -- its name
    cursor                  TEXT,                 -- how far it has come; what that means is its own matter
    last_started_at         TIMESTAMPTZ,          -- of the latest run, ended or not
    last_ended_at           TIMESTAMPTZ,          -- of the latest run that ended
    last_outcome            TEXT,                 -- of that run: done, failed, stopped
    last_error              TEXT,                 -- why it failed
    runs                    BIGINT NOT NULL,      -- how often it was started
    failures                BIGINT NOT NULL,      -- how many runs in a row have failed
    next_run_at             TIMESTAMPTZ NOT NULL, -- not before this
    held_by                 UUID,                 -- the run that is at it
    held_until              TIMESTAMPTZ,          -- after this, that run is taken for dead
    PRIMARY KEY (tenant, job)
) WITH (fillfactor = 50);
