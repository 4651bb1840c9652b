-- A page of the log, in its order. Of a seller: the registration and the balances, whose
-- names end in a currency.
SELECT 0 AS txid, position, stream, version, type, schema_version, data, metadata, recorded_at
FROM events
WHERE tenant = ?1
    AND position > ?4 AND ?3 = 0
    AND (?5 IS NULL OR stream = 'seller-' || ?5
        OR LEFT(stream, CHAR_LENGTH(stream) - 4) = 'balance-' || ?5)
    AND (?6 IS NULL OR stream = 'payout-' || ?6)
    AND (?7 IS NULL OR recorded_at >= ?7)
    AND (?8 IS NULL OR recorded_at < ?8)
ORDER BY position
LIMIT ?2
