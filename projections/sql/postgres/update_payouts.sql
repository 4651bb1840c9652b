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
    stripe_payout_id = COALESCE(x.stripe_payout_id, p.stripe_payout_id),
    updated_at = COALESCE(p.updated_at, ($11::timestamptz[])[1]),
    version = p.version
FROM unnest(
    $1::text[], $2::uuid[], $3::text[], $4::boolean[], $5::boolean[], $6::timestamptz[],
    $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::bigint[]
) AS p (
    tenant, payout_id, status, submitted, rescheduled, arrival_date, stripe_payout_id,
    failure_code, failure_message, paid_at, updated_at, version
)
WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.payout_id = p.payout_id
