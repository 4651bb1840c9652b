-- A page of payouts with the newest first.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM payouts
WHERE tenant = $1
    AND (requested_at, payout_id) < ($3::timestamptz, $4::uuid)
    AND ($5::text IS NULL OR seller_id = $5)
    AND ($6::text IS NULL OR status = $6)
    AND ($7::text IS NULL OR currency = $7)
    AND ($8::uuid IS NULL OR payout_id = $8)
    AND ($9::timestamptz IS NULL OR requested_at >= $9)
    AND ($10::timestamptz IS NULL OR requested_at < $10)
ORDER BY requested_at DESC, payout_id DESC
LIMIT $2
