//! The description of the API, an OpenAPI document: made of what the routes, the tables and
//! the commands say of themselves.

mod alerts;
mod answers;
mod commands;
mod letters;
mod live;
mod machine;
mod paths;
mod rows;
mod schemas;

use projections::query::Table;
use serde_json::{Map, Value as Json, json};

use super::{
    api::{ALERTS, COMMANDS, HEALTH, ME, OPENAPI, Question, READINGS, TRANSACTIONS},
    live::LIVE,
    metrics::METRICS,
};

/// The document.
pub(super) fn document() -> Json {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "payoutd",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "An event-sourced ledger of payouts to marketplace sellers",
            "description": "Reads and commands of one tenant: the one of the caller's token. \
                Amounts are decimal strings in major units; times are RFC 3339 in UTC. On a \
                loopback address the service may run without tokens; then none is needed.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "tags": [
            { "name": "reads", "description": "Read tables, for auditors and operators" },
            { "name": "commands", "description": "Changes, for operators" },
            { "name": "letters", "description": "Stripe's events that could not be applied" },
            { "name": "service", "description": "The service itself" },
        ],
        "security": [{ "bearer": [] }],
        "paths": every_path(),
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": every_schema(),
            "responses": answers::responses(),
            "headers": answers::headers(),
        },
    })
}

fn every_path() -> Map<String, Json> {
    let mut paths = Map::new();
    for question in Question::all() {
        paths.insert(question.path(), paths::read(question));
    }
    for command in commands::ALL {
        paths.insert(
            COMMANDS.replace("{name}", command.name),
            paths::command(command),
        );
    }
    paths.extend(letters::paths());
    paths.insert(ME.to_owned(), paths::me());
    paths.insert(LIVE.to_owned(), live::path());
    paths.insert(OPENAPI.to_owned(), paths::description());
    paths.insert(READINGS.to_owned(), machine::readings());
    paths.insert(TRANSACTIONS.to_owned(), machine::transactions());
    paths.insert(HEALTH.to_owned(), alerts::health());
    paths.insert(ALERTS.to_owned(), alerts::list());
    paths.insert(METRICS.to_owned(), machine::metrics());
    paths.insert("/healthz".to_owned(), paths::alive());
    paths.insert("/readyz".to_owned(), paths::ready());
    paths
}

fn every_schema() -> Map<String, Json> {
    let mut schemas = schemas::shared();
    for table in Table::ALL {
        schemas.insert(rows::name(table), rows::schema(table));
    }
    schemas.extend(letters::schemas());
    for command in commands::ALL {
        schemas.insert(command.schema_name(), command.schema());
    }
    schemas
}

/// `payout-items` as `PayoutItems`.
fn camel(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
        format!("{}{rest}", first.to_uppercase())
    });
    parts.collect()
}

fn reference(kind: &str, name: &str) -> Json {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

#[cfg(test)]
mod tests {
    use domain::Command;

    use super::*;

    /// All places that a document leads to.
    fn references(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(place) if name == "$ref" => found.push(place.to_owned()),
                        _ => references(value, found),
                    }
                }
            }
            Json::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(!found.is_empty());
        for place in found {
            let pointer = place.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{place}");
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = document();
        let operations = document["paths"].as_object().expect("paths");
        let operations = operations
            .values()
            .flat_map(|path| path.as_object().expect("methods"));
        let mut names: Vec<_> = operations
            .map(|(_, op)| op["operationId"].to_string())
            .collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(all, Question::all().count() + Command::NAMES.len() + 14);
    }
}
