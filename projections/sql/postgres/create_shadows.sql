-- A temporary table stands before any other of its name. The real ones are reached
-- through views that are made first.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'sellers', 'payouts', 'payout_items', 'transactions', 'transfers', 'balances', 'postings',
        'daily_rollups'
    ] LOOP
        EXECUTE format('CREATE TEMP VIEW live_%s AS SELECT * FROM %I', name, name);
        EXECUTE format('CREATE TEMP TABLE %I (LIKE %I INCLUDING ALL)', name, name);
    END LOOP;
END
$$
