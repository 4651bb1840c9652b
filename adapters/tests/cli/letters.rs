//! `payoutd dead-letters` and `payoutd replay`: what is shown, what is answered, and how they end.

use serde_json::{Value as Json, json};

use crate::{
    books::{PAYOUT, payout_event},
    run::Folder,
};

/// A payout of 125.50; `evt_1` says 1.00 and is dead, `evt_2` and `evt_3` wait behind it.
fn with_a_dead_letter() -> Folder {
    let folder = Folder::with_a_payout();
    let mut wrong = payout_event("evt_1", "pending");
    wrong["data"]["object"]["amount"] = json!(100);
    take(
        &folder,
        &[
            wrong,
            payout_event("evt_2", "in_transit"),
            payout_event("evt_3", "paid"),
        ],
    );
    folder
}

fn take(folder: &Folder, events: &[Json]) {
    let lines: Vec<_> = events.iter().map(Json::to_string).collect();
    let file = folder.file("events.jsonl", lines.join("\n"));
    folder.run(&["ingest", &file]).with_code(0);
}

fn status(folder: &Folder) -> Json {
    let rows = folder
        .run(&["query", "payouts", "--json"])
        .with_code(0)
        .json();
    rows[0]["status"].clone()
}

fn verified(folder: &Folder) {
    folder.run(&["verify"]).with_code(0);
}

#[test]
fn what_is_dead_is_listed_with_what_waits_behind_it() {
    let folder = with_a_dead_letter();
    let shown = folder.run(&["dead-letters", "list"]).with_code(0).stdout;
    for part in [
        "evt_1",
        "payout.pending",
        "payout/po_1",
        "already_exists",
        "125.50",
        "2",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("evt_2"), "it is not dead: {shown}");

    let parked = folder.run(&["dead-letters", "list", "--parked", "--json"]);
    let parked = parked.with_code(0).json();
    let ids: Vec<_> = parked
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["event_id"])
        .collect();
    assert_eq!(ids, ["evt_2", "evt_3"]);
    assert_eq!(parked[0]["reason"], "payout/po_1");
    let csv = folder
        .run(&["dead-letters", "list", "--csv"])
        .with_code(0)
        .stdout;
    assert!(csv.starts_with("sequence,received_at,"), "{csv}");
}

#[test]
fn a_list_goes_on_where_the_one_before_ended() {
    let folder = with_a_dead_letter();
    let args = [
        "dead-letters",
        "list",
        "--parked",
        "--limit",
        "1",
        "--jsonl",
    ];
    let first = folder.run(&args).with_code(0);
    assert_eq!(first.json()["event_id"], "evt_2");
    let cursor = first.stderr.trim().rsplit_once(' ').unwrap().1.to_owned();
    let second = folder
        .run(&[&args[..], &["--cursor", &cursor]].concat())
        .with_code(0);
    assert_eq!(second.json()["event_id"], "evt_3");
    assert!(second.stderr.is_empty(), "{second:?}");
}

#[test]
fn one_is_shown_with_those_of_its_object_and_its_body_byte_for_byte() {
    let folder = with_a_dead_letter();
    let shown = folder
        .run(&["dead-letters", "show", "evt_2"])
        .with_code(0)
        .stdout;
    let (before, behind) = shown.split_once("behind it:").unwrap();
    assert!(
        before.contains("before it:\n  dead      payout.pending evt_1"),
        "{shown}"
    );
    assert!(behind.contains("parked    payout.paid evt_3"), "{shown}");

    let json = folder
        .run(&["dead-letters", "show", "evt_1", "--json"])
        .with_code(0)
        .json();
    assert_eq!(
        (&json["outcome"], &json["waiting"]),
        (&json!("dead"), &json!(2))
    );
    assert_eq!(json["behind"].as_array().unwrap().len(), 2);
    let body = folder
        .run(&["dead-letters", "show", "evt_3", "--body"])
        .with_code(0)
        .stdout;
    assert_eq!(body, payout_event("evt_3", "paid").to_string());
}

