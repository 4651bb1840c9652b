-- A job's first appearance; others may be as fast.
INSERT INTO jobs (tenant, job, runs, failures, next_run_at)
VALUES (?1, ?2, 0, 0, ?3)
ON DUPLICATE KEY UPDATE job = VALUES(job)
