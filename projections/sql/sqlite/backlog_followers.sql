-- Where the log ends, where some followers are, and since when the first event waits that each
-- has not come to.
SELECT wanted.value AS follower, COALESCE(c.position, 0) AS position,
    (SELECT position FROM events ORDER BY position DESC LIMIT 1) AS log_end,
    (
        SELECT e.recorded_at FROM events AS e
        WHERE e.position > COALESCE(c.position, 0)
        ORDER BY e.position
        LIMIT 1
    ) AS waiting_since
FROM json_each(?1) AS wanted
LEFT JOIN checkpoints AS c ON c.follower = wanted.value
