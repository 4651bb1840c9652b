-- The indexes of the ledger's database: tables, columns in order, whether they can be used.
SELECT
    table_name,
    GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ',') AS columns,
    MIN(COALESCE(comment, '') NOT LIKE '%disabled%' AND ignored = 'NO') AS usable
FROM information_schema.statistics
WHERE table_schema = DATABASE()
GROUP BY table_name, index_name
ORDER BY table_name, columns
