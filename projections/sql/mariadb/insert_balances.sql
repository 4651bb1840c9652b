-- Group: new balances.
INSERT INTO balances (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8
FROM json_each(?1, '$[0]')
