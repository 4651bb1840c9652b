//! Help, version, completions, and exit codes of wrong calls.

use crate::run::Folder;

const SUBCOMMANDS: [&str; 17] = [
    "demo",
    "serve",
    "command",
    "ingest",
    "dead-letters",
    "replay",
    "query",
    "verify",
    "reconcile",
    "readings",
    "health",
    "alerts",
    "doctor",
    "webhook",
    "migrate",
    "openapi",
    "completions",
];

#[test]
fn every_subcommand_explains_itself_with_an_example() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).with_code(0).stdout;
    for subcommand in SUBCOMMANDS {
        assert!(
            help.contains(&format!("\n  {subcommand} ")),
            "{subcommand} in {help}"
        );
        let help = folder.run(&[subcommand, "--help"]).with_code(0).stdout;
        assert!(help.contains(&format!("payoutd {subcommand}")), "{help}");
        assert!(help.contains("Example"), "{help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let folder = Folder::new();
    let shown = folder.run(&["--version"]).with_code(0).stdout;
    assert_eq!(shown, format!("payoutd {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_call_ends_with_2_and_leaves_nothing_behind() {
    let folder = Folder::new();
    for args in [
        &[][..],
        &["frobnicate"],
        &["serve", "--frobnicate"],
        &["ingest"],
        &["verify", "--tenant", "No Spaces"],
        &["verify", "--log-format", "xml"],
        &["migrate", "--database-url", "mongodb://localhost"],
        &["command", "register-seller", "{}", "--idempotency-key", ""],
    ] {
        folder.run(args).with_code(2);
    }
    assert!(!folder.path("payout-ledger.db").exists());
}

#[test]
fn a_database_that_cannot_be_reached_ends_with_4() {
    let folder = Folder::new();
    for url in [
        "postgres://user:hunter2@127.0.0.1:1/none",
        "sqlite://no/such/folder/x.db",
    ] {
        let ended = folder.run(&["migrate", "--database-url", url]).with_code(4);
        assert!(ended.stdout.is_empty(), "{ended:?}");
        assert!(
            ended.stderr.starts_with("payoutd: cannot reach the "),
            "{ended:?}"
        );
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    }
}

#[test]
fn secrets_of_the_environment_are_not_shown_in_help() {
    let folder = Folder::new();
    let mut command = folder.payoutd(&["serve", "--help"]);
    command
        .env("DATABASE_URL", "postgres://user:hunter2@db/x")
        .env("NATS_URL", "nats://hunter2@n");
    let help = crate::run::finish(command, "").with_code(0).stdout;
    assert!(
        help.contains("DATABASE_URL") && !help.contains("hunter2"),
        "{help}"
    );
}

#[test]
fn completions_are_made_for_the_usual_shells() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&["completions", shell]).with_code(0).stdout;
        assert!(
            ["payoutd", "ingest", "health"]
                .iter()
                .all(|word| script.contains(word)),
            "{script}"
        );
    }
    folder.run(&["completions", "csh"]).with_code(2);
}
