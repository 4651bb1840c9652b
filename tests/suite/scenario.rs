//! The whole way, from the wire to verified read tables, with real servers.

mod kill9;
pub(crate) mod laws;
mod payloads;
mod schedule;
mod webhooks;
