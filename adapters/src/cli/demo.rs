//! `payoutd demo`: the main job, told step by step on a throw-away database.

use std::{path::PathBuf, time::Instant};

use projections::{
    follower,
    query::{self, Filter, Table},
    verify::{Report, verify},
};
use serde_json::{Value as Json, json};
use store::Database;
use tempfile::TempDir;

use crate::{
    cli::{output::Output, render, verify as laws},
    config::Settings,
    daemon,
    failure::{Exit, Failure},
    ledger,
    telemetry::Export,
};

mod simulated;
mod stage;
mod story;
mod stripe;

use stage::Stage;

/// What is shown of the books in the end, and which columns of it.
const SHOWN: [(Table, &[&str]); 3] = [
    (
        Table::Payouts,
        &[
            "seller_id",
            "status",
            "amount",
            "item_count",
            "origin",
            "stripe_payout_id",
        ],
    ),
    (
        Table::Transactions,
        &[
            "transaction_id",
            "seller_id",
            "kind",
            "status",
            "blocked",
            "gross",
            "fee",
            "net",
        ],
    ),
    (
        Table::Balances,
        &["seller_id", "pending", "available", "reserved", "paid_out"],
    ),
];

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  payoutd demo\n  \
    payoutd demo --serve\n  \
    payoutd demo --keep demo.db && payoutd query payouts --database-url sqlite://demo.db")]
pub(super) struct Args {
    /// Keep the database in this new file
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Keep the dashboard up on these books in the end, until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Tell nothing; print one JSON object at the end
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Whether there is a service in the end, which tells where it is.
    pub(super) const fn serves(&self) -> bool {
        self.serve
    }
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let place = Place::choose(args.keep)?;
    let settings = Settings {
        database_url: place.url(),
        // The payloads are Stripe's test events.
        mode: domain::stripe::Mode::Test,
        ..settings.clone()
    };
    let database = ledger::open(&settings).await?;
    let ledger = ledger::start(database.clone(), &settings);
    let mut stage = Stage::new(ledger.clone(), &settings, (!args.json).then_some(&mut *out));
    story::play(&mut stage).await?;
    let played = stage.summary();
    ledger.close().await;
    follower::catch_up(&database).await?;
    let books = Books::read(&database, &settings).await?;
    database.close().await;
    if args.json {
        out.json(&books.to_json(played))?;
    } else {
        books.print(out)?;
        out.line(format_args!(
            "\nDone in {} ms. {}",
            begun.elapsed().as_millis(),
            place.told(args.serve)
        ))?;
    }
    if !books.report.holds() {
        return Ok(Exit::Failed);
    }
    if args.serve {
        out.finish()?;
        return daemon::serve(alone(settings), &Export::default()).await;
    }
    Ok(Exit::Done)
}

/// For a service that shows what was played: nobody else's servers are asked, and nothing
/// moves by itself.
fn alone(mut settings: Settings) -> Settings {
    settings.nats_url = None;
    settings.stripe.secret_key = None;
    settings.jobs.enabled = false;
    settings
}

/// The tables and the verdict at the end.
struct Books {
    tables: Vec<(Table, &'static [&'static str], Vec<render::Row>)>,
    report: Report,
}

impl Books {
    async fn read(database: &Database, settings: &Settings) -> Result<Self, Failure> {
        let mut tables = Vec::new();
        for (table, columns) in SHOWN {
            let answer = query::run(database, table, &Filter::of(settings.tenant.clone())).await?;
            tables.push((table, columns, answer.rows));
        }
        let report = verify(database, &settings.tenant).await?;
        Ok(Self { tables, report })
    }

    fn print(&self, out: &mut Output) -> Result<(), Failure> {
        out.line("\nThe books")?;
        for (table, columns, rows) in &self.tables {
            out.line(format_args!(
                "\n{}\n{}",
                table.name(),
                render::grid(columns, rows)
            ))?;
        }
        out.line("\nThe laws, checked against the log")?;
        laws::print(&self.report, out)
    }

    fn to_json(&self, played: Json) -> Json {
        let mut json = json!({ "played": played });
        for (table, _, rows) in &self.tables {
            json[table.name()] = json!(rows);
        }
        json["verify"] = laws::to_json(&self.report);
        json
    }
}

/// Where the demo's database is.
enum Place {
    /// A folder that goes away with the process.
    Temporary(TempDir),
    /// A file that was asked for.
    Kept(PathBuf),
}

impl Place {
    fn choose(keep: Option<PathBuf>) -> Result<Self, Failure> {
        match keep {
            Some(file) if file.exists() => Err(Failure::Usage(format!(
                "{} exists; the demo writes into a new file only",
                file.display()
            ))),
            Some(file) => Ok(Self::Kept(file)),
            None => TempDir::with_prefix("payoutd-demo.")
                .map(Self::Temporary)
                .map_err(|source| {
                    let path = std::env::temp_dir();
                    Failure::File {
                        action: "make a folder in",
                        path,
                        source,
                    }
                }),
        }
    }

    fn url(&self) -> String {
        let file = match self {
            Self::Temporary(folder) => folder.path().join("ledger.db"),
            Self::Kept(file) => file.clone(),
        };
        let path = file.display().to_string();
        let path = path
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        format!("sqlite://{path}")
    }

    fn told(&self, is_served: bool) -> String {
        match self {
            _ if is_served => "The dashboard is where the log says; Ctrl-C ends it.".to_owned(),
            Self::Temporary(_) => "The database is gone; --keep FILE keeps it.".to_owned(),
            Self::Kept(_) => {
                format!(
                    "Look around: payoutd query payouts --database-url '{}'",
                    self.url()
                )
            }
        }
    }
}
