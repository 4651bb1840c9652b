-- What parked webhooks wait for although it is there: a process ended between
-- the commit that brought it and the look for those who wait. Of those that wait
-- behind others of their object, the first tells: nothing of it is left before.
SELECT DISTINCT w.tenant, w.reason
FROM (
    SELECT tenant, object, reason, min(sequence) AS sequence FROM inbox
    WHERE outcome = 'parked' GROUP BY tenant, object, reason
) AS w
WHERE EXISTS (SELECT 1 FROM streams AS s WHERE s.tenant = w.tenant AND s.stream = w.reason)
    OR (w.reason = w.object AND NOT EXISTS (
        SELECT 1 FROM inbox AS head
        WHERE head.tenant = w.tenant AND head.object = w.object AND head.sequence < w.sequence
            AND head.outcome IN ('parked', 'dead')
    ))
