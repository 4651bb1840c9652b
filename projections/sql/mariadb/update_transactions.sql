-- Group: patches. What is null stays; `reserved` says whether it went into a payout or
-- out of one. Result: those that have a recorded transfer.
UPDATE transactions AS x
SET status = COALESCE(p.status, x.status),
    blocked = COALESCE(p.blocked, x.blocked),
    payed_out = COALESCE(p.reserved, x.payed_out),
    payout_id = CASE WHEN p.reserved IS NULL THEN x.payout_id ELSE p.payout_id END,
    actual_release_date = CASE
        WHEN p.reserved IS NULL THEN x.actual_release_date
        ELSE p.actual_release_date
    END,
    updated_at = p.updated_at,
    payout_changed_at = CASE
        WHEN p.payout_changed_at > x.payout_changed_at THEN p.payout_changed_at
        ELSE COALESCE(x.payout_changed_at, p.payout_changed_at)
    END
FROM (
    SELECT value ->> 0 AS tenant, value ->> 1 AS transaction_id, value ->> 2 AS status,
        value ->> 3 AS blocked, value ->> 4 AS reserved, value ->> 5 AS payout_id,
        value ->> 6 AS actual_release_date, value ->> 7 AS updated_at,
        value ->> 8 AS payout_changed_at
    FROM json_each(?1, '$[0]')
) AS p
WHERE x.tenant = p.tenant AND x.transaction_id = p.transaction_id;

SELECT x.tenant, x.transfer_id, x.transaction_id
FROM json_each(?1, '$[0]') AS p
JOIN transactions AS x ON x.tenant = p.value ->> 0 AND x.transaction_id = p.value ->> 1
WHERE x.linked;
