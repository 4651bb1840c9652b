-- The floor for one request-payout of three items: the rows that the ledger writes
-- (heads, events, receipt, read rows), in one serializable transaction of its own,
-- one statement a table, prepared. No reading, no checking, no deciding.
--
-- Variables: clients, sellers, base. Run n of client c pays out the n-th triple of a
-- seller of its own, so that clients do not collide.
\set k :n * :clients + :client_id
\set s mod(:k, :sellers)
\set j :k / :sellers * 3
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE streams SET version = version + 1
    WHERE tenant = 'default' AND stream = 'balance-seller-' || :s::int || '-usd'
    RETURNING version \gset
INSERT INTO streams (tenant, stream, version)
    VALUES ('default', 'payout-00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'), 1);
INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
    VALUES
    ('default', 'balance-seller-' || :s::int || '-usd', :version::bigint, 'funds-reserved', 1,
    '{"seller_id":"seller-00000","currency":"usd","payout_id":"00000000-0000-7000-8000-000000000000","amount_minor":3000,"items":[{"transaction_id":"t-00000-000","net_minor":1000},{"transaction_id":"t-00000-001","net_minor":1000},{"transaction_id":"t-00000-002","net_minor":1000}]}',
    '{"command":"request-payout","key":"00000000-0000-7000-8000-000000000000"}', now()),
    ('default', 'payout-00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'), 1, 'payout-requested', 1,
    '{"payout_id":"00000000-0000-7000-8000-000000000000","seller_id":"seller-00000","amount_minor":3000,"currency":"usd","method":"standard","items":[{"transaction_id":"t-00000-000","net_minor":1000},{"transaction_id":"t-00000-001","net_minor":1000},{"transaction_id":"t-00000-002","net_minor":1000}]}',
    '{"command":"request-payout","key":"00000000-0000-7000-8000-000000000000"}', now());
INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
    VALUES ('default', '00000000-0000-7000-9000-' || lpad(to_hex(:k::int), 12, '0'), 'request-payout',
    'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    '{"status":"accepted","payout_id":"00000000-0000-7000-8000-000000000000","events":[["balance-seller-0-usd",100,"funds-reserved"],["payout-00000000-0000-7000-8000-000000000000",1,"payout-requested"]]}',
    now());
INSERT INTO payouts (tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
        method, requested_at, updated_at, version)
    VALUES ('default', ('00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'))::uuid,
    'seller-' || :s::int, 'requested', 3000, 'usd', 3, 'ledger', 'standard', now(), now(), 1);
INSERT INTO payout_items (tenant, payout_id, transaction_id, amount_minor, currency, returned)
    SELECT 'default', ('00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'))::uuid,
        't-' || :s::int || '-' || (:j::int + i), 1000, 'usd', false
    FROM generate_series(0, 2) AS i;
UPDATE transactions SET status = 'reserved', payed_out = true, actual_release_date = now(),
        updated_at = now(), payout_changed_at = now(),
        payout_id = ('00000000-0000-7000-8000-' || lpad(to_hex(:k::int), 12, '0'))::uuid
    WHERE tenant = 'default' AND transaction_id IN ('t-' || :s::int || '-' || (:j::int),
        't-' || :s::int || '-' || (:j::int + 1), 't-' || :s::int || '-' || (:j::int + 2));
UPDATE balances SET available_minor = available_minor - 3000, reserved_minor = reserved_minor + 3000,
        version = :version::bigint, updated_at = now()
    WHERE tenant = 'default' AND seller_id = 'seller-' || :s::int AND currency = 'usd';
COMMIT;
-- Last, so that a transaction that is tried again is the same.
\set n :n + 1
