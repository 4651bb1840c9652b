-- Group: new transfers. Status and payout are settled afterwards.
INSERT INTO transfers (
    tenant, transfer_id, seller_id, status, amount_minor, reversed_minor, currency,
    transaction_id, updated_at
)
SELECT value ->> 0, value ->> 1, value ->> 2, 'created', value ->> 3, value ->> 4,
    value ->> 5, value ->> 6, value ->> 7
FROM json_each(?1, '$[0]')
