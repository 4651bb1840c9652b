-- Every row with every column, of one tenant or of all.
SELECT tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    minimum_payout_currency, registered_at, updated_at, version
FROM sellers
WHERE ?1 IS NULL OR tenant = ?1
