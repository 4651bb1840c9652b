-- The planner knows the tables from their first moment on.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY string_to_array(current_setting('payoutd.tables'), ',') LOOP
        EXECUTE format('ANALYZE %I.%I', current_setting('payoutd.shadow'), name);
    END LOOP;
END
$$
