-- For auditors with SQL: views that show amounts in major units, as decimal text, beside the
-- minor ones. SQLite has no roles: who can read the file reads every tenant's books.

-- Currencies that have not two decimals. The same table as domain/src/money/currency.rs; a test
-- holds the two together.
CREATE VIEW audit_exponents (currency, exponent) AS
VALUES
    ('bif', 0), ('clp', 0), ('djf', 0), ('gnf', 0), ('jpy', 0), ('kmf', 0), ('krw', 0),
    ('mga', 0), ('pyg', 0), ('rwf', 0), ('vnd', 0), ('vuv', 0), ('xaf', 0), ('xof', 0),
    ('xpf', 0), ('bhd', 3), ('jod', 3), ('kwd', 3), ('omr', 3), ('tnd', 3);

-- Sellers.
CREATE VIEW audit_sellers AS
SELECT
    tenant, seller_id, stripe_account, payout_schedule,
    minimum_payout_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(minimum_payout_minor AS TEXT)
        WHEN 3 THEN iif(minimum_payout_minor < 0, '-', '')
            || ltrim(minimum_payout_minor / 1000, '-')
            || printf('.%03d', abs(minimum_payout_minor % 1000))
        ELSE iif(minimum_payout_minor < 0, '-', '')
            || ltrim(minimum_payout_minor / 100, '-')
            || printf('.%02d', abs(minimum_payout_minor % 100))
    END AS minimum_payout,
    minimum_payout_currency, registered_at, updated_at, version
FROM sellers
LEFT JOIN audit_exponents AS decimals ON decimals.currency = sellers.minimum_payout_currency;

-- Payouts, and how far each is.
CREATE VIEW audit_payouts AS
SELECT
    tenant, payout_id, seller_id, status,
    amount_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(amount_minor AS TEXT)
        WHEN 3 THEN iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 1000, '-')
            || printf('.%03d', abs(amount_minor % 1000))
        ELSE iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 100, '-')
            || printf('.%02d', abs(amount_minor % 100))
    END AS amount,
    payouts.currency, item_count, origin, stripe_payout_id, method, description, arrival_date,
    failure_code, failure_message, held_up, requested_at, paid_at, updated_at, version
FROM payouts
LEFT JOIN audit_exponents AS decimals ON decimals.currency = payouts.currency;

-- The transactions inside each payout.
CREATE VIEW audit_payout_items AS
SELECT
    tenant, payout_id, transaction_id,
    amount_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(amount_minor AS TEXT)
        WHEN 3 THEN iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 1000, '-')
            || printf('.%03d', abs(amount_minor % 1000))
        ELSE iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 100, '-')
            || printf('.%02d', abs(amount_minor % 100))
    END AS amount,
    payout_items.currency, transfer_id, returned
FROM payout_items
LEFT JOIN audit_exponents AS decimals ON decimals.currency = payout_items.currency;

-- Money moved to sellers' accounts at Stripe.
CREATE VIEW audit_transfers AS
SELECT
    tenant, transfer_id, seller_id, status,
    amount_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(amount_minor AS TEXT)
        WHEN 3 THEN iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 1000, '-')
            || printf('.%03d', abs(amount_minor % 1000))
        ELSE iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 100, '-')
            || printf('.%02d', abs(amount_minor % 100))
    END AS amount,
    reversed_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(reversed_minor AS TEXT)
        WHEN 3 THEN iif(reversed_minor < 0, '-', '')
            || ltrim(reversed_minor / 1000, '-')
            || printf('.%03d', abs(reversed_minor % 1000))
        ELSE iif(reversed_minor < 0, '-', '')
            || ltrim(reversed_minor / 100, '-')
            || printf('.%02d', abs(reversed_minor % 100))
    END AS reversed,
    transfers.currency, transaction_id, payout_id, updated_at
FROM transfers
LEFT JOIN audit_exponents AS decimals ON decimals.currency = transfers.currency;

-- What sellers are owed, and owe.
CREATE VIEW audit_transactions AS
SELECT
    tenant, transaction_id, seller_id, kind, status, blocked, payed_out,
    gross_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(gross_minor AS TEXT)
        WHEN 3 THEN iif(gross_minor < 0, '-', '')
            || ltrim(gross_minor / 1000, '-')
            || printf('.%03d', abs(gross_minor % 1000))
        ELSE iif(gross_minor < 0, '-', '')
            || ltrim(gross_minor / 100, '-')
            || printf('.%02d', abs(gross_minor % 100))
    END AS gross,
    fee_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(fee_minor AS TEXT)
        WHEN 3 THEN iif(fee_minor < 0, '-', '')
            || ltrim(fee_minor / 1000, '-')
            || printf('.%03d', abs(fee_minor % 1000))
        ELSE iif(fee_minor < 0, '-', '')
            || ltrim(fee_minor / 100, '-')
            || printf('.%02d', abs(fee_minor % 100))
    END AS fee,
    net_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(net_minor AS TEXT)
        WHEN 3 THEN iif(net_minor < 0, '-', '')
            || ltrim(net_minor / 1000, '-')
            || printf('.%03d', abs(net_minor % 1000))
        ELSE iif(net_minor < 0, '-', '')
            || ltrim(net_minor / 100, '-')
            || printf('.%02d', abs(net_minor % 100))
    END AS net,
    transactions.currency, payment_intent, order_id, transfer_id, payout_id, available_on,
    actual_release_date, updated_at
