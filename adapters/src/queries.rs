//! Queries as every transport asks them: a filter in JSON, a page of rows, a refusal.

use domain::{Code, Refusal, id::Tenant};
use projections::query::{self, Filter, QueryError, Table};
use serde_json::{Map, Value as Json, json};
use store::{Class, Database};
use tracing::warn;

/// How many queries a transport runs at once; further ones wait for their turn. The
/// database has about as many connections for reading.
pub(crate) const AT_ONCE: usize = 16;

/// Reads a filter. Whose books it is about is told by the transport, and by nobody else.
///
/// # Errors
/// `INVALID_COMMAND`, naming the field and what is wrong with it.
pub(crate) fn filter(tenant: &Tenant, mut fields: Map<String, Json>) -> Result<Filter, Refusal> {
    fields.insert("tenant".to_owned(), json!(tenant));
    serde_path_to_error::deserialize(Json::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let detail = match path.as_str() {
            "." => inner.to_string(),
            path => format!("{path}: {inner}"),
        };
        Refusal::new(Code::InvalidCommand, detail)
    })
}

/// A page of rows: `{"rows":[…],"next_cursor":"…"|null}`.
///
/// # Errors
/// As [`refused`] tells it.
pub(crate) async fn rows(
    database: &Database,
    table: Table,
    filter: &Filter,
) -> Result<Json, Refusal> {
    let answer = query::run(database, table, filter).await;
    let answer = answer.map_err(|error| refused(&error))?;
    Ok(json!({ "rows": answer.rows, "next_cursor": answer.next_cursor }))
}

/// What a caller is told of a query that cannot be answered.
pub(crate) fn refused(error: &QueryError) -> Refusal {
    match error {
        QueryError::Store(error) => {
            warn!(error = store::error::chain(error), "a query failed");
            let code = match error.class() {
                Class::Unavailable => Code::Unavailable,
                _ => Code::PayoutTransactionError,
            };
            Refusal::new(code, "the database failed; try again")
        }
        QueryError::NoSuchFilter { .. }
        | QueryError::NoSuchStatus { .. }
        | QueryError::Moment { .. }
        | QueryError::NoPast { .. }
        | QueryError::Limit(_)
        | QueryError::Cursor(_) => Refusal::new(Code::InvalidCommand, error.to_string()),
    }
}
