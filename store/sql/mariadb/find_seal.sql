-- The block that seals a place: the first one that ends there or later.
SELECT tenant, number, events, first_txid, first_position, last_txid, last_position, root,
    previous, hash, sealed_at, entries
FROM seals
WHERE tenant = ?1 AND (last_txid, last_position) >= (?2, ?3)
    AND (first_txid, first_position) <= (?2, ?3)
ORDER BY last_txid, last_position
LIMIT 1
