-- Makes the live tables that are named in the first argument the same as those of the shadow,
-- which is another database: rows that are not there, or not the same, are deleted, and those
-- that are missing are copied. Rows that are the same are only read, so that those who wait at
-- the gate wait no longer than they must. Readers see the old rows until the commit.

DELETE live FROM sellers AS live
LEFT JOIN {shadow}.sellers AS built
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
WHERE JSON_CONTAINS(?1, '"sellers"') AND (built.tenant IS NULL OR NOT (
        live.stripe_account, live.payout_schedule, live.minimum_payout_minor,
        live.minimum_payout_currency, live.registered_at, live.updated_at, live.version
    ) <=> (
        built.stripe_account, built.payout_schedule, built.minimum_payout_minor,
        built.minimum_payout_currency, built.registered_at, built.updated_at, built.version
    ));
INSERT INTO sellers
SELECT built.* FROM {shadow}.sellers AS built
LEFT JOIN sellers AS live
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
WHERE JSON_CONTAINS(?1, '"sellers"') AND live.tenant IS NULL;

DELETE live FROM payouts AS live
LEFT JOIN {shadow}.payouts AS built
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
WHERE JSON_CONTAINS(?1, '"payouts"') AND (built.tenant IS NULL OR NOT (
        live.seller_id, live.status, live.amount_minor, live.currency, live.item_count,
        live.origin, live.stripe_payout_id, live.method, live.description, live.arrival_date,
        live.failure_code, live.failure_message, live.requested_at, live.paid_at, live.updated_at,
        live.version, live.held_up
    ) <=> (
        built.seller_id, built.status, built.amount_minor, built.currency, built.item_count,
        built.origin, built.stripe_payout_id, built.method, built.description, built.arrival_date,
        built.failure_code, built.failure_message, built.requested_at, built.paid_at,
        built.updated_at, built.version, built.held_up
    ));
INSERT INTO payouts
SELECT built.* FROM {shadow}.payouts AS built
LEFT JOIN payouts AS live
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
WHERE JSON_CONTAINS(?1, '"payouts"') AND live.tenant IS NULL;

DELETE live FROM payout_items AS live
LEFT JOIN {shadow}.payout_items AS built
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
        AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"payout_items"') AND (built.tenant IS NULL OR NOT (
        live.amount_minor, live.currency, live.transfer_id, live.returned
    ) <=> (
        built.amount_minor, built.currency, built.transfer_id, built.returned
    ));
INSERT INTO payout_items
SELECT built.* FROM {shadow}.payout_items AS built
LEFT JOIN payout_items AS live
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
        AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"payout_items"') AND live.tenant IS NULL;

DELETE live FROM transactions AS live
LEFT JOIN {shadow}.transactions AS built
    ON built.tenant = live.tenant AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"transactions"') AND (built.tenant IS NULL OR NOT (
        live.seller_id, live.kind, live.status, live.blocked, live.payed_out, live.gross_minor,
        live.fee_minor, live.net_minor, live.currency, live.payment_intent, live.order_id,
        live.payout_id, live.available_on, live.actual_release_date, live.updated_at,
        live.transfer_id, live.linked, live.payout_changed_at
    ) <=> (
        built.seller_id, built.kind, built.status, built.blocked, built.payed_out,
        built.gross_minor, built.fee_minor, built.net_minor, built.currency, built.payment_intent,
        built.order_id, built.payout_id, built.available_on, built.actual_release_date,
        built.updated_at, built.transfer_id, built.linked, built.payout_changed_at
    ));
INSERT INTO transactions
SELECT built.* FROM {shadow}.transactions AS built
LEFT JOIN transactions AS live
    ON built.tenant = live.tenant AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"transactions"') AND live.tenant IS NULL;

DELETE live FROM transfers AS live
LEFT JOIN {shadow}.transfers AS built
    ON built.tenant = live.tenant AND built.transfer_id = live.transfer_id
WHERE JSON_CONTAINS(?1, '"transfers"') AND (built.tenant IS NULL OR NOT (
        live.seller_id, live.status, live.amount_minor, live.reversed_minor, live.currency,
        live.transaction_id, live.payout_id, live.updated_at
    ) <=> (
        built.seller_id, built.status, built.amount_minor, built.reversed_minor, built.currency,
        built.transaction_id, built.payout_id, built.updated_at
    ));
INSERT INTO transfers
SELECT built.* FROM {shadow}.transfers AS built
LEFT JOIN transfers AS live
    ON built.tenant = live.tenant AND built.transfer_id = live.transfer_id
WHERE JSON_CONTAINS(?1, '"transfers"') AND live.tenant IS NULL;

DELETE live FROM balances AS live
LEFT JOIN {shadow}.balances AS built
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
        AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"balances"') AND (built.tenant IS NULL OR NOT (
        live.pending_minor, live.available_minor, live.reserved_minor, live.paid_out_minor,
        live.version, live.updated_at
    ) <=> (
        built.pending_minor, built.available_minor, built.reserved_minor, built.paid_out_minor,
        built.version, built.updated_at
    ));
INSERT INTO balances
SELECT built.* FROM {shadow}.balances AS built
LEFT JOIN balances AS live
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
        AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"balances"') AND live.tenant IS NULL;

DELETE live FROM postings AS live
LEFT JOIN {shadow}.postings AS built
    ON built.tenant = live.tenant AND built.position = live.position AND built.line = live.line
WHERE JSON_CONTAINS(?1, '"postings"') AND (built.tenant IS NULL OR NOT (
        live.account, live.amount_minor, live.currency, live.recorded_at
    ) <=> (
        built.account, built.amount_minor, built.currency, built.recorded_at
    ));
INSERT INTO postings
SELECT built.* FROM {shadow}.postings AS built
LEFT JOIN postings AS live
    ON built.tenant = live.tenant AND built.position = live.position AND built.line = live.line
WHERE JSON_CONTAINS(?1, '"postings"') AND live.tenant IS NULL;

DELETE live FROM daily_rollups AS live
LEFT JOIN {shadow}.daily_rollups AS built
    ON built.tenant = live.tenant AND built.day = live.day
        AND built.seller_id = live.seller_id AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"daily_rollups"') AND (built.tenant IS NULL OR NOT (
        live.transactions_count, live.transactions_net_minor, live.payouts_requested_count,
        live.payouts_requested_minor, live.payouts_paid_count, live.payouts_paid_minor,
        live.payouts_failed_count, live.payouts_failed_minor
    ) <=> (
        built.transactions_count, built.transactions_net_minor, built.payouts_requested_count,
        built.payouts_requested_minor, built.payouts_paid_count, built.payouts_paid_minor,
        built.payouts_failed_count, built.payouts_failed_minor
    ));
INSERT INTO daily_rollups
SELECT built.* FROM {shadow}.daily_rollups AS built
LEFT JOIN daily_rollups AS live
    ON built.tenant = live.tenant AND built.day = live.day
        AND built.seller_id = live.seller_id AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"daily_rollups"') AND live.tenant IS NULL;
