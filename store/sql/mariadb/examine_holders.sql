-- Transactions that are open for some time (?1, in seconds), the oldest first. Those that have
-- written hold the row of table log_end, or keep old versions of rows from being removed.
SELECT
    CONCAT('connection ', trx_mysql_thread_id) AS who,
    LOWER(trx_state) AS doing,
    TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds,
    trx_rows_modified > 0 AS holds_log
FROM information_schema.innodb_trx
WHERE trx_mysql_thread_id <> CONNECTION_ID() AND TIMESTAMPDIFF(SECOND, trx_started, NOW()) >= ?1
ORDER BY trx_started LIMIT 10
