INSERT INTO checkpoints (follower, txid, position) VALUES (?1, ?2, ?3)
