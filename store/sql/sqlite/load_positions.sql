-- Where the events of some streams are in the log; the caller picks the versions.
SELECT stream, version, position FROM events
WHERE tenant = ?1 AND stream IN (SELECT value FROM json_each(?2))
    AND version IN (SELECT value FROM json_each(?3))
