SELECT alias, stream, fingerprint FROM aliases
WHERE tenant = ?1 AND alias IN (SELECT value FROM json_each(?2))
