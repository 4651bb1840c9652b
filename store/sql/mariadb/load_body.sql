SELECT body FROM inbox WHERE event_id = ?2 AND tenant = ?1 AND body_hash = ?3
