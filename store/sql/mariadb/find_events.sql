-- Which of some events are in the archive, whatever their bodies.
SELECT DISTINCT w.event_id
FROM JSON_TABLE(?2, '$[*]' COLUMNS (event_id VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN inbox AS w FORCE INDEX (inbox_event)
    ON w.event_id = wanted.event_id AND w.tenant = ?1
