//! What auditors see with SQL: their tenants' rows, in major units, and nothing else.

mod money;
mod role;
