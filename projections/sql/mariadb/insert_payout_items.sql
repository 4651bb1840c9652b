-- Group: items of new payouts.
INSERT INTO payout_items (
    tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(?1, '$[0]')
