//! What the ledger makes of Stripe's events.
//!
//! `payloads` holds every payload of `tests/payloads` against a table; the other
//! modules state one rule after the other; `garbage` feeds it what is no event.

mod stripe {
    mod summary;

    mod envelope;
    mod garbage;
    mod payloads;
    mod payments;
    mod payouts;
    mod transfers;
}
