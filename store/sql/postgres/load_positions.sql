-- Where the events of some streams are in the log; the caller picks the versions.
SELECT stream, version, position FROM events
WHERE tenant = $1 AND stream = ANY($2) AND version = ANY($3)
