//! The command line.

use projections::query::Table;

use super::stage::{ACME, EVENT, PAYOUT, SALE, SELLER, Stage, cursor, holds_no_mark};

/// A subcommand, and how it is asked: each line once.
const ASKED: &[(&str, &[&str])] = &[
    ("verify", &["verify"]),
    ("verify", &["verify", "--json"]),
    ("rebuild", &["rebuild", "--json"]),
    ("explain", &["explain", "payout", PAYOUT]),
    ("explain", &["explain", "payout", PAYOUT, "--json"]),
    ("explain", &["explain", "payout", "po_canary"]),
    ("statement", &["statement", SELLER]),
    ("statement", &["statement", SELLER, "--json"]),
    ("query", &["query", "trial-balance", "--json"]),
    ("query", &["query", "trial-balance", "--seller", SELLER]),
    ("query", &["query", "trial-balance", "--as-of", "1000000"]),
    ("seal", &["seal", "now"]),
    ("seal", &["seal", "log"]),
    ("seal", &["seal", "head"]),
    ("seal", &["seal", "prove", PAYOUT]),
    ("replay", &["replay", "--dry-run"]),
    ("replay", &["replay"]),
    ("replay", &["replay", "--payout", PAYOUT]),
    ("dead-letters", &["dead-letters", "list"]),
    ("dead-letters", &["dead-letters", "list", "--json"]),
    ("dead-letters", &["dead-letters", "show", EVENT]),
    ("dead-letters", &["dead-letters", "retry", EVENT]),
    ("dead-letters", &["dead-letters", "retry", "--all"]),
    (
        "dead-letters",
        &["dead-letters", "drop", EVENT, "--reason", "not ours"],
    ),
    ("alerts", &["alerts", "list"]),
    ("alerts", &["alerts", "list", "--json"]),
    ("health", &["health"]),
    ("health", &["health", "--json"]),
    ("readings", &["readings"]),
    ("readings", &["readings", "--json"]),
    ("jobs", &["jobs", "list"]),
    ("jobs", &["jobs", "run", "release"]),
    ("jobs", &["jobs", "run", "payouts"]),
    ("reconcile", &["reconcile", "--payouts-csv", "/dev/stdin"]),
    ("ingest", &["ingest", "-"]),
    ("command", &["command", "mark-payout-paid", "-"]),
];

/// By table, below.
const BY_TABLE: &[&str] = &["query", "export"];

/// They show no books, and why.
const SHOW_NOTHING: &[(&str, &str)] = &[
    ("demo", "on a throw-away database"),
    (
        "serve",
        "asked over NATS and HTTP, in the files beside this one",
    ),
    ("webhook", "signs and checks what it is given"),
    ("migrate", "the schema"),
    ("doctor", "settings and counts, of no book"),
    ("sim", "a simulator's own books"),
    ("completions", "a script"),
    ("openapi", "a description, the same for everybody"),
    ("help", "words"),
];

/// What is on standard input, for those that read it.
fn input(args: &[&str]) -> String {
    match args[0] {
        "command" => format!(r#"{{"payout_id":"{PAYOUT}"}}"#),
        "ingest" => format!(
            r#"{{"id":"evt_1","object":"event","type":"payout.paid","livemode":false,
            "data":{{"object":{{"id":"po_9","object":"payout","amount":100,"currency":"usd",
            "status":"paid","metadata":{{"payout_id":"{PAYOUT}"}}}}}}}}"#
        ),
        "reconcile" => "payout_id,effective_at_utc,currency,gross,status\n".to_owned(),
        _ => String::new(),
    }
}

/// The subcommands that `--help` tells.
async fn subcommands(stage: &Stage) -> Vec<String> {
    let help = stage.run(ACME, &["--help"], "").await.expect_code(0).stdout;
    let (_, rest) = help.split_once("Commands:\n").expect("a list");
    let list = rest.split("\n\n").next().unwrap_or_default();
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_shows_and_changes_nothing_of_another_tenant() {
    let stage = Stage::start().await;
    let before = stage.canary().await;

    let known = |name: &str| {
        ASKED.iter().any(|(known, _)| *known == name)
            || BY_TABLE.contains(&name)
            || SHOW_NOTHING.iter().any(|(known, _)| *known == name)
    };
    let found = subcommands(&stage).await;
    assert!(found.len() > 10, "{found:?}");
    let unknown: Vec<_> = found.iter().filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "add a line for each of {unknown:?}");

    for (_, args) in ASKED {
        let input = input(args);
        let ended = stage.run(ACME, args, &input).await;
        assert_ne!(ended.code, 2, "{args:?} is no question: {}", ended.stderr);
        let question = format!("{args:?} {input}");
        holds_no_mark(&question, &ended.stdout);
        holds_no_mark(&question, &ended.stderr);
    }
    for table in Table::NAMES {
        ask_table(&stage, table).await;
    }
    assert_eq!(stage.canary().await, before, "globex has what it had");
    stage.stop().await;
}

/// A table in each form, with each name of globex, and behind its cursor.
async fn ask_table(stage: &Stage, table: &str) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("file.parquet");
    let file = file.to_str().expect("text");
    let cursor = cursor(stage, table).await;
    let mut asked: Vec<Vec<&str>> = vec![
        vec!["query", table, "--json"],
        vec!["query", table, "--csv"],
        vec!["query", table],
        vec!["export", table],
        vec!["export", table, "--csv"],
        vec!["export", table, "--parquet", file],
    ];
    for name in ["query", "export"] {
        asked.push(vec![name, table, "--seller", SELLER]);
        asked.push(vec![name, table, "--payout", PAYOUT]);
        asked.push(vec![name, table, "--as-of", "1000000"]);
        if let Some(cursor) = &cursor {
            asked.push(vec![name, table, "--cursor", cursor]);
        }
    }
    for args in asked {
        let ended = stage.run(ACME, &args, "").await;
        let question = args.join(" ");
        holds_no_mark(&question, &ended.stdout);
        holds_no_mark(&question, &ended.stderr);
        if args.contains(&"--seller") || args.contains(&"--payout") {
            let rows = ended.stdout.lines().filter(|line| line.contains(SALE));
            assert_eq!(rows.count(), 0, "{question}");
        }
    }
    let written = std::fs::read(file).unwrap_or_default();
    assert!(!written.is_empty(), "{table} was written");
    holds_no_mark("", &String::from_utf8_lossy(&written));
}
