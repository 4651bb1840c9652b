-- Some outside names and who owns them.
SELECT alias, stream, fingerprint FROM aliases
WHERE tenant = $1 AND alias = ANY($2)
