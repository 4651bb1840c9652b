-- Guarded: only if it is due and nobody is at it. A time further ahead than anybody sets
-- it comes from a clock that was wrong.
UPDATE jobs
SET held_by = ?3, held_until = ?5, last_started_at = ?4, runs = runs + 1
WHERE tenant = ?1 AND job = ?2
    AND (next_run_at <= ?4 OR next_run_at > ?6)
    AND (held_until IS NULL OR held_until <= ?4 OR held_until > ?7)
