//! What the service tells of itself: metrics, readings, and what is shipped to watch it with.

mod catalogue;
mod deploy;
mod health;
mod history;
mod metrics;
mod stage;
