//! The rules of the payout ledger, and nothing else.
//!
//! A caller's [`Command`] (or what Stripe told, a [`stripe::Fact`]) is decided on
//! by [`decide`], a pure function of the folded state of a few streams; the
//! answer is a list of [`Event`]s or a [`Rejection`]. State is a fold of events.
//!
//! Architecture invariants: no I/O, no `async`, no clock, no randomness; time
//! and fresh ids come in as arguments ([`Context`]). No floats.

pub mod arrival;
pub mod id;
pub mod money;

pub mod command;
pub mod event;
pub mod refusal;

pub mod balance;
pub mod payment;
pub mod payout;
pub mod seller;
pub mod transfer;
pub mod webhook;

pub mod decide;
pub mod policy;
pub mod postings;
pub mod reconcile;
pub mod stripe;
pub mod view;

pub use command::Command;
pub use decide::{Accepted, Context, Decision, Input, decide};
pub use event::Event;
pub use refusal::{Code, Refusal, Rejection};
pub use view::{Missing, State, Stream, View};
