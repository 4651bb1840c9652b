//! Payouts made at Stripe: the service against the simulator, both real processes' worth.

mod faults;
mod field;
mod interruptions;
mod reconcile;
mod remedies;
mod sync;
