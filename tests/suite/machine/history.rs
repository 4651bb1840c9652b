//! Readings as they are kept and told.

use serde_json::Value as Json;
use support::{Payoutd, Postgres, eventually};

use super::stage::{SOON, Service, launch};

/// Until so many commands are in the newest readings of each length.
async fn kept(service: &Service, commands: u64) {
    for step in [10, 300, 3_600] {
        eventually(SOON, async || {
            let readings = service.readings(step).await;
            let accepted: u64 = readings.iter().map(|one| one.commands.accepted).sum();
            if accepted == commands {
                Ok(())
            } else {
                Err((step, accepted))
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_kept_in_stretches_of_three_lengths_through_a_kill() {
    let database = Postgres::fresh_database().await;
    let mut service = Service::start(launch().env("DATABASE_URL", database.url())).await;
    for number in 0..3 {
        service.sell(number).await;
    }
    kept(&service, 3).await;
    let hours = service.readings(3_600).await;
    assert_eq!(hours.last().expect("an hour").events, 3);

    // The same instance again: it goes on with the stretches that it has begun.
    service.payoutd.kill9().await;
    let again = launch()
        .env("DATABASE_URL", database.url())
        .env("PAYOUTD_HTTP_ADDR", &service.addr);
    let mut service = Service::start(again).await;
    for number in 3..5 {
        service.sell(number).await;
    }
    kept(&service, 5).await;
    assert!(service.payoutd.terminate(SOON).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_instances_keep_their_own_readings() {
    let database = Postgres::fresh_database().await;
    let one = Service::start(launch().env("DATABASE_URL", database.url())).await;
    let other = Service::start(launch().env("DATABASE_URL", database.url())).await;
    one.sell(1).await;
    other.sell(2).await;
    other.sell(3).await;
    kept(&one, 3).await;
    let hours = one.readings(3_600).await;
    let mut commands: Vec<_> = hours
        .iter()
        .map(|hour| (hour.commands.accepted, &hour.instance))
        .collect();
    commands.sort();
    let [(1, first), (2, second)] = commands[..] else {
        panic!("{commands:?}");
    };
    assert_ne!(first, second);
    // Of the books both tell the same.
    let positions = hours
        .iter()
        .map(|hour| hour.books.as_ref().expect("books").position);
    assert!(positions.max() == Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_the_same_as_http() {
    let mut service = Service::start(launch()).await;
    service.sell(1).await;
    kept(&service, 1).await;
    let file = service.payoutd.folder().join("payout-ledger.db");
    let url = format!("sqlite://{}", file.display());
    assert!(service.payoutd.terminate(SOON).await.success());

    let ask = async |form: &str| {
        let args = ["readings", "--step", "3600", "--since", "2020-01-01", form];
        let asked = Payoutd::with(args).env("DATABASE_URL", &url).finish().await;
        asked.expect_code(0).stdout
    };
    let rows: Vec<Json> = serde_json::from_str(&ask("--json").await).expect("JSON");
    assert_eq!(rows[0]["commands"]["accepted"], 1);
    let lines = ask("--jsonl").await;
    let line: Json = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line, rows[0]);
    let csv = ask("--csv").await;
    let mut csv = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (heads, cells) = (csv.next().expect("heads"), csv.next().expect("cells"));
    let of = |column| {
        heads
            .iter()
            .position(|head| *head == column)
            .map(|at| cells[at])
    };
    assert_eq!(of("commands_accepted"), Some("1"));
    assert_eq!(of("books_lags_outbox_seconds"), Some(""));

    let wrong = ["readings", "--step", "60"];
    let refused = Payoutd::with(wrong)
        .env("DATABASE_URL", &url)
        .finish()
        .await;
    assert!(refused.expect_code(2).stderr.contains("10, 300 or 3600"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_no_history_has_metrics_all_the_same() {
    let quiet = launch();
    let settings = "[machine]\nreadings_every_secs = 1\nkeep_readings = false\n";
    std::fs::write(quiet.folder().join("payoutd.toml"), settings).expect("a file");
    let service = Service::start(quiet).await;
    eventually(SOON, async || {
        let scrape = service.scrape().await;
        let position = scrape.value("payoutd_log_position", &[]);
        position.ok_or(scrape.text)
    })
    .await;
    assert_eq!(service.readings(10).await, []);
}
