-- What parked webhooks wait for although it is there: a process ended between
-- the commit that brought it and the look for those who wait. Of those that wait
-- behind others of their object, the first tells: nothing of it is left before.
-- One by one by whole keys: `streams` is large, and this is asked again and again.
WITH w AS (
    SELECT tenant, object, reason, MIN(sequence) AS sequence FROM inbox FORCE INDEX (inbox_parked)
    WHERE outcome = 'parked' GROUP BY tenant, object, reason
)
SELECT w.tenant, w.reason
FROM w
STRAIGHT_JOIN streams AS s FORCE INDEX (PRIMARY) ON s.stream = w.reason AND s.tenant = w.tenant
UNION
SELECT w.tenant, w.reason
FROM w
WHERE w.reason = w.object AND w.sequence = (
    SELECT MIN(head.sequence) FROM inbox AS head FORCE INDEX (inbox_waiting)
    WHERE head.tenant = w.tenant AND head.object = w.object AND head.outcome IN ('parked', 'dead')
)
