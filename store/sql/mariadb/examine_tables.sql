-- The tables of the ledger's database, and about how many rows they have. What is free is told of
-- whole tablespaces, which tables may share. Rights are not looked for: the account's own
-- statements show them.
SELECT
    table_name AS name,
    CAST(COALESCE(table_rows, 0) AS SIGNED) AS live,
    0 AS dead, 0 AS scans, 0 AS index_scans, '' AS lacking, FALSE AS locked_whole
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
ORDER BY table_name
