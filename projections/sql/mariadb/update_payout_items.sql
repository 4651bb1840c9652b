-- Group: payouts whose items came back.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', payout_id CHAR(36) PATH '$[1]'
)) AS p
STRAIGHT_JOIN payout_items AS x ON x.tenant = p.tenant AND x.payout_id = p.payout_id
SET x.returned = TRUE