#[test]
fn what_a_terminal_would_obey_is_shown_escaped() {
    let folder = Folder::with_a_payout();
    let mut hostile = payout_event("evt_1", "paid");
    hostile["data"]["object"]["currency"] = json!("\u{1b}[2J");
    hostile["type"] = json!("payout.\u{202e}diap");
    take(&folder, &[hostile]);
    for args in [
        &["dead-letters", "list"][..],
        &["dead-letters", "show", "evt_1"],
    ] {
        let shown = folder.run(args).with_code(0).stdout;
        assert!(shown.contains("evt_1"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
}

#[test]
fn a_retry_of_a_contradiction_tells_that_it_still_is_one() {
    let folder = with_a_dead_letter();
    let ended = folder.run(&["dead-letters", "retry", "evt_1"]).with_code(1);
    assert!(
        ended
            .stdout
            .starts_with("dead      payout.pending evt_1: already_exists"),
        "{ended:?}"
    );
    let json = folder
        .run(&["dead-letters", "retry", "--all", "--json"])
        .with_code(1)
        .json();
    assert_eq!(
        (&json["before"], &json["outcome"]),
        (&json!("dead"), &json!("dead"))
    );
    let none = folder.run(&["dead-letters", "retry", "--all", "--reason", "unsupported"]);
    assert!(none.with_code(0).stdout.is_empty());
}

#[test]
fn a_retry_in_the_wrong_mode_changes_nothing_and_says_so() {
    let folder = with_a_dead_letter();
    let ended = folder
        .run(&["dead-letters", "retry", "evt_1", "--livemode"])
        .with_code(1);
    assert!(ended.stdout.contains("--livemode"), "{ended:?}");
    let json = folder
        .run(&["dead-letters", "show", "evt_1", "--json"])
        .with_code(0)
        .json();
    assert_eq!(json["reason"], "already_exists");
}

#[test]
fn a_drop_lets_the_others_pass_and_is_in_the_log() {
    let folder = with_a_dead_letter();
    let args = [
        "dead-letters",
        "drop",
        "evt_1",
        "--reason",
        "a typo at Stripe; Ana",
    ];
    let shown = folder.run(&args).with_code(0).stdout;
    assert!(
        shown.starts_with("dropped   payout.pending evt_1"),
        "{shown}"
    );
    assert_eq!(
        status(&folder),
        "paid",
        "what waited came in before the command ended"
    );
    let again = folder.run(&args).with_code(0).stdout;
    assert!(again.starts_with("dropped before"), "{again}");
    let other = [
        "dead-letters",
        "drop",
        "evt_1",
        "--reason",
        "another",
        "--json",
    ];
    assert_eq!(
        folder.run(&other).with_code(3).json()["code"],
        "ALREADY_EXISTS"
    );
    let log = folder
        .run(&["query", "events", "--jsonl", "--limit", "1000"])
        .with_code(0)
        .stdout;
    assert!(
        log.contains("webhook-dropped") && log.contains("a typo at Stripe; Ana"),
        "{log}"
    );
    verified(&folder);
}

#[test]
fn several_bodies_under_one_id_are_told_apart_by_their_hash() {
    let folder = Folder::with_a_payout();
    let mut twin = payout_event("evt_1", "failed");
    twin["data"]["object"]["status"] = json!("paid");
    let mut other = twin.clone();
    other["pending_webhooks"] = json!(1);
    take(&folder, &[twin, other]);
    let args = ["dead-letters", "drop", "evt_1", "--reason", "test webhooks"];
    let ended = folder.run(&args).with_code(2);
    let hashes: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("  "))
        .collect();
    assert_eq!(hashes.len(), 2, "{ended:?}");
    let hash = hashes[0].split_whitespace().next().unwrap();
    folder
        .run(&[&args[..], &["--hash", hash]].concat())
        .with_code(0);
    let left = folder
        .run(&["dead-letters", "list", "--json"])
        .with_code(0)
        .json();
    assert_eq!(left.as_array().unwrap().len(), 1);
    folder
        .run(&[&args[..], &["--hash", "ffff"]].concat())
        .with_code(2);
    verified(&folder);
}

#[test]
fn a_replay_counts_what_became_of_everything() {
    let folder = with_a_dead_letter();
    let mut live = payout_event("evt_4", "paid");
    live["livemode"] = json!(true);
    let mut adopted = payout_event("evt_5", "paid");
    adopted["data"]["object"]["id"] = json!("po_2");
    adopted["data"]["object"]["metadata"] = json!({});
    take(&folder, &[live, adopted]);
    let counts = |args: &[&str]| {
        let args = [&["replay", "--json"], args].concat();
        let json = folder.run(&args).with_code(0).json();
        ["applied", "unchanged", "ignored", "parked", "dead"]
            .map(|outcome| json[outcome].as_u64().unwrap())
    };
    assert_eq!(counts(&[]), [0, 1, 1, 2, 1]);
    assert_eq!(counts(&["--dry-run"]), [0, 1, 1, 2, 1]);
    assert_eq!(counts(&["--dead"]), [0, 0, 0, 0, 1]);
    assert_eq!(counts(&["--type", "payout.paid"]), [0, 1, 1, 1, 0]);
    assert_eq!(counts(&["--payout", "po_2"]), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&["--until", "2020-01-01"]), [0; 5]);
    let dropped = ["dead-letters", "drop", "evt_1", "--reason", "a typo"];
    folder.run(&dropped).with_code(0);
    assert_eq!(counts(&[]), [0, 3, 2, 0, 0]);
    assert_eq!(counts(&["--payout", PAYOUT]), [0, 2, 2, 0, 0]);
    verified(&folder);
}

#[test]
fn a_person_sees_what_became_of_each() {
    let folder = with_a_dead_letter();
    let shown = folder
        .run(&["replay", "--dry-run", "--each"])
        .with_code(0)
        .stdout;
    let mut lines = shown.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("dead      payout.pending evt_1: already_exists")
    );
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("parked    payout.in_transit evt_2")
    );
    assert!(
        shown.ends_with("nothing was written: this was a dry run\n"),
        "{shown}"
    );
}

#[test]
fn what_is_not_there_is_said_and_nothing_is_made() {
    let folder = Folder::new();
    for args in [
        &["dead-letters", "list"][..],
        &["dead-letters", "retry", "--all"],
        &["replay"],
    ] {
        let ended = folder.run(args).with_code(1);
        assert!(ended.stderr.contains("payoutd migrate"), "{ended:?}");
    }
    assert!(!folder.path("payout-ledger.db").exists());
    let folder = Folder::with_a_payout();
    let ended = folder.run(&["dead-letters", "retry", "evt_9"]).with_code(1);
    assert!(ended.stderr.contains("evt_9"), "{ended:?}");
}
