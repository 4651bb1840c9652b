-- Group: patches. What is null stays; `reserved` says whether it went into a payout or
-- out of one. Result: those that have a recorded transfer.
WITH changed AS (
    UPDATE transactions AS x
    SET status = COALESCE(p.status, x.status),
        blocked = COALESCE(p.blocked, x.blocked),
        payed_out = COALESCE(p.reserved, x.payed_out),
        payout_id = CASE WHEN p.reserved IS NULL THEN x.payout_id ELSE p.payout_id END,
        actual_release_date = CASE
            WHEN p.reserved IS NULL THEN x.actual_release_date
            ELSE p.actual_release_date
        END,
        updated_at = COALESCE(p.updated_at, ($8::timestamptz[])[1]),
        payout_changed_at = GREATEST(x.payout_changed_at, p.payout_changed_at)
    FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::uuid[],
        $7::timestamptz[], $8::timestamptz[], $9::timestamptz[]
    ) AS p (
        tenant, transaction_id, status, blocked, reserved, payout_id, actual_release_date,
        updated_at, payout_changed_at
    )
    WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.transaction_id = p.transaction_id
    RETURNING x.tenant, x.transfer_id, x.transaction_id, x.linked
)
SELECT tenant, transfer_id, transaction_id FROM changed WHERE linked
