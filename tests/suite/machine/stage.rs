//! A service that reads itself every second, and its metrics as they are scraped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapters::machine::Readings;
use serde_json::{Value as Json, json};
use support::{Answer, Launch, Payoutd, WebhookSender};

/// Far longer than anything here takes.
pub const SOON: Duration = Duration::from_secs(60);
pub const SECRET: &str = "whsec_machine";
pub const TOKEN: &str = "operator-of-the-machine";
const SETTINGS: &str = "[machine]\nreadings_every_secs = 1\n";

/// A running service.
pub struct Service {
    pub payoutd: Payoutd,
    pub addr: String,
}

/// `payoutd serve`, reading itself every second.
pub fn launch() -> Launch {
    let launch = Payoutd::with(["serve", "--config", "payoutd.toml"]);
    std::fs::write(launch.folder().join("payoutd.toml"), SETTINGS).expect("a file");
    launch
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("PAYOUTD_API_TOKENS", format!("{TOKEN}:operator"))
}

impl Service {
    pub async fn start(launch: Launch) -> Self {
        let mut payoutd = launch.start();
        let addr = payoutd.http_addr().await;
        payoutd.wait_for_line("ready").await;
        Self { payoutd, addr }
    }

    pub fn sender(&self) -> WebhookSender {
        WebhookSender::new(&self.addr, "/webhook/stripe/", SECRET)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let client = support::http_client();
        let request = client.get(format!("http://{}{path}", self.addr));
        request.bearer_auth(TOKEN).send().await.expect("an answer")
    }

    pub async fn json(&self, path: &str) -> Json {
        let answer = Answer::of(self.get(path).await).await.expect("a body");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Records a sale, by a number.
    pub async fn sell(&self, number: u32) {
        let fields = json!({
            "transaction_id": format!("sale-{number}"), "seller_id": "anna", "kind": "payment",
            "gross": { "amount": "10.00", "currency": "usd" },
        });
        self.does("record-transaction", fields).await;
    }

    /// Issues a command that must be accepted.
    pub async fn does(&self, command: &str, fields: Json) {
        let client = support::http_client();
        let url = format!("http://{}/v1/commands/{command}", self.addr);
        let sent = client.post(url).bearer_auth(TOKEN).json(&fields).send();
        let answer = Answer::of(sent.await.expect("an answer")).await;
        let answer = answer.expect("a body");
        assert_eq!(answer.status, 200, "{command}: {answer:?}");
    }

    /// All readings of stretches of a length, as they are told.
    pub async fn readings(&self, step: u32) -> Vec<Readings> {
        let answer = self
            .json(&format!("/v1/machine/readings?step={step}"))
            .await;
        assert_eq!(answer["step_seconds"], step);
        let told = answer["readings"].as_array().expect("readings").clone();
        let read = |reading| serde_json::from_value(reading).expect("readings");
        told.into_iter().map(read).collect()
    }

    /// The metrics, as they are scraped.
    pub async fn scrape(&self) -> Scrape {
        let answer = self.get("/metrics").await;
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().expect("text");
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        Scrape::of(answer.text().await.expect("text"))
    }
}

/// Names of labels and their values.
pub type Labels = BTreeMap<String, String>;

/// A text of metrics, taken apart.
#[derive(Debug)]
pub struct Scrape {
    pub text: String,
    /// What `# HELP` says.
    pub helps: BTreeMap<String, String>,
    /// What `# TYPE` says.
    pub types: BTreeMap<String, String>,
    /// The labels of each sample, and its value; a histogram's under its own name.
    pub samples: BTreeMap<String, Vec<(Labels, f64)>>,
}

impl Scrape {
    fn of(text: String) -> Self {
        let (mut helps, mut types) = (BTreeMap::new(), BTreeMap::new());
        let mut samples: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect("a text");
                helps.insert(name.to_owned(), help.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a type");
                types.insert(name.to_owned(), kind.to_owned());
            } else {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                let parts = ["_bucket", "_sum", "_count"];
                let base = parts.iter().find_map(|part| name.strip_suffix(part));
                let base = base.filter(|base| types.get(*base).is_some_and(|t| t == "histogram"));
                let sample = (labels_of(labels), value.parse().expect("a number"));
                samples
                    .entry(base.unwrap_or(name).to_owned())
                    .or_default()
                    .push(sample);
            }
        }
        Self {
            text,
            helps,
            types,
            samples,
        }
    }

    /// The names of the labels that a metric has, but for a histogram's bounds.
    pub fn labels(&self, name: &str) -> BTreeSet<&str> {
        let samples = self.samples.get(name).into_iter().flatten();
        let labels = samples.flat_map(|(labels, _)| labels.keys().map(String::as_str));
        labels.filter(|label| *label != "le").collect()
    }

    /// The one sample of a metric whose labels include these.
    pub fn value(&self, name: &str, wanted: &[(&str, &str)]) -> Option<f64> {
        let samples = self.samples.get(name)?.iter();
        let has = |labels: &Labels| {
            let mut wanted = wanted.iter();
            wanted.all(|(label, value)| labels.get(*label).is_some_and(|is| is == value))
        };
        let mut found = samples.filter(|(labels, _)| has(labels));
        let (_, value) = found.next()?;
        assert!(
            found.next().is_none(),
            "{name} {wanted:?} is not one sample"
        );
        Some(*value)
    }
}

fn labels_of(text: &str) -> Labels {
    let text = text.trim_end_matches('}');
    let pairs = text.split("\",").filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once("=\"").expect("a label");
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        })
        .collect()
}
