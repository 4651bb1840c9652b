//! NATS: its version, and the settings that lose messages it has acknowledged.
//!
//! JetStream carries and the database keeps; what can be lost are Stripe's events on their way in
//! (docs/operations.md#nats).

use serde_json::Value as Json;
use store::Clock;

use super::{Finding, Options, Part, Report, flushing, without_secrets};
use crate::nats::{
    NatsError, Settings,
    examine::{self, Examined},
};

/// The oldest version that is tested against.
const OLDEST: (u32, u32) = (2, 9);
/// So many events that wait are a backlog.
const BACKLOG: u64 = 10_000;

pub(super) async fn examine(
    settings: &Settings,
    (options, clock): (&Options, &dyn Clock),
    report: &mut Report,
) {
    let at = without_secrets(&settings.url);
    match examine::examine(settings).await {
        Ok(examined) => {
            report.parts.push(Part {
                what: format!("nats-server {}", examined.version),
                at,
                latency: Some(examined.latency),
            });
            report.findings.extend(judge(&examined));
            report
                .findings
                .extend(flushing::judge(&examined, &options.nats_monitor_urls, clock).await);
        }
        Err(error) => {
            report.unreachable |=
                !matches!(error, NatsError::Url(_) | NatsError::Credentials { .. });
            report.parts.push(Part {
                what: "nats-server".to_owned(),
                at,
                latency: None,
            });
            report.findings.push(Finding::problem(
                "nats-connection",
                store::error::chain(&error),
                "look whether the server runs, whether NATS_URL is right, and whether it lets \
                 these credentials in",
            ));
        }
    }
}

fn judge(examined: &Examined) -> Vec<Finding> {
    let mut findings = vec![
        Finding::ok(
            "nats-connection",
            format!("it answers in {:.1?}", examined.latency),
        ),
        version(&examined.version),
    ];
    if examined.account.is_none() {
        findings.push(Finding::problem(
            "jetstream",
            "JetStream does not answer",
            "switch it on (`jetstream { store_dir: … }`), and let this account use it",
        ));
        return findings;
    }
    for (name, info) in &examined.streams {
        match info {
            Some(info) => findings.push(stream(name, info, examined.clustered)),
            None => findings.push(Finding::warning(
                "jetstream-streams",
                format!("there is no stream {name}"),
                "`payoutd serve` makes it at its start, with one replica; for more, make it before",
            )),
        }
    }
    findings.extend(examined.ingest.as_ref().map(consumer));
    findings
}

fn version(version: &str) -> Finding {
    const CHECK: &str = "nats-version";
    let text = format!("nats-server {version}");
    let number = number(version);
    if number < OLDEST {
        let advice = "upgrade to 2.10 or newer: older than 2.9 is not tested";
        Finding::problem(CHECK, text, advice)
    } else if number < flushing::SINCE {
        let advice = "upgrade to 2.10 or newer: this one cannot flush before it acknowledges";
        Finding::warning(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, text)
    }
}

