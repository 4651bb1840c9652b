//! Letters that are dead as an older version of the program left them, and what is asked of them.
//!
//! Within one version a contradiction stays one. What makes a letter dead goes away with a version
//! that knows more: so the archive is changed here, as that older one would have left it.

use std::time::Duration;

use domain::stripe::Mode;
use store::{
    Again, Give, Ingested, Ledger, Redelivery, Rerun, Row,
    archive::{self, Letter, Selection},
};
use support::eventually;
use uuid::Uuid;

use super::{
    ground::{Ground, sql},
    inputs::{PayoutEvent, accepted, earn, ingested, request_payout_as, tenant},
    laws::everything,
};

pub const SOON: Duration = Duration::from_secs(10);
pub const OURS: Uuid = Uuid::from_u128(0x0193_9d0c_5b7e_7c43_9a51_2f6f_0d1e_8b34);
pub const REPLAY: Again = Again::Replay { other_mode: false };

pub fn event(id: &str) -> PayoutEvent<'_> {
    PayoutEvent {
        id,
        stripe: "po_1",
        ours: Some(OURS),
        cents: 100,
    }
}

pub fn stranger<'a>(id: &'a str, stripe: &'a str) -> PayoutEvent<'a> {
    PayoutEvent {
        stripe,
        ours: None,
        ..event(id)
    }
}

pub fn behind() -> Ingested {
    Ingested::Parked("payout/po_1".to_owned())
}

pub fn dead(reason: &str) -> Ingested {
    Ingested::Dead(reason.to_owned())
}

/// `evt_1`, `evt_2`, `evt_3` tell of one payout, which is there. The first is dead, as a version
/// that could not read it left it; the others wait behind it.
pub async fn one_dead_two_behind(ground: &Ground, ledger: &Ledger) {
    ingested(ledger, event("evt_1").told("created")).await;
    change(ground, DIE).await;
    for (id, verb) in [("evt_2", "updated"), ("evt_3", "paid")] {
        assert_eq!(ingested(ledger, event(id).told(verb)).await, behind());
    }
    bring_payout(ledger).await;
    assert_eq!(outcomes(ground).await, ["dead", "parked", "parked"]);
}

pub const DIE: &str = "UPDATE inbox SET outcome = 'dead', reason = 'unsupported', \
    detail = 'too new' WHERE event_id = 'evt_1'";

pub async fn bring_payout(ledger: &Ledger) {
    accepted(ledger, earn("s", "t", 100)).await;
    accepted(ledger, request_payout_as("s", OURS)).await;
}

/// As somebody else would have left it.
pub async fn change(ground: &Ground, text: &'static str) {
    let isolation = ground.settings().isolation;
    let tx = ground
        .database()
        .transaction("test")
        .isolation(isolation)
        .open()
        .await;
    let mut tx = tx.expect("a transaction");
    tx.execute(&sql(text), &[]).await.expect("an update");
    tx.commit().await.expect("a commit");
}

pub async fn letter(ground: &Ground, id: &str) -> Letter {
    let found = archive::find(ground.database(), &tenant(), id).await;
    found.expect("an archive").pop().expect("a letter")
}

pub async fn redelivery(ground: &Ground, id: &str, mode: Mode, again: Again) -> Redelivery {
    let letter = letter(ground, id).await;
    let body = archive::body(ground.database(), &tenant(), &letter).await;
    letter.again(tenant(), body.expect("a body"), (mode, again))
}

pub async fn run_again(ground: &Ground, ledger: &Ledger, id: &str, again: Again) -> Rerun {
    let letter = redelivery(ground, id, Mode::Test, again).await;
    let told = ledger.retry(letter).await;
    told.unwrap_or_else(|refusal| panic!("not run: {refusal}"))
}

pub async fn retried(ground: &Ground, ledger: &Ledger, id: &str) -> Ingested {
    run_again(ground, ledger, id, Again::Retry).await.now
}

pub async fn give(ground: &Ground, id: &str, reason: &str) -> Give {
    letter(ground, id)
        .await
        .give_up(tenant(), reason.to_owned())
}

pub async fn outcomes(ground: &Ground) -> Vec<String> {
    let rows = ground
        .rows("SELECT outcome FROM inbox ORDER BY sequence")
        .await;
    let outcome = |row: &Row| row.text("outcome").expect("a text");
    rows.iter().map(outcome).collect()
}

pub async fn become_of_all(ground: &Ground, expected: &[&str]) {
    eventually(SOON, async || match outcomes(ground).await {
        outcomes if outcomes == expected => Ok(()),
        others => Err(others),
    })
    .await;
}

pub async fn types(ground: &Ground) -> Vec<&'static str> {
    let stream = format!("payout-{OURS}");
    let log = everything(ground).await;
    let of_stream = log.iter().filter(|r| r.stream.as_str() == stream);
    of_stream.map(|recorded| recorded.event.name()).collect()
}

/// Everything the ledger keeps, as text.
pub async fn whole(ground: &Ground) -> Vec<String> {
    let mut all = Vec::new();
    for text in [
        "SELECT stream, version, type, CAST(data AS VARCHAR(9999)) AS more FROM events \
            ORDER BY position",
        "SELECT event_id AS stream, sequence AS version, outcome AS type, \
            COALESCE(reason, '') || COALESCE(detail, '') || COALESCE(object, '') || settled_at \
            AS more FROM inbox ORDER BY sequence",
        "SELECT stream, version, '' AS type, '' AS more FROM streams ORDER BY stream",
        "SELECT stream, (SELECT count(*) FROM aliases) AS version, alias AS type, \
            fingerprint AS more FROM aliases ORDER BY alias",
    ] {
        for row in ground.rows(text).await {
            let part = |column: &str| row.text(column).expect("a text");
            let version = row.int("version").expect("a number");
            all.push(format!(
                "{} {version} {} {}",
                part("stream"),
                part("type"),
                part("more")
            ));
        }
    }
    all
}

pub const IN_ORDER: [&str; 4] = [
    "payout-requested",
    "payout-submitted",
    "payout-in-transit",
    "payout-paid",
];

pub async fn all(ground: &Ground) -> Vec<(Letter, Vec<u8>)> {
    let (first, last) = archive::ends(ground.database()).await.expect("an archive");
    let place = ((first - 1, last), 1_000);
    let page = archive::page(ground.database(), &tenant(), &Selection::default(), place).await;
    page.expect("a page")
}
