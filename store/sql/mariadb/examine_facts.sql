-- What the server says about itself, by name. What the account may not see is not there.
SELECT LOWER(variable_name) AS name, variable_value AS value
FROM information_schema.global_variables
WHERE variable_name IN (
    'VERSION', 'INNODB_FLUSH_LOG_AT_TRX_COMMIT', 'INNODB_FLUSH_METHOD', 'SYNC_BINLOG', 'LOG_BIN',
    'BINLOG_FORMAT', 'INNODB_DOUBLEWRITE', 'MAX_CONNECTIONS', 'READ_ONLY', 'WSREP_ON', 'DATADIR'
)
UNION ALL
SELECT 'innodb_snapshot_isolation', CAST(@@SESSION.innodb_snapshot_isolation AS CHAR)
UNION ALL
SELECT 'connections', variable_value FROM information_schema.global_status
WHERE variable_name = 'THREADS_CONNECTED'
UNION ALL
SELECT 'now_micros', CAST(CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS INTEGER) AS CHAR)
