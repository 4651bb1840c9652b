-- A new block.
INSERT INTO seals (
    tenant, number, events, first_txid, first_position, last_txid, last_position, root,
    previous, hash, sealed_at, entries
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
