//! Whether NATS has what it acknowledges on the disk: `sync_interval: always`.
//! <https://docs.nats.io/running-a-nats-service/configuration#jetstream>
//!
//! Only the monitoring port tells (`/jsz`), and each server of its own configuration alone. Over
//! NATS itself it is told to the system account, which a service does not use.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value as Json;
use store::Clock;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Finding, clock, nats_side::number, without_secrets};
use crate::nats::examine::{self, Examined};

const CHECK: &str = "jetstream-flushing";
/// Since this version a server can be told to flush before it acknowledges.
pub(super) const SINCE: (u32, u32) = (2, 10);

/// Asks the monitoring ports that were named, one of each server.
pub(super) async fn judge(examined: &Examined, ports: &[String], ours: &dyn Clock) -> Vec<Finding> {
    if number(&examined.version) < SINCE {
        let text = "this server acknowledges what it has not flushed, and cannot be told \
                    otherwise: a power failure can lose minutes of acknowledged messages";
        let advice = "upgrade to 2.10 or newer, and set `sync_interval: always` in jetstream { … }";
        return vec![Finding::warning(CHECK, text, advice)];
    }
    if ports.is_empty() {
        let text = "whether messages are flushed before they are acknowledged was not to be seen: \
                    only the server's monitoring port tells";
        let advice = "name it: --nats-monitor-url http://HOST:8222 (http_port in the server's \
                      configuration), once for each server of a cluster. Or look for \
                      `sync_interval: always` in that configuration";
        return vec![Finding::warning(CHECK, text, advice)];
    }
    let (mut findings, mut answers) = (Vec::new(), Vec::new());
    for url in ports {
        let (asked, at) = (ours.now(), without_secrets(url));
        match examine::monitor(url).await {
            Ok(jsz) => {
                findings.push(flushed(&jsz, &at));
                let theirs = jsz["now"].as_str();
                let theirs = theirs.and_then(|now| OffsetDateTime::parse(now, &Rfc3339).ok());
                findings.extend(theirs.map(|theirs| clock("nats-clock", "NATS'", theirs - asked)));
                answers.push(jsz);
            }
            Err(error) => findings.push(Finding::warning(
                CHECK,
                format!("the monitoring port at {at} does not answer: {error}"),
                "look whether --nats-monitor-url is right, and http_port is set at the server",
            )),
        }
    }
    findings.extend(overlooked(examined, &answers));
    findings
}

/// What one server says of itself.
fn flushed(jsz: &Json, at: &str) -> Finding {
    let config = &jsz["config"];
    if config["sync_always"].as_bool() == Some(true) {
        return Finding::ok(
            CHECK,
            format!("the server at {at} flushes messages before it acknowledges them"),
        );
    }
    match config["sync_interval"].as_u64().map(Duration::from_nanos) {
        Some(every) => Finding::problem(
            CHECK,
            format!(
                "the server at {at} flushes every {every:?}: a power failure can lose what it \
                 acknowledged in that time"
            ),
            "set `sync_interval: always` in jetstream { … } and restart the server",
        ),
        None => Finding::warning(
            CHECK,
            format!("the server at {at} does not tell how often it flushes"),
            "look whether JetStream is on there, and for `sync_interval: always` in its \
             configuration",
        ),
    }
}

/// Servers whose word was not heard: the one that we talk to, and others of its cluster.
fn overlooked(examined: &Examined, answers: &[Json]) -> Option<Finding> {
    let advice = "name the monitoring port of each server: --nats-monitor-url, once for each";
    let size = |jsz: &Json| jsz["meta_cluster"]["cluster_size"].as_u64();
    let all = answers.iter().filter_map(size).max();
    let told = answers.iter().map(|jsz| jsz["server_id"].as_str());
    let told: BTreeSet<_> = told.flatten().collect();
    let heard = u64::try_from(told.len()).unwrap_or(u64::MAX);
    match all {
        Some(all) if heard < all => {
            let text = format!("{heard} of the cluster's {all} servers were asked");
            Some(Finding::warning(CHECK, text, advice))
        }
        None if !told.is_empty() && !told.contains(examined.server_id.as_str()) => {
            let text = "the server that NATS_URL leads to was not asked";
            Some(Finding::warning(CHECK, text, advice))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_server_is_believed_what_it_says_of_itself_and_no_more() {
        const MINUTES: u64 = 120_000_000_000;
        let told = |config: Json| {
            let found = flushed(&json!({ "config": config }), "here");
            (found.status, found.finding)
        };
        let always = told(json!({"sync_always": true, "sync_interval": MINUTES}));
        assert_eq!(always.0, Status::Ok);
        let (status, text) = told(json!({ "sync_interval": MINUTES }));
        assert_eq!(status, Status::Problem);
        assert!(text.contains("every 120s"), "{text}");
        assert_eq!(told(json!({})).0, Status::Warning);
    }

    #[test]
    fn servers_that_were_not_asked_are_told() {
        let examined = Examined {
            server_id: "A".to_owned(),
            ..Examined::default()
        };
        let alone = |id: &str| json!({ "server_id": id });
        let one_of =
            |id: &str, of: u64| json!({"server_id": id, "meta_cluster": {"cluster_size": of}});
        let table = [
            (vec![alone("A")], false),
            (vec![alone("B")], true),
            (vec![one_of("A", 3)], true),
            (vec![one_of("A", 2), one_of("A", 2)], true),
            (vec![one_of("A", 2), one_of("B", 2)], false),
        ];
        for (answers, expected) in table {
            let found = overlooked(&examined, &answers).is_some();
            assert_eq!(found, expected, "{answers:?}");
        }
    }
}
