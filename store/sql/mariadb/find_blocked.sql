-- The first webhook of each object that is dead or waits. Some are left out of account.
SELECT w.object, MIN(w.sequence) AS sequence
FROM JSON_TABLE(?2, '$[*]' COLUMNS (object VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN inbox AS w FORCE INDEX (inbox_waiting)
    ON w.tenant = ?1 AND w.object = wanted.object AND w.outcome IN ('parked', 'dead')
WHERE w.sequence NOT IN (
    SELECT sequence FROM JSON_TABLE(?3, '$[*]' COLUMNS (sequence BIGINT PATH '$')) AS but
)
GROUP BY w.object
