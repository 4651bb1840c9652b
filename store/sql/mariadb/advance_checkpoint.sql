-- Guarded: only from where the follower was when it read.
UPDATE checkpoints SET txid = ?2, position = ?3
WHERE follower = ?1 AND txid = ?4 AND position = ?5
