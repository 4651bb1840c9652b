-- The tables. SQLite counts nothing and grants nothing: whoever opens the file may do all.
SELECT
    name, 0 AS live, 0 AS dead, 0 AS scans, 0 AS index_scans, '' AS lacking, FALSE AS locked_whole
FROM sqlite_schema
WHERE type = 'table'
ORDER BY name
