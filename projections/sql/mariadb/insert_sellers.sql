-- Group: new sellers.
INSERT INTO sellers (
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    minimum_payout_currency, registered_at, updated_at, version
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8
FROM json_each(?1, '$[0]')
