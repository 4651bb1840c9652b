-- Every archived body, by its hash: it does not leave the database.
SELECT event_id, body_hash, encode(sha256(body), 'hex') AS digest FROM inbox
WHERE tenant = $1
