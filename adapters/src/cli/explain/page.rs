//! The story of a payout for people. Text from outside is made safe to show.

use projections::explain::{Happened, ItemOf, Outcome, Report};
use serde_json::{Value as Json, json};

use crate::{
    cli::{
        output::Output,
        render::{Row, fitted, plain},
    },
    failure::Failure,
};

/// The most items that are shown; `--json` has all.
const MOST_ITEMS: usize = 50;

pub(super) fn print(report: &Report, out: &mut Output) -> Result<(), Failure> {
    title(report, out)?;
    section("What happened", out)?;
    for entry in &report.timeline {
        out.line(format_args!("  {}  {}", entry.at, told(&entry.happened)))?;
    }
    if !report.thorough {
        out.line("  (without what changed nothing)")?;
    }
    section("Items", out)?;
    items(&report.now.items, out)?;
    section("Postings", out)?;
    let columns = ["position", "account", "amount"];
    out.line(fitted(&columns, &report.postings))?;
    section("What the read tables say now", out)?;
    now(report, out)
}

fn section(name: &str, out: &mut Output) -> Result<(), Failure> {
    out.line("")?;
    out.line(name)
}

fn title(report: &Report, out: &mut Output) -> Result<(), Failure> {
    let id = report.payout_id;
    let stripes = report.stripe_payout_id.as_deref();
    let stripes = stripes.map_or_else(String::new, |id| format!(", Stripe's {}", plain(id)));
    let Some(row) = &report.now.payout else {
        return out.line(format_args!("Payout {id}{stripes}: its row is missing"));
    };
    out.line(format_args!(
        "Payout {id}{stripes}: {} to {}, {}",
        short(row.get("amount")),
        short(row.get("seller_id")),
        short(row.get("status")),
    ))
}

/// One line of the story.
fn told(happened: &Happened) -> String {
    match happened {
        Happened::Command {
            command,
            key,
            outcome,
        } => {
            let outcome = match outcome {
                Outcome::Accepted { events: 0 } => "accepted, nothing new".to_owned(),
                Outcome::Accepted { events } => format!("accepted, events: {events}"),
                Outcome::Refused { code, detail } => {
                    format!("refused, {}: {}", plain(code), plain(detail))
                }
            };
            format!(
                "command  {}: {outcome} (key {})",
                plain(command),
                plain(key)
            )
        }
        Happened::Webhook {
            event_id,
            body_hash,
            name,
            outcome,
            reason,
            ..
        } => {
            let name = plain(name.as_deref().unwrap_or("-"));
            let reason = reason.as_deref();
            let reason = reason.map_or_else(String::new, |reason| format!(", {}", plain(reason)));
            let (id, outcome) = (plain(event_id), plain(outcome));
            format!("webhook  {name} {id}: {outcome}{reason} (sha256 {body_hash})")
        }
        Happened::Event {
            position,
            stream,
            version,
            name,
            data,
            evidence,
            ..
        } => {
            let hash = evidence.hash.as_ref();
            let hash = hash.map_or_else(String::new, |hash| format!(" (sha256 {hash})"));
            let seal = evidence.seal;
            let seal = seal.map_or_else(String::new, |block| format!(" (sealed in block {block})"));
            let (stream, data) = (plain(stream), fields(data));
            format!("event    {position} {name}, {stream} {version}: {data}{hash}{seal}")
        }
    }
}

/// An object's fields in one line.
fn fields(data: &Json) -> String {
    let Json::Object(fields) = data else {
        return short(Some(data));
    };
    // The whole page is about this payout.
    let others = fields.iter().filter(|(name, _)| *name != "payout_id");
    let field = |(name, value): (&String, &Json)| format!("{name} {}", short(Some(value)));
    others.map(field).collect::<Vec<_>>().join(", ")
}

/// A value in a few words; money in major units.
fn short(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => "-".to_owned(),
        Some(Json::String(text)) => plain(text),
        Some(value) => match (value.get("amount"), value.get("currency")) {
            (Some(Json::String(amount)), Some(Json::String(currency))) => {
                plain(&format!("{amount} {currency}"))
            }
            _ => plain(&value.to_string()),
        },
    }
}

fn items(items: &[ItemOf], out: &mut Output) -> Result<(), Failure> {
    let columns = [
        "transaction_id",
        "kind",
        "status",
        "amount",
        "returned",
        "order_id",
        "transfers",
    ];
    let rows: Vec<Row> = items.iter().take(MOST_ITEMS).map(item_row).collect();
    out.line(fitted(&columns, &rows))?;
    let hidden = items.len().saturating_sub(MOST_ITEMS);
    if hidden > 0 {
        out.line(format_args!("… and {hidden} more; --json prints all"))?;
    }
    Ok(())
}

fn item_row(one: &ItemOf) -> Row {
    let mut row = one.item.clone();
    for column in ["kind", "status", "order_id"] {
        let transaction = one.transaction.as_ref();
        let value = transaction.and_then(|transaction| transaction.get(column));
        row.insert(column.to_owned(), json!(value));
    }
    let transfers = one.transfers.iter().map(|transfer| {
        let (id, status) = (transfer.get("transfer_id"), transfer.get("status"));
        format!("{} {}", short(id), short(status))
    });
    let transfers = transfers.collect::<Vec<_>>().join(", ");
    // One can be told with the transaction, and not be recorded yet.
    let transfers = match transfers.as_str() {
        "" => one.item.get("transfer_id").cloned(),
        transfers => Some(json!(transfers)),
    };
    row.insert("transfers".to_owned(), json!(transfers));
    row
}

fn now(report: &Report, out: &mut Output) -> Result<(), Failure> {
    let now = &report.now;
    for (table, row) in [("payouts", &now.payout), ("balances", &now.balance)] {
        match row {
            Some(row) => {
                let shown = row
                    .iter()
                    .filter(|(name, value)| !name.ends_with("_minor") && !value.is_null());
                let fields: Vec<_> = shown
                    .map(|(name, value)| format!("{name} {}", short(Some(value))))
                    .collect();
                out.line(format_args!("  {table}: {}", fields.join(", ")))?;
            }
            None => out.line(format_args!("  {table}: no row"))?,
        }
    }
    out.line(if now.payout_equals_its_events {
        "  ✓ the payout's row is what its events make of it"
    } else {
        "  ✗ the payout's row is not what its events make of it: run payoutd verify"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped_everywhere() {
        let evil = "a\u{1b}[2Jb";
        let happened = [
            Happened::Command {
                command: evil.to_owned(),
                key: evil.to_owned(),
                outcome: Outcome::Refused {
                    code: evil.to_owned(),
                    detail: evil.to_owned(),
                },
            },
            Happened::Webhook {
                event_id: evil.to_owned(),
                body_hash: "00".to_owned(),
                name: Some(evil.to_owned()),
                outcome: evil.to_owned(),
                reason: Some(evil.to_owned()),
                detail: None,
                settled_at: String::new(),
            },
            Happened::Event {
                position: 1,
                stream: evil.to_owned(),
                version: 1,
                name: "payout-paid",
                data: json!({ "description": evil, "list": [evil] }),
                cause: Json::Null,
                evidence: projections::explain::Evidence::default(),
            },
        ];
        for happened in &happened {
            assert!(!told(happened).contains('\u{1b}'), "{}", told(happened));
        }
    }
}
