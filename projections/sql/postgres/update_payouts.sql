-- Group: patches. With a status, everything that goes with one is replaced. Without,
-- the payout was named by Stripe (submitted), which moves it only if nothing further
-- was told before, or it was rescheduled.
UPDATE payouts AS x
SET status = CASE
        WHEN p.status IS NOT NULL THEN p.status
        WHEN p.submitted AND x.status IN ('requested', 'in_doubt') THEN 'pending'
        ELSE x.status
    END,
    arrival_date = CASE
        WHEN p.status IS NOT NULL OR p.rescheduled THEN p.arrival_date
        WHEN p.submitted AND x.status IN ('requested', 'in_doubt') THEN p.arrival_date
        ELSE x.arrival_date
    END,
    failure_code = CASE WHEN p.status IS NULL THEN x.failure_code ELSE p.failure_code END,
    failure_message = CASE WHEN p.status IS NULL THEN x.failure_message ELSE p.failure_message END,
    paid_at = CASE WHEN p.status IS NULL THEN x.paid_at ELSE p.paid_at END,
    held_up = CASE
        WHEN p.status IS NOT NULL OR p.submitted THEN p.held_up ELSE x.held_up
    END,
    stripe_payout_id = COALESCE(x.stripe_payout_id, p.stripe_payout_id),
    updated_at = COALESCE(p.updated_at, ($11::timestamptz[])[1]),
    item_count = x.item_count + p.items,
    version = p.version
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::uuid[]) AS payout_id, unnest($3::text[]) AS status,
        unnest($4::boolean[]) AS submitted, unnest($5::boolean[]) AS rescheduled,
        unnest($6::timestamptz[]) AS arrival_date, unnest($7::text[]) AS stripe_payout_id,
        unnest($8::text[]) AS failure_code, unnest($9::text[]) AS failure_message,
        unnest($10::timestamptz[]) AS paid_at, unnest($11::timestamptz[]) AS updated_at,
        unnest($12::bigint[]) AS version, unnest($13::text[]) AS held_up,
        unnest($14::bigint[]) AS items
) AS p
WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.payout_id = p.payout_id
