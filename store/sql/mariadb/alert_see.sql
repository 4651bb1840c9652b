-- A condition that holds: a new alert, or one more sighting of the one that fires. The id that
-- comes back tells which: the given one is new.
INSERT INTO alerts (
    id, tenant, alert, subject, level, message, firing, fired_at, last_seen_at, count
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, TRUE, ?7, ?8, ?9)
ON DUPLICATE KEY UPDATE
    level = VALUE(level), message = VALUE(message), count = count + VALUE(count),
    last_seen_at = GREATEST(last_seen_at, VALUE(last_seen_at))
RETURNING id, fired_at, count
