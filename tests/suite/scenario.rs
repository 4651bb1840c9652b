//! The whole way, from the wire to verified read tables, with real servers.

mod http_kill9;
mod kill9;
pub(crate) mod laws;
mod letters;
mod loop_with_stripe;
mod mariadb_kill9;
mod payloads;
mod rebuild;
mod schedule;
mod standby;
mod webhooks;
