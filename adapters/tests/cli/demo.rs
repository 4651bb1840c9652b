//! `payoutd demo`: it tells its story and ends well.

use crate::run::Folder;

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
    assert_eq!(statuses, ["failed", "failed", "in_transit", "paid", "paid"]);
    for row in json["transactions"].as_array().unwrap() {
        let expected = match row["transaction_id"].as_str().unwrap() {
            "sale-1" | "sale-2" => "paid_out",
            "sale-3" => "failed",
            "sale-5" | "sale-6" => "reserved",
            _ => "available",
        };
        assert_eq!(row["status"], expected, "{row}");
    }
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
        5
    );
    folder.run(&["demo", "--keep", "kept.db"]).with_code(2);
}
