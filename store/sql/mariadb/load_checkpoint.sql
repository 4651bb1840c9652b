SELECT txid, position FROM checkpoints WHERE follower = ?1
