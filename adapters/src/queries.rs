//! Queries as every transport asks them: fields in JSON, an answer in JSON, or a refusal.

use domain::{Code, Refusal, id::Tenant};
use projections::{
    explain,
    query::{self, Filter, QueryError, Table},
    statement, trial_balance,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json, json};
use store::{Class, Database, StoreError, error::chain};
use tracing::warn;

use crate::alerts;

/// How many queries a transport runs at once; further ones wait for their turn. The
/// database has about as many connections for reading.
pub(crate) const AT_ONCE: usize = 16;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    /// Rows of a table, page by page.
    Rows(Table),
    /// The sums of all accounts.
    TrialBalance,
    /// What moved a seller's money.
    Statement,
    /// The whole story of a payout.
    Explain,
    /// The last alerts.
    Alerts,
}

impl Query {
    /// Those that no single table answers.
    const OTHERS: [Self; 4] = [
        Self::TrialBalance,
        Self::Statement,
        Self::Explain,
        Self::Alerts,
    ];

    /// Its name in kebab case.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rows(table) => table.name(),
            Self::TrialBalance => "trial-balance",
            Self::Statement => "statement",
            Self::Explain => "explain",
            Self::Alerts => "alerts",
        }
    }

    /// The query of a name.
    ///
    /// # Errors
    /// `UNKNOWN_COMMAND`, with the names there are.
    pub(crate) fn parse(name: &str) -> Result<Self, Refusal> {
        let all = || Table::ALL.into_iter().map(Self::Rows).chain(Self::OTHERS);
        all().find(|query| query.name() == name).ok_or_else(|| {
            let known: Vec<_> = all().map(Self::name).collect();
            let detail = format!(
                "there is no query {name:?}; there are: {}",
                known.join(", ")
            );
            Refusal::new(Code::UnknownCommand, detail)
        })
    }
}

/// Answers a query about a tenant's books. Whose they are is told by the transport, and by
/// nobody else.
///
/// # Errors
/// `INVALID_COMMAND`, naming the field and what is wrong with it; or as the query fails.
pub(crate) async fn answer(
    database: &Database,
    query: Query,
    tenant: &Tenant,
    fields: Map<String, Json>,
) -> Result<Json, Refusal> {
    let answer = match query {
        Query::Rows(table) => {
            let filter = filter(tenant, fields)?;
            let page = query::run(database, table, &filter).await;
            page.map(|page| json!({ "rows": page.rows, "next_cursor": page.next_cursor }))
        }
        Query::TrialBalance => {
            let question = read(tenant, fields)?;
            written(trial_balance::run(database, &question).await)
        }
        Query::Statement => {
            let question = read(tenant, fields)?;
            let rows = statement::run(database, &question).await;
            rows.map(|rows| json!({ "rows": rows }))
        }
        Query::Explain => {
            let question = read(tenant, fields)?;
            written(explain::payout(database, &question).await)
        }
        Query::Alerts => {
            let question = alerts::Question::parse(fields)?;
            let page = alerts::page(database, tenant, &question).await;
            let page = page.map_err(|error| error.refusal())?;
            Ok(page.into_json())
        }
    };
    answer.map_err(|error| refused(&error))
}

/// What rows these fields ask for.
///
/// # Errors
/// `INVALID_COMMAND`, naming the field and what is wrong with it.
pub(crate) fn filter(tenant: &Tenant, fields: Map<String, Json>) -> Result<Filter, Refusal> {
    read(tenant, fields)
}

fn read<Q: DeserializeOwned>(tenant: &Tenant, mut fields: Map<String, Json>) -> Result<Q, Refusal> {
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

fn written(answer: Result<impl Serialize, QueryError>) -> Result<Json, QueryError> {
    // Nothing in an answer cannot be said in JSON.
    answer.map(|answer| json!(answer))
}

/// What a caller is told when the database fails; the cause is logged.
pub(crate) fn failed(error: &StoreError) -> Refusal {
    warn!(error = chain(error), "a query failed");
    let code = match error.class() {
        Class::Unavailable => Code::Unavailable,
        _ => Code::PayoutTransactionError,
    };
    Refusal::new(code, "the database failed; try again")
}

/// What a caller is told of a query that cannot be answered.
pub(crate) fn refused(error: &QueryError) -> Refusal {
    match error {
        QueryError::Store(error) => failed(error),
        QueryError::SellerNotFound(_) => Refusal::new(Code::SellerNotFound, error.to_string()),
        QueryError::PayoutNotFound(_) => Refusal::new(Code::PayoutNotFound, error.to_string()),
        QueryError::TooLong(_)
        | QueryError::NoSuchFilter { .. }
        | QueryError::NoSuchStatus { .. }
        | QueryError::Moment { .. }
        | QueryError::NoPast { .. }
        | QueryError::NoOrder { .. }
        | QueryError::Limit(_)
        | QueryError::Cursor(_) => Refusal::new(Code::InvalidCommand, error.to_string()),
    }
}
