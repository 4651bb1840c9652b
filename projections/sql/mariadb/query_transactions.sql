-- A page of transactions.
SELECT transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor, fee_minor,
    net_minor, currency, payment_intent, order_id, payout_id, available_on, actual_release_date,
    updated_at, transfer_id
FROM transactions
WHERE tenant = ?1
    AND transaction_id > ?3
    AND (?4 IS NULL OR seller_id = ?4)
    AND (?5 IS NULL OR status = ?5)
    AND (?6 IS NULL OR currency = ?6)
    AND (?7 IS NULL OR payout_id = ?7)
    AND (?8 IS NULL OR updated_at >= ?8)
    AND (?9 IS NULL OR updated_at < ?9)
ORDER BY transaction_id
LIMIT ?2
