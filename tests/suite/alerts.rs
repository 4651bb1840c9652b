//! Alerts: each fires because its condition is caused on a running service, and is over when the
//! condition is.

mod books;
mod checks;
mod rival;
mod stage;
mod surroundings;
mod telling;
mod webhook;
mod work;
