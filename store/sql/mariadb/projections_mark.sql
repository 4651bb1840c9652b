-- Which code has built a read table, and where the log was by then.
INSERT INTO projections (name, version, rebuilt_at, position) VALUES (?1, ?2, ?3, ?4)
ON DUPLICATE KEY UPDATE
    version = VALUES(version), rebuilt_at = VALUES(rebuilt_at), position = VALUES(position)
