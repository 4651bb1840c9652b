-- Group: transfers, named by their id, or by the transaction they carry, or both.
-- Marks the transactions they carry that are not marked. Result: those.
WITH k AS (
    SELECT value ->> 0 AS tenant, value ->> 1 AS transfer_id, value ->> 2 AS transaction_id
    FROM json_each(?1, '$[0]')
), named AS (
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
    UNION
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
), carried AS (
    SELECT t.tenant, t.transaction_id
    FROM named AS n JOIN transactions AS t ON t.tenant = n.tenant
        AND t.transfer_id = n.transfer_id
    UNION
    SELECT n.tenant, n.transaction_id FROM named AS n
)
UPDATE transactions AS x
SET linked = 1
FROM carried AS c
WHERE x.tenant = c.tenant AND x.transaction_id = c.transaction_id AND NOT x.linked
RETURNING tenant, transfer_id, transaction_id
