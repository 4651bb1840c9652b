//! Flags, environment, configuration file: which one counts.

use crate::{
    books::payout_event,
    run::{Folder, finish},
};

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let folder = Folder::new();
    let file = folder.file("payoutd.toml", "database_url = \"sqlite://of-file.db\"\n");
    let args = ["migrate", "--config", &file];
    finish(folder.payoutd(&args), "").with_code(0);
    assert!(folder.path("of-file.db").exists());

    let mut command = folder.payoutd(&args);
    command.env("DATABASE_URL", "sqlite://of-environment.db");
    finish(command, "").with_code(0);
    assert!(folder.path("of-environment.db").exists());

    let mut command = folder.payoutd(&["--database-url", "sqlite://of-flag.db"]);
    command
        .args(args)
        .env("DATABASE_URL", "sqlite://not-used.db");
    finish(command, "").with_code(0);
    assert!(folder.path("of-flag.db").exists());
    assert!(!folder.path("not-used.db").exists());
    assert!(!folder.path("payout-ledger.db").exists());
}

#[test]
fn globals_may_stand_before_or_after_the_subcommand() {
    let folder = Folder::new();
    folder
        .run(&["--database-url", "sqlite://before.db", "migrate"])
        .with_code(0);
    folder
        .run(&["migrate", "--database-url", "sqlite://after.db"])
        .with_code(0);
    assert!(folder.path("before.db").exists() && folder.path("after.db").exists());
}

#[test]
fn every_documented_key_is_known() {
    let folder = Folder::new();
    let file = folder.file(
        "payoutd.toml",
        r#"
            database_url = "sqlite://all-keys.db"
            nats_url = "nats://127.0.0.1:4222"
            http_addr = "127.0.0.1:0"
            tenant = "market"
            log_format = "json"
            livemode = true
            isolation = "read-committed"
            queue = 16
            batch = 4

            [retry]
            retries = 5
            base_ms = 10
            factor = 3
            cap_ms = 100
            budget_ms = 1000

            [jobs]
            enabled = false
            release_every_secs = 30
            payouts_at = "01:30"
            roll_up_at = "02:00"
        "#,
    );
    folder.run(&["migrate", "--config", &file]).with_code(0);
    assert!(folder.path("all-keys.db").exists());
}

#[test]
fn a_key_nobody_knows_or_a_senseless_value_is_wrong_usage() {
    let folder = Folder::new();
    for (content, named) in [
        ("databse_url = \"sqlite://x.db\"", "databse_url"),
        ("[retry]\ntimes = 3", "times"),
        ("isolation = \"chaos\"", "chaos"),
        ("queue = 0", "queue"),
        ("[jobs]\npayouts_at = \"noon\"", "00:05"),
        ("tenant = \"NO\"", "tenant"),
        ("livemode = \"yes\"", "livemode"),
        ("= 1", "TOML"),
    ] {
        let file = folder.file("payoutd.toml", content);
        let ended = folder.run(&["migrate", "--config", &file]).with_code(2);
        assert!(ended.stderr.contains(named), "{named}: {ended:?}");
    }
    folder
        .run(&["migrate", "--config", "missing.toml"])
        .with_code(2);
}

#[test]
fn live_books_take_live_events_only() {
    let cases = [
        ("PAYOUTD_LIVEMODE", "false", "", "applied"),
        ("PAYOUTD_LIVEMODE", "true", "", "ignored"),
        ("STRIPE_SECRET_KEY", "sk_test_x", "", "applied"),
        ("STRIPE_SECRET_KEY", "sk_live_x", "", "ignored"),
        (
            "STRIPE_SECRET_KEY",
            "sk_live_x",
            "livemode = false",
            "applied",
        ),
        ("PAYOUTD_LIVEMODE", "false", "livemode = true", "applied"),
        ("UNRELATED", "", "livemode = true", "ignored"),
    ];
    for (name, value, config, outcome) in cases {
        let folder = Folder::with_a_payout();
        let config = folder.file("payoutd.toml", config);
        let event = folder.file("event.json", payout_event("evt_1", "paid").to_string());
        let mut command = folder.payoutd(&["ingest", &event, "--json", "--config", &config]);
        command.env(name, value);
        let json = finish(command, "").with_code(0).json();
        assert_eq!(json[outcome], 1, "{name}={value} {config}: {json}");
    }
}

#[test]
fn logs_are_filtered_by_the_environment() {
    let folder = Folder::new();
    let mut command = folder.payoutd(&["migrate"]);
    command.env("PAYOUTD_LOG", "adapters=no-such-level");
    finish(command, "").with_code(2);
}

#[test]
fn a_key_for_the_other_kind_of_money_is_not_used() {
    let folder = Folder::new();
    for (key, livemode, books) in [
        ("sk_live_x", "false", "ledger of test mode"),
        ("rk_test_x", "true", "ledger of live mode"),
    ] {
        let mut command = folder.payoutd(&["serve"]);
        command
            .env("STRIPE_SECRET_KEY", key)
            .env("PAYOUTD_LIVEMODE", livemode);
        let ended = finish(command, "").with_code(2);
        assert!(ended.stderr.contains(books), "{}", ended.stderr);
        assert!(!ended.stderr.contains(key), "a key is never shown");
    }
}
