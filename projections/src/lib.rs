//! Read tables: folds of the log, the SQL that writes them, and the questions
//! they answer.
//!
//! Sellers, payouts, their items, transactions, transfers and balances are written in the
//! transaction of the events they come from ([`Inline`]): who was told "accepted"
//! reads it. Postings and daily rollups follow the log by checkpoint ([`follower`]).
//!
//! Architecture invariants:
//! - Nothing here appends to the log.
//! - A fold is pure; a table's content is a function of the log alone, however
//!   the log is cut into batches. `verify` holds every table against that.
//! - A batch costs at most one INSERT and one UPDATE a table, whatever its size.
//!
//! To add a column: a new migration in `store/migrations`, for each database and at the end of
//! the table (rebuilds copy whole rows), then the row and its `BulkRow` in the table's file
//! here, its `.sql` files (`scan_…` among them), `read_table.rs`, and `query/table.rs`. To add
//! a table: all of that, and its name in `shadow_….sql` of the store.

mod change;

mod balances;
mod inline;
mod payout_items;
mod payouts;
mod sellers;
mod transactions;
mod transfers;

mod daily_rollups;
pub mod follower;
mod postings;

pub mod compare;
pub mod read_table;
pub mod rebuild;
pub mod verify;

mod as_of;
mod past;
pub mod query;
mod streams;

pub mod explain;
pub mod statement;
pub mod trial_balance;

pub mod backlog;
pub mod reconcile;
pub mod statements;
pub mod work;

pub use inline::Inline;
