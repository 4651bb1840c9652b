-- Every row with every column, of one tenant or of all.
SELECT tenant, seller_id, currency, pending_minor, available_minor, reserved_minor,
    paid_out_minor, version, updated_at
FROM balances
WHERE ?1 IS NULL OR tenant = ?1
