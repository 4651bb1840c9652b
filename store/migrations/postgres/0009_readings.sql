-- What services read off themselves: counts of a stretch of time, and levels at its end or their
-- highest in it (docs/metrics.md). Not of the books: nothing is rebuilt from it or held against it.
-- Three lengths of stretches are kept side by side, the longer ones for longer.
CREATE TABLE readings (
    step_seconds BIGINT NOT NULL,      -- how long a stretch is: 10, 300 or 3600
    starts_at    TIMESTAMPTZ NOT NULL, -- when it begins, a multiple of its length
    instance     TEXT NOT NULL,        -- whose: host:port
    figures      JSON NOT NULL,        -- the figures
    PRIMARY KEY (step_seconds, starts_at, instance)
);

-- The same with a column for each figure, for people with SQL. Those of the books are null where
-- the database could not be asked.
CREATE VIEW machine_readings AS
SELECT
    step_seconds, starts_at, instance,
    (figures #>> '{window_ms}')::bigint AS window_ms,
    (figures #>> '{transactions,started}')::bigint AS transactions_started,
    (figures #>> '{transactions,committed}')::bigint AS transactions_committed,
    (figures #>> '{transactions,rolled_back}')::bigint AS transactions_rolled_back,
    (figures #>> '{transactions,failed}')::bigint AS transactions_failed,
    (figures #>> '{transactions,timed_out}')::bigint AS transactions_timed_out,
    (figures #>> '{transactions,deadlocks}')::bigint AS transactions_deadlocks,
    (figures #>> '{transactions,serialization_failures}')::bigint AS transactions_serialization_failures,
    (figures #>> '{transactions,retries}')::bigint AS transactions_retries,
    (figures #>> '{transactions,active}')::bigint AS transactions_active,
    (figures #>> '{transactions,p50_us}')::bigint AS transactions_p50_us,
    (figures #>> '{transactions,p95_us}')::bigint AS transactions_p95_us,
    (figures #>> '{transactions,p99_us}')::bigint AS transactions_p99_us,
    (figures #>> '{commands,accepted}')::bigint AS commands_accepted,
    (figures #>> '{commands,duplicate}')::bigint AS commands_duplicate,
    (figures #>> '{commands,refused}')::bigint AS commands_refused,
    (figures #>> '{commands,failed}')::bigint AS commands_failed,
    (figures #>> '{stripe_events,applied}')::bigint AS stripe_events_applied,
    (figures #>> '{stripe_events,ignored}')::bigint AS stripe_events_ignored,
    (figures #>> '{stripe_events,parked}')::bigint AS stripe_events_parked,
    (figures #>> '{stripe_events,dead}')::bigint AS stripe_events_dead,
    (figures #>> '{stripe_events,duplicate}')::bigint AS stripe_events_duplicate,
    (figures #>> '{events}')::bigint AS events,
    (figures #>> '{queue,length}')::bigint AS queue_length,
    (figures #>> '{queue,capacity}')::bigint AS queue_capacity,
    (figures #>> '{queue,full}')::bigint AS queue_full,
    (figures #>> '{pool,size}')::bigint AS pool_size,
    (figures #>> '{pool,in_use}')::bigint AS pool_in_use,
    (figures #>> '{pool,capacity}')::bigint AS pool_capacity,
    (figures #>> '{pool,waits}')::bigint AS pool_waits,
    (figures #>> '{nats_connected}')::boolean AS nats_connected,
    (figures #>> '{books,position}')::bigint AS books_position,
    (figures #>> '{books,lags,postings,seconds}')::bigint AS books_lags_postings_seconds,
    (figures #>> '{books,lags,postings,events}')::bigint AS books_lags_postings_events,
    (figures #>> '{books,lags,daily_rollups,seconds}')::bigint AS books_lags_daily_rollups_seconds,
    (figures #>> '{books,lags,daily_rollups,events}')::bigint AS books_lags_daily_rollups_events,
    (figures #>> '{books,lags,links,seconds}')::bigint AS books_lags_links_seconds,
    (figures #>> '{books,lags,links,events}')::bigint AS books_lags_links_events,
    (figures #>> '{books,lags,seals,seconds}')::bigint AS books_lags_seals_seconds,
    (figures #>> '{books,lags,seals,events}')::bigint AS books_lags_seals_events,
    (figures #>> '{books,lags,outbox,seconds}')::bigint AS books_lags_outbox_seconds,
    (figures #>> '{books,lags,outbox,events}')::bigint AS books_lags_outbox_events,
    (figures #>> '{books,lags,ingest,seconds}')::bigint AS books_lags_ingest_seconds,
    (figures #>> '{books,lags,ingest,events}')::bigint AS books_lags_ingest_events,
    (figures #>> '{books,payouts,in_doubt,count}')::bigint AS books_payouts_in_doubt_count,
    (figures #>> '{books,payouts,in_doubt,oldest_seconds}')::bigint AS books_payouts_in_doubt_oldest_seconds,
    (figures #>> '{books,payouts,overdue,count}')::bigint AS books_payouts_overdue_count,
    (figures #>> '{books,payouts,overdue,oldest_seconds}')::bigint AS books_payouts_overdue_oldest_seconds,
    (figures #>> '{books,letters,dead,count}')::bigint AS books_letters_dead_count,
    (figures #>> '{books,letters,dead,oldest_seconds}')::bigint AS books_letters_dead_oldest_seconds,
    (figures #>> '{books,letters,parked,count}')::bigint AS books_letters_parked_count,
    (figures #>> '{books,letters,parked,oldest_seconds}')::bigint AS books_letters_parked_oldest_seconds
FROM readings;
