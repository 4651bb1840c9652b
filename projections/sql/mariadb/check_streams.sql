-- Each stream: its events, and where its head is.
WITH sides AS (
    SELECT stream, COUNT(*) AS events, MIN(version) AS first, MAX(version) AS last, NULL AS head
    FROM events WHERE tenant = ?1 GROUP BY stream
    UNION ALL
    SELECT stream, 0, NULL, NULL, version FROM streams WHERE tenant = ?1
), compared AS (
    SELECT stream, SUM(events) AS events, MIN(first) AS first, MAX(last) AS last,
        MAX(head) AS head
    FROM sides GROUP BY stream
)
SELECT COUNT(*) AS checked, COALESCE(SUM(events), 0) DIV 1 AS events,
    MIN(CASE WHEN events <> COALESCE(head, 0) OR events <> COALESCE(last, 0)
        OR COALESCE(first, 0) <> 1
        THEN stream || ': ' || events || ' events, from version ' || COALESCE(first, 0) || ' to '
            || COALESCE(last, 0) || ', head at ' || COALESCE(head, 0)
    END) AS offender
FROM compared
