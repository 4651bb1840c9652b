-- Only what a rebuild leaves there. What others have put beside it stays, and the schema too.
DO $$
DECLARE
    shadow TEXT := current_setting('payoutd.shadow');
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'sellers', 'payouts', 'payout_items', 'transactions', 'transfers', 'balances', 'postings',
        'daily_rollups', 'checkpoints', 'projections'
    ] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I.%I', shadow, name);
    END LOOP;
    IF to_regnamespace(quote_ident(shadow)) IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass
            AND refobjid = to_regnamespace(quote_ident(shadow))
    ) AND pg_has_role(
        (SELECT nspowner FROM pg_namespace WHERE nspname = shadow), 'USAGE'
    ) THEN
        EXECUTE format('DROP SCHEMA %I', shadow);
    END IF;
END
$$
