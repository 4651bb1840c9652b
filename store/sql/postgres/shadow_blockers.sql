-- What depends on the live tables ($1) and cannot be carried over to others. Indexes,
-- constraints and defaults are their own; views are pointed to the new tables, if their owner
-- lets us.
SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) AS blocker
FROM pg_class AS t
JOIN pg_namespace AS n ON n.oid = t.relnamespace AND n.nspname = current_schema()
JOIN pg_type AS y ON y.oid = t.reltype
JOIN pg_depend AS d ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid)
    OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (y.oid, y.typarray))
WHERE t.relname = ANY ($1) AND d.deptype IN ('n', 'a')
    AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid AND i.indrelid = t.oid
    )
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS c
        WHERE d.classid = 'pg_constraint'::regclass AND c.oid = d.objid AND c.conrelid = t.oid
            AND c.contype <> 'f'
    )
    AND NOT EXISTS (
        SELECT FROM pg_attrdef AS f
        WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adrelid = t.oid
    )
    AND NOT EXISTS (
        SELECT FROM pg_rewrite AS r JOIN pg_class AS v ON v.oid = r.ev_class
        WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND v.relkind = 'v'
            AND d.refclassid = 'pg_class'::regclass AND pg_has_role(v.relowner, 'USAGE')
    )
ORDER BY blocker
