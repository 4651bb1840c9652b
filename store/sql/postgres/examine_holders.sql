-- Transactions that are open for some time ($1, in seconds), in any database of the server, the
-- oldest first. Those that have written (holds_log) keep the followers of the log from reading on.
SELECT who, doing, seconds, holds_log FROM (
    SELECT
        'process ' || pid || ' (' || coalesce(nullif(application_name, ''), 'without a name') || ')'
            AS who,
        coalesce(state, 'running') AS doing,
        extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds,
        backend_xid IS NOT NULL AS holds_log
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
        AND backend_type = 'client backend'
    UNION ALL
    SELECT 'prepared transaction ' || gid, 'prepared',
        extract(epoch FROM clock_timestamp() - prepared)::bigint, true
    FROM pg_prepared_xacts
) AS open
WHERE seconds >= $1
ORDER BY seconds DESC LIMIT 10
