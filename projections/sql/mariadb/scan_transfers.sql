-- Every row with every column, of one tenant or of all.
SELECT tenant, transfer_id, seller_id, status, amount_minor, reversed_minor, currency,
    transaction_id, payout_id, updated_at
FROM transfers
WHERE ?1 IS NULL OR tenant = ?1
