//! The projections' statements: one file each, per database.

store::statements! {
    /// New sellers.
    INSERT_SELLERS = "insert_sellers";
    /// Sellers whose schedule changed.
    UPDATE_SELLERS = "update_sellers";
    /// New payouts.
    INSERT_PAYOUTS = "insert_payouts";
    /// Payouts that moved on.
    UPDATE_PAYOUTS = "update_payouts";
    /// Items of new payouts.
    INSERT_PAYOUT_ITEMS = "insert_payout_items";
    /// Payouts whose items came back.
    UPDATE_PAYOUT_ITEMS = "update_payout_items";
    /// New transactions.
    INSERT_TRANSACTIONS = "insert_transactions";
    /// Transactions that moved on.
    UPDATE_TRANSACTIONS = "update_transactions";
    /// Marks transactions that a transfer carries.
    LINK_TRANSACTIONS = "link_transactions";
    /// Marks transactions whose transfer was recorded at the same time.
    RELINK_TRANSACTIONS = "relink_transactions";
    /// New transfers.
    INSERT_TRANSFERS = "insert_transfers";
    /// Transfers that were linked or reversed.
    UPDATE_TRANSFERS = "update_transfers";
    /// Payout and status of transfers, from the transactions they carry.
    SETTLE_TRANSFERS = "settle_transfers";
    /// New balances.
    INSERT_BALANCES = "insert_balances";
    /// Balances that moved.
    UPDATE_BALANCES = "update_balances";
    /// Lines of the books.
    INSERT_POSTINGS = "insert_postings";
    /// Additions to daily sums.
    UPSERT_DAILY_ROLLUPS = "upsert_daily_rollups";

    /// All tenants.
    FIND_TENANTS = "find_tenants";
    /// Balances with held transactions of some time.
    FIND_DUE = "find_due";
    /// Balances that some schedules pay out.
    FIND_PAYABLE = "find_payable";
    /// The first day with sums.
    FIRST_DAY = "first_day";
    /// A day's sums over all sellers.
    TOTALS_OF_DAY = "totals_of_day";
    /// Payouts that should have arrived.
    FIND_OVERDUE = "find_overdue";
    /// Whether an event of some time is still to be followed.
    FIND_UNFOLLOWED = "find_unfollowed";

    /// How far those who follow the log are.
    BACKLOG_FOLLOWERS = "backlog_followers";
    /// How many payouts are in doubt or overdue, and how much is in doubt.
    BACKLOG_PAYOUTS = "backlog_payouts";
    /// How many webhooks are dead or wait.
    BACKLOG_LETTERS = "backlog_letters";

    /// A page of sellers.
    QUERY_SELLERS = "query_sellers";
    /// A page of payouts.
    QUERY_PAYOUTS = "query_payouts";
    /// A page of payouts with the newest first.
    NEWEST_PAYOUTS = "newest_payouts";
    /// A page of payout items.
    QUERY_PAYOUT_ITEMS = "query_payout_items";
    /// A page of transfers.
    QUERY_TRANSFERS = "query_transfers";
    /// A page of transactions.
    QUERY_TRANSACTIONS = "query_transactions";
    /// A page of balances.
    QUERY_BALANCES = "query_balances";
    /// A page of the books.
    QUERY_POSTINGS = "query_postings";
    /// A page of daily sums.
    QUERY_DAILY_ROLLUPS = "query_daily_rollups";
    /// A page of the log.
    QUERY_EVENTS = "query_events";
    /// A page of the log, as far as it is safe.
    EXPORT_EVENTS = "export_events";

    /// The events of some streams up to a position.
    LOAD_PAST = "load_past";
    /// The first event at or behind a place of the log.
    PROBE_LOG = "probe_log";
    /// The highest position of a stretch of the log by a moment.
    POSITION_AT = "position_at";
    /// Some payouts, in the order of their names.
    PICK_PAYOUTS = "pick_payouts";
    /// Some transactions, in the order of their names.
    PICK_TRANSACTIONS = "pick_transactions";
    /// Some balances, in the order of their names.
    PICK_BALANCES = "pick_balances";

    /// The sums of all accounts.
    TRIAL_BALANCE = "trial_balance";
    /// Whether a follower has not come to all events of a tenant up to a position.
    FIND_UNPOSTED = "find_unposted";

    /// The events of one decision.
    EXPLAIN_DECISION = "explain_decision";
    /// The commands of some idempotency keys.
    EXPLAIN_RECEIPTS = "explain_receipts";
    /// Commands that name a payout in their outcome.
    SEARCH_RECEIPTS = "search_receipts";
    /// Webhooks that are about a payout and did something, or wait.
    EXPLAIN_WEBHOOKS = "explain_webhooks";
    /// All webhooks that are about a payout.
    SEARCH_WEBHOOKS = "search_webhooks";
    /// The transfers of some transactions.
    EXPLAIN_TRANSFERS = "explain_transfers";

    /// Payouts by Stripe's ids and by ours.
    RECONCILE_PAYOUTS = "reconcile_payouts";
    /// A page of the payouts that Stripe should know of, and of those it was not told of.
    RECONCILE_PERIOD = "reconcile_period";
    /// The items of some payouts.
    RECONCILE_ITEMS = "reconcile_items";
    /// A page of sellers with their accounts at Stripe.
    RECONCILE_SELLERS = "reconcile_sellers";

    /// Every row of the table, to be compared.
    SCAN_SELLERS = "scan_sellers";
    /// Every row of the table, to be compared.
    SCAN_PAYOUTS = "scan_payouts";
    /// Every row of the table, to be compared.
    SCAN_PAYOUT_ITEMS = "scan_payout_items";
    /// Every row of the table, to be compared.
    SCAN_TRANSACTIONS = "scan_transactions";
    /// Every row of the table, to be compared.
    SCAN_TRANSFERS = "scan_transfers";
    /// Every row of the table, to be compared.
    SCAN_BALANCES = "scan_balances";
    /// Every row of the table, to be compared.
    SCAN_POSTINGS = "scan_postings";
    /// Every row of the table, to be compared.
    SCAN_DAILY_ROLLUPS = "scan_daily_rollups";

    /// Streams with a gap, or a head elsewhere.
    CHECK_STREAMS = "check_streams";
    /// Receipts of events that are not in the log.
    CHECK_RECEIPTS = "check_receipts";
    /// Events of commands whose receipts do not tell of them.
    CHECK_CAUSES = "check_causes";
    /// Events of webhooks that are not in the archive.
    CHECK_SOURCES = "check_sources";
    /// Webhooks by outcome.
    COUNT_WEBHOOKS = "count_webhooks";
    /// Webhooks that were given up, in the archive and in the log.
    CHECK_DROPS = "check_drops";
    /// Bodies of the archive, or their hashes.
    SCAN_BODIES = "scan_bodies";
    /// Outside names of streams.
    SCAN_ALIASES = "scan_aliases";
    /// Who owns some outside names.
    FIND_ALIASES = "find_aliases";
    /// Balances against postings.
    CHECK_BALANCES = "check_balances";
    /// Transactions in several live payouts.
    CHECK_OVERLAP = "check_overlap";
    /// Balances against the items of payouts.
    CHECK_HOLDINGS = "check_holdings";
}
