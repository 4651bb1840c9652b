-- Group: transfers, named by their id, or by the transaction they carry, or both.
-- Marks the transactions they carry that are not marked. Result: those.
SELECT x.tenant, x.transfer_id, x.transaction_id
FROM (
    WITH named AS (
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (PRIMARY)
            ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
        UNION
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (transfers_transaction)
            ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
    )
    SELECT t.tenant, t.transaction_id
    FROM named AS n
    STRAIGHT_JOIN transactions AS t FORCE INDEX (transactions_transfer)
        ON t.tenant = n.tenant AND t.transfer_id = n.transfer_id
    UNION
    SELECT n.tenant, n.transaction_id FROM named AS n
) AS c
STRAIGHT_JOIN transactions AS x ON x.tenant = c.tenant AND x.transaction_id = c.transaction_id
WHERE NOT x.linked
FOR UPDATE;

UPDATE (
    WITH named AS (
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (PRIMARY)
            ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
        UNION
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (transfers_transaction)
            ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
    )
    SELECT t.tenant, t.transaction_id
    FROM named AS n
    STRAIGHT_JOIN transactions AS t FORCE INDEX (transactions_transfer)
        ON t.tenant = n.tenant AND t.transfer_id = n.transfer_id
    UNION
    SELECT n.tenant, n.transaction_id FROM named AS n
) AS c
STRAIGHT_JOIN transactions AS x ON x.tenant = c.tenant AND x.transaction_id = c.transaction_id
SET x.linked = TRUE
WHERE NOT x.linked;
