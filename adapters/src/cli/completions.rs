//! `payoutd completions SHELL`: a script that completes commands and flags.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    cli::{Cli, output::Output},
    failure::{Exit, Failure},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    payoutd completions bash > ~/.local/share/bash-completion/completions/payoutd")]
pub(super) struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "payoutd", &mut script);
    out.write_all(&script).map_err(Failure::output)?;
    Ok(Exit::Done)
}
