-- Of some payouts those that a filter lets through, in the order of their names. Their
-- keys are a JSON list of lists.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM JSON_TABLE(?2, '$[*]' COLUMNS (
    number FOR ORDINALITY, key_0 VARCHAR(512) PATH '$[0]'
)) AS wanted
STRAIGHT_JOIN payouts AS x
    ON x.tenant = ?1 AND x.payout_id = wanted.key_0
WHERE (?3 IS NULL OR seller_id = ?3)
    AND (?4 IS NULL OR status = ?4)
    AND (?5 IS NULL OR currency = ?5)
    AND (?6 IS NULL OR payout_id = ?6)
    AND (?7 IS NULL OR requested_at >= ?7)
    AND (?8 IS NULL OR requested_at < ?8)
ORDER BY wanted.number
