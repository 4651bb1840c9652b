-- Every row with every column, of one tenant or of all.
SELECT tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor,
    fee_minor, net_minor, currency, payment_intent, order_id, payout_id, available_on,
    actual_release_date, updated_at, transfer_id, linked, payout_changed_at
FROM transactions
WHERE ?1 IS NULL OR tenant = ?1
