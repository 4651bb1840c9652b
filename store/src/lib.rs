//! How facts are kept: the event log, its receipts and archive, and the writer
//! that commits many commands together. PostgreSQL, MariaDB and SQLite.
//!
//! Architecture invariants:
//! - Correctness rests on unique keys and guarded head rows, never on an
//!   isolation level alone.
//! - State is read before BEGIN; a transaction holds guarded writes only.
//! - sqlx's own transactions are not used: [`Database::transaction`] is the only way to one.
//! - SQL is in `.sql` files, named alike for every database.

pub mod error;
pub mod settings;

pub mod bulk;
pub mod cell;
pub mod columns;
pub mod row;
pub mod sql;

mod numbered;

pub mod database;
pub mod gate;
pub mod scratch;
pub mod shadow;
pub mod transaction;

pub mod log;
pub mod recorded;
pub mod reply;

pub mod archive;
pub mod inbox;
pub mod ledger;
pub mod letter;
pub mod rehearsal;

mod append;
mod batch;
mod cache;
mod change;
mod decided;
mod desk;
mod job;
mod kept;
mod lookup;
mod pending;
mod snapshot;
mod writer;

pub mod alerts;
pub mod checkpoint;
pub mod checks;
pub mod examine;
pub mod jobs;
pub mod readings;
pub mod seal;
pub mod statements;

pub use bulk::Bulk;
pub use cell::Cell;
pub use columns::{BulkRow, Columns, Kind};
pub use database::{Backend, Database, PoolState};
pub use error::{Class, Conflict, StoreError};
pub use gate::Gate;
pub use ledger::{Delivery, InlineProjection, Ledger, Prepared, Request};
pub use letter::{Give, Redelivery};
pub use log::{Cursor, Page};
pub use pending::Pending;
pub use recorded::Recorded;
pub use reply::{Acceptance, Again, Dropped, EventRef, Ingested, Reply, Rerun};
pub use row::Row;
pub use scratch::Scratch;
pub use settings::{Clock, Isolation, RetryPolicy, Settings, SystemClock};
pub use shadow::Shadow;
pub use sql::{Sql, Value};
pub use transaction::{IsolationInForce, Transaction, Tx};

/// The guide's examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/transactions.md")]
struct Guide;
