-- All jobs of a tenant that ever ran.
SELECT job, `cursor`, last_started_at, last_ended_at, last_outcome, last_error, runs, failures,
    next_run_at, held_by, held_until
FROM jobs
WHERE tenant = ?1
ORDER BY job
