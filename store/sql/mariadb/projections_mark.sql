-- Which code has built a read table, and where the log was by then.
INSERT INTO projections AS x (name, version, rebuilt_at, position) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, rebuilt_at = excluded.rebuilt_at, position = excluded.position
