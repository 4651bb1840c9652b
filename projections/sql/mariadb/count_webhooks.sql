-- Webhooks by what they came to.
SELECT outcome, COUNT(*) AS webhooks FROM inbox
WHERE tenant = ?1
GROUP BY outcome
ORDER BY outcome
