-- The indexes: tables, columns in order. One that is there can be used.
SELECT
    t.name AS table_name,
    (
        SELECT group_concat(name, ',') FROM (
            SELECT c.name FROM pragma_index_info(i.name) AS c ORDER BY c.seqno
        )
    ) AS columns,
    TRUE AS usable
FROM sqlite_schema AS t
CROSS JOIN pragma_index_list(t.name) AS i
WHERE t.type = 'table'
ORDER BY t.name, columns
