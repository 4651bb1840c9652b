//! The statements of `verify`. Most need the shadow tables, so unlike all others
//! they cannot be prepared at any time; the tests of `verify` run every one.

store::statements! {
    /// Temporary tables that stand before the read tables.
    CREATE_SHADOWS = "create_shadows";
    /// Streams with a gap, or a head elsewhere.
    CHECK_STREAMS = "check_streams";
    /// Receipts of events that are not in the log.
    CHECK_RECEIPTS = "check_receipts";
    /// Webhooks by outcome.
    COUNT_WEBHOOKS = "count_webhooks";
    /// Webhooks that were given up, in the archive and in the log.
    CHECK_DROPS = "check_drops";
    /// Balances against postings.
    CHECK_BALANCES = "check_balances";
    /// Transactions in several live payouts.
    CHECK_OVERLAP = "check_overlap";
    /// Balances against the items of payouts.
    CHECK_HOLDINGS = "check_holdings";
    /// The table against its shadow.
    COMPARE_SELLERS = "compare_sellers";
    /// The table against its shadow.
    COMPARE_PAYOUTS = "compare_payouts";
    /// The table against its shadow.
    COMPARE_PAYOUT_ITEMS = "compare_payout_items";
    /// The table against its shadow.
    COMPARE_TRANSACTIONS = "compare_transactions";
    /// The table against its shadow.
    COMPARE_TRANSFERS = "compare_transfers";
    /// The table against its shadow.
    COMPARE_BALANCES = "compare_balances";
    /// The table against its shadow.
    COMPARE_POSTINGS = "compare_postings";
    /// The table against its shadow.
    COMPARE_DAILY_ROLLUPS = "compare_daily_rollups";
}
