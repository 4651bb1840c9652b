-- Group: new payouts.
INSERT INTO payouts (
    tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version, held_up
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12,
    value ->> 13, value ->> 14, value ->> 15, value ->> 16, value ->> 17,
    value ->> 18
FROM json_each(?1, '$[0]')
