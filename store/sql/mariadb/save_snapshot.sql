-- Not part of any decision: the newest wins.
INSERT INTO snapshots (tenant, stream, version, format, state) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant, stream) DO UPDATE
SET version = excluded.version, format = excluded.format, state = excluded.state
WHERE snapshots.version < excluded.version OR snapshots.format <> excluded.format
