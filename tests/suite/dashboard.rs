//! The dashboard, in a real browser, on the running program.

mod stage;

mod export;
mod files;
mod keyboard;
mod letters;
mod live;
mod looks;
mod payouts;
mod safety;
mod tokens;
