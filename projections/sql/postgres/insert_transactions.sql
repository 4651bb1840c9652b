-- Group: new transactions.
-- Result: those that were in a payout since and have a recorded transfer.
WITH added AS (
    INSERT INTO transactions (
        tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor,
        fee_minor, net_minor, currency, payment_intent, order_id, payout_id, available_on,
        actual_release_date, updated_at, transfer_id, payout_changed_at, linked
    )
    SELECT r.tenant, r.transaction_id, r.seller_id, r.kind, r.status, r.blocked,
        r.payout_id IS NOT NULL, r.gross_minor, r.fee_minor, r.net_minor, r.currency,
        r.payment_intent, r.order_id, r.payout_id, r.available_on, r.actual_release_date,
        r.updated_at, r.transfer_id, r.payout_changed_at,
        EXISTS (
            SELECT FROM transfers AS x
            WHERE x.tenant = r.tenant AND x.transaction_id = r.transaction_id
        ) OR EXISTS (
            SELECT FROM transfers AS x
            WHERE x.tenant = r.tenant AND x.transfer_id = r.transfer_id
        )
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::bigint[],
        $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::uuid[],
        $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[],
        $18::timestamptz[]
    ) AS r (
        tenant, transaction_id, seller_id, kind, status, blocked, gross_minor, fee_minor,
        net_minor, currency, payment_intent, order_id, payout_id, available_on,
        actual_release_date, updated_at, transfer_id, payout_changed_at
    )
    RETURNING tenant, transfer_id, transaction_id, linked, payout_changed_at
)
SELECT tenant, transfer_id, transaction_id FROM added
WHERE linked AND payout_changed_at IS NOT NULL
