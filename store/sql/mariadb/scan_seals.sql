-- A chain as far as a block, without the entries.
SELECT tenant, number, events, first_txid, first_position, last_txid, last_position, root,
    previous, hash, sealed_at
FROM seals
WHERE tenant = ?1 AND number <= ?2
ORDER BY number
