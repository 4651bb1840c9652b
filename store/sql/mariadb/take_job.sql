-- Takes a job over, due or not, from whoever is at it.
UPDATE jobs
SET held_by = ?3, held_until = ?5, last_started_at = ?4, runs = runs + 1
WHERE tenant = ?1 AND job = ?2
