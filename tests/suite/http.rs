//! The ledger on HTTP, against the running program and real servers.

mod service;

mod answers;
mod api;
mod faults;
mod health;
mod limits;
mod stop;
mod vectors;
