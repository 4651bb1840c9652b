//! `payoutd openapi`: what the HTTP API looks like, for whoever generates a client.

use crate::{
    cli::output::Output,
    failure::{Exit, Failure},
    http,
};

pub(super) fn run(out: &mut Output) -> Result<Exit, Failure> {
    out.line(format_args!("{:#}", http::openapi()))?;
    Ok(Exit::Done)
}
