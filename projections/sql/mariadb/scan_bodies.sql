-- Every archived body: SQLite has no hashes.
SELECT event_id, body_hash, body FROM inbox
WHERE tenant = ?1
