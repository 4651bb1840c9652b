//! What is shipped to watch the service with: it speaks of metrics that there are, in queries that
//! Prometheus understands, and its rules do what they say.

use std::collections::BTreeSet;
use std::fmt::Write;

use adapters::machine::catalogue;
use serde_json::Value as Json;
use support::promtool;
use tempfile::TempDir;

use super::catalogue::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).expect(path)
}

/// What promtool is shown: the folder as it would be, with the token that is not in it.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for name in ["prometheus.yml", "alerts.yml", "alerts_test.yml"] {
        let text = read(&format!("deploy/prometheus/{name}"));
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    std::fs::write(folder.path().join("payoutd.token"), "a-token").expect("a file");
    folder
}

#[tokio::test]
async fn every_alert_fires_for_what_it_is_meant_for_and_none_for_a_service_that_is_well() {
    let folder = folder();
    promtool(folder.path(), &["check", "config", "prometheus.yml"], "").await;
    promtool(folder.path(), &["test", "rules", "alerts_test.yml"], "").await;
    let (rules, tests) = (
        read("deploy/prometheus/alerts.yml"),
        read("deploy/prometheus/alerts_test.yml"),
    );
    for alert in rules
        .lines()
        .filter_map(|line| line.split("- alert: ").nth(1))
    {
        assert!(
            tests.contains(&format!("- name: {alert}\n")),
            "{alert} is not tested"
        );
        let quiet = format!("- {{alertname: {alert}, eval_time: 15m}}");
        assert!(
            tests.contains(&quiet),
            "{alert} may fire for a service that is well"
        );
    }
}

/// All queries of the dashboard.
fn queries(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(query) if name == "expr" => found.push(query.to_owned()),
                    _ => queries(value, found),
                }
            }
        }
        Json::Array(values) => values.iter().for_each(|value| queries(value, found)),
        _ => {}
    }
}

fn dashboard() -> Json {
    serde_json::from_str(&read("deploy/grafana/payoutd.json")).expect("JSON")
}

#[tokio::test]
async fn every_query_of_the_dashboard_is_one() {
    let mut found = Vec::new();
    queries(&dashboard(), &mut found);
    assert!(found.len() > 60, "{found:?}");
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    for (number, query) in found.iter().enumerate() {
        let query = query
            .replace("$__rate_interval", "5m")
            .replace("$job", ".*")
            .replace("$instance", ".*");
        assert!(!query.contains('$'), "{query}");
        let _ = writeln!(
            rules,
            "      - record: dashboard:query:{number}\n        expr: {}",
            Json::from(query)
        );
    }
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("rules.yml"), rules).expect("a file");
    promtool(folder.path(), &["check", "rules", "rules.yml"], "").await;
}

#[test]
fn whatever_is_shipped_speaks_of_metrics_that_there_are() {
    let known: BTreeSet<_> = catalogue::all().map(|metric| metric.name).collect();
    let mut told = BTreeSet::new();
    let mut texts = vec![
        read("deploy/prometheus/alerts.yml"),
        read("deploy/prometheus/alerts_test.yml"),
    ];
    queries(&dashboard(), &mut texts);
    for text in &texts {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
        for word in
            words.filter(|word| word.starts_with("payoutd_") || word.starts_with("process_"))
        {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|part| word.strip_suffix(part));
            let is_known = known.contains(word) || base.is_some_and(|base| known.contains(base));
            assert!(is_known, "there is no metric {word}");
            told.insert(
                base.filter(|base| known.contains(base))
                    .unwrap_or(word)
                    .to_owned(),
            );
        }
    }
    assert!(told.len() > 50, "{told:?}");
}

#[test]
fn panels_have_numbers_titles_and_places_of_their_own() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let (mut numbers, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        assert!(numbers.insert(panel["id"].as_u64()), "{panel}");
        if panel["type"] == "row" {
            assert!(titles.insert(panel["title"].to_string()), "{panel}");
        } else {
            let about = panel["description"].as_str().unwrap_or_default();
            assert!(about.ends_with('.'), "what {} shows", panel["title"]);
        }
        let place = &panel["gridPos"];
        let (x, w) = (place["x"].as_u64(), place["w"].as_u64());
        assert!(x.zip(w).is_some_and(|(x, w)| x + w <= 24), "{panel}");
    }
}
