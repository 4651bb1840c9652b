//! Questions about alerts: the same over every transport.

use domain::{Code, Refusal, id::Tenant};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use store::{
    Database, StoreError,
    alerts::{self, Wanted},
};
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::{kind::Level, to_json};
use crate::queries;

/// How many alerts a page has if nothing is said.
const DEFAULT_LIMIT: i64 = 100;
/// How many it has at most: all that are kept.
pub(crate) const MAX_LIMIT: i64 = alerts::KEPT;
/// The states of an alert.
pub(crate) const STATES: [&str; 2] = ["firing", "resolved"];

/// Which alerts are asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Question {
    /// This level and worse ones.
    pub level: Option<String>,
    /// `firing` or `resolved`.
    pub state: Option<String>,
    /// Fired at this moment or later.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// How many at most.
    pub limit: Option<i64>,
    /// The id of the last alert of the page before.
    pub cursor: Option<Uuid>,
}

/// Alerts, the newest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// Each as [`to_json`] tells it.
    pub alerts: Vec<Json>,
    /// The cursor of the next page, if this is not the last.
    pub next_cursor: Option<Uuid>,
}

impl Question {
    /// Reads it from fields in JSON.
    ///
    /// # Errors
    /// `INVALID_COMMAND`, naming the field.
    pub(crate) fn parse(fields: Map<String, Json>) -> Result<Self, Refusal> {
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
}

/// Why alerts cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The question makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PageError {
    /// What a caller is told of it.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::Invalid(detail) => Refusal::new(Code::InvalidCommand, detail.clone()),
            Self::Store(error) => queries::failed(error),
        }
    }
}

impl Page {
    /// The answer over NATS and HTTP.
    pub(crate) fn into_json(self) -> Json {
        json!({ "alerts": self.alerts, "next_cursor": self.next_cursor })
    }
}

/// A page of a tenant's alerts.
///
/// # Errors
/// When the question makes no sense, and when the database fails.
pub async fn page(
    database: &Database,
    tenant: &Tenant,
    question: &Question,
) -> Result<Page, PageError> {
    let limit = question.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(invalid(format!("limit must be 1 to {MAX_LIMIT}")));
    }
    if let Some(state) = &question.state
        && !STATES.contains(&state.as_str())
    {
        return Err(invalid(format!(
            "state must be one of {}",
            STATES.join(", ")
        )));
    }
    let wanted = Wanted {
        levels: levels(question.level.as_deref())?,
        state: question.state.as_deref(),
        since: question.since.map(sayable).transpose()?,
        before: question.cursor,
        // One more tells whether there is a next page.
        limit: limit + 1,
    };
    let mut found = alerts::page(database, tenant, wanted).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    Ok(Page {
        next_cursor: found.last().map(|row| row.id).filter(|_| more),
        alerts: found.iter().map(to_json).collect(),
    })
}

/// The moment in UTC, if databases can say it.
fn sayable(moment: OffsetDateTime) -> Result<OffsetDateTime, PageError> {
    let moment = moment.checked_to_offset(UtcOffset::UTC);
    let moment = moment.filter(|moment| (1..=9999).contains(&moment.year()));
    moment.ok_or_else(|| invalid("since must lie between the years 1 and 9999, in UTC".to_owned()))
}

fn levels(least: Option<&str>) -> Result<Vec<&'static str>, PageError> {
    let names = |levels: &[Level]| {
        levels
            .iter()
            .map(|level| level.as_str())
            .collect::<Vec<_>>()
    };
    let Some(least) = least else {
        return Ok(names(&Level::ALL));
    };
    let from = Level::ALL.iter().position(|level| level.as_str() == least);
    let unknown = || {
        invalid(format!(
            "level must be one of {}",
            names(&Level::ALL).join(", ")
        ))
    };
    Ok(names(&Level::ALL[from.ok_or_else(unknown)?..]))
}

const fn invalid(detail: String) -> PageError {
    PageError::Invalid(detail)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{levels, sayable};

    #[test]
    fn moments_that_no_database_can_say_are_refused() {
        assert!(sayable(datetime!(9999-12-31 23:59:59 -1)).is_err());
        assert!(sayable(datetime!(0000-01-01 0:00 UTC)).is_err());
        assert!(sayable(datetime!(2026-11-22 0:00 +1)).is_ok());
    }

    #[test]
    fn a_level_means_itself_and_worse_ones() {
        assert_eq!(levels(None).unwrap().len(), 4);
        assert_eq!(levels(Some("ERROR")).unwrap(), ["ERROR", "CRITICAL"]);
        assert!(levels(Some("error")).is_err());
    }
}
