-- A page of payout items. Seller and time are the payout's.
SELECT i.payout_id, i.transaction_id, i.amount_minor, i.currency, i.transfer_id, i.returned
FROM payout_items AS i
JOIN payouts AS p ON p.tenant = i.tenant AND p.payout_id = i.payout_id
WHERE i.tenant = ?1
    AND (i.payout_id > ?3 OR (i.payout_id = ?3 AND i.transaction_id > ?4))
    AND (?5 IS NULL OR p.seller_id = ?5)
    AND (?6 IS NULL OR i.currency = ?6)
    AND (?7 IS NULL OR i.payout_id = ?7)
    AND (?8 IS NULL OR p.requested_at >= ?8)
    AND (?9 IS NULL OR p.requested_at < ?9)
ORDER BY i.payout_id, i.transaction_id
LIMIT ?2
