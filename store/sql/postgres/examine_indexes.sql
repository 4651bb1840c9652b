-- The indexes of the ledger's schema: tables, columns in order, whether they can be used.
SELECT
    t.relname AS table_name,
    string_agg(a.attname, ',' ORDER BY k.place) AS columns,
    i.indisvalid AND i.indisready AS usable
FROM pg_index AS i
JOIN pg_class AS t ON t.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attribute, place)
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attribute
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
GROUP BY i.indexrelid, t.relname, i.indisvalid, i.indisready
ORDER BY t.relname, columns
