-- Where some events are in the log: streams and versions, pair by pair.
SELECT e.stream, e.version, e.position
FROM json_each(?2) AS wanted
JOIN json_each(?3) AS number ON number.key = wanted.key
JOIN events AS e ON e.tenant = ?1 AND e.stream = wanted.value AND e.version = number.value
