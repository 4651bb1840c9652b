-- A page of the books. A seller has four accounts.
SELECT position, account, amount_minor, currency, line, recorded_at
FROM postings
WHERE tenant = ?1
    AND (position > ?3 OR (position = ?3 AND line > ?4))
    AND (?5 IS NULL OR account IN (
        'seller/' || ?5 || '/pending', 'seller/' || ?5 || '/available',
        'seller/' || ?5 || '/reserved', 'seller/' || ?5 || '/paid_out'
    ))
    AND (?6 IS NULL OR currency = ?6)
    AND (?7 IS NULL OR recorded_at >= ?7)
    AND (?8 IS NULL OR recorded_at < ?8)
ORDER BY position, line
LIMIT ?2
