-- What services read off themselves: counts of a stretch of time, and levels at its end or their
-- highest in it (docs/metrics.md). Not of the books: nothing is rebuilt from it or held against it.
-- Three lengths of stretches are kept side by side, the longer ones for longer.
CREATE TABLE readings (
    step_seconds INTEGER NOT NULL, -- how long a stretch is: 10, 300 or 3600
    starts_at    TEXT NOT NULL,    -- when it begins, a multiple of its length
    instance     TEXT NOT NULL,    -- whose: host:port
    figures      TEXT NOT NULL,    -- the figures, JSON
    PRIMARY KEY (step_seconds, starts_at, instance)
);

-- The same with a column for each figure, for people with SQL. Those of the books are null where
-- the database could not be asked.
CREATE VIEW machine_readings AS
SELECT
    step_seconds, starts_at, instance,
    figures ->> '$.window_ms' AS window_ms,
    figures ->> '$.transactions.started' AS transactions_started,
    figures ->> '$.transactions.committed' AS transactions_committed,
    figures ->> '$.transactions.rolled_back' AS transactions_rolled_back,
    figures ->> '$.transactions.failed' AS transactions_failed,
    figures ->> '$.transactions.timed_out' AS transactions_timed_out,
    figures ->> '$.transactions.deadlocks' AS transactions_deadlocks,
    figures ->> '$.transactions.serialization_failures' AS transactions_serialization_failures,
    figures ->> '$.transactions.retries' AS transactions_retries,
    figures ->> '$.transactions.active' AS transactions_active,
    figures ->> '$.transactions.p50_us' AS transactions_p50_us,
    figures ->> '$.transactions.p95_us' AS transactions_p95_us,
    figures ->> '$.transactions.p99_us' AS transactions_p99_us,
    figures ->> '$.commands.accepted' AS commands_accepted,
    figures ->> '$.commands.duplicate' AS commands_duplicate,
    figures ->> '$.commands.refused' AS commands_refused,
    figures ->> '$.commands.failed' AS commands_failed,
    figures ->> '$.stripe_events.applied' AS stripe_events_applied,
    figures ->> '$.stripe_events.ignored' AS stripe_events_ignored,
    figures ->> '$.stripe_events.parked' AS stripe_events_parked,
    figures ->> '$.stripe_events.dead' AS stripe_events_dead,
    figures ->> '$.stripe_events.duplicate' AS stripe_events_duplicate,
    figures ->> '$.events' AS events,
    figures ->> '$.queue.length' AS queue_length,
    figures ->> '$.queue.capacity' AS queue_capacity,
    figures ->> '$.queue.full' AS queue_full,
    figures ->> '$.pool.size' AS pool_size,
    figures ->> '$.pool.in_use' AS pool_in_use,
    figures ->> '$.pool.capacity' AS pool_capacity,
    figures ->> '$.pool.waits' AS pool_waits,
    figures ->> '$.nats_connected' AS nats_connected,
    figures ->> '$.books.position' AS books_position,
    figures ->> '$.books.lags.postings.seconds' AS books_lags_postings_seconds,
    figures ->> '$.books.lags.postings.events' AS books_lags_postings_events,
    figures ->> '$.books.lags.daily_rollups.seconds' AS books_lags_daily_rollups_seconds,
    figures ->> '$.books.lags.daily_rollups.events' AS books_lags_daily_rollups_events,
    figures ->> '$.books.lags.links.seconds' AS books_lags_links_seconds,
    figures ->> '$.books.lags.links.events' AS books_lags_links_events,
    figures ->> '$.books.lags.seals.seconds' AS books_lags_seals_seconds,
    figures ->> '$.books.lags.seals.events' AS books_lags_seals_events,
    figures ->> '$.books.lags.outbox.seconds' AS books_lags_outbox_seconds,
    figures ->> '$.books.lags.outbox.events' AS books_lags_outbox_events,
    figures ->> '$.books.lags.ingest.seconds' AS books_lags_ingest_seconds,
    figures ->> '$.books.lags.ingest.events' AS books_lags_ingest_events,
    figures ->> '$.books.payouts.in_doubt.count' AS books_payouts_in_doubt_count,
    figures ->> '$.books.payouts.in_doubt.oldest_seconds' AS books_payouts_in_doubt_oldest_seconds,
    figures ->> '$.books.payouts.overdue.count' AS books_payouts_overdue_count,
    figures ->> '$.books.payouts.overdue.oldest_seconds' AS books_payouts_overdue_oldest_seconds,
    figures ->> '$.books.letters.dead.count' AS books_letters_dead_count,
    figures ->> '$.books.letters.dead.oldest_seconds' AS books_letters_dead_oldest_seconds,
    figures ->> '$.books.letters.parked.count' AS books_letters_parked_count,
    figures ->> '$.books.letters.parked.oldest_seconds' AS books_letters_parked_oldest_seconds
FROM readings;
