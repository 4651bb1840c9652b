//! Stripe both ways: its signed webhooks in, payouts and transfers out by its API.

pub mod api;
pub mod signature;
pub mod submission;
