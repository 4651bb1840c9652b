//! The command line: what can be said, and where a failure is told, once.
//!
//! To add a subcommand: a module here with its `Args` and `run`, a variant of
//! [`Action`] with an example, and its arms in [`run`].

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{ArgAction, Parser, Subcommand, builder::BoolishValueParser};
use domain::id::Tenant;

use crate::{
    config::{DEFAULT_DATABASE_URL, DEFAULT_HTTP_ADDR, Given, LogFormat, Settings, api, stripe},
    daemon,
    failure::{Exit, Failure},
    telemetry,
};

mod alerts;
mod command;
mod completions;
mod dead_letters;
mod demo;
mod doctor;
mod explain;
mod export;
mod health;
mod ingest;
mod jobs;
mod migrate;
mod openapi;
mod output;
mod progress;
mod query;
mod readings;
mod rebuild;
mod reconcile;
mod render;
mod replay;
mod seal;
mod sim;
mod statement;
mod verify;
mod webhook;

use output::Output;

/// How long tasks that still run may take to end with the process.
const LAST_TASKS: Duration = Duration::from_millis(500);

/// An event-sourced ledger of payouts to marketplace sellers, through Stripe.
#[derive(Debug, Parser)]
#[command(
    name = "payoutd",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done; 1 it failed, or a check found something; \
    2 wrong usage; 3 a command was refused; 4 a dependency is unreachable.\n\n\
    Start with `payoutd demo`: it needs nothing installed."
)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    action: Action,
}

/// May stand before or after the subcommand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Globals {
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true
    )]
    #[arg(help = format!(
        "postgres://…, mariadb://… or sqlite://FILE [default: {DEFAULT_DATABASE_URL}]"
    ))]
    database_url: Option<String>,
    /// NATS server, e.g. nats://127.0.0.1:4222
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "NATS_URL",
        hide_env_values = true
    )]
    nats_url: Option<String>,
    #[arg(long, global = true, value_name = "ADDR", env = "PAYOUTD_HTTP_ADDR")]
    #[arg(help = format!("Where HTTP listens [default: {DEFAULT_HTTP_ADDR}]"))]
    http_addr: Option<String>,
    /// Whose books [default: default]
    #[arg(long, global = true, value_parser = |text: &str| Tenant::new(text))]
    tenant: Option<Tenant>,
    /// Settings in TOML; flags and environment variables beat it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How logs are written to stderr: text or json [default: text]
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        hide_possible_values = true
    )]
    log_format: Option<LogFormat>,
    /// Keep books of real money, not of Stripe's test events
    #[arg(long, global = true, value_name = "BOOL", env = "PAYOUTD_LIVEMODE")]
    #[arg(hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    #[arg(require_equals = true, value_parser = BoolishValueParser::new())]
    livemode: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the whole of it on a throw-away database, from sales to verified tables
    Demo(demo::Args),
    /// Run the service
    #[command(after_help = "Example:\n  \
        payoutd serve --database-url postgres://localhost/payouts \\\n      \
        --nats-url nats://127.0.0.1:4222")]
    Serve(Serve),
    /// Issue one command and print the reply
    Command(command::Args),
    /// Take Stripe's events from files
    Ingest(ingest::Args),
    /// Work on Stripe's events that could not be applied
    DeadLetters(dead_letters::Args),
    /// Run Stripe's events from the archive again
    Replay(replay::Args),
    /// Print rows of a read table
    Query(query::Args),
    /// Print what moved a seller's money in a period
    Statement(statement::Args),
    /// Tell the whole story of something in the books
    Explain(explain::Args),
    /// Write a read table out, as a whole, for other programs
    Export(export::Args),
    /// Check all laws on the ledger
    Verify(verify::Args),
    /// Build read tables anew from the log, and hold them against the live ones
    Rebuild(rebuild::Args),
    /// Seals over the log: heads to publish, and proofs for single payouts
    Seal(seal::Args),
    /// Print what services read off themselves
    Readings(readings::Args),
    /// Print how well services do, as one figure, and what to do about it
    Health(health::Args),
    /// Show what needs somebody's attention, and what did
    Alerts(alerts::Args),
    /// Look at background jobs, and run one by hand
    Jobs(jobs::Args),
    /// Compare payouts and their items with Stripe's API or its reports
    Reconcile(reconcile::Args),
    /// Sign a webhook as Stripe does, or find out why one is not believed
    Webhook(webhook::Args),
    /// Look at the database, NATS and the settings, and say what to do
    Doctor(doctor::Args),
    /// Bring the database's schema up to date
    #[command(after_help = "Example:\n  payoutd migrate --database-url sqlite://payouts.db")]
    Migrate,
    /// Simulate Stripe, to try things on
    Sim(sim::Args),
    /// Print the description of the HTTP API, an OpenAPI document
    #[command(after_help = "Example:\n  payoutd openapi > openapi.json")]
    Openapi,
    /// Print a completion script for a shell
    Completions(completions::Args),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Run background jobs [default: true]
    #[arg(long, value_name = "BOOL", env = "PAYOUTD_JOBS")]
    #[arg(hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    #[arg(require_equals = true, value_parser = BoolishValueParser::new())]
    jobs: Option<bool>,
}

