//! How PostgreSQL would carry out the writer's look-ups. One sequential scan under SERIALIZABLE
//! locks a whole table against everybody.

use crate::{
    database::{Database, Pools, postgres},
    error::StoreError,
    sql::{Sql, Value},
    statements,
};

/// What the planner calls it.
const SCAN: &str = "Seq Scan on ";
/// Stands for a key that is looked up.
const KEY: &str = "doctor";

/// The look-ups that would read a table as a whole, and the tables: `load_receipts: receipts`.
/// They are planned, not run, on the writer's connections, where the planner takes an index
/// wherever there is one. None on other databases: there a scan locks nothing.
///
/// # Errors
/// When the database fails.
pub async fn scanning_look_ups(database: &Database) -> Result<Vec<String>, StoreError> {
    let Pools::Postgres { look_up, .. } = &database.pools else {
        return Ok(Vec::new());
    };
    let mut scanning = Vec::new();
    for (sql, values) in look_ups() {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN {}", sql.postgres));
        let plan = postgres::fetch(look_up, explain, &values)
            .await
            .map_err(|source| StoreError::statement(sql.name, source))?;
        for line in &plan {
            let line = line.text("QUERY PLAN")?;
            if let Some((_, table)) = line.split_once(SCAN) {
                let table = table.split_whitespace().next().unwrap_or_default();
                scanning.push(format!("{}: {table}", sql.name));
            }
        }
    }
    Ok(scanning)
}

fn look_ups() -> Vec<(&'static Sql, Vec<Value<'static>>)> {
    let tenant = || Value::Text(KEY);
    let texts = || Value::Texts(vec![KEY]);
    let ints = || Value::Ints(vec![0]);
    vec![
        (&statements::LOAD_RECEIPTS, vec![tenant(), texts()]),
        (&statements::LOAD_ALIASES, vec![tenant(), texts()]),
        (&statements::LOAD_STREAMS, vec![tenant(), texts(), ints()]),
        (&statements::LOAD_POSITIONS, vec![tenant(), texts(), ints()]),
        (&statements::FIND_ARCHIVED, vec![tenant(), texts(), texts()]),
        (&statements::FIND_BLOCKED, vec![tenant(), texts(), ints()]),
        (
            &statements::FIND_PARKED,
            vec![tenant(), texts(), Value::Int(1)],
        ),
    ]
}
