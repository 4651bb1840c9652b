-- Webhooks that are dead, and those that wait; how many, and when the oldest came.
SELECT COUNT(CASE WHEN outcome = 'dead' THEN 1 END) AS dead,
    MIN(CASE WHEN outcome = 'dead' THEN received_at END) AS dead_since,
    COUNT(CASE WHEN outcome = 'parked' THEN 1 END) AS parked,
    MIN(CASE WHEN outcome = 'parked' THEN received_at END) AS parked_since
FROM inbox
WHERE outcome IN ('parked', 'dead')
