-- The tables of the ledger's database: how big they are, and how many rows would fit into what
-- they hold free. Rights are not looked for: the account's own statements show them.
SELECT
    table_name AS name,
    CAST(COALESCE(table_rows, 0) AS SIGNED) AS live,
    CAST(COALESCE(data_free DIV NULLIF(avg_row_length, 0), 0) AS SIGNED) AS dead,
    0 AS scans, 0 AS index_scans, '' AS lacking, FALSE AS locked_whole
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'
ORDER BY table_name
