//! What Stripe asks of those who talk with it: how its webhooks are signed.

pub mod signature;
