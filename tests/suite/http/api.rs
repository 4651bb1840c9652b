//! Reads and commands over HTTP: who may ask, what is answered, and that it is described.

mod stage;

mod access;
mod commands;
mod fuzzed;
mod reads;
mod tenants;
