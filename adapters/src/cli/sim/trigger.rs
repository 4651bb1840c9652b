//! `payoutd sim trigger`: a payout or transfer that is walked to an event.

use clap::ValueEnum;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    cli::output::Output,
    failure::{Exit, Failure},
    sim::SimError,
};

/// What the payouts and transfers are about, in minor units.
const AMOUNT: &str = "12550";
const CURRENCY: &str = "usd";

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  payoutd sim trigger payout.failed --account acct_anna")]
pub(super) struct Args {
    /// Which event
    #[arg(value_name = "EVENT_TYPE", value_enum)]
    event: Event,
    /// Where the simulator listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:12111")]
    url: String,
    /// In which connected account
    #[arg(long, value_name = "ID", default_value = "acct_trigger")]
    account: String,
    /// Of a payout: the ledger's id for it, as payoutd gives it along
    #[arg(long, value_name = "UUID")]
    payout_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Event {
    #[value(name = "payout.created")]
    PayoutCreated,
    #[value(name = "payout.updated")]
    PayoutUpdated,
    #[value(name = "payout.paid")]
    PayoutPaid,
    #[value(name = "payout.failed")]
    PayoutFailed,
    #[value(name = "payout.canceled")]
    PayoutCanceled,
    #[value(name = "payout.reconciliation_completed")]
    PayoutReconciliationCompleted,
    #[value(name = "transfer.created")]
    TransferCreated,
    #[value(name = "transfer.updated")]
    TransferUpdated,
    #[value(name = "transfer.reversed")]
    TransferReversed,
}

/// A simulator that is asked.
struct Remote<'a> {
    client: Client,
    args: &'a Args,
}

/// Prints the payout or transfer as it stands then.
pub(super) async fn run(args: &Args, out: &mut Output) -> Result<Exit, Failure> {
    let client = Client::builder()
        .no_proxy()
        .build()
        .map_err(SimError::Client)?;
    let remote = Remote { client, args };
    let object = match args.event {
        Event::PayoutCreated => remote.payout(&[]).await,
        Event::PayoutUpdated => remote.payout(&["post"]).await,
        Event::PayoutPaid => remote.payout(&["post", "pay"]).await,
        Event::PayoutFailed => remote.payout(&["post", "fail"]).await,
        Event::PayoutCanceled => remote.payout(&["cancel"]).await,
        Event::PayoutReconciliationCompleted => remote.automatic_payout().await,
        Event::TransferCreated => remote.transfer(None).await,
        Event::TransferUpdated => remote.transfer(Some(("", "description=by+trigger"))).await,
        Event::TransferReversed => remote.transfer(Some(("/reversals", "amount=2550"))).await,
    }?;
    out.line(format_args!("{object:#}"))?;
    Ok(Exit::Done)
}

impl Remote<'_> {
    /// A payout that waits for nobody but these acts.
    async fn payout(&self, acts: &[&str]) -> Result<Value, SimError> {
        let mut form = vec![
            ("amount", AMOUNT),
            ("currency", CURRENCY),
            ("metadata[sim]", "hold"),
        ];
        if let Some(payout_id) = &self.args.payout_id {
            form.push(("metadata[payout_id]", payout_id));
        }
        let request = self
            .post("/v1/payouts")
            .header("Stripe-Account", &self.args.account);
        let made = self.ask(request.form(&form)).await?;
        self.walk(made, acts).await
    }

    async fn automatic_payout(&self) -> Result<Value, SimError> {
        self.transfer(None).await?;
        let wanted = json!({ "account": self.args.account, "currency": CURRENCY });
        let made = self.ask(self.post("/sim/payouts").json(&wanted)).await?;
        self.walk(made, &["pay"]).await
    }

    async fn walk(&self, made: Value, acts: &[&str]) -> Result<Value, SimError> {
        let mut object = made;
        for act in acts {
            let path = format!("/sim/payouts/{}/{act}", id(&object));
            object = self.ask(self.post(&path).json(&json!({}))).await?;
        }
        Ok(object)
    }

    /// A transfer, and what is done to it then: where, and with which form.
    async fn transfer(&self, then: Option<(&str, &str)>) -> Result<Value, SimError> {
        let form = [
            ("amount", AMOUNT),
            ("currency", CURRENCY),
            ("destination", &self.args.account),
            ("source_transaction", "ch_trigger"),
        ];
        let made = self.ask(self.post("/v1/transfers").form(&form)).await?;
        let path = format!("/v1/transfers/{}", id(&made));
        let Some((place, form)) = then else {
            return Ok(made);
        };
        let request = self.post(&format!("{path}{place}")).body(form.to_owned());
        self.ask(request).await?;
        self.ask(self.client.get(self.at(&path))).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.args.url.trim_end_matches('/'))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.at(path))
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, SimError> {
        let unreachable = |source| SimError::Unreachable {
            url: self.args.url.clone(),
            source,
        };
        let response = request
            .bearer_auth("sk_test_sim")
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let body: Value = response.json().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(body);
        }
        let message = body["error"]["message"]
            .as_str()
            .unwrap_or("it did not say why");
        Err(SimError::Refused {
            status: status.as_u16(),
            message: message.to_owned(),
        })
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap_or_default()
}
