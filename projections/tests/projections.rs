//! The read tables against a real ledger: what they show, what they answer, and
//! whether `verify` notices what it must. On SQLite, and on PostgreSQL and MariaDB too
//! when `tests/run` has started them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "projections/books.rs"]
mod books;
#[path = "projections/history.rs"]
mod history;
#[path = "projections/marketplace.rs"]
mod marketplace;

#[path = "projections/accounting.rs"]
mod accounting;
#[path = "projections/backlog.rs"]
mod backlog;
#[path = "projections/batches.rs"]
mod batches;
#[path = "projections/comparing.rs"]
mod comparing;
#[path = "projections/explained.rs"]
mod explained;
#[path = "projections/following.rs"]
mod following;
#[path = "projections/laws.rs"]
mod laws;
#[path = "projections/past.rs"]
mod past;
#[path = "projections/questions.rs"]
mod questions;
#[path = "projections/rebuilding.rs"]
mod rebuilding;
#[path = "projections/reconcile.rs"]
mod reconcile;
#[path = "projections/tables.rs"]
mod tables;
#[path = "projections/work.rs"]
mod work;
