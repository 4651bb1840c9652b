-- Puts the shadow's tables into the place of the live ones, with their owner, grants and comment,
-- and points views to them. The caller has closed the gate; readers wait for the locks.
DO $$
DECLARE
    live TEXT := current_setting('payoutd.live');
    shadow TEXT := current_setting('payoutd.shadow');
    tables TEXT[] := string_to_array(current_setting('payoutd.tables'), ',');
    path TEXT := current_setting('search_path');
    name TEXT;
    part TEXT;
    views TEXT[];
    replaced OID[] := ARRAY[]::OID[];
    source OID;
    built OID;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', live, name);
        replaced := replaced || format('%I.%I', live, name)::regclass::oid;
    END LOOP;

    -- Definitions with every name written out, while they still name the tables.
    PERFORM set_config('search_path', 'pg_catalog', TRUE);
    SELECT array_agg(format(
        'CREATE OR REPLACE VIEW %I.%I%s AS %s', n.nspname, v.relname,
        ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)
    ) ORDER BY v.oid)
    INTO views
    FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
    WHERE v.relkind = 'v' AND v.oid IN (
        SELECT r.ev_class
        FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = ANY (replaced)
    );

    FOREACH name IN ARRAY tables LOOP
        source := format('%I.%I', live, name)::regclass;
        built := format('%I.%I', shadow, name)::regclass;

        SELECT format('ALTER TABLE %s OWNER TO %I', built::regclass, pg_get_userbyid(t.relowner))
        INTO part FROM pg_class AS t JOIN pg_class AS b ON b.oid = built
        WHERE t.oid = source AND t.relowner <> b.relowner;
        IF part IS NOT NULL THEN
            EXECUTE part;
        END IF;
        -- What default privileges have given.
        FOR part IN
            SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', built::regclass,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
            FROM pg_class AS b, aclexplode(b.relacl) AS a
            WHERE b.oid = built AND a.grantee <> b.relowner
        LOOP
            EXECUTE part;
        END LOOP;
        FOR part IN
            SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, built::regclass,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM pg_class AS t, aclexplode(t.relacl) AS a
            WHERE t.oid = source AND a.grantee <> t.relowner
            UNION ALL
            SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, c.attname,
                built::regclass,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM pg_attribute AS c, aclexplode(c.attacl) AS a
            WHERE c.attrelid = source AND NOT c.attisdropped
        LOOP
            EXECUTE part;
        END LOOP;
        EXECUTE format('COMMENT ON TABLE %s IS %L', built::regclass,
            obj_description(source, 'pg_class'));

        -- Out of the way, with its indexes.
        FOR part IN
            SELECT format('ALTER INDEX %s RENAME TO %I', indexrelid::regclass,
                'replaced_' || indexrelid)
            FROM pg_index WHERE indrelid = source
        LOOP
            EXECUTE part;
        END LOOP;
        EXECUTE format('ALTER TABLE %s RENAME TO %I', source::regclass, 'replaced_' || source);
        EXECUTE format('ALTER TABLE %s SET SCHEMA %I', built::regclass, live);
    END LOOP;

    FOREACH part IN ARRAY COALESCE(views, ARRAY[]::TEXT[]) LOOP
        EXECUTE part;
    END LOOP;
    FOREACH source IN ARRAY replaced LOOP
        EXECUTE format('DROP TABLE %s', source::regclass);
    END LOOP;
    -- There is nothing left to go on with.
    EXECUTE format('DELETE FROM %I.projections', shadow);
    PERFORM set_config('search_path', path, TRUE);
END
$$
