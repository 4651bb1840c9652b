-- A page of payouts. Their id alone is the key; the seller is compared only so that a page can
-- begin before every id there is.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM payouts
WHERE tenant = ?1
    AND (payout_id > ?3 OR (payout_id = ?3 AND seller_id > ?4))
    AND (?5 IS NULL OR seller_id = ?5)
    AND (?6 IS NULL OR status = ?6)
    AND (?7 IS NULL OR currency = ?7)
    AND (?8 IS NULL OR payout_id = ?8)
    AND (?9 IS NULL OR requested_at >= ?9)
    AND (?10 IS NULL OR requested_at < ?10)
ORDER BY payout_id
LIMIT ?2
