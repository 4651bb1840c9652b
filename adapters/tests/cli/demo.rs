//! `payoutd demo`: it tells its story and ends well.

use crate::run::{Folder, finish};

#[test]
fn it_shows_payouts_in_every_end_and_a_verdict() {
    let folder = Folder::new();
    let shown = folder.run(&["demo"]).with_code(0).stdout;
    for told in [
        "register-seller",
        "payment_intent.succeeded",
        "NO_ELIGIBLE_TRANSACTIONS",
        "ILLEGAL_TRANSITION",
        "duplicate",
        "type_status_mismatch",
        "193.86 usd",
        "15120 jpy",
        "calls, 1 payout at Stripe, the same in the books",
        "account_closed",
    ] {
        assert!(shown.contains(told), "{told} in {shown}");
    }
    let is_verdict = |line: &&str| line.starts_with('✓');
    assert!(shown.lines().any(|line| is_verdict(&line)), "{shown}");
    assert!(!shown.contains('✗'), "{shown}");
    let left = std::fs::read_dir(folder.path(".")).unwrap().count();
    assert_eq!(left, 0, "it leaves nothing behind");
}

#[test]
fn programs_get_its_books_as_json() {
    let json = Folder::new().run(&["demo", "--json"]).with_code(0).json();
    assert_eq!(json["verify"]["holds"], true);
    let mut statuses: Vec<_> = json["payouts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    statuses.sort_unstable();
    let expected = ["failed", "failed", "in_transit", "paid", "paid", "paid"];
    assert_eq!(statuses, expected);
    for row in json["transactions"].as_array().unwrap() {
        let expected = match row["transaction_id"].as_str().unwrap() {
            "sale-1" | "sale-2" | "sale-7" | "refund-8" => "paid_out",
            "sale-3" => "failed",
            "sale-5" | "sale-6" => "reserved",
            _ => "available",
        };
        assert_eq!(row["status"], expected, "{row}");
    }
}

#[test]
fn the_payout_that_is_asked_for_twice_is_made_once_whatever_is_set_for_the_real_stripe() {
    let folder = Folder::new();
    let mut command = folder.payoutd(&["demo"]);
    command
        .env("STRIPE_SECRET_KEY", "sk_live_real")
        .env("STRIPE_API_BASE", "http://127.0.0.1:9")
        .env("STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_real")
        .env("HTTP_PROXY", "http://127.0.0.1:9");
    let told = finish(command, "").with_code(0);
    let of_stripe = |line: &&str| line.trim_start().starts_with("POST /v1/payouts");
    let calls: Vec<&str> = told.stdout.lines().filter(of_stripe).collect();
    let [first, .., last] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert!(first.ends_with("no answer"), "{first}");
    assert!(last.ends_with("200: made before"), "{last}");
    let paid = |line: &&str| line.contains("clay") && line.contains(" po_1");
    assert_eq!(told.stdout.lines().filter(paid).count(), 1);
    assert_eq!(told.stderr, "", "it tells its story itself");
}

#[test]
fn its_books_can_be_kept_and_are_never_mixed_with_others() {
    let folder = Folder::new();
    folder.run(&["demo", "--keep", "kept.db"]).with_code(0);
    let args = [
        "query",
        "payouts",
        "--json",
        "--database-url",
        "sqlite://kept.db",
    ];
    assert_eq!(
        folder
            .run(&args)
            .with_code(0)
            .json()
            .as_array()
            .unwrap()
            .len(),
        6
    );
    folder.run(&["demo", "--keep", "kept.db"]).with_code(2);
}
