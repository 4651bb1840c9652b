//! A Stripe for the demo, all in this process and on loopback: the simulator, the ledger's
//! own calls to it, and the endpoint that gets its webhooks.

use std::{num::NonZeroU32, time::Duration};

use store::Ledger;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Secret, Settings, Stripe, stripe::Transfers},
    failure::Failure,
    http::{self, Access, Listener},
    nats::DeadLetters,
    sim::{self, Endpoint, Script, Simulator},
    stripe::{api::Api, submission::Submitter},
};

/// How long the ledger waits for an answer of Stripe's: not for long, one is lost.
const TIMEOUT: Duration = Duration::from_millis(300);
/// How long the demo waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(5);

/// What runs beside the ledger.
pub(super) struct Simulated {
    pub(super) simulator: Simulator,
    shutdown: CancellationToken,
    parts: JoinSet<()>,
}

impl Simulated {
    /// Starts all of it. The first payout is made, and its answer is lost.
    pub(super) async fn start(ledger: &Ledger, settings: &Settings) -> Result<Self, Failure> {
        let secrets = Secret::list("whsec_demo");
        let listener = Listener::bind("127.0.0.1:0").await?;
        let simulator = Simulator::start(sim::Settings {
            connect_webhook: Some(Endpoint {
                url: format!("http://{}/webhook/stripe-connect/", listener.addr()),
                secrets: secrets.clone(),
            }),
            ..sim::Settings::default()
        })
        .await?;
        simulator
            .script(lost_answer())
            .map_err(|error| Failure::Demo(error.to_string()))?;

        let settings = Settings {
            stripe: stripe(&simulator, secrets),
            ..settings.clone()
        };
        let (shutdown, mut parts) = (CancellationToken::new(), JoinSet::new());
        let books = (ledger.clone(), DeadLetters::new(None));
        let serving = http::Settings::new(&settings, Access::Local);
        let http = http::start(listener, serving, books, shutdown.clone());
        parts.spawn(async move { drop(http.await) });
        if let Some(api) = Api::of(&settings.stripe)? {
            let books = (settings.tenant.clone(), settings.mode);
            let submitter = Submitter::new(api, ledger.clone(), books, &settings.stripe);
            parts.spawn(submitter.run(shutdown.clone()));
        }
        Ok(Self {
            simulator,
            shutdown,
            parts,
        })
    }

    /// Ends all of it, once what is under way is done.
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        self.parts.join_all().await;
        self.simulator.stop().await;
    }
}

/// Waits until something is so.
pub(super) async fn until(what: &str, is_so: impl AsyncFn() -> bool) -> Result<(), Failure> {
    let looking = async {
        while !is_so().await {
            tokio::time::sleep(LOOK).await;
        }
    };
    let late = |_| Failure::Demo(format!("{what}: not within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, looking).await.map_err(late)
}

fn lost_answer() -> Script {
    Script {
        method: Some("POST".to_owned()),
        path: Some("/v1/payouts".to_owned()),
        times: 1,
        answer: "timeout".to_owned(),
    }
}

/// Nothing of what is set for the real Stripe.
fn stripe(simulator: &Simulator, connect_webhook_secrets: Vec<Secret>) -> Stripe {
    Stripe {
        mode: domain::stripe::Mode::Test,
        webhook_secrets: Vec::new(),
        connect_webhook_secrets,
        secret_key: Secret::new("sk_test_demo"),
        api_base: simulator.url(),
        calls_per_second: NonZeroU32::MIN.saturating_add(19),
        timeout: TIMEOUT,
        settle: Duration::from_secs(1),
        lease: Duration::from_millis(500),
        transfers: Transfers::Never,
    }
}
