//! Exports in parts, cut short, and while others write.

use projections::query::{Filter, Pages, Table};
use sha2::{Digest, Sha256};
use std::time::Duration;

use super::{Books, cursor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_by_cursor_are_the_bytes_of_the_whole() {
    for books in Books::each().await {
        books.post(1, 5_000).await;
        for form in [&["postings"][..], &["postings", "--csv"]] {
            let whole = books.export(form).await;
            let (mut parts, mut next) = (String::new(), None::<String>);
            loop {
                let mut args = form.to_vec();
                args.extend(["--limit", "1777"]);
                if let Some(cursor) = &next {
                    args.extend(["--cursor", cursor]);
                    args.extend(form.contains(&"--csv").then_some("--no-header"));
                }
                let part = books.export(&args).await;
                parts += &part.stdout;
                next = cursor(&part.stderr).map(str::to_owned);
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(parts, whole.stdout, "{form:?}");
            let digest = hex::encode(Sha256::digest(whole.stdout.as_bytes()));
            let told =
                format!("exported 5000 rows of postings; SHA-256 of what was written: {digest}");
            assert!(whole.stderr.contains(&told), "{}", whole.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_export_goes_on_behind_the_last_cursor_it_told() {
    for books in Books::each().await {
        books.post(1, 130_000).await;
        let whole = books.export(&["postings"]).await.stdout;
        let mut killed = books.payoutd(&["export", "postings"]).start();
        killed.wait_for_line("rows are written").await;
        killed.kill9().await;

        let (told, written) = (killed.stderr(), killed.stdout());
        let line = told.lines().rfind(|line| line.contains("rows are written"));
        let rows = line.and_then(|line| line.split(' ').next()?.parse().ok());
        let rows: usize = rows.expect("a number of rows");
        let kept: Vec<&str> = written.split_inclusive('\n').take(rows).collect();
        assert_eq!(kept.len(), rows, "what was told to be written is");
        let cursor = cursor(line.expect("a line")).expect("a cursor");
        let rest = books.export(&["postings", "--cursor", cursor]).await.stdout;
        assert_eq!(kept.concat().len() + rest.len(), whole.len());
        assert!(kept.concat() + &rest == whole, "the parts are the whole");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_written_meanwhile_do_not_show() {
    for books in Books::each().await {
        books.post(1, 2_500).await;
        let database = books.database().await;
        let filter = Filter::of(domain::id::Tenant::default_tenant());
        let mut pages = Pages::begin(&database, Table::Postings, filter, None)
            .await
            .expect("a reading");
        let mut rows = 0;
        while let Some(page) = pages.next().await.expect("a page") {
            if rows == 0 {
                books.post(2_501, 9_000).await;
            }
            rows += page.rows.len();
        }
        pages.end().await.expect("an end");
        assert_eq!(rows, 2_500);
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_ends_when_nobody_reads_it() {
    let [books, ..] = Books::each().await;
    books.post(1, 100_000).await;
    let script = format!(
        "{} export postings 2>told | head -n 3",
        support::payoutd_binary().display()
    );
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path());
    let running = shell.env("DATABASE_URL", &books.url).output();
    let output = tokio::time::timeout(Duration::from_secs(60), running).await;
    let output = output.expect("an end").expect("sh runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3);
    let told = std::fs::read_to_string(folder.path().join("told")).expect("a file");
    assert!(told.contains("nobody reads any more"), "{told}");
}
