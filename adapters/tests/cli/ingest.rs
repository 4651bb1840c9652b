//! `payoutd ingest`: forms of files, counts, and what is kept.

use serde_json::{Value as Json, json};

use crate::{books::payout_event, run::Folder};

fn counts(json: &Json) -> [u64; 5] {
    ["applied", "duplicate", "ignored", "parked", "dead"]
        .map(|outcome| json[outcome].as_u64().unwrap())
}

#[test]
fn one_object_an_array_and_lines_are_taken() {
    let events = [
        payout_event("evt_1", "pending"),
        payout_event("evt_2", "in_transit"),
    ];
    let [first, second] = events.map(|event| event.to_string());
    let pretty = serde_json::to_string_pretty(&payout_event("evt_3", "paid")).unwrap();
    let cases = [
        (pretty, 1),
        (format!("[{first},\n {second}]"), 2),
        (format!("{first}\n{second}\n"), 2),
        (format!("{first}\r\n\r\n{second}"), 2),
    ];
    for (content, applied) in cases {
        let folder = Folder::with_a_payout();
        let file = folder.file("events.json", content);
        let json = folder.run(&["ingest", &file, "--json"]).with_code(0).json();
        assert_eq!(counts(&json), [applied, 0, 0, 0, 0], "{json}");
    }
}

#[test]
fn events_are_read_from_stdin_and_several_files() {
    let folder = Folder::with_a_payout();
    let file = folder.file("one.json", payout_event("evt_1", "pending").to_string());
    let stdin = payout_event("evt_2", "in_transit").to_string();
    let json = folder
        .run_with(&["ingest", &file, "-", "--json"], stdin)
        .with_code(0)
        .json();
    assert_eq!(counts(&json), [2, 0, 0, 0, 0]);
}

#[test]
fn the_same_bytes_again_have_no_second_effect() {
    let folder = Folder::with_a_payout();
    let event = payout_event("evt_1", "paid").to_string();
    let file = folder.file("events.jsonl", format!("{event}\n{event}\n"));
    let json = folder.run(&["ingest", &file, "--json"]).with_code(0).json();
    assert_eq!(counts(&json), [1, 1, 0, 0, 0]);
    let json = folder.run(&["ingest", &file, "--json"]).with_code(0).json();
    assert_eq!(counts(&json), [0, 2, 0, 0, 0]);
    let rows = folder
        .run(&["query", "payouts", "--json"])
        .with_code(0)
        .json();
    assert_eq!(rows[0]["status"], "paid");
}

#[test]
fn every_outcome_is_counted_with_its_reason() {
    let folder = Folder::with_a_payout();
    let mut contradiction = payout_event("evt_2", "failed");
    contradiction["data"]["object"]["status"] = json!("in_transit");
    let mut live = payout_event("evt_3", "paid");
    live["livemode"] = json!(true);
    let mut unknown = payout_event("evt_4", "paid");
    unknown["data"]["object"]["id"] = json!("po_2");
    unknown["data"]["object"]["metadata"] =
        json!({ "payout_id": "0193c7a0-0000-7000-8000-00000000000f" });
    let lines = [payout_event("evt_1", "paid"), contradiction, live, unknown]
        .map(|event| event.to_string())
        .join("\n");
    let file = folder.file("events.jsonl", format!("{lines}\nthis is not JSON\n"));
    let json = folder.run(&["ingest", &file, "--json"]).with_code(0).json();
    assert_eq!(counts(&json), [1, 0, 1, 1, 2], "{json}");
    assert_eq!(json["reasons"]["ignored"]["livemode"], 1, "{json}");
    assert_eq!(json["reasons"]["dead"]["type_status_mismatch"], 1, "{json}");
}

#[test]
fn a_person_sees_counts_and_each_event_if_asked() {
    let folder = Folder::with_a_payout();
    let file = folder.file("events.json", payout_event("evt_1", "paid").to_string());
    let shown = folder.run(&["ingest", &file, "--each"]).with_code(0).stdout;
    assert!(
        shown.starts_with("applied   payout.paid evt_1\n"),
        "{shown}"
    );
    for outcome in ["applied", "duplicate", "ignored", "parked", "dead"] {
        assert!(
            shown.lines().any(|line| line.starts_with(outcome)),
            "{shown}"
        );
    }
}

#[test]
fn each_event_is_one_object_for_programs() {
    let folder = Folder::with_a_payout();
    let file = folder.file("events.json", payout_event("evt_1", "paid").to_string());
    let shown = folder
        .run(&["ingest", &file, "--each", "--json"])
        .with_code(0)
        .stdout;
    let first: Json = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"], "evt_1");
    assert_eq!(first["outcome"], "applied");
}

#[test]
fn a_file_that_is_not_there_takes_nothing() {
    let folder = Folder::with_a_payout();
    let file = folder.file("events.json", payout_event("evt_1", "paid").to_string());
    let ended = folder.run(&["ingest", &file, "missing.json"]).with_code(1);
    assert!(ended.stderr.contains("missing.json"), "{ended:?}");
    let json = folder.run(&["ingest", &file, "--json"]).with_code(0).json();
    assert_eq!(counts(&json), [1, 0, 0, 0, 0]);
}
