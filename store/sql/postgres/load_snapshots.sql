SELECT stream, version, state FROM snapshots
WHERE tenant = $1 AND stream = ANY($2) AND format = $3
