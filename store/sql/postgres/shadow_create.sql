-- Empty tables beside the live ones: the same columns, storage, constraints and indexes, all under
-- the same names, so that nothing shows later which of the two it was.
DO $$
DECLARE
    live TEXT := current_setting('payoutd.live');
    shadow TEXT := current_setting('payoutd.shadow');
    tables TEXT[] := string_to_array(current_setting('payoutd.tables'), ',')
        || ARRAY['checkpoints', 'projections'];
    name TEXT;
    source OID;
    part TEXT;
BEGIN
    IF to_regnamespace(quote_ident(shadow)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', shadow);
    END IF;
    FOREACH name IN ARRAY tables LOOP
        source := format('%I.%I', live, name)::regclass;
        EXECUTE format(
            'CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)',
            shadow, name, live, name
        );
        SELECT format('ALTER TABLE %I.%I SET (%s)', shadow, name, array_to_string(reloptions, ', '))
        INTO part FROM pg_class WHERE oid = source AND reloptions IS NOT NULL;
        IF part IS NOT NULL THEN
            EXECUTE part;
        END IF;
        FOR part IN
            SELECT format(
                'ALTER TABLE %I.%I ADD CONSTRAINT %I %s', shadow, name, conname,
                pg_get_constraintdef(oid)
            )
            FROM pg_constraint WHERE conrelid = source AND contype IN ('p', 'u', 'x')
        LOOP
            EXECUTE part;
        END LOOP;
        FOR part IN
            SELECT replace(
                pg_get_indexdef(i.indexrelid), format(' ON %I.%I USING ', live, name),
                format(' ON %I.%I USING ', shadow, name)
            )
            FROM pg_index AS i
            WHERE i.indrelid = source AND NOT EXISTS (
                SELECT FROM pg_constraint AS c
                WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
            )
        LOOP
            EXECUTE part;
        END LOOP;
    END LOOP;
END
$$
