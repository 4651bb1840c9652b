//! The laws of the ledger, checked on a live database.
//!
//! Everything is read in one snapshot that writes nothing: services go on meanwhile, the
//! right to read is enough, and a standby will do. The log is folded into a throw-away
//! database beside it by the same code that wrote the read tables, and these are compared
//! with what comes out. On the same way the log is held against its seals.
//!
//! What is held in memory does not grow with the log.

mod aliases;
mod archive;
mod law;
mod replay;
mod seals;
mod walk;

use domain::id::Tenant;
use store::{Database, Scratch, Sql, StoreError, Tx, Value, seal::Head};

pub use law::{Law, Report};
use walk::Walk;

use crate::statements;

/// What is told while a check goes on: events done, and events there are.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What else is to be looked at.
#[derive(Clone, Copy, Default)]
pub struct Extras<'a> {
    /// A head that was published earlier: the chain of seals must still lead to it.
    pub head: Option<&'a Head>,
    /// Is told how far the check has come.
    pub progress: Option<Progress<'a>>,
}

/// Checks all laws on the books of one tenant.
///
/// # Errors
/// When the database fails. What is wrong with the books is in the report.
pub async fn verify(database: &Database, tenant: &Tenant) -> Result<Report, StoreError> {
    verify_with(database, tenant, Extras::default()).await
}

/// The same, with more to look at.
///
/// # Errors
/// As [`verify`], and when there is no room for temporary files.
pub async fn verify_with(
    database: &Database,
    tenant: &Tenant,
    extras: Extras<'_>,
) -> Result<Report, StoreError> {
    let scratch = Scratch::new().await?;
    let mut live = database.gated("verify").snapshot().open().await?;
    let checked = check(&mut live, &scratch, tenant, extras).await;
    live.rollback().await?;
    scratch.close().await?;
    checked.map(|laws| Report { laws })
}

async fn check(
    live: &mut Tx,
    scratch: &Scratch,
    tenant: &Tenant,
    extras: Extras<'_>,
) -> Result<Vec<Law>, StoreError> {
    let mut laws = Vec::new();
    let (gapless, events) = streams(live, tenant).await?;
    laws.push(gapless);
    let receipts = "the events of every accepted command are in the log";
    laws.push(ask(live, tenant, receipts, &statements::CHECK_RECEIPTS).await?);
    let causes = "every event of a command is told of in its receipt";
    laws.push(ask(live, tenant, causes, &statements::CHECK_CAUSES).await?);
    laws.push(archive::outcomes(live, tenant).await?);
    let drops = "every webhook that was dropped is so in the log, and the other way round";
    laws.push(ask(live, tenant, drops, &statements::CHECK_DROPS).await?);
    let sources = "every webhook that the log has applied is in the archive";
    laws.push(ask(live, tenant, sources, &statements::CHECK_SOURCES).await?);
    laws.push(archive::bodies(live, tenant).await?);

    laws.extend(
        Walk::new(live, scratch, tenant)
            .await?
            .run(extras, events)
            .await?,
    );

    let overlap = "no transaction is in two live payouts";
    laws.push(ask(live, tenant, overlap, &statements::CHECK_OVERLAP).await?);
    let held = "what is reserved and paid out is what payouts hold";
    laws.push(ask(live, tenant, held, &statements::CHECK_HOLDINGS).await?);
    Ok(laws)
}

/// The law of streams, and how many events there are.
async fn streams(live: &mut Tx, tenant: &Tenant) -> Result<(Law, u64), StoreError> {
    let name = "every stream's versions are 1 to n, and its head is at n";
    let values = [Value::Text(tenant.as_str())];
    let rows = live.fetch(&statements::CHECK_STREAMS, &values).await?;
    let Some(row) = rows.first() else {
        return Ok((Law::new(name, 0, None), 0));
    };
    let law = Law::new(name, row.count("checked")?, row.opt_text("offender")?);
    Ok((law, row.count("events")?))
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
