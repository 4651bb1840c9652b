//! Commands: their fields, as `domain::command` reads them. A test holds each list against
//! what is really read.

mod field;
mod list;

use serde_json::{Map, Value as Json, json};

use super::camel;
use field::{Field, Presence};

pub(super) use list::ALL;

/// A command, described.
pub(super) struct Described {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, in one line.
    pub(super) about: &'static str,
    fields: &'static [Field],
    /// Exactly one of `payout_id` and `stripe_payout_id` is needed.
    by_either_id: bool,
    /// In JSON: one that is taken as it stands.
    example: &'static str,
}

impl Described {
    /// The name of its schema.
    pub(super) fn schema_name(&self) -> String {
        camel(self.name)
    }

    /// The name of its operation.
    pub(super) fn operation(&self) -> String {
        let name = self.schema_name();
        let (first, rest) = name.split_at_checked(1).unwrap_or((&name, ""));
        format!("{}{rest}", first.to_lowercase())
    }

    /// One that is taken as it stands.
    pub(super) fn example(&self) -> Json {
        // A test reads each of them.
        serde_json::from_str(self.example).unwrap_or_default()
    }

    /// Its fields as a schema.
    pub(super) fn schema(&self) -> Json {
        let properties: Map<_, _> = self
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), field.schema()))
            .collect();
        let required = self
            .fields
            .iter()
            .filter(|field| field.presence == Presence::Always);
        let required: Vec<_> = required.map(|field| field.name).collect();
        let mut schema = json!({
            "type": "object",
            "description": self.about,
            "required": required,
            "additionalProperties": false,
            "properties": properties,
        });
        if let (true, Some(members)) = (self.by_either_id, schema.as_object_mut()) {
            let by =
                |id: &str| json!({ "required": [id], "properties": { id: { "type": "string" } } });
            let either = json!([by("payout_id"), by("stripe_payout_id")]);
            members.insert("oneOf".to_owned(), either);
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::Command;

    use super::*;

    fn parse(command: &Described, fields: &Json) -> Result<Command, String> {
        let json = fields.to_string();
        Command::parse(command.name, json.as_bytes()).map_err(|refusal| refusal.detail)
    }

    #[test]
    fn every_command_is_described() {
        let names: Vec<_> = ALL.iter().map(|command| command.name).collect();
        assert_eq!(names, Command::NAMES);
    }

    #[test]
    fn every_example_is_read_as_it_stands() {
        for command in ALL {
            let read = parse(command, &command.example());
            assert!(read.is_ok(), "{}: {read:?}", command.name);
        }
    }

    /// The reader itself tells what it would have taken.
    #[test]
    fn the_fields_are_those_that_are_read() {
        for command in ALL {
            let told = parse(command, &json!({ "no such field": 1 })).expect_err(command.name);
            let (_, told) = told.split_once("expected ").expect("a list");
            let read: BTreeSet<_> = told.split('`').skip(1).step_by(2).collect();
            let described: BTreeSet<_> = command.fields.iter().map(|field| field.name).collect();
            assert_eq!(described, read, "{}", command.name);
        }
    }

    #[test]
    fn a_field_is_missing_or_null_only_where_the_description_says_so() {
        for command in ALL {
            for field in command.fields {
                let mut without = command.example();
                let members = without.as_object_mut().expect("an object");
                members.remove(field.name);
                let mut null = command.example();
                null[field.name] = Json::Null;
                let missing = parse(command, &without).is_ok();
                let empty = parse(command, &null).is_ok();
                let expected = match field.presence {
                    Presence::Always => (false, false),
                    Presence::Default => (true, false),
                    Presence::Optional => (true, true),
                };
                assert_eq!(
                    (missing, empty),
                    expected,
                    "{} {}",
                    command.name,
                    field.name
                );
            }
        }
    }
}
