-- Guarded: only by the run that is at it.
UPDATE jobs
SET held_by = NULL, held_until = NULL, last_ended_at = ?4, last_outcome = ?5, last_error = ?6,
    failures = ?7, next_run_at = ?8
WHERE tenant = ?1 AND job = ?2 AND held_by = ?3
