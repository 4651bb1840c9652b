-- Every row with every column, of one tenant or of all.
SELECT tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
FROM payout_items
WHERE ?1 IS NULL OR tenant = ?1
