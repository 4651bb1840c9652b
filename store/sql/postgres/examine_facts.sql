-- What the server says about itself, by name. What the role may not see is not there.
SELECT name, setting AS value FROM pg_settings WHERE name IN (
    'server_version', 'server_version_num', 'fsync', 'full_page_writes', 'synchronous_commit',
    'synchronous_standby_names', 'max_connections', 'superuser_reserved_connections',
    'data_directory'
)
UNION ALL
SELECT 'standby', pg_is_in_recovery()::text
UNION ALL
SELECT 'read_only', current_setting('transaction_read_only')
UNION ALL
SELECT 'connections', count(*)::text FROM pg_stat_activity WHERE backend_type = 'client backend'
UNION ALL
SELECT 'standbys', count(*)::text FROM pg_stat_replication
UNION ALL
SELECT 'idle_slots', count(*)::text FROM pg_replication_slots WHERE NOT active
UNION ALL
SELECT 'superuser', rolsuper::text FROM pg_roles WHERE rolname = current_user
UNION ALL
SELECT 'may_create', has_schema_privilege(current_schema(), 'CREATE')::text
UNION ALL
SELECT 'transaction_age', age(datfrozenxid)::text FROM pg_database WHERE datname = current_database()
UNION ALL
SELECT 'now_micros', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text
