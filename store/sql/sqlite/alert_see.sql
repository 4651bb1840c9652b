-- A condition that holds: a new alert, or one more sighting of the one that fires. The id that
-- comes back tells which: the given one is new.
INSERT INTO alerts AS a (
    id, tenant, alert, subject, level, message, firing, fired_at, last_seen_at, count
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, TRUE, ?7, ?8, ?9)
ON CONFLICT (tenant, alert, subject, firing) DO UPDATE SET
    level = excluded.level, message = excluded.message, count = a.count + excluded.count,
    last_seen_at = max(a.last_seen_at, excluded.last_seen_at)
RETURNING id, fired_at, count
