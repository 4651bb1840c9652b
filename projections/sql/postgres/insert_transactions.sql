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
    FROM (
        SELECT
            unnest($1::text[]) AS tenant, unnest($2::text[]) AS transaction_id,
            unnest($3::text[]) AS seller_id, unnest($4::text[]) AS kind,
            unnest($5::text[]) AS status, unnest($6::boolean[]) AS blocked,
            unnest($7::bigint[]) AS gross_minor, unnest($8::bigint[]) AS fee_minor,
            unnest($9::bigint[]) AS net_minor, unnest($10::text[]) AS currency,
            unnest($11::text[]) AS payment_intent, unnest($12::text[]) AS order_id,
            unnest($13::uuid[]) AS payout_id, unnest($14::timestamptz[]) AS available_on,
            unnest($15::timestamptz[]) AS actual_release_date,
            unnest($16::timestamptz[]) AS updated_at, unnest($17::text[]) AS transfer_id,
            unnest($18::timestamptz[]) AS payout_changed_at
    ) AS r
    RETURNING tenant, transfer_id, transaction_id, linked, payout_changed_at
)
SELECT tenant, transfer_id, transaction_id FROM added
WHERE linked AND payout_changed_at IS NOT NULL
