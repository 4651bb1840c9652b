-- What services read off themselves: counts of a stretch of time, and levels at its end or their
-- highest in it (docs/metrics.md). Not of the books: nothing is rebuilt from it or held against it.
-- Three lengths of stretches are kept side by side, the longer ones for longer.
CREATE TABLE IF NOT EXISTS readings (
    step_seconds BIGINT NOT NULL,       -- how long a stretch is: 10, 300 or 3600
    starts_at    DATETIME(6) NOT NULL,  -- when it begins, a multiple of its length
    instance     VARCHAR(300) NOT NULL, -- whose: host:port
    figures      LONGTEXT NOT NULL,     -- the figures, JSON
    PRIMARY KEY (step_seconds, starts_at, instance)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The same with a column for each figure, for people with SQL. Those of the books are null where
-- the database could not be asked.
CREATE OR REPLACE VIEW machine_readings AS
SELECT
    step_seconds, starts_at, instance,
    CAST(JSON_VALUE(figures, '$.window_ms') AS SIGNED) AS window_ms,
    CAST(JSON_VALUE(figures, '$.transactions.started') AS SIGNED) AS transactions_started,
    CAST(JSON_VALUE(figures, '$.transactions.committed') AS SIGNED) AS transactions_committed,
    CAST(JSON_VALUE(figures, '$.transactions.rolled_back') AS SIGNED) AS transactions_rolled_back,
    CAST(JSON_VALUE(figures, '$.transactions.failed') AS SIGNED) AS transactions_failed,
    CAST(JSON_VALUE(figures, '$.transactions.timed_out') AS SIGNED) AS transactions_timed_out,
    CAST(JSON_VALUE(figures, '$.transactions.deadlocks') AS SIGNED) AS transactions_deadlocks,
    CAST(JSON_VALUE(figures, '$.transactions.serialization_failures') AS SIGNED) AS transactions_serialization_failures,
    CAST(JSON_VALUE(figures, '$.transactions.retries') AS SIGNED) AS transactions_retries,
    CAST(JSON_VALUE(figures, '$.transactions.active') AS SIGNED) AS transactions_active,
    CAST(JSON_VALUE(figures, '$.transactions.p50_us') AS SIGNED) AS transactions_p50_us,
    CAST(JSON_VALUE(figures, '$.transactions.p95_us') AS SIGNED) AS transactions_p95_us,
    CAST(JSON_VALUE(figures, '$.transactions.p99_us') AS SIGNED) AS transactions_p99_us,
    CAST(JSON_VALUE(figures, '$.commands.accepted') AS SIGNED) AS commands_accepted,
    CAST(JSON_VALUE(figures, '$.commands.duplicate') AS SIGNED) AS commands_duplicate,
    CAST(JSON_VALUE(figures, '$.commands.refused') AS SIGNED) AS commands_refused,
    CAST(JSON_VALUE(figures, '$.commands.failed') AS SIGNED) AS commands_failed,
    CAST(JSON_VALUE(figures, '$.stripe_events.applied') AS SIGNED) AS stripe_events_applied,
    CAST(JSON_VALUE(figures, '$.stripe_events.ignored') AS SIGNED) AS stripe_events_ignored,
    CAST(JSON_VALUE(figures, '$.stripe_events.parked') AS SIGNED) AS stripe_events_parked,
    CAST(JSON_VALUE(figures, '$.stripe_events.dead') AS SIGNED) AS stripe_events_dead,
    CAST(JSON_VALUE(figures, '$.stripe_events.duplicate') AS SIGNED) AS stripe_events_duplicate,
    CAST(JSON_VALUE(figures, '$.events') AS SIGNED) AS events,
    CAST(JSON_VALUE(figures, '$.queue.length') AS SIGNED) AS queue_length,
    CAST(JSON_VALUE(figures, '$.queue.capacity') AS SIGNED) AS queue_capacity,
    CAST(JSON_VALUE(figures, '$.queue.full') AS SIGNED) AS queue_full,
    CAST(JSON_VALUE(figures, '$.pool.size') AS SIGNED) AS pool_size,
    CAST(JSON_VALUE(figures, '$.pool.in_use') AS SIGNED) AS pool_in_use,
    CAST(JSON_VALUE(figures, '$.pool.capacity') AS SIGNED) AS pool_capacity,
    CAST(JSON_VALUE(figures, '$.pool.waits') AS SIGNED) AS pool_waits,
    JSON_VALUE(figures, '$.nats_connected') IN ('1', 'true') AS nats_connected,
    CAST(JSON_VALUE(figures, '$.books.position') AS SIGNED) AS books_position,
    CAST(JSON_VALUE(figures, '$.books.lags.postings.seconds') AS SIGNED) AS books_lags_postings_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.postings.events') AS SIGNED) AS books_lags_postings_events,
    CAST(JSON_VALUE(figures, '$.books.lags.daily_rollups.seconds') AS SIGNED) AS books_lags_daily_rollups_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.daily_rollups.events') AS SIGNED) AS books_lags_daily_rollups_events,
    CAST(JSON_VALUE(figures, '$.books.lags.links.seconds') AS SIGNED) AS books_lags_links_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.links.events') AS SIGNED) AS books_lags_links_events,
    CAST(JSON_VALUE(figures, '$.books.lags.seals.seconds') AS SIGNED) AS books_lags_seals_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.seals.events') AS SIGNED) AS books_lags_seals_events,
    CAST(JSON_VALUE(figures, '$.books.lags.outbox.seconds') AS SIGNED) AS books_lags_outbox_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.outbox.events') AS SIGNED) AS books_lags_outbox_events,
    CAST(JSON_VALUE(figures, '$.books.lags.ingest.seconds') AS SIGNED) AS books_lags_ingest_seconds,
    CAST(JSON_VALUE(figures, '$.books.lags.ingest.events') AS SIGNED) AS books_lags_ingest_events,
    CAST(JSON_VALUE(figures, '$.books.payouts.in_doubt.count') AS SIGNED) AS books_payouts_in_doubt_count,
    CAST(JSON_VALUE(figures, '$.books.payouts.in_doubt.oldest_seconds') AS SIGNED) AS books_payouts_in_doubt_oldest_seconds,
    CAST(JSON_VALUE(figures, '$.books.payouts.overdue.count') AS SIGNED) AS books_payouts_overdue_count,
    CAST(JSON_VALUE(figures, '$.books.payouts.overdue.oldest_seconds') AS SIGNED) AS books_payouts_overdue_oldest_seconds,
    CAST(JSON_VALUE(figures, '$.books.letters.dead.count') AS SIGNED) AS books_letters_dead_count,
    CAST(JSON_VALUE(figures, '$.books.letters.dead.oldest_seconds') AS SIGNED) AS books_letters_dead_oldest_seconds,
    CAST(JSON_VALUE(figures, '$.books.letters.parked.count') AS SIGNED) AS books_letters_parked_count,
    CAST(JSON_VALUE(figures, '$.books.letters.parked.oldest_seconds') AS SIGNED) AS books_letters_parked_oldest_seconds
FROM readings;
