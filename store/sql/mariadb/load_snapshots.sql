SELECT stream, version, state FROM snapshots
WHERE tenant = ?1 AND stream IN (SELECT value FROM json_each(?2)) AND format = ?3