/// The process, from its arguments to its exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Two TLS providers are compiled in by dependencies; rustls wants one chosen
    // before its first use. It fails only if one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::try_parse_from(std::env::args_os()) {
        Ok(cli) => start(cli).into(),
        Err(error) => {
            // Help and version come this way too. Nobody listening is no failure.
            let _ = error.print();
            if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            }
        }
    }
}

fn start(cli: Cli) -> Exit {
    let mut logs = LogFormat::Text;
    run(cli, &mut logs).unwrap_or_else(|failure| {
        tell(&failure, logs);
        failure.exit()
    })
}

/// The one place where a failure is told, with all its causes.
fn tell(failure: &Failure, logs: LogFormat) {
    let text = store::error::chain(failure);
    match logs {
        LogFormat::Text => eprintln!("payoutd: {text}"),
        LogFormat::Json => tracing::error!("{text}"),
    }
}

fn run(cli: Cli, logs: &mut LogFormat) -> Result<Exit, Failure> {
    let settings = cli.globals.settings()?;
    let filter = match &cli.action {
        Action::Demo(args) if args.serves() => telemetry::SERVED,
        Action::Demo(_) => telemetry::QUIET,
        _ => telemetry::DEFAULT,
    };
    telemetry::start(settings.log_format, filter)?;
    *logs = settings.log_format;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::Start)?;
    let mut out = Output::stdout();
    let exit = runtime.block_on(perform(cli.action, settings, &mut out));
    out.finish()?;
    runtime.shutdown_timeout(LAST_TASKS);
    exit
}

async fn perform(action: Action, settings: Settings, out: &mut Output) -> Result<Exit, Failure> {
    match action {
        Action::Demo(args) => demo::run(args, &settings, out).await,
        Action::Serve(args) => daemon::serve(args.over(settings)).await,
        Action::Command(args) => command::run(args, &settings, out).await,
        Action::Ingest(args) => ingest::run(args, &settings, out).await,
        Action::DeadLetters(args) => dead_letters::run(args, &settings, out).await,
        Action::Replay(args) => replay::run(args, &settings, out).await,
        Action::Query(args) => query::run(args, &settings, out).await,
        Action::Statement(args) => statement::run(args, &settings, out).await,
        Action::Explain(args) => explain::run(args, &settings, out).await,
        Action::Export(args) => export::run(args, &settings, out).await,
        Action::Verify(args) => verify::run(&args, &settings, out).await,
        Action::Rebuild(args) => rebuild::run(args, &settings, out).await,
        Action::Seal(args) => seal::run(args, &settings, out).await,
        Action::Readings(args) => readings::run(args, &settings, out).await,
        Action::Health(args) => health::run(&args, &settings, out).await,
        Action::Alerts(args) => alerts::run(args, &settings, out).await,
        Action::Jobs(args) => jobs::run(args, &settings, out).await,
        Action::Reconcile(args) => reconcile::run(args, &settings, out).await,
        Action::Webhook(args) => webhook::run(args, &settings, out),
        Action::Doctor(args) => doctor::run(args, &settings, out).await,
        Action::Migrate => migrate::run(&settings, out).await,
        Action::Sim(args) => sim::run(args, out).await,
        Action::Openapi => openapi::run(out),
        Action::Completions(args) => completions::run(&args, out),
    }
}

impl Serve {
    fn over(&self, mut settings: Settings) -> Settings {
        settings.jobs.enabled = self.jobs.unwrap_or(settings.jobs.enabled);
        settings
    }
}

impl Globals {
    fn settings(self) -> Result<Settings, Failure> {
        let given = Given {
            database_url: self.database_url,
            nats_url: self.nats_url,
            http_addr: self.http_addr,
            tenant: self.tenant,
            log_format: self.log_format,
            livemode: self.livemode,
            stripe: stripe::Given::from_environment(),
            api_tokens: api::TokenSource::from_environment(),
        };
        Ok(Settings::resolve(given, self.config.as_deref())?)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_shows_an_example() {
        for command in super::Cli::command().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.starts_with("Example"),
                "{} has none",
                command.get_name()
            );
        }
    }
}
