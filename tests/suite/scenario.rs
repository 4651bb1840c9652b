//! The whole way, from the wire to verified read tables, with real servers.

mod http_kill9;
mod kill9;
mod laws;
mod payloads;
mod webhooks;
