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
    mod payouts;
    mod permutations;
    mod requests;
    mod sellers;
    mod transactions;
    mod transfers;
    mod webhooks;
}
