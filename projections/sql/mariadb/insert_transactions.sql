-- Group: new transactions.
-- Result: those that were in a payout since and have a recorded transfer.
INSERT INTO transactions (
    tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor, fee_minor,
    net_minor, currency, payment_intent, order_id, payout_id, available_on, actual_release_date,
    updated_at, transfer_id, payout_changed_at, linked
)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 12 IS NOT NULL, value ->> 6, value ->> 7, value ->> 8, value ->> 9,
    value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14,
    value ->> 15, value ->> 16, value ->> 17,
    EXISTS (
        SELECT 1 FROM transfers AS x
        WHERE x.tenant = r.value ->> 0 AND x.transaction_id = r.value ->> 1
    ) OR EXISTS (
        SELECT 1 FROM transfers AS x
        WHERE x.tenant = r.value ->> 0 AND x.transfer_id = r.value ->> 16
    )
FROM json_each(?1, '$[0]') AS r;

SELECT t.tenant, t.transfer_id, t.transaction_id
FROM json_each(?1, '$[0]') AS r
JOIN transactions AS t ON t.tenant = r.value ->> 0 AND t.transaction_id = r.value ->> 1
WHERE t.linked AND r.value ->> 17 IS NOT NULL;
