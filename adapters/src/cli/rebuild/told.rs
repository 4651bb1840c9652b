//! What a rebuild found, for people and for programs.

use domain::money::{Amount, Currency, Money};
use projections::{
    compare::Difference,
    rebuild::{Rebuilt, Report},
};
use serde_json::{Map, Value as Json, json};

use crate::cli::render::plain;

/// A row that is not as the log tells: which, and both values of what differs.
pub(super) fn difference(found: &Difference) -> String {
    let table = found.table.name().replace('_', "-");
    let head = format!("{table}: {} of {}", found.key, found.tenant);
    let (text, lines) = match (&found.live, &found.rebuilt) {
        (Some(live), Some(rebuilt)) => {
            let lines = found.columns().into_iter().map(|(name, is, told)| {
                let (is, told) = (value(live, name, is), value(rebuilt, name, told));
                format!("\n    {name}: is {is}, the log tells {told}")
            });
            ("is not as the log tells", lines.collect())
        }
        (None, Some(rebuilt)) => ("is in the log but not in the table", whole(rebuilt)),
        (Some(live), None) => ("is in the table but not in the log", whole(live)),
        (None, None) => ("is nowhere", String::new()),
    };
    plain(&format!("{head} {text}")) + &lines
}

fn whole(row: &Map<String, Json>) -> String {
    row.iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, json)| format!("\n    {name}: {}", value(row, name, json)))
        .collect()
}

/// A value; an amount also as money.
fn value(row: &Map<String, Json>, name: &str, json: &Json) -> String {
    let text = match json {
        Json::String(text) => plain(text),
        Json::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    match money(row, name, json) {
        Some(money) => format!("{text} ({money})"),
        None => text,
    }
}

fn money(row: &Map<String, Json>, name: &str, json: &Json) -> Option<String> {
    let stem = name.strip_suffix("_minor")?;
    let own = row.get(&format!("{stem}_currency"));
    let currency = own.or_else(|| row.get("currency"))?.as_str()?;
    let currency = Currency::parse(currency).ok()?;
    let money = Money::new(Amount::from_minor(json.as_i64()?), currency);
    Some(money.to_string())
}

/// The same for programs: the key, and both rows.
pub(super) fn difference_json(found: &Difference) -> Json {
    json!({
        "difference": {
            "table": found.table.name().replace('_', "-"),
            "tenant": found.tenant,
            "key": found.key,
            "live": found.live,
            "rebuilt": found.rebuilt,
        }
    })
}

/// One line a table, and what was done.
pub(super) fn report(report: &Report, dry_run: bool) -> Vec<String> {
    let mut lines: Vec<_> = report.tables.iter().map(table).collect();
    let resumed = report.resumed_from.map_or_else(String::new, |position| {
        format!(", gone on with from position {position}")
    });
    lines.push(format!(
        "replayed {} events ({} a second{resumed}) and compared at position {} in {} s",
        report.events,
        report.rate(),
        report.position,
        report.elapsed.as_secs(),
    ));
    if dry_run {
        lines.push("nothing was replaced: this was a dry run".to_owned());
    }
    lines
}

fn table(rebuilt: &Rebuilt) -> String {
    let compared = rebuilt.compared;
    let sign = if compared.differences() == 0 {
        "✓"
    } else if rebuilt.is_outdated {
        "•"
    } else {
        "✗"
    };
    let what = match compared.differences() {
        0 => "no difference".to_owned(),
        _ => format!(
            "{} differ, {} missing, {} that the log does not tell of",
            compared.edited, compared.missing, compared.extra
        ),
    };
    let version = if rebuilt.is_outdated {
        "; it was built by older code"
    } else {
        ""
    };
    let done = if rebuilt.is_replaced {
        "; replaced"
    } else {
        ""
    };
    let name = rebuilt.table.name().replace('_', "-");
    format!(
        "{sign} {name}: {} rows compared, {what}{version}{done}",
        compared.rows
    )
}

/// The report for programs.
pub(super) fn report_json(report: &Report, dry_run: bool) -> Json {
    let tables = report.tables.iter().map(|rebuilt| {
        json!({
            "table": rebuilt.table.name().replace('_', "-"),
            "rows": rebuilt.compared.rows,
            "live_rows": rebuilt.compared.live_rows,
            "edited": rebuilt.compared.edited,
            "missing": rebuilt.compared.missing,
            "extra": rebuilt.compared.extra,
            "differences": rebuilt.compared.differences(),
            "built_by_older_code": rebuilt.is_outdated,
            "replaced": rebuilt.is_replaced,
        })
    });
    json!({
        "clean": report.is_clean(),
        "dry_run": dry_run,
        "tables": tables.collect::<Vec<_>>(),
        "events": report.events,
        "events_per_second": report.rate(),
        "position": report.position,
        "resumed_from": report.resumed_from,
        "milliseconds": u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        "waited": report.waited,
    })
}
