-- Every archived body, by its hash: it does not leave the database.
SELECT event_id, body_hash, SHA2(body, 256) AS digest FROM inbox
WHERE tenant = ?1
