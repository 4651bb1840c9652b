//! Opening the ledger, the same for a command of the command line and the service.

use std::{path::Path, sync::Arc};

use projections::Inline;
use store::{
    Database, Ledger,
    checks::{self, CheckRow},
};

use crate::{config::Settings, failure::Failure};

/// Opens the database and brings its schema up to date.
pub(crate) async fn open(settings: &Settings) -> Result<Database, Failure> {
    let database = Database::open(&settings.database_url).await?;
    database.migrate().await?;
    Ok(database)
}

/// Opens a database that should hold a ledger already: a question must not
/// answer "nothing" because of a misspelt name, nor leave an empty file behind.
pub(crate) async fn open_existing(settings: &Settings) -> Result<Database, Failure> {
    if sqlite_file(&settings.database_url).is_some_and(|file| !Path::new(file).exists()) {
        return Err(Failure::NoLedger);
    }
    Ok(Database::open(&settings.database_url).await?)
}

/// Starts the ledger on an open, migrated database.
pub(crate) fn start(database: Database, settings: &Settings) -> Ledger {
    Ledger::start(database, Arc::new(Inline), settings.store.clone())
}

/// Leaves the result of a check where a service sees it, and alerts. Whoever may only read, or asks
/// a standby, has checked all the same.
pub(crate) async fn record(
    database: &Database,
    settings: &Settings,
    (name, found): (&str, Option<String>),
) {
    let row = CheckRow {
        name: name.to_owned(),
        holds: found.is_none(),
        detail: found.unwrap_or_default(),
        cursor: 0,
        checked_at: settings.store.clock.now(),
    };
    if let Err(error) = checks::record(database, &settings.tenant, &row).await {
        let error = store::error::chain(&error);
        tracing::info!(error, "the result is not kept: services do not learn of it");
    }
}

fn sqlite_file(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("sqlite:")?;
    let file = rest.strip_prefix("//").unwrap_or(rest);
    file.split('?').next()
}
