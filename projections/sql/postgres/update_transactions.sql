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
    FROM (
        SELECT
            unnest($1::text[]) AS tenant, unnest($2::text[]) AS transaction_id,
            unnest($3::text[]) AS status, unnest($4::boolean[]) AS blocked,
            unnest($5::boolean[]) AS reserved, unnest($6::uuid[]) AS payout_id,
            unnest($7::timestamptz[]) AS actual_release_date,
            unnest($8::timestamptz[]) AS updated_at, unnest($9::timestamptz[]) AS payout_changed_at
    ) AS p
    WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.transaction_id = p.transaction_id
    RETURNING x.tenant, x.transfer_id, x.transaction_id, x.linked
)
SELECT tenant, transfer_id, transaction_id FROM changed WHERE linked
