//! The operations: what is asked how, and answered with what.

use domain::id::{MAX_ID_LEN, MAX_SELLER_LEN};
use projections::query::{By, DEFAULT_LIMIT, MAX_LIMIT, Order, Table};
use serde_json::{Map, Value as Json, json};

use super::{
    answers::{self, granted},
    camel,
    commands::Described,
    reference, rows, schemas,
};
use crate::http::api::{AS_OF, FORMAT, Form, ORDER, Question};

/// A read.
pub(super) fn read(question: Question) -> Json {
    let (name, about) = match question {
        Question::Rows(table) => (
            format!("list{}", camel(table.name())),
            format!("Rows of {}, in the order of their key", table.name()),
        ),
        Question::Payout => ("getPayout".to_owned(), "One payout".to_owned()),
        Question::History => (
            "getPayoutHistory".to_owned(),
            "What happened to one payout: its events, in their order".to_owned(),
        ),
        Question::Explain => (
            "explainPayout".to_owned(),
            "All there is to say of one payout, in order of time".to_owned(),
        ),
        Question::TrialBalance => (
            "getTrialBalance".to_owned(),
            "What is on each kind of account; each currency's total is zero".to_owned(),
        ),
        Question::Statement => (
            "getStatement".to_owned(),
            "What moved a seller's money in a period, at most 10,000 movements".to_owned(),
        ),
    };
    let mut answer = with_links(question, &name, &answer(question));
    if question.is_list() {
        answer["content"] = copied(&answer["content"]);
    }
    // A page of a seller or payout that is not there is empty; all else says so.
    let refusals: &[u16] = match question {
        Question::Rows(_) => &[400, 401, 403, 500, 503],
        _ => &[400, 401, 403, 404, 500, 503],
    };
    json!({
        "get": {
            "operationId": name,
            "summary": about,
            "tags": ["reads"],
            "parameters": parameters(question),
            "responses": answers::with(answer, refusals),
        },
    })
}

fn answer(question: Question) -> Json {
    let row = |table| reference("schemas", &rows::name(table));
    match question {
        Question::Rows(table) => page(&row(table)),
        Question::Payout => row(Table::Payouts),
        Question::History => page(&row(Table::Events)),
        Question::Explain => rows::explanation(),
        Question::TrialBalance => rows::trial_balance(),
        Question::Statement => rows::statement(),
    }
}

/// The answer, and where it leads.
fn with_links(question: Question, name: &str, answer: &Json) -> Json {
    let mut answer = granted("The answer", answer);
    let mut links = Map::new();
    if question.is_page() {
        let next = json!({
            "operationId": name,
            "description": "The next page",
            "parameters": { "cursor": "$response.body#/next_cursor" },
        });
        links.insert("next".to_owned(), next);
    }
    if question == Question::Rows(Table::Payouts) {
        let all = ["getPayout", "getPayoutHistory", "explainPayout"];
        for (link, to) in ["payout", "history", "explain"].into_iter().zip(all) {
            let of = json!({ "payout_id": "$response.body#/rows/0/payout_id" });
            links.insert(
                link.to_owned(),
                json!({ "operationId": to, "parameters": of }),
            );
        }
    }
    if let (false, Some(members)) = (links.is_empty(), answer.as_object_mut()) {
        members.insert("links".to_owned(), json!(links));
    }
    answer
}

/// A page, or all rows as a copy to keep.
fn copied(page: &Json) -> Json {
    let mut content = page.clone();
    let page = &page["application/json"]["schema"];
    let rows = &page["properties"]["rows"];
    content["application/json"]["schema"] = json!({ "anyOf": [page, rows] });
    for form in [Form::Csv, Form::JsonLines] {
        content[form.media_type()] = json!({ "schema": { "type": "string" } });
    }
    content
}

pub(super) fn page(row: &Json) -> Json {
    json!({
        "type": "object",
        "required": ["rows", "next_cursor"],
        "properties": {
            "rows": { "type": "array", "items": row },
            "next_cursor": {
                "type": ["string", "null"],
                "description": "The `cursor` of the next page; null if this is the last",
            },
        },
    })
}