pub(super) fn number(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn stream(name: &str, info: &Json, clustered: bool) -> Finding {
    const CHECK: &str = "jetstream-streams";
    let config = &info["config"];
    let said = |field: &str| config[field].as_str().unwrap_or_default();
    let replicas = config["num_replicas"].as_u64().unwrap_or(1);
    let limited = ["max_msgs", "max_bytes"]
        .into_iter()
        .find(|limit| config[*limit].as_i64().is_some_and(|limit| limit > 0));
    if said("storage") == "memory" {
        let text = format!("{name} is kept in memory: a restart of the server loses it");
        let advice = "make it anew with --storage file, once it is empty";
        Finding::problem(CHECK, text, advice)
    } else if said("persist_mode") == "async" {
        let text = format!("{name} acknowledges messages before they are written");
        let advice = "make it anew without persist_mode: async, once it is empty";
        Finding::problem(CHECK, text, advice)
    } else if said("retention") != "limits" {
        let text = format!("{name} has retention {}", said("retention"));
        let advice = "make it anew with --retention limits: others delete what one reader has seen";
        Finding::warning(CHECK, text, advice)
    } else if let Some(limit) = limited {
        let text = format!("{name} has {limit}: when it is full, old events are dropped unread");
        let advice = format!("take {limit} away (`nats stream edit`), and limit by age alone");
        Finding::warning(CHECK, text, advice)
    } else if replicas < 2 && clustered {
        let text = format!("{name} has one replica in a cluster: one server's loss loses it");
        let advice = format!("nats stream edit {name} --replicas 3");
        Finding::problem(CHECK, text, advice)
    } else if replicas < 2 {
        let text = format!("{name} has one replica: it is lost with its server's disk");
        let advice = "run three servers and give it 3 replicas, or take Stripe's events over HTTP";
        Finding::warning(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, format!("{name} has {replicas} replicas on disk"))
    }
}

fn consumer(info: &Json) -> Finding {
    const CHECK: &str = "jetstream-consumer";
    let waiting = info["num_pending"].as_u64().unwrap_or(0);
    let deliveries = info["config"]["max_deliver"].as_i64().unwrap_or(-1);
    if info["config"]["ack_policy"].as_str() != Some("explicit") {
        let text = "the consumer of Stripe's events does not acknowledge one by one";
        let advice = "delete it; `payoutd serve` makes it anew as it must be";
        Finding::problem(CHECK, text, advice)
    } else if deliveries > 0 {
        let text = format!("Stripe's events are given up after {deliveries} deliveries");
        let advice = "set max_deliver to -1: an event is acknowledged once the ledger has it";
        Finding::problem(CHECK, text, advice)
    } else if waiting > BACKLOG {
        let text = format!("{waiting} of Stripe's events wait to be taken");
        let advice = "look whether `payoutd serve` runs, and at its log";
        Finding::warning(CHECK, text, advice)
    } else {
        Finding::ok(
            CHECK,
            format!("{waiting} of Stripe's events wait to be taken"),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::Status;

    #[test]
    fn versions_are_judged() {
        let table = [
            ("2.8.4", Status::Problem),
            ("2.9.10", Status::Warning),
            ("2.10.0", Status::Ok),
            ("2.15.1", Status::Ok),
        ];
        for (text, status) in table {
            assert_eq!(version(text).status, status, "{text}");
        }
    }

    #[test]
    fn streams_that_lose_events_are_told() {
        let good = json!({"storage": "file", "retention": "limits", "num_replicas": 3,
            "max_msgs": -1, "max_bytes": -1});
        let with = |field: &str, value: Json| {
            let mut config = good.clone();
            config[field] = value;
            json!({ "config": config })
        };
        let table = [
            (with("max_age", json!(0)), true, Status::Ok),
            (with("storage", json!("memory")), false, Status::Problem),
            (with("persist_mode", json!("async")), true, Status::Problem),
            (
                with("retention", json!("workqueue")),
                false,
                Status::Warning,
            ),
            (with("max_bytes", json!(1000)), false, Status::Warning),
            (with("num_replicas", json!(1)), false, Status::Warning),
            (with("num_replicas", json!(1)), true, Status::Problem),
        ];
        for (info, clustered, status) in table {
            assert_eq!(stream("S", &info, clustered).status, status, "{info}");
        }
    }

    #[test]
    fn consumers_that_lose_events_are_told() {
        let info = |policy, deliveries: i64, waiting: u64| {
            consumer(&json!({"num_pending": waiting,
                "config": {"ack_policy": policy, "max_deliver": deliveries}}))
        };
        assert_eq!(info("explicit", -1, 0).status, Status::Ok);
        assert_eq!(info("none", -1, 0).status, Status::Problem);
        assert_eq!(info("explicit", 5, 0).status, Status::Problem);
        assert_eq!(info("explicit", -1, 20_000).status, Status::Warning);
    }
}
