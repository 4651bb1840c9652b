//! What services read off themselves, as it is kept on every database.

use adapters::machine::{Readings, columns};
use serde_json::json;
use store::readings::{Stretch, keep, load, thin};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::ground::Ground;

on_every_database! {
    readings_of_a_stretch_replace_those_the_same_instance_wrote_earlier
    readings_are_told_in_order_of_time_and_up_to_a_limit
    only_what_is_too_old_goes_and_not_all_at_once
    the_view_has_a_column_for_every_figure
}

const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn stretch(seconds: i64, instance: &str, figures: &str) -> Stretch {
    Stretch {
        step_seconds: 10,
        starts_at: NOON + Duration::seconds(seconds),
        instance: instance.to_owned(),
        figures: figures.to_owned(),
    }
}

async fn all(ground: &Ground) -> Vec<Stretch> {
    let day = (NOON - Duration::days(1), NOON + Duration::days(1));
    load(ground.database(), 10, day, 100)
        .await
        .expect("readings")
}

async fn kept(ground: &Ground, stretches: &[Stretch]) {
    keep(ground.database(), stretches).await.expect("kept");
}

async fn readings_of_a_stretch_replace_those_the_same_instance_wrote_earlier(ground: &Ground) {
    let (a, b) = (
        stretch(0, "a:80", "{\"n\":1}"),
        stretch(0, "b:80", "{\"n\":2}"),
    );
    kept(ground, &[a, b.clone()]).await;
    let newer = stretch(0, "a:80", "{\"n\":3}");
    kept(ground, std::slice::from_ref(&newer)).await;
    assert_eq!(all(ground).await, [newer, b]);
}

async fn readings_are_told_in_order_of_time_and_up_to_a_limit(ground: &Ground) {
    let stretches = [20, 0, 10].map(|seconds| stretch(seconds, "a:80", "{}"));
    kept(ground, &stretches).await;
    let period = (NOON, NOON + Duration::seconds(20));
    let found = load(ground.database(), 10, period, 10)
        .await
        .expect("readings");
    let starts: Vec<_> = found.iter().map(|one| one.starts_at - NOON).collect();
    assert_eq!(starts, [Duration::ZERO, Duration::seconds(10)]);
    let found = load(ground.database(), 10, period, 1)
        .await
        .expect("readings");
    assert_eq!(found.len(), 1);
    let found = load(ground.database(), 300, period, 10)
        .await
        .expect("readings");
    assert_eq!(found, []);
}

async fn only_what_is_too_old_goes_and_not_all_at_once(ground: &Ground) {
    let stretches: Vec<_> = (0..5).map(|n| stretch(n * 10, "a:80", "{}")).collect();
    kept(ground, &stretches).await;
    let before = NOON + Duration::seconds(30);
    for (left, removed) in [(3, 2), (2, 1), (2, 0)] {
        let gone = thin(ground.database(), 10, before, 2)
            .await
            .expect("thinned");
        assert_eq!((all(ground).await.len(), gone), (left, removed));
    }
    assert_eq!(
        thin(ground.database(), 300, before, 2)
            .await
            .expect("thinned"),
        0
    );
}

async fn the_view_has_a_column_for_every_figure(ground: &Ground) {
    let mut readings = Readings::whole();
    readings.transactions.committed = 7;
    if let Some(books) = &mut readings.books {
        books.payouts.in_doubt.count = 3;
        books.lags.outbox = None;
    }
    kept(ground, &[stretch(0, "a:80", &json!(readings).to_string())]).await;
    let rows = ground.rows("SELECT * FROM machine_readings").await;
    let row = &rows[0];
    for column in columns() {
        // What says when and who is in columns of the table.
        let elsewhere = ["taken_at", "books_asked_at"].contains(&column.as_str());
        assert!(elsewhere || row.has(&column), "there is no {column}");
    }
    assert_eq!(row.int("transactions_committed").expect("a number"), 7);
    assert_eq!(
        row.int("books_payouts_in_doubt_count").expect("a number"),
        3
    );
    assert_eq!(
        row.opt_int("books_lags_outbox_events").expect("a number"),
        None
    );
    let connected = "SELECT COUNT(*) AS n FROM machine_readings WHERE nats_connected";
    assert_eq!(ground.number(connected).await, 1);
}
