//! `payoutd migrate`: the schema, brought up to date.

use crate::{
    cli::output::Output,
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

pub(super) async fn run(settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    let database = ledger::open(settings).await?;
    out.line(format_args!(
        "the {} schema is up to date",
        database.backend().as_str()
    ))?;
    database.close().await;
    Ok(Exit::Done)
}
