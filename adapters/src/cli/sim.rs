//! `payoutd sim`: a Stripe to try things on, and events of it on demand.

use std::{net::SocketAddr, time::Duration};

use clap::Subcommand;
use domain::money::{Currency, Money};

use crate::{
    cli::output::Output,
    config::Secret,
    daemon::Signals,
    failure::{Exit, Failure},
    sim::{Delivery, Endpoint, Faults, Opening, Outcome, Rules, Scope, Settings, Simulator},
};

mod trigger;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd sim stripe --pace 2000\n  \
    payoutd sim trigger payout.failed")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Simulate Stripe's API for payouts, transfers and events, with webhooks
    Stripe(Box<StripeArgs>),
    /// Have a simulator that runs make an event, with all that leads to it
    Trigger(trigger::Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd sim stripe --pace 2000\n  \
    payoutd sim stripe --timeouts 0.3 --errors 0.1 --seed 7\n  \
    payoutd sim stripe --connect-webhook http://127.0.0.1:8080/webhook/stripe-connect/ \\\n      \
    --connect-webhook-secret whsec_sim --duplicates 0.2 --disorder 50\n\n\
    All it keeps is in memory, and gone when it ends.")]
struct StripeArgs {
    /// Where it listens; port 0 is a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12111")]
    listen: SocketAddr,
    /// Let ADDR be another than loopback, although there is no password
    #[arg(long)]
    public: bool,
    /// Time between two steps of a payout; 0 leaves them to the control API
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pace: u32,
    /// What every new account has, e.g. 1000.00usd [default: more than enough]
    #[arg(long, value_name = "MONEY", value_parser = money)]
    balance: Vec<Money>,
    /// How payouts end whose amount in minor units ends in DIGITS, e.g. 13=fail:account_closed
    #[arg(long, value_name = "DIGITS=OUTCOME", value_parser = outcome)]
    outcome: Vec<(String, Outcome)>,
    /// Let bank accounts take payouts after one has failed
    #[arg(long)]
    keep_bank_accounts: bool,
    /// How API keys may begin
    #[arg(long, value_name = "PREFIX", default_values = ["sk_test_", "rk_test_"])]
    key_prefix: Vec<String>,
    #[command(flatten)]
    webhooks: Webhooks,
    #[command(flatten)]
    faults: FaultArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Webhooks")]
struct Webhooks {
    /// Where the platform's own events go
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Where connected accounts' events go
    #[arg(long, value_name = "URL")]
    connect_webhook: Option<String>,
    /// Sign the platform's own events; several with commas between
    #[arg(long, value_name = "SECRET", env = "STRIPE_WEBHOOK_SECRET")]
    #[arg(hide_env_values = true, value_delimiter = ',', value_parser = secret)]
    webhook_secret: Vec<Secret>,
    /// Sign connected accounts' events; several with commas between
    #[arg(long, value_name = "SECRET", env = "STRIPE_CONNECT_WEBHOOK_SECRET")]
    #[arg(hide_env_values = true, value_delimiter = ',', value_parser = secret)]
    connect_webhook_secret: Vec<Secret>,
    /// How many are sent twice, from 0 to 1
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    duplicates: f64,
    /// So many events are shuffled with one another
    #[arg(long, value_name = "N", default_value_t = 0)]
    disorder: usize,
    /// How many are never sent, from 0 to 1: only the API lists them
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    drop: f64,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Faults: rates from 0 (never) to 1 (always)")]
struct FaultArgs {
    /// Calls that take effect and are never answered
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    timeouts: f64,
    /// HTTP 500, half of them after the effect
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    errors: f64,
    /// Connections that break, half of them after the effect
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    resets: f64,
    /// HTTP 429 rate_limit
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    rate_limits: f64,
    /// HTTP 429 lock_timeout
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    lock_timeouts: f64,
    /// How long each call takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow: u64,
    /// Which calls go wrong
    #[arg(long, value_name = "CALLS", value_enum, default_value_t = Scope::Writes)]
    faults_on: Scope,
    /// What chance begins with: the same choices in every run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub(super) async fn run(args: Args, out: &mut Output) -> Result<Exit, Failure> {
    match args.what {
        What::Stripe(args) => stripe(*args, out).await,
        What::Trigger(args) => trigger::run(&args, out).await,
    }
}

async fn stripe(args: StripeArgs, out: &mut Output) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(Failure::Start)?;
    let settings = args.settings();
    let seed = settings.seed;
    let mut simulator = Simulator::start(settings).await?;
    let url = simulator.url();
    tracing::info!(url, seed, "the simulator listens");
    out.line("# Point payoutd at it:")?;
    out.line(format_args!(
        "export STRIPE_API_BASE={url} STRIPE_SECRET_KEY=sk_test_sim"
    ))?;
    out.line(format_args!("# See what it holds: curl {url}/sim"))?;
    out.finish()?;
    let ended = tokio::select! {
        name = signals.next() => {
            tracing::info!(signal = name, "stopping");
            Ok(Exit::Done)
        }
        () = simulator.failed() => Err(Failure::Ended("the simulator")),
    };
    simulator.stop().await;
    ended
}

impl StripeArgs {
    fn settings(self) -> Settings {
        let opening = if self.balance.is_empty() {
            Opening::Unlimited
        } else {
            Opening::Exactly(self.balance)
        };
        let endpoint = |url: Option<String>, secrets| url.map(|url| Endpoint { url, secrets });
        let (webhooks, faults) = (self.webhooks, self.faults);
        Settings {
            listen: self.listen,
            public: self.public,
            rules: Rules {
                opening,
                pace: time::Duration::milliseconds(i64::from(self.pace)),
                key_prefixes: self.key_prefix,
                outcomes: self.outcome,
                disable_failed_accounts: !self.keep_bank_accounts,
                ..Rules::default()
            },
            faults: Faults {
                timeouts: faults.timeouts,
                errors: faults.errors,
                resets: faults.resets,
                rate_limits: faults.rate_limits,
                lock_timeouts: faults.lock_timeouts,
                slow_ms: faults.slow,
                on: faults.faults_on,
            },
            seed: faults.seed.unwrap_or_else(|| fastrand::u64(..)),
            webhook: endpoint(webhooks.webhook, webhooks.webhook_secret),
            connect_webhook: endpoint(webhooks.connect_webhook, webhooks.connect_webhook_secret),
            delivery: Delivery {
                duplicates: webhooks.duplicates,
                disorder: webhooks.disorder,
                drop: webhooks.drop,
                ..Delivery::default()
            },
            silence: Duration::from_secs(120),
            ..Settings::default()
        }
    }
}

fn secret(text: &str) -> Result<Secret, &'static str> {
    Secret::new(text).ok_or("it is empty")
}

/// `1000.00usd`
fn money(text: &str) -> Result<Money, String> {
    let at = text.len().saturating_sub(3);
    let (amount, code) = text.split_at_checked(at).unwrap_or(("", text));
    let currency = Currency::parse(code).map_err(|error| error.to_string())?;
    let money = Money::parse(amount, currency).map_err(|error| error.to_string())?;
    if money.amount.is_negative() || money.amount.minor() > 1_000_000_000_000_000 {
        return Err("it must be between 0 and 15 digits of minor units".to_owned());
    }
    Ok(money)
}

/// `13=fail:account_closed`
fn outcome(text: &str) -> Result<(String, Outcome), String> {
    let (digits, outcome) = text.split_once('=').ok_or("write DIGITS=OUTCOME")?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("what stands before = must be digits".to_owned());
    }
    let outcome = outcome
        .parse()
        .map_err(|error: crate::sim::InvalidOutcome| error.to_string())?;
    Ok((digits.to_owned(), outcome))
}
