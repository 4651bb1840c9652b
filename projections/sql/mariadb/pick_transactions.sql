-- Of some transactions those that a filter lets through, in the order of their names. Their
-- keys are a JSON list of lists.
SELECT transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor, fee_minor,
    net_minor, currency, payment_intent, order_id, payout_id, available_on, actual_release_date,
    updated_at, transfer_id
FROM JSON_TABLE(?2, '$[*]' COLUMNS (
    number FOR ORDINALITY, key_0 VARCHAR(512) PATH '$[0]'
)) AS wanted
STRAIGHT_JOIN transactions AS x
    ON x.tenant = ?1 AND x.transaction_id = wanted.key_0
WHERE (?3 IS NULL OR seller_id = ?3)
    AND (?4 IS NULL OR status = ?4)
    AND (?5 IS NULL OR currency = ?5)
    AND (?6 IS NULL OR payout_id = ?6)
    AND (?7 IS NULL OR updated_at >= ?7)
    AND (?8 IS NULL OR updated_at < ?8)
ORDER BY wanted.number
