//! The shadow on PostgreSQL: connections that see one schema.

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::database::{Database, Pools, postgres::prepared};

/// PostgreSQL cuts longer names off.
const LONGEST_NAME: usize = 63;
/// Few statements over many rows, into tables that grow from nothing: each is planned for the
/// rows that it has and the tables as they are.
const SESSION: &str = "SET jit = off; SET plan_cache_mode = force_custom_plan; \
    SET work_mem = '64MB'";
const SUFFIX: &str = "_rebuild";

/// The schema beside the live one.
pub(super) fn beside(schema: &str) -> String {
    let mut end = schema.len().min(LONGEST_NAME - SUFFIX.len());
    while !schema.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{SUFFIX}", &schema[..end])
}

/// Connections whose names mean the tables of one schema and of no other. Nobody waits
/// for what they write: after a crash it is written again.
pub(super) fn open(live: &PgPool, schema: &str) -> Database {
    let path = format!("\"{}\"", schema.replace('"', "\"\""));
    let options: PgConnectOptions = live.connect_options().as_ref().clone();
    let options = options.options([
        ("search_path", path.as_str()),
        ("synchronous_commit", "off"),
    ]);
    let write = prepared(2, SESSION).connect_lazy_with(options.clone());
    Database {
        pools: Pools::Postgres {
            look_up: write.clone(),
            read: PgPoolOptions::new()
                .max_connections(2)
                .connect_lazy_with(options),
            write,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_beside_another_has_a_name_that_fits() {
        assert_eq!(beside("public"), "public_rebuild");
        assert_eq!(beside(&"ä".repeat(40)).len(), 62);
    }
}
