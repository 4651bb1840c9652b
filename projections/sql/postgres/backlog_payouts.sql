-- Payouts in doubt, and those that should have arrived before a moment, and that nobody has told
-- of since; by currency: how many, and since when the oldest waits, and how much is in doubt.
-- Reads all payouts: no column that changes has an index.
SELECT currency, COUNT(CASE WHEN status = 'in_doubt' THEN 1 END) AS in_doubt,
    MIN(CASE WHEN status = 'in_doubt' THEN updated_at END) AS in_doubt_since,
    CAST(SUM(CASE WHEN status = 'in_doubt' THEN amount_minor ELSE 0 END) AS BIGINT)
        AS in_doubt_minor,
    COUNT(CASE WHEN status <> 'in_doubt' THEN 1 END) AS overdue,
    MIN(CASE WHEN status <> 'in_doubt' THEN COALESCE(arrival_date, requested_at) END)
        AS overdue_since
FROM payouts
WHERE status = 'in_doubt' OR (
    status IN ('pending', 'in_transit') AND stripe_payout_id IS NOT NULL
    AND COALESCE(arrival_date, requested_at) < $1
)
GROUP BY currency
ORDER BY currency
