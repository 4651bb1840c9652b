-- A page of payouts with the newest first.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM payouts
WHERE tenant = ?1
    AND (requested_at < ?3 OR (requested_at = ?3 AND payout_id < ?4))
    AND (?5 IS NULL OR seller_id = ?5)
    AND (?6 IS NULL OR status = ?6)
    AND (?7 IS NULL OR currency = ?7)
    AND (?8 IS NULL OR payout_id = ?8)
    AND (?9 IS NULL OR requested_at >= ?9)
    AND (?10 IS NULL OR requested_at < ?10)
ORDER BY requested_at DESC, payout_id DESC
LIMIT ?2
