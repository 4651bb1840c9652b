-- The tables of the ledger's schema: how big, how often read as a whole, how much of them is dead,
-- which rights the role lacks, and whether a transaction under SERIALIZABLE has all of one locked.
SELECT
    s.relname AS name,
    s.n_live_tup AS live,
    s.n_dead_tup AS dead,
    s.seq_scan AS scans,
    coalesce(s.idx_scan, 0) AS index_scans,
    concat_ws(', ',
        CASE WHEN NOT has_table_privilege(s.relid, 'SELECT') THEN 'SELECT' END,
        CASE WHEN NOT has_table_privilege(s.relid, 'INSERT') THEN 'INSERT' END,
        CASE WHEN NOT has_table_privilege(s.relid, 'UPDATE') THEN 'UPDATE' END,
        CASE WHEN NOT has_table_privilege(s.relid, 'DELETE') THEN 'DELETE' END
    ) AS lacking,
    EXISTS (
        SELECT 1 FROM pg_locks AS l
        WHERE l.relation = s.relid AND l.mode = 'SIReadLock' AND l.locktype = 'relation'
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS locked_whole
FROM pg_stat_user_tables AS s
WHERE s.schemaname = current_schema()
ORDER BY s.relname
