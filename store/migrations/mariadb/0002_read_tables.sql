-- Read tables: folds of the log, for people and programs that ask. The log is the
-- truth; each of these can be rebuilt from it, and `verify` compares them with it.
-- Times are in UTC. Indexes are of all rows: MariaDB has none of some. Each statement may be run
-- again, for DDL commits by itself: a migration that was cut off is finished by running all of it.

-- Payouts. Written together with their events. Status: requested, in_doubt, pending,
-- in_transit, paid, failed, canceled.
CREATE TABLE IF NOT EXISTS payouts (
    tenant           VARCHAR(32) NOT NULL,  -- whose books
    payout_id        CHAR(36) NOT NULL,     -- ours; computed from Stripe's when adopted
    seller_id        VARCHAR(128) NOT NULL, -- who is paid
    status           VARCHAR(32) NOT NULL,  -- how far it is, see above
    amount_minor     BIGINT NOT NULL,       -- sum of the items; negative when Stripe collects
    currency         VARCHAR(3) NOT NULL,   -- of the amount, in lower case
    item_count       BIGINT NOT NULL,       -- rows in payout_items; 0 when adopted
    origin           VARCHAR(32) NOT NULL,  -- ledger (requested here) or stripe (adopted)
    stripe_payout_id VARCHAR(255),          -- once Stripe has named it
    method           VARCHAR(32) NOT NULL,  -- standard, instant
    description      TEXT,                  -- shown to people
    arrival_date     DATETIME(6),           -- when Stripe expects it at the bank
    failure_code     TEXT,                  -- Stripe's, while failed
    failure_message  TEXT,                  -- the same for people
    requested_at     DATETIME(6) NOT NULL,  -- when it was requested or adopted
    paid_at          DATETIME(6),           -- null again if it fails later
    updated_at       DATETIME(6) NOT NULL,  -- of the last event
    version          BIGINT NOT NULL,       -- events of its stream
    PRIMARY KEY (tenant, payout_id),
    KEY payouts_seller (tenant, seller_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The transactions inside each payout. Written together with their events.
CREATE TABLE IF NOT EXISTS payout_items (
    tenant         VARCHAR(32) NOT NULL,  -- whose books
    payout_id      CHAR(36) NOT NULL,     -- the payout
    transaction_id VARCHAR(255) NOT NULL, -- what is paid out
    amount_minor   BIGINT NOT NULL,       -- its net amount
    currency       VARCHAR(3) NOT NULL,   -- of the amount
    transfer_id    VARCHAR(255),          -- the transfer that carries it, as told with the transaction
    returned       BOOLEAN NOT NULL,      -- the payout failed or was canceled, and this came back
    PRIMARY KEY (tenant, payout_id, transaction_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- What sellers are owed, and owe. Written together with their events. Status: pending,
-- held, available, reserved, paid_out, failed.
CREATE TABLE IF NOT EXISTS transactions (
    tenant              VARCHAR(32) NOT NULL,  -- whose books
    transaction_id      VARCHAR(255) NOT NULL, -- the marketplace's
    seller_id           VARCHAR(128) NOT NULL, -- whose money
    kind                VARCHAR(32) NOT NULL,  -- payment, refund, dispute, adjustment
    status              VARCHAR(32) NOT NULL,  -- where it is, see above
    blocked             BOOLEAN NOT NULL,      -- a dispute keeps it from being paid out
    payed_out           BOOLEAN NOT NULL,      -- reserved or paid out
    gross_minor         BIGINT NOT NULL,       -- before the marketplace's fee
    fee_minor           BIGINT NOT NULL,       -- the marketplace's fee
    net_minor           BIGINT NOT NULL,       -- gross less fee
    currency            VARCHAR(3) NOT NULL,   -- of the amounts
    payment_intent      VARCHAR(255),          -- the customer's payment it was split from
    order_id            VARCHAR(255),          -- the marketplace's order
    payout_id           CHAR(36),              -- the payout it is in
    available_on        DATETIME(6),           -- when it may be paid out
    actual_release_date DATETIME(6),           -- when it was reserved
    updated_at          DATETIME(6) NOT NULL,  -- of the last event that names it
    transfer_id         VARCHAR(255),          -- the transfer that carries it, as told with it
    linked              BOOLEAN NOT NULL,      -- a recorded transfer shows its payouts
    payout_changed_at   DATETIME(6),           -- when it last was reserved, paid out or came back
    PRIMARY KEY (tenant, transaction_id),
    KEY transactions_transfer (tenant, transfer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Money moved to sellers' accounts at Stripe. Written together with their events.
-- payout_id, paid and created follow from the transactions that a transfer carries:
-- those told with its id, and the one it names itself.
CREATE TABLE IF NOT EXISTS transfers (
    tenant         VARCHAR(32) NOT NULL,  -- whose books
    transfer_id    VARCHAR(255) NOT NULL, -- Stripe's
    seller_id      VARCHAR(128) NOT NULL, -- to whom
    status         VARCHAR(32) NOT NULL,  -- created, paid, reversed, partially_reversed
    amount_minor   BIGINT NOT NULL,       -- what was moved
    reversed_minor BIGINT NOT NULL,       -- what was taken back of it
    currency       VARCHAR(3) NOT NULL,   -- of the amounts
    transaction_id VARCHAR(255),          -- the transaction it carries, as told with the transfer
    payout_id      CHAR(36),              -- the payout its transaction is in
    updated_at     DATETIME(6) NOT NULL,  -- of the last event of it or its payouts
    PRIMARY KEY (tenant, transfer_id),
    KEY transfers_transaction (tenant, transaction_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- What each seller is owed in each currency. Written together with their events.
CREATE TABLE IF NOT EXISTS balances (
    tenant          VARCHAR(32) NOT NULL,  -- whose books
    seller_id       VARCHAR(128) NOT NULL, -- whose money
    currency        VARCHAR(3) NOT NULL,   -- of the amounts
    pending_minor   BIGINT NOT NULL,       -- pending and held
    available_minor BIGINT NOT NULL,       -- free to be paid out
    reserved_minor  BIGINT NOT NULL,       -- in payouts under way
    paid_out_minor  BIGINT NOT NULL,       -- in payouts that were paid
    version         BIGINT NOT NULL,       -- events of its stream
    updated_at      DATETIME(6) NOT NULL,  -- of the last event
    PRIMARY KEY (tenant, seller_id, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- The books: each event's lines sum to zero. Follows the log by checkpoint.
CREATE TABLE IF NOT EXISTS postings (
    tenant       VARCHAR(32) NOT NULL,  -- whose books
    position     BIGINT NOT NULL,       -- the event it comes from
    line         BIGINT NOT NULL,       -- its number within the event, from 1
    account      VARCHAR(160) NOT NULL, -- clearing, fees, seller/<id>/<place>
    amount_minor BIGINT NOT NULL,       -- signed; what the ledger owes is positive
    currency     VARCHAR(3) NOT NULL,   -- of the amount
    recorded_at  DATETIME(6) NOT NULL,  -- of the event
    PRIMARY KEY (tenant, position, line)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;

-- Each day's sums. Follows the log by checkpoint.
CREATE TABLE IF NOT EXISTS daily_rollups (
    tenant                  VARCHAR(32) NOT NULL,  -- whose books
    day                     VARCHAR(10) NOT NULL,  -- of the events, in UTC: YYYY-MM-DD
    seller_id               VARCHAR(128) NOT NULL, -- whose
    currency                VARCHAR(3) NOT NULL,   -- of the amounts
    transactions_count      BIGINT NOT NULL,       -- recorded that day
    transactions_net_minor  BIGINT NOT NULL,       -- their net amounts
    payouts_requested_count BIGINT NOT NULL,       -- requested, or adopted from Stripe
    payouts_requested_minor BIGINT NOT NULL,       -- their amounts
    payouts_paid_count      BIGINT NOT NULL,       -- became paid that day
    payouts_paid_minor      BIGINT NOT NULL,       -- their amounts
    payouts_failed_count    BIGINT NOT NULL,       -- failed that day
    payouts_failed_minor    BIGINT NOT NULL,       -- their amounts
    PRIMARY KEY (tenant, day, seller_id, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin;
