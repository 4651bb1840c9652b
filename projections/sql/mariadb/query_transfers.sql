-- A page of transfers.
SELECT transfer_id, seller_id, status, amount_minor, reversed_minor, currency, transaction_id,
    payout_id, updated_at
FROM transfers
WHERE tenant = ?1
    AND transfer_id > ?3
    AND (?4 IS NULL OR seller_id = ?4)
    AND (?5 IS NULL OR status = ?5)
    AND (?6 IS NULL OR currency = ?6)
    AND (?7 IS NULL OR payout_id = ?7)
    AND (?8 IS NULL OR updated_at >= ?8)
    AND (?9 IS NULL OR updated_at < ?9)
ORDER BY transfer_id
LIMIT ?2
