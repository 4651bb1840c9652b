-- A page of the books. A seller has four accounts.
SELECT position, account, amount_minor, currency, line, recorded_at
FROM postings
WHERE tenant = $1
    AND (position, line) > ($3::bigint, $4::bigint)
    AND ($5::text IS NULL OR account IN (
        'seller/' || $5::text || '/pending', 'seller/' || $5::text || '/available',
        'seller/' || $5::text || '/reserved', 'seller/' || $5::text || '/paid_out'
    ))
    AND ($6::text IS NULL OR currency = $6)
    AND ($7::timestamptz IS NULL OR recorded_at >= $7)
    AND ($8::timestamptz IS NULL OR recorded_at < $8)
ORDER BY position, line
LIMIT $2
