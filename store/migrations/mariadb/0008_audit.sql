-- For auditors with SQL: views that show amounts in major units beside the minor ones, and only
-- the tenants that an account was given. How to make such an account: docs/auditors.md.

-- Whose books an account sees, by the name it logs in with. One without a row sees nothing. Nobody
-- is granted this table: who may see what is said by the ledger's owner.
CREATE TABLE IF NOT EXISTS audit_access (
    role_name VARCHAR(128) NOT NULL, -- as in USER(), without the host
    tenant    VARCHAR(32) NOT NULL,  -- whose books
    PRIMARY KEY (role_name, tenant)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The tenants of whoever asks. Views run with the rights of their owner, whom CURRENT_USER()
-- would name; USER() names whoever has logged in.
CREATE OR REPLACE VIEW audit_tenants AS
SELECT tenant FROM audit_access
WHERE role_name = LEFT(USER(), CHAR_LENGTH(USER()) - LOCATE('@', REVERSE(USER())));

-- Currencies that have not two decimals. The same table as domain/src/money/currency.rs; a test
-- holds the two together.
CREATE OR REPLACE VIEW audit_exponents AS
SELECT 'bif' AS currency, 0 AS exponent
UNION ALL
VALUES
    ('clp', 0), ('djf', 0), ('gnf', 0), ('jpy', 0), ('kmf', 0), ('krw', 0), ('mga', 0),
    ('pyg', 0), ('rwf', 0), ('vnd', 0), ('vuv', 0), ('xaf', 0), ('xof', 0), ('xpf', 0),
    ('bhd', 3), ('jod', 3), ('kwd', 3), ('omr', 3), ('tnd', 3);

-- The LIMIT at the end of each view is beyond any table, and a barrier: without it MariaDB would
-- try the conditions of a query on rows of other tenants first, and tell of them in its warnings.

-- Sellers.
CREATE OR REPLACE VIEW audit_sellers AS
SELECT
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    CAST(minimum_payout_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS minimum_payout,
    minimum_payout_currency, registered_at, updated_at, version
FROM sellers
LEFT JOIN audit_exponents AS decimals ON decimals.currency = sellers.minimum_payout_currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- Payouts, and how far each is.
CREATE OR REPLACE VIEW audit_payouts AS
SELECT
    tenant, payout_id, seller_id, status, amount_minor,
    CAST(amount_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS amount,
    payouts.currency, item_count, origin, stripe_payout_id, method, description, arrival_date,
    failure_code, failure_message, held_up, requested_at, paid_at, updated_at, version
FROM payouts
LEFT JOIN audit_exponents AS decimals ON decimals.currency = payouts.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- The transactions inside each payout.
CREATE OR REPLACE VIEW audit_payout_items AS
SELECT
    tenant, payout_id, transaction_id, amount_minor,
    CAST(amount_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS amount,
    payout_items.currency, transfer_id, returned
FROM payout_items
LEFT JOIN audit_exponents AS decimals ON decimals.currency = payout_items.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- Money moved to sellers' accounts at Stripe.
CREATE OR REPLACE VIEW audit_transfers AS
SELECT
    tenant, transfer_id, seller_id, status, amount_minor,
    CAST(amount_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS amount,
    reversed_minor,
    CAST(reversed_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS reversed,
    transfers.currency, transaction_id, payout_id, updated_at
FROM transfers
LEFT JOIN audit_exponents AS decimals ON decimals.currency = transfers.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- What sellers are owed, and owe.
CREATE OR REPLACE VIEW audit_transactions AS
SELECT
    tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor,
    CAST(gross_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS gross,
    fee_minor,
    CAST(fee_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS fee,
    net_minor,
    CAST(net_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS net,
    transactions.currency, payment_intent, order_id, transfer_id, payout_id, available_on,
    actual_release_date, updated_at
FROM transactions
LEFT JOIN audit_exponents AS decimals ON decimals.currency = transactions.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- What each seller is owed in each currency.
CREATE OR REPLACE VIEW audit_balances AS
SELECT
    tenant, seller_id, balances.currency, pending_minor,
    CAST(pending_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS pending,
    available_minor,
    CAST(available_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS available,
    reserved_minor,
    CAST(reserved_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS reserved,
    paid_out_minor,
    CAST(paid_out_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS paid_out,
    version, updated_at
FROM balances
LEFT JOIN audit_exponents AS decimals ON decimals.currency = balances.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- The books: each event's lines sum to zero.
CREATE OR REPLACE VIEW audit_postings AS
SELECT
    tenant, position, line, account, amount_minor,
    CAST(amount_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS amount,
    postings.currency, recorded_at
FROM postings
LEFT JOIN audit_exponents AS decimals ON decimals.currency = postings.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- Each day's sums.
CREATE OR REPLACE VIEW audit_daily_rollups AS
SELECT
    tenant, day, seller_id, daily_rollups.currency, transactions_count, transactions_net_minor,
    CAST(transactions_net_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS transactions_net,
    payouts_requested_count, payouts_requested_minor,
    CAST(payouts_requested_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS payouts_requested,
    payouts_paid_count, payouts_paid_minor,
    CAST(payouts_paid_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS payouts_paid,
    payouts_failed_count, payouts_failed_minor,
    CAST(payouts_failed_minor * CASE exponent WHEN 0 THEN 1 WHEN 3 THEN 0.001 ELSE 0.01 END
        AS DECIMAL(22, 3)) AS payouts_failed
FROM daily_rollups
LEFT JOIN audit_exponents AS decimals ON decimals.currency = daily_rollups.currency
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;

-- The log, in the order of position.
CREATE OR REPLACE VIEW audit_events AS
SELECT
    tenant, position, stream, version, type, schema_version, data, metadata, recorded_at
FROM events
WHERE tenant IN (SELECT tenant FROM audit_tenants)
LIMIT 9223372036854775807;
