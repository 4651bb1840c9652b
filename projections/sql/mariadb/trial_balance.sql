-- The sums of all accounts up to a position, those of sellers by their place. A sum can be beyond
-- 64 bits: it is told in two parts, of which the higher counts 2^32.
SELECT currency, account, SUM(amount_minor DIV 4294967296) DIV 1 AS high,
    SUM(amount_minor % 4294967296) DIV 1 AS low
FROM (
    SELECT currency, amount_minor, CASE
            WHEN RIGHT(account, 8) = '/pending' THEN 'pending'
            WHEN RIGHT(account, 10) = '/available' THEN 'available'
            WHEN RIGHT(account, 9) = '/reserved' THEN 'reserved'
            WHEN RIGHT(account, 9) = '/paid_out' THEN 'paid_out'
            ELSE account
        END AS account
    FROM postings
    WHERE tenant = ?1
        AND (?2 IS NULL OR position <= ?2)
        AND (?3 IS NULL OR currency = ?3)
) AS moves
GROUP BY currency, account
