-- An alert is over, unless its condition was seen after a moment (?3), or another instance was first.
UPDATE alerts SET firing = NULL, resolved_at = ?2
WHERE id = ?1 AND firing AND last_seen_at <= ?3
