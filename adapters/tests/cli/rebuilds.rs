//! `payoutd rebuild`.

use serde_json::Value as Json;
use store::{Database, Sql};

use crate::run::Folder;

/// Changes the database behind the ledger's back.
fn tamper(folder: &Folder, text: &'static str) {
    let url = format!("sqlite://{}", folder.path("payout-ledger.db").display());
    let change = async {
        let database = Database::open(&url).await.unwrap();
        let mut tx = database.transaction("test").open().await.unwrap();
        let sql = Sql::alike("test", text);
        assert_ne!(tx.execute(&sql, &[]).await.unwrap(), 0);
        tx.commit().await.unwrap();
        database.close().await;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(change);
}

fn lines(text: &str) -> Vec<Json> {
    let parsed = text.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().unwrap()
}

#[test]
fn books_in_order_equal_their_rebuild_and_nothing_is_left_behind() {
    let folder = Folder::with_a_payout();
    let told = folder.run(&["rebuild"]).with_code(0).stdout;
    assert_eq!(told.lines().filter(|line| line.starts_with('✓')).count(), 8);
    assert!(
        told.contains("payout-items: 1 rows compared, no difference"),
        "{told}"
    );
    for file in ["payout-ledger.db-rebuild", "payout-ledger.db-rebuild.lock"] {
        assert!(!folder.path(file).exists(), "{file}");
    }
}

#[test]
fn a_row_that_is_wrong_is_told_with_both_values_and_mended() {
    let folder = Folder::with_a_payout();
    tamper(
        &folder,
        "UPDATE balances SET reserved_minor = reserved_minor + 1",
    );
    let looked = folder
        .run(&["rebuild", "balances", "--dry-run"])
        .with_code(1);
    assert!(
        looked
            .stdout
            .contains("reserved_minor: is 12551 (125.51 usd), the log tells 12550"),
        "{looked:?}"
    );
    assert!(looked.stdout.contains("this was a dry run"), "{looked:?}");

    let told = folder
        .run(&["rebuild", "balances", "--json"])
        .with_code(1)
        .stdout;
    let told = lines(&told);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["difference"]["live"]["reserved_minor"], 12_551);
    assert_eq!(told[0]["difference"]["rebuilt"]["reserved_minor"], 12_550);
    assert_eq!(told[1]["clean"], false);
    assert_eq!(told[1]["tables"][0]["edited"], 1);
    assert_eq!(told[1]["tables"][0]["replaced"], true);

    folder.run(&["rebuild"]).with_code(0);
    folder.run(&["verify"]).with_code(0);
}

#[test]
fn tables_are_named_with_hyphens_or_underscores_and_go_together_where_they_must() {
    let folder = Folder::with_a_payout();
    let names = |argument: &str| -> Vec<String> {
        let told = folder
            .run(&["rebuild", argument, "--json"])
            .with_code(0)
            .json();
        let tables = told["tables"].as_array().unwrap().iter();
        tables
            .map(|table| table["table"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("daily-rollups"), ["daily-rollups"]);
    assert_eq!(names("payout_items"), ["payout-items"]);
    assert_eq!(names("transfers"), ["transactions", "transfers"]);
    let refused = folder.run(&["rebuild", "events"]).with_code(2);
    assert!(refused.stderr.contains("daily-rollups"), "{refused:?}");
}

#[test]
fn there_has_to_be_a_ledger() {
    let folder = Folder::new();
    let ended = folder.run(&["rebuild"]).with_code(1);
    assert!(ended.stderr.contains("payoutd migrate"), "{ended:?}");
    assert!(!folder.path("payout-ledger.db").exists());
}