fn parameters(question: Question) -> Vec<Json> {
    let mut all = Vec::new();
    if let Some(by) = question.named() {
        all.push(json!({
            "name": format!("{}_id", by.name()),
            "in": "path",
            "required": true,
            "schema": filter(question, by),
        }));
    }
    let by = question.filters().iter();
    all.extend(by.map(|by| query(by.name(), &filter(question, *by))));
    if question.has_past() {
        let about = "The rows as they were: a time, a day (its end, in UTC), or a position of \
            the log";
        let as_of = json!({
            "type": "string",
            "anyOf": [
                { "format": "date-time" }, { "format": "date" }, { "pattern": "^[0-9]{1,18}$" },
            ],
            "description": about,
        });
        all.push(query(AS_OF, &as_of));
    }
    if question.has_newest() {
        let order = json!({
            "type": "string",
            "enum": Order::ALL.map(Order::name),
            "description": "Else in the order of their key. Not with as_of",
        });
        all.push(query(ORDER, &order));
    }
    if question.is_list() {
        let form = json!({
            "type": "string",
            "enum": Form::ALL.map(Form::name),
            "description": "All rows, or `limit` of them, as a copy of one moment, instead of a \
                page: CSV, one array, or one object a line. CSV and lines can also be asked for \
                by `Accept`",
        });
        all.push(query(FORMAT, &form));
    }
    if question.is_page() {
        let limit = json!({
            "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT,
        });
        let cursor = json!({
            "type": "string",
            "pattern": "^[0-9a-f]{10,}$",
            "description": "`next_cursor` of the answer before, as it is",
        });
        all.extend([query("limit", &limit), query("cursor", &cursor)]);
    }
    all
}

pub(super) fn query(name: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": "query", "required": false, "schema": schema })
}

fn filter(question: Question, by: By) -> Json {
    match by {
        By::Seller => schemas::id(MAX_SELLER_LEN),
        By::Status => json!({ "type": "string", "enum": question.statuses() }),
        By::Currency => schemas::currency_ref(),
        By::Payout if question == Question::Explain => schemas::payout_name(),
        By::Payout => json!({ "type": "string", "format": "uuid" }),
        By::Since => moment("Rows from this moment on"),
        By::Until => moment("Rows before this moment"),
    }
}

pub(super) fn moment(about: &str) -> Json {
    json!({ "type": "string", "format": "date-time", "description": about })
}

/// A command.
pub(super) fn command(command: &Described) -> Json {
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Names the intent: the same command sent again under the same key is \
            carried out once and answered the same",
        "schema": { "type": "string", "pattern": format!("^[!-~]{{1,{MAX_ID_LEN}}}$") },
    });
    let accepted = granted("It is recorded", &reference("schemas", "Accepted"));
    let refusals = [400, 401, 403, 404, 408, 409, 413, 415, 422, 500, 503];
    json!({
        "post": {
            "operationId": command.operation(),
            "summary": command.about,
            "tags": ["commands"],
            "parameters": [key],
            "requestBody": {
                "required": true,
                "content": {
                    "application/json": {
                        "schema": reference("schemas", &command.schema_name()),
                        "example": command.example(),
                    },
                },
            },
            "responses": answers::with(accepted, &refusals),
        },
    })
}

/// Who asks.
pub(super) fn me() -> Json {
    let schema = json!({
        "type": "object",
        "required": ["tenant", "role", "livemode", "version"],
        "properties": {
            "tenant": { "type": "string", "description": "Whose books the caller sees" },
            "role": { "type": "string", "enum": ["auditor", "operator"] },
            "livemode": { "type": "boolean", "description": "Whether the money is real" },
            "version": { "type": "string", "description": "Of the service" },
        },
    });
    json!({
        "get": {
            "operationId": "getMe",
            "summary": "Who the caller is, and what it may do",
            "tags": ["service"],
            "responses": answers::with(granted("The caller", &schema), &[401, 403]),
        },
    })
}

/// The description itself.
pub(super) fn description() -> Json {
    let document = granted("An OpenAPI document", &json!({ "type": "object" }));
    open(
        "getOpenapi",
        "This description",
        &answers::with(document, &[]),
    )
}

/// Whether the process is up.
pub(super) fn alive() -> Json {
    let schema = json!({
        "type": "object",
        "required": ["status"],
        "properties": { "status": { "const": "ok" } },
    });
    let answers = answers::with(granted("The process is up", &schema), &[]);
    open("getHealth", "Whether the process is up", &answers)
}

/// Whether it can work.
pub(super) fn ready() -> Json {
    let word = json!({ "type": "string", "enum": ["ok", "unavailable", "not_configured"] });
    let schema = json!({
        "type": "object",
        "required": ["status", "checks"],
        "properties": {
            "status": { "type": "string", "enum": ["ok", "unavailable"] },
            "checks": {
                "type": "object",
                "required": ["database", "nats"],
                "properties": { "database": word, "nats": word },
            },
        },
    });
    let answers = json!({
        "200": granted("It can work", &schema),
        "503": granted("Something it needs is not there", &schema),
    });
    open("getReadiness", "Whether the service can work", &answers)
}

/// A read for everybody.
fn open(name: &str, about: &str, answers: &Json) -> Json {
    json!({
        "get": {
            "operationId": name,
            "summary": about,
            "tags": ["service"],
            "security": [],
            "responses": answers,
        },
    })
}
