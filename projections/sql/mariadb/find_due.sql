-- Balances with held transactions that become available after one moment and up to another.
SELECT DISTINCT seller_id, currency
FROM transactions
WHERE tenant = ?1 AND available_on > ?2 AND available_on <= ?3 AND status = 'held'
ORDER BY seller_id, currency
