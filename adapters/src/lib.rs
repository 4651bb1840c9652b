//! The outside of the payout ledger: the command line and the service `payoutd`.
//!
//! Architecture invariants: no SQL and no rules about money here. A command or a
//! Stripe event takes the same way into the ledger whether it comes from the
//! command line, from NATS, over HTTP or from a background job.

pub mod alerts;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod doctor;
pub mod failure;
pub mod http;
pub mod jobs;
mod ledger;
mod letters;
pub mod machine;
pub mod nats;
mod queries;
mod reasons;
mod renewal;
mod sheet;
pub mod sim;
pub mod stripe;
pub mod telemetry;
