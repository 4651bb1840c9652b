//! Seals and verification: what is done to the books behind the ledger's back is found.

mod proofs;
mod stage;
mod tampering;
