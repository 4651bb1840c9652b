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
    updated_at = p.updated_at,
    item_count = x.item_count + p.items,
    version = p.version
FROM (
    SELECT value ->> 0 AS tenant, value ->> 1 AS payout_id, value ->> 2 AS status,
        value ->> 3 AS submitted, value ->> 4 AS rescheduled, value ->> 5 AS arrival_date,
        value ->> 6 AS stripe_payout_id, value ->> 7 AS failure_code,
        value ->> 8 AS failure_message, value ->> 9 AS paid_at, value ->> 10 AS updated_at,
        value ->> 11 AS version, value ->> 12 AS held_up, value ->> 13 AS items
    FROM json_each(?1, '$[0]')
) AS p
WHERE x.tenant = p.tenant AND x.payout_id = p.payout_id
