-- Of those that are over, forgets all but the last ?2 of a tenant.
DELETE FROM alerts
WHERE tenant = ?1 AND firing IS NULL AND id <= (
    SELECT id FROM (
        SELECT id FROM alerts WHERE tenant = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
    ) AS last_kept
)
