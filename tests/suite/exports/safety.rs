//! Files that are complete and private, and cells that are no formulas.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::Books;

async fn command(books: &Books, name: &str, fields: serde_json::Value) {
    let fields = fields.to_string();
    let launch = books.payoutd(&["command", name, &fields]);
    launch.finish().await.expect_code(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spreadsheet_finds_no_formula() {
    for books in Books::each().await {
        let formulas = ["=1+1", "+1", "-A1", "@sum", "=cmd|'/C'!A0"];
        for (number, formula) in formulas.iter().enumerate() {
            let fields = json!({
                "transaction_id": format!("t-{number}"), "seller_id": "anna", "kind": "refund",
                "order_id": formula, "gross": {"amount": "-1.00", "currency": "usd"},
            });
            command(&books, "record-transaction", fields).await;
        }
        let sheet = books.export(&["transactions", "--csv"]).await.stdout;
        for formula in formulas {
            assert!(
                sheet.contains(&format!(",'{formula}")),
                "{formula}: {sheet}"
            );
        }
        assert!(
            sheet.contains(",-100,-1.00,"),
            "numbers stay numbers: {sheet}"
        );
        let lines = books.export(&["transactions"]).await.stdout;
        assert!(
            lines.contains("\"=1+1\""),
            "JSON has what was said: {lines}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_private_complete_and_replaces_another() {
    for books in Books::each().await {
        books.post(1, 3_000).await;
        let folder = tempfile::TempDir::new().expect("a folder");
        let file = folder.path().join("postings.jsonl");
        std::fs::write(&file, "an older export").expect("a file");
        let name = file.to_str().expect("text");
        let told = books.export(&["postings", "--out", name]).await;
        assert_eq!(told.stdout, "");
        let written = std::fs::read_to_string(&file).expect("the file");
        assert_eq!(written, books.export(&["postings"]).await.stdout);
        let mode = std::fs::metadata(&file)
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let files = std::fs::read_dir(folder.path())
            .expect("the folder")
            .count();
        assert_eq!(files, 1, "nothing else is left");

        let nowhere = folder.path().join("nowhere/file");
        let nowhere = nowhere.to_str().expect("text");
        let failed = books.payoutd(&["export", "postings", "--out", nowhere]);
        let failed = failed.finish().await.expect_code(1);
        assert!(failed.stderr.contains("cannot write"), "{}", failed.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_can_be_exported_as_it_was() {
    for books in Books::each().await {
        let sale = |number: u32| {
            json!({
                "transaction_id": format!("t-{number}"), "seller_id": "anna", "kind": "payment",
                "gross": {"amount": "10.00", "currency": "usd"},
            })
        };
        command(&books, "record-transaction", sale(1)).await;
        command(&books, "record-transaction", sale(2)).await;
        let before = books.export(&["balances", "--as-of", "1"]).await.stdout;
        let now = books.export(&["balances"]).await.stdout;
        assert!(before.contains("\"available_minor\":1000,"), "{before}");
        assert!(now.contains("\"available_minor\":2000,"), "{now}");
        let refused = books.payoutd(&["export", "events", "--as-of", "1"]);
        refused.finish().await.expect_code(2);
    }
}
