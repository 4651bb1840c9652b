-- Every outside name and who owns it.
SELECT alias, stream, fingerprint FROM aliases
WHERE tenant = ?1
