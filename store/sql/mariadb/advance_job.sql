-- Guarded: only by the run that is at it.
UPDATE jobs SET `cursor` = ?4
WHERE tenant = ?1 AND job = ?2 AND held_by = ?3
