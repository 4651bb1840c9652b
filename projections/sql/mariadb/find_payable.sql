-- Balances with money of sellers who have one of some schedules; a page of them.
SELECT s.seller_id, b.currency, b.available_minor, s.minimum_payout_minor,
    s.minimum_payout_currency
FROM sellers AS s
JOIN balances AS b ON b.tenant = s.tenant AND b.seller_id = s.seller_id
WHERE s.tenant = ?1
    AND s.payout_schedule IN (
        SELECT name FROM JSON_TABLE(?2, '$[*]' COLUMNS (name VARCHAR(512) PATH '$')) AS wanted
    )
    AND b.available_minor > 0
    AND (b.seller_id > ?3 OR (b.seller_id = ?3 AND b.currency > ?4))
ORDER BY b.seller_id, b.currency
LIMIT ?5
