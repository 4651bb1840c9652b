-- The floor for one payout.paid of a submitted payout of three items: the rows that
-- the ledger writes (raw event, heads, events, read rows), in one serializable
-- transaction of its own, one statement a table, prepared. The balance's items are
-- those of the request (see request_payout.sql); payouts are numbered by :k.
\set k :n * :clients + :client_id
\set s mod(:k, :sellers)
\set j :k / :sellers * 3
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO inbox (tenant, event_id, body_hash, event_type, object, body, outcome, received_at, settled_at)
    VALUES ('default', 'evt_' || :k::int, 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    'payout.paid', 'payout/po_' || :k::int, :body, 'applied', now(), now());
UPDATE streams SET version = version + 1
    WHERE tenant = 'default' AND stream = 'balance-seller-' || :s::int || '-usd'
    RETURNING version \gset
UPDATE streams SET version = 3
    WHERE tenant = 'default' AND version = 2
    AND stream = 'payout-00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0');
INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
    VALUES
    ('default', 'balance-seller-' || :s::int || '-usd', :version::bigint, 'reservation-paid-out', 1,
    '{"seller_id":"seller-00000","currency":"usd","payout_id":"00000000-0000-7000-8000-000000000000","amount_minor":3000,"items":[{"transaction_id":"t-00000-000","net_minor":1000},{"transaction_id":"t-00000-001","net_minor":1000},{"transaction_id":"t-00000-002","net_minor":1000}]}',
    '{"stripe_event":"evt_00000000"}', now()),
    ('default', 'payout-00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'), 3, 'payout-paid', 1,
    '{"payout_id":"00000000-0000-7000-8000-000000000000","arrival_date":"2026-11-25T00:00:00Z"}',
    '{"stripe_event":"evt_00000000"}', now());
UPDATE payouts SET status = 'paid', paid_at = now(), arrival_date = now(), updated_at = now(), version = 3
    WHERE tenant = 'default'
    AND payout_id = ('00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'))::uuid;
UPDATE transactions SET status = 'paid_out', updated_at = now(), payout_changed_at = now()
    WHERE tenant = 'default' AND transaction_id IN ('t-' || :s::int || '-' || (:j::int),
        't-' || :s::int || '-' || (:j::int + 1), 't-' || :s::int || '-' || (:j::int + 2));
UPDATE balances SET reserved_minor = reserved_minor - 3000, paid_out_minor = paid_out_minor + 3000,
        version = :version::bigint, updated_at = now()
    WHERE tenant = 'default' AND seller_id = 'seller-' || :s::int AND currency = 'usd';
COMMIT;
-- Last, so that a transaction that is tried again is the same.
\set n :n + 1
