-- Every row with every column, of one tenant or of all.
SELECT tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version, held_up
FROM payouts
WHERE ?1 IS NULL OR tenant = ?1
