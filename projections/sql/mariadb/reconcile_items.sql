SELECT payout_id, transaction_id, amount_minor, currency, transfer_id
FROM payout_items
WHERE tenant = ?1 AND payout_id IN (
    SELECT id FROM JSON_TABLE(?2, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS wanted
)
ORDER BY payout_id, transaction_id
