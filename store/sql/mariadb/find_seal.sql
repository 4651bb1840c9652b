-- The block that seals a place: the first one that ends there or later. ?2 and all its like are 0.
SELECT tenant, number, events, first_txid, first_position, last_txid, last_position, root,
    previous, hash, sealed_at, entries
FROM seals
WHERE tenant = ?1 AND last_txid = ?2 AND last_position >= ?3 AND first_position <= ?3
ORDER BY last_position
LIMIT 1
