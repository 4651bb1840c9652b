//! The laws of the ledger, checked on a live database.
//!
//! Everything is read in one snapshot, so services may go on meanwhile. The read
//! tables are rebuilt into temporary tables of the same names, which stand before
//! the real ones: the very same code and SQL that wrote those fill them. At the
//! end the transaction is undone, and with it the temporary tables.
//!
//! What is held in memory does not grow with the log.

mod law;
mod rebuild;
mod statements;

use domain::id::Tenant;
use store::{Database, Mode, Row, Sql, StoreError, Tx, Value};

pub use law::{Law, Report};
use rebuild::Rebuild;

/// What a webhook can have come to.
const OUTCOMES: [&str; 4] = ["applied", "ignored", "parked", "dead"];

/// Checks all laws on the books of one tenant.
///
/// # Errors
/// When the database fails. What is wrong with the books is in the report.
pub async fn verify(database: &Database, tenant: &Tenant) -> Result<Report, StoreError> {
    let mut tx = Tx::begin(database, Mode::Snapshot).await?;
    let checked = check(&mut tx, tenant).await;
    tx.rollback().await?;
    checked.map(|laws| Report { laws })
}

async fn check(tx: &mut Tx, tenant: &Tenant) -> Result<Vec<Law>, StoreError> {
    let mut laws = Vec::new();
    let gapless = "every stream's versions are 1 to n, and its head is at n";
    laws.push(ask(tx, tenant, gapless, &statements::CHECK_STREAMS).await?);
    let receipts = "the events of every accepted command are in the log";
    laws.push(ask(tx, tenant, receipts, &statements::CHECK_RECEIPTS).await?);
    laws.push(webhooks(tx, tenant).await?);
    let drops = "every webhook that was dropped is so in the log, and the other way round";
    laws.push(ask(tx, tenant, drops, &statements::CHECK_DROPS).await?);

    tx.execute(&statements::CREATE_SHADOWS, &[]).await?;
    let mut rebuild = Rebuild::new(tenant);
    match rebuild.run(tx).await {
        Ok(rebuilt) => {
            laws.extend(rebuild.laws());
            laws.extend(rebuilt);
        }
        // Without the whole log, nothing can be held against it.
        Err(unreadable) if law::is_unreadable(&unreadable) => {
            laws.push(rebuild.unreadable(&unreadable));
            return Ok(laws);
        }
        Err(error) => return Err(error),
    }

    let sums = "balances are the sums of their postings";
    laws.push(ask(tx, tenant, sums, &statements::CHECK_BALANCES).await?);
    let overlap = "no transaction is in two live payouts";
    laws.push(ask(tx, tenant, overlap, &statements::CHECK_OVERLAP).await?);
    let held = "what is reserved and paid out is what payouts hold";
    laws.push(ask(tx, tenant, held, &statements::CHECK_HOLDINGS).await?);
    Ok(laws)
}

/// A law whose statement tells how much it has checked, and the first offender.
async fn ask(
    tx: &mut Tx,
    tenant: &Tenant,
    name: &'static str,
    sql: &Sql,
) -> Result<Law, StoreError> {
    let rows = tx.fetch(sql, &[Value::Text(tenant.as_str())]).await?;
    let Some(row) = rows.first() else {
        return Ok(Law::new(name, 0, None));
    };
    Ok(Law::new(
        name,
        row.count("checked")?,
        row.opt_text("offender")?,
    ))
}

/// Nothing received is lost: each webhook came to something, and what, is told.
async fn webhooks(tx: &mut Tx, tenant: &Tenant) -> Result<Law, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = tx.fetch(&statements::COUNT_WEBHOOKS, &values).await?;
    let counts = rows.iter().map(counted).collect::<Result<Vec<_>, _>>()?;
    let unknown = counts
        .iter()
        .find(|(outcome, _)| !OUTCOMES.contains(&outcome.as_str()));
    let told: Vec<_> = counts
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    Ok(Law {
        note: (!told.is_empty()).then(|| told.join(", ")),
        ..Law::new(
            "every webhook came to a known outcome",
            counts.iter().map(|(_, count)| count).sum(),
            unknown.map(|(outcome, count)| format!("{count} with outcome {outcome:?}")),
        )
    })
}

fn counted(row: &Row) -> Result<(String, u64), StoreError> {
    Ok((row.text("outcome")?, row.count("webhooks")?))
}
