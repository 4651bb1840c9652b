-- Guarded: only by the run that is at it. Goes on holding it.
UPDATE jobs SET held_until = ?4
WHERE tenant = ?1 AND job = ?2 AND held_by = ?3
