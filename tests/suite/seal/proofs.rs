//! One payout is shown to be below a head, without the rest of the log.

use domain::id::{PayoutId, Tenant};
use serde_json::Value as Json;
use store::{
    Backend,
    seal::{self, Flaw, Head, Key, Proof, ProveError},
};
use support::eventually;
use time::OffsetDateTime;

use super::stage::{EACH, PAID, REQUESTED, SOON, Stage};

fn payout(id: &str) -> PayoutId {
    PayoutId(id.parse().expect("a UUID"))
}

async fn prove(stage: &Stage, id: &str, head: Option<&Head>) -> Result<(Proof, u64), ProveError> {
    let tenant = Tenant::default_tenant();
    let about = (&tenant, payout(id));
    seal::prove(&stage.database, about, head, OffsetDateTime::UNIX_EPOCH).await
}

#[tokio::test]
async fn a_payout_is_shown_to_be_below_a_head_that_was_published_earlier() {
    for backend in EACH {
        let stage = Stage::on(backend).await;
        let key = Key::of_seed([1; 32]);
        let head = stage.head().await.signed(&key);
        for number in 0..5 {
            stage
                .sale(&format!("more{number}"), serde_json::json!({}))
                .await;
            stage.seal().await;
        }
        let (proof, later) = prove(&stage, PAID, Some(&head)).await.expect("a proof");
        assert_eq!(later, 0);
        // As it travels.
        let text = serde_json::to_string(&proof).expect("JSON");
        let proof: Proof = serde_json::from_str(&text).expect("a proof");
        let proven = proof.check(Some(&head)).expect("it holds");
        assert_eq!(head.check(Some(&key.public())), Ok(()));
        assert_eq!((proven.status, proven.events), ("paid", 3));
        assert_eq!(proven.amount.to_string(), "20.00 usd");
        assert_eq!(proven.stripe_payout_id.as_deref(), Some("po_1"));
        // Against the head of now as well.
        let (proof, _) = prove(&stage, PAID, None).await.expect("a proof");
        assert_eq!(proof.head.blocks, 8);
        assert_eq!(proof.check(None).map(|proven| proven.status), Ok("paid"));
        let other = proof.check(Some(&head));
        assert!(matches!(other, Err(Flaw::AnotherHead { .. })), "{other:?}");
    }
}

#[tokio::test]
async fn a_proof_in_which_anything_is_changed_shows_nothing() {
    let stage = Stage::on(Backend::Sqlite).await;
    let (proof, _) = prove(&stage, PAID, None).await.expect("a proof");
    let whole = serde_json::to_value(&proof).expect("JSON");
    let changed = |pointer: &str, to: Json| {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).expect("a field") = to;
        let proof: Proof = serde_json::from_value(changed).expect("a proof");
        proof
            .check(Some(&proof.head.clone()))
            .expect_err(pointer)
            .to_string()
    };
    let data = whole["events"][0]["data"].as_str().expect("data");
    let hash = "0".repeat(64);
    for (pointer, to, told) in [
        (
            "/events/0/data",
            data.replace("2000", "9000").into(),
            "event 1 is not what block 1",
        ),
        (
            "/events/0/metadata",
            "{}".into(),
            "event 1 is not what block 1",
        ),
        (
            "/events/1/type",
            "payout-failed".into(),
            "event 2 is not what block 2",
        ),
        (
            "/events/1/recorded_at",
            "2020-01-01T00:00:00Z".into(),
            "event 2 is not what block 2",
        ),
        (
            "/events/1/place/position",
            77.into(),
            "event 2 is not what block 2",
        ),
        ("/events/1/index", 77.into(), "event 2 is not what block 2"),
        (
            "/events/0/path/0",
            hash.clone().into(),
            "event 1 is not what block 1",
        ),
        ("/events/0/block", 2.into(), "event 1 is not what block 2"),
        (
            "/events/0/block",
            3.into(),
            "block 3, which the proof does not show",
        ),
        (
            "/events/0/version",
            2.into(),
            "event 2 of the payout is where event 1 should be",
        ),
        (
            "/events/0/stream",
            "payout-x".into(),
            "event 1 is of payout-x, not of the payout",
        ),
        ("/events", Json::Array(vec![]), "it shows no event"),
        (
            "/blocks/0/header/root",
            hash.clone().into(),
            "block 1 is not below the head",
        ),
        (
            "/blocks/0/header/sealed_at",
            "2020-01-01T00:00:00Z".into(),
            "block 1 is not below",
        ),
        (
            "/blocks/1/path/0",
            hash.clone().into(),
            "block 2 is not below the head",
        ),
        (
            "/head/root",
            hash.clone().into(),
            "the head: its message is not made of what it says",
        ),
        ("/payout_id", REQUESTED.into(), "not of the payout"),
        (
            "/format",
            "payoutd-seal-proof/9".into(),
            "the format of the proof is",
        ),
    ] {
        let flaw = changed(pointer, to);
        assert!(flaw.contains(told), "{pointer}: {flaw}");
    }
}

#[tokio::test]
async fn what_is_not_below_a_head_cannot_be_shown_to_be() {
    let stage = Stage::on(Backend::Sqlite).await;
    let head = stage.head().await;
    let unknown = prove(&stage, "00000000-0000-0000-0000-000000000007", None).await;
    assert!(
        matches!(unknown, Err(ProveError::NoPayout(_))),
        "{unknown:?}"
    );
    // Somebody edits the payout.
    stage
        .tamper(&[
            "UPDATE events SET data = replace(data::text, 'as agreed', 'as I say')::json \
             WHERE type = 'payout-requested' AND version = 1",
        ])
        .await;
    let edited = prove(&stage, PAID, None).await;
    assert!(
        matches!(edited, Err(ProveError::Altered { version: 1, .. })),
        "{edited:?}"
    );
    // And seals it anew.
    stage
        .tamper(&[
            "DELETE FROM seals",
            "DELETE FROM checkpoints WHERE follower = 'seals'",
        ])
        .await;
    let unsealed = prove(&stage, PAID, None).await;
    assert!(
        matches!(unsealed, Err(ProveError::NotSealed(_))),
        "{unsealed:?}"
    );
    stage.seal().await;
    let rewritten = prove(&stage, PAID, Some(&head)).await;
    assert!(
        matches!(rewritten, Err(ProveError::AnotherChain)),
        "{rewritten:?}"
    );
}

#[tokio::test]
async fn a_service_seals_what_is_committed_and_ends_cleanly() {
    for backend in EACH {
        let stage = Stage::on(backend).await;
        let before = stage.head().await;
        let mut service = stage.serve().await;
        stage.sale("late", serde_json::json!({})).await;
        let after = eventually(SOON, async || match stage.head().await {
            head if head.blocks > before.blocks => Ok(head),
            head => Err(head),
        })
        .await;
        assert_eq!(after.events, before.events + 1);
        assert!(service.terminate(SOON).await.success());
    }
}
