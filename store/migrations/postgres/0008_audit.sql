-- For auditors with SQL: views that show amounts in major units beside the minor ones, and only
-- the tenants that a role was given. How to make such a role: docs/auditors.md.
--
-- All of it is in the schema of the tables, whatever that is called.

-- Whose books a role sees, by its name. A role without a row sees nothing. Nobody is granted
-- this table: who may see what is said by the ledger's owner.
CREATE TABLE audit_access (
    role_name TEXT NOT NULL, -- as in current_user
    tenant    TEXT NOT NULL, -- whose books
    PRIMARY KEY (role_name, tenant)
);

-- Minor units as an amount of the currency, with as many decimals as Stripe gives it. The same
-- table as domain/src/money/currency.rs; a test holds the two together.
CREATE FUNCTION audit_amount(minor BIGINT, currency TEXT) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN currency IN (
        'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv',
        'xaf', 'xof', 'xpf'
    ) THEN minor::numeric
    WHEN currency IN ('bhd', 'jod', 'kwd', 'omr', 'tnd') THEN minor * 0.001
    ELSE minor * 0.01
END;

-- Sellers.
CREATE VIEW audit_sellers WITH (security_barrier) AS
SELECT
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    audit_amount(minimum_payout_minor, minimum_payout_currency) AS minimum_payout,
    minimum_payout_currency, registered_at, updated_at, version
FROM sellers
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- Payouts, and how far each is.
CREATE VIEW audit_payouts WITH (security_barrier) AS
SELECT
    tenant, payout_id, seller_id, status, amount_minor,
    audit_amount(amount_minor, currency) AS amount, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message, held_up,
    requested_at, paid_at, updated_at, version
FROM payouts
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- The transactions inside each payout.
CREATE VIEW audit_payout_items WITH (security_barrier) AS
SELECT
    tenant, payout_id, transaction_id, amount_minor,
    audit_amount(amount_minor, currency) AS amount, currency, transfer_id, returned
FROM payout_items
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- Money moved to sellers' accounts at Stripe.
CREATE VIEW audit_transfers WITH (security_barrier) AS
SELECT
    tenant, transfer_id, seller_id, status, amount_minor,
    audit_amount(amount_minor, currency) AS amount, reversed_minor,
    audit_amount(reversed_minor, currency) AS reversed, currency, transaction_id, payout_id,
    updated_at
FROM transfers
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- What sellers are owed, and owe.
CREATE VIEW audit_transactions WITH (security_barrier) AS
SELECT
    tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor,
    audit_amount(gross_minor, currency) AS gross, fee_minor,
    audit_amount(fee_minor, currency) AS fee, net_minor,
    audit_amount(net_minor, currency) AS net, currency, payment_intent, order_id, transfer_id,
    payout_id, available_on, actual_release_date, updated_at
FROM transactions
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- What each seller is owed in each currency.
CREATE VIEW audit_balances WITH (security_barrier) AS
SELECT
    tenant, seller_id, currency, pending_minor, audit_amount(pending_minor, currency) AS pending,
    available_minor, audit_amount(available_minor, currency) AS available, reserved_minor,
    audit_amount(reserved_minor, currency) AS reserved, paid_out_minor,
    audit_amount(paid_out_minor, currency) AS paid_out, version, updated_at
FROM balances
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- The books: each event's lines sum to zero.
CREATE VIEW audit_postings WITH (security_barrier) AS
SELECT
    tenant, position, line, account, amount_minor,
    audit_amount(amount_minor, currency) AS amount, currency, recorded_at
FROM postings
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- Each day's sums.
CREATE VIEW audit_daily_rollups WITH (security_barrier) AS
SELECT
    tenant, day, seller_id, currency, transactions_count, transactions_net_minor,
    audit_amount(transactions_net_minor, currency) AS transactions_net, payouts_requested_count,
    payouts_requested_minor,
    audit_amount(payouts_requested_minor, currency) AS payouts_requested, payouts_paid_count,
    payouts_paid_minor, audit_amount(payouts_paid_minor, currency) AS payouts_paid,
    payouts_failed_count, payouts_failed_minor,
    audit_amount(payouts_failed_minor, currency) AS payouts_failed
FROM daily_rollups
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);

-- The log. Its order is position's, as far as one writer goes; a stream's is its version.
CREATE VIEW audit_events WITH (security_barrier) AS
SELECT
    tenant, position, stream, version, type, schema_version, data, metadata, recorded_at
FROM events
WHERE tenant IN (SELECT tenant FROM audit_access WHERE role_name = current_user);
