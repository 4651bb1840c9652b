-- What parked webhooks wait for although it is there: a process ended between
-- the commit that brought it and the look for those who wait.
SELECT DISTINCT w.tenant, w.reason FROM inbox AS w
WHERE w.outcome = 'parked' AND (
    EXISTS (SELECT 1 FROM streams AS s WHERE s.tenant = w.tenant AND s.stream = w.reason)
    OR (w.reason = w.object AND NOT EXISTS (
        SELECT 1 FROM inbox AS head
        WHERE head.tenant = w.tenant AND head.object = w.object AND (head.outcome = 'dead'
            OR (head.outcome = 'parked' AND head.reason <> head.object))
    ))
)
