-- Of some payouts those that a filter lets through, in the order of their names. ?2: a JSON list
-- of their keys, each a list.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM json_each(?2) AS wanted
CROSS JOIN payouts AS x ON x.tenant = ?1 AND x.payout_id = wanted.value ->> 0
WHERE (?3 IS NULL OR seller_id = ?3)
    AND (?4 IS NULL OR status = ?4)
    AND (?5 IS NULL OR currency = ?5)
    AND (?6 IS NULL OR payout_id = ?6)
    AND (?7 IS NULL OR requested_at >= ?7)
    AND (?8 IS NULL OR requested_at < ?8)
ORDER BY wanted.key
