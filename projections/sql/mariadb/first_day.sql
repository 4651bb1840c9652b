-- The first day that has sums.
SELECT MIN(day) AS day FROM daily_rollups WHERE tenant = ?1
