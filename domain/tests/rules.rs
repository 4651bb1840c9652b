//! The rules of the ledger as tests: scenarios for each rule, properties of any
//! history, and the stored shape of every event.

mod rules {
    pub(crate) mod scenario;

    mod commands;
    mod disputes;
    mod golden;
    mod histories;
    mod lookups;
    mod money;
    mod payments;
    mod payout_items;
    mod payouts;
    mod permutations;
    mod reconcile;
    mod requests;
    mod sellers;
    mod submissions;
    mod transactions;
    mod transfers;
    mod webhooks;
}
