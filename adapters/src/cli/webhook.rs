//! `payoutd webhook sign|verify`: Stripe's signatures made and examined by hand.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use store::Clock;
use time::OffsetDateTime;

use crate::{
    cli::{ingest, output::Output},
    config::{Secret, Settings},
    failure::{Exit, Failure},
    stripe::signature::{RawWebhook, SignatureError, SignatureHeader, sign},
};

mod diagnosis;

const SECRET_HELP: &str = "The endpoint's secret, whsec_…. A flag shows in the list of processes: \
    better set STRIPE_WEBHOOK_SECRET";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd webhook sign event.json\n  \
    payoutd webhook verify event.json --signature 't=1492774577,v1=…'\n\n\
    Secrets are taken from STRIPE_WEBHOOK_SECRET, one or several with commas between.")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the header Stripe-Signature that Stripe would send with a body
    #[command(after_help = "Example:\n  \
        payoutd webhook sign event.json | xargs -I{} curl -H 'Stripe-Signature: {}' \\\n      \
        --data-binary @event.json http://127.0.0.1:8080/webhook/stripe/\n\n\
        Of several secrets the first signs.")]
    Sign(Signed),
    /// Check a header Stripe-Signature, and say what is wrong with it
    #[command(after_help = "Example:\n  \
        payoutd webhook verify event.json --signature 't=1492774577,v1=…' --at 1492774577\n\n\
        Exit code 1 if it is not valid.")]
    Verify {
        #[command(flatten)]
        signed: Signed,
        /// The header's value
        #[arg(long, value_name = "HEADER")]
        signature: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Signed {
    /// The body, byte for byte; `-` is stdin
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "SECRET", help = SECRET_HELP)]
    secret: Option<String>,
    /// When, in Unix seconds [default: now]
    #[arg(long, value_name = "UNIX")]
    at: Option<i64>,
}

pub(super) fn run(args: Args, settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    match args.action {
        Action::Sign(signed) => {
            let secrets = signed.secrets(settings)?;
            let now = signed.now(settings)?;
            let body = ingest::read(&signed.file)?;
            if let Some(secret) = secrets.first() {
                out.line(sign([secret], now.unix_timestamp(), &body))?;
            }
            Ok(Exit::Done)
        }
        Action::Verify {
            signed,
            signature,
            json,
        } => {
            let secrets = signed.secrets(settings)?;
            let now = signed.now(settings)?;
            let body = ingest::read(&signed.file)?;
            let examined = Examined {
                signature: &signature,
                body: &body,
                secrets: &secrets,
                stripe: &settings.stripe,
            };
            match examined.verify(now) {
                Ok(()) => valid(json, out),
                Err(error) => invalid(error, examined.diagnose(error), json, out),
            }
        }
    }
}

/// A webhook, and all that may have signed it.
struct Examined<'a> {
    signature: &'a str,
    body: &'a [u8],
    secrets: &'a [Secret],
    stripe: &'a crate::config::Stripe,
}

impl Examined<'_> {
    fn header(&self) -> Result<SignatureHeader, SignatureError> {
        SignatureHeader::read([self.signature.as_bytes()])
    }

    fn verify(&self, now: OffsetDateTime) -> Result<(), SignatureError> {
        let webhook = RawWebhook::new(self.header()?, self.body.to_vec());
        webhook.verify(self.secrets, now).map(|_| ())
    }
}

fn valid(json: bool, out: &mut Output) -> Result<Exit, Failure> {
    if json {
        out.json(&json!({ "valid": true }))?;
    } else {
        out.line("valid")?;
    }
    Ok(Exit::Done)
}

fn invalid(
    error: SignatureError,
    hint: Option<&'static str>,
    json: bool,
    out: &mut Output,
) -> Result<Exit, Failure> {
    if json {
        out.json(&json!({
            "valid": false,
            "reason": error.as_str(),
            "detail": error.to_string(),
            "hint": hint,
        }))?;
    } else {
        out.line(format_args!("not valid: {error}"))?;
        if let Some(hint) = hint {
            out.line(hint)?;
        }
    }
    Ok(Exit::Failed)
}

impl Signed {
    fn secrets(&self, settings: &Settings) -> Result<Vec<Secret>, Failure> {
        let secrets = match &self.secret {
            Some(given) => Secret::list(given),
            None => settings.stripe.webhook_secrets.clone(),
        };
        if secrets.is_empty() {
            let text = "no secret: set STRIPE_WEBHOOK_SECRET";
            return Err(Failure::Usage(text.to_owned()));
        }
        if self.file == Path::new("-") && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            eprintln!("reading the body from the terminal; end it with Ctrl-D");
        }
        Ok(secrets)
    }

    fn now(&self, settings: &Settings) -> Result<OffsetDateTime, Failure> {
        let clock: &dyn Clock = settings.store.clock.as_ref();
        self.at.map_or_else(
            || Ok(clock.now()),
            |secs| {
                OffsetDateTime::from_unix_timestamp(secs)
                    .map_err(|_| Failure::Usage(format!("--at {secs} is no time")))
            },
        )
    }
}