FROM transactions
LEFT JOIN audit_exponents AS decimals ON decimals.currency = transactions.currency;

-- What each seller is owed in each currency.
CREATE VIEW audit_balances AS
SELECT
    tenant, seller_id, balances.currency,
    pending_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(pending_minor AS TEXT)
        WHEN 3 THEN iif(pending_minor < 0, '-', '')
            || ltrim(pending_minor / 1000, '-')
            || printf('.%03d', abs(pending_minor % 1000))
        ELSE iif(pending_minor < 0, '-', '')
            || ltrim(pending_minor / 100, '-')
            || printf('.%02d', abs(pending_minor % 100))
    END AS pending,
    available_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(available_minor AS TEXT)
        WHEN 3 THEN iif(available_minor < 0, '-', '')
            || ltrim(available_minor / 1000, '-')
            || printf('.%03d', abs(available_minor % 1000))
        ELSE iif(available_minor < 0, '-', '')
            || ltrim(available_minor / 100, '-')
            || printf('.%02d', abs(available_minor % 100))
    END AS available,
    reserved_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(reserved_minor AS TEXT)
        WHEN 3 THEN iif(reserved_minor < 0, '-', '')
            || ltrim(reserved_minor / 1000, '-')
            || printf('.%03d', abs(reserved_minor % 1000))
        ELSE iif(reserved_minor < 0, '-', '')
            || ltrim(reserved_minor / 100, '-')
            || printf('.%02d', abs(reserved_minor % 100))
    END AS reserved,
    paid_out_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(paid_out_minor AS TEXT)
        WHEN 3 THEN iif(paid_out_minor < 0, '-', '')
            || ltrim(paid_out_minor / 1000, '-')
            || printf('.%03d', abs(paid_out_minor % 1000))
        ELSE iif(paid_out_minor < 0, '-', '')
            || ltrim(paid_out_minor / 100, '-')
            || printf('.%02d', abs(paid_out_minor % 100))
    END AS paid_out,
    version, updated_at
FROM balances
LEFT JOIN audit_exponents AS decimals ON decimals.currency = balances.currency;

-- The books: each event's lines sum to zero.
CREATE VIEW audit_postings AS
SELECT
    tenant, position, line, account,
    amount_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(amount_minor AS TEXT)
        WHEN 3 THEN iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 1000, '-')
            || printf('.%03d', abs(amount_minor % 1000))
        ELSE iif(amount_minor < 0, '-', '')
            || ltrim(amount_minor / 100, '-')
            || printf('.%02d', abs(amount_minor % 100))
    END AS amount,
    postings.currency, recorded_at
FROM postings
LEFT JOIN audit_exponents AS decimals ON decimals.currency = postings.currency;

-- Each day's sums.
CREATE VIEW audit_daily_rollups AS
SELECT
    tenant, day, seller_id, daily_rollups.currency, transactions_count,
    transactions_net_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(transactions_net_minor AS TEXT)
        WHEN 3 THEN iif(transactions_net_minor < 0, '-', '')
            || ltrim(transactions_net_minor / 1000, '-')
            || printf('.%03d', abs(transactions_net_minor % 1000))
        ELSE iif(transactions_net_minor < 0, '-', '')
            || ltrim(transactions_net_minor / 100, '-')
            || printf('.%02d', abs(transactions_net_minor % 100))
    END AS transactions_net,
    payouts_requested_count,
    payouts_requested_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(payouts_requested_minor AS TEXT)
        WHEN 3 THEN iif(payouts_requested_minor < 0, '-', '')
            || ltrim(payouts_requested_minor / 1000, '-')
            || printf('.%03d', abs(payouts_requested_minor % 1000))
        ELSE iif(payouts_requested_minor < 0, '-', '')
            || ltrim(payouts_requested_minor / 100, '-')
            || printf('.%02d', abs(payouts_requested_minor % 100))
    END AS payouts_requested,
    payouts_paid_count,
    payouts_paid_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(payouts_paid_minor AS TEXT)
        WHEN 3 THEN iif(payouts_paid_minor < 0, '-', '')
            || ltrim(payouts_paid_minor / 1000, '-')
            || printf('.%03d', abs(payouts_paid_minor % 1000))
        ELSE iif(payouts_paid_minor < 0, '-', '')
            || ltrim(payouts_paid_minor / 100, '-')
            || printf('.%02d', abs(payouts_paid_minor % 100))
    END AS payouts_paid,
    payouts_failed_count,
    payouts_failed_minor,
    CASE coalesce(exponent, 2)
        WHEN 0 THEN CAST(payouts_failed_minor AS TEXT)
        WHEN 3 THEN iif(payouts_failed_minor < 0, '-', '')
            || ltrim(payouts_failed_minor / 1000, '-')
            || printf('.%03d', abs(payouts_failed_minor % 1000))
        ELSE iif(payouts_failed_minor < 0, '-', '')
            || ltrim(payouts_failed_minor / 100, '-')
            || printf('.%02d', abs(payouts_failed_minor % 100))
    END AS payouts_failed
FROM daily_rollups
LEFT JOIN audit_exponents AS decimals ON decimals.currency = daily_rollups.currency;

-- The log. Its order is position's, as far as one writer goes; a stream's is its version.
CREATE VIEW audit_events AS
SELECT
    tenant, position, stream, version, type, schema_version, data, metadata, recorded_at
FROM events;
