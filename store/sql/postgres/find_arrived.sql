-- What parked webhooks wait for although it is there: a process ended between
-- the commit that brought it and the look for those who wait. Of those that wait
-- behind others of their object, the first tells: nothing of it is left before.
-- One by one by whole keys: `streams` is large, and this is asked again and again.
WITH w AS MATERIALIZED (
    SELECT tenant, object, reason, min(sequence) AS sequence FROM inbox
    WHERE outcome = 'parked' GROUP BY tenant, object, reason
)
SELECT w.tenant, w.reason
FROM w
CROSS JOIN LATERAL (
    SELECT 1 FROM streams AS s WHERE s.tenant = w.tenant AND s.stream = w.reason OFFSET 0
) AS there
UNION
SELECT w.tenant, w.reason
FROM w
CROSS JOIN LATERAL (
    SELECT min(sequence) AS sequence FROM (
        SELECT head.sequence FROM inbox AS head
        WHERE head.tenant = w.tenant AND head.object = w.object
            AND head.outcome IN ('parked', 'dead')
        OFFSET 0
    ) AS all_of_it
) AS first
WHERE w.reason = w.object AND first.sequence = w.sequence
