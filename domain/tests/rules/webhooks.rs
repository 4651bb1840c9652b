//! What an operator decides on a webhook that could not be applied.

use domain::{
    Code, Event, Input, Rejection,
    id::{Fingerprint, StreamId},
    webhook::{DropWebhook, Outcome},
};

use crate::rules::scenario::{Ledger, names};

fn wanted(outcome: Outcome) -> DropWebhook {
    DropWebhook {
        event_id: "evt_1".to_owned(),
        body_hash: Fingerprint::of("{}"),
        object: Some("payout/po_1".to_owned()),
        reason: "paid by hand".to_owned(),
        outcome,
        outcome_reason: Some("already_exists".to_owned()),
    }
}

fn decided(ledger: &mut Ledger, wanted: DropWebhook) -> Result<Vec<Event>, Code> {
    let outcome = ledger.when(&Input::Drop(wanted));
    outcome.map_err(|rejection: Rejection| rejection.code())
}

#[test]
fn what_is_dead_or_waits_can_be_dropped_for_a_reason() {
    for outcome in [Outcome::Dead, Outcome::Parked] {
        let mut ledger = Ledger::new();
        let events = decided(&mut ledger, wanted(outcome)).unwrap();
        assert_eq!(names(&events), ["webhook-dropped"]);
        let Event::WebhookDropped(event) = &events[0] else {
            panic!("{events:?}")
        };
        assert_eq!(event.reason, "paid by hand");
        assert_eq!(event.outcome_before, outcome);
        assert_eq!(event.reason_before.as_deref(), Some("already_exists"));
    }
}

#[test]
fn what_has_had_its_way_cannot_be_dropped() {
    for outcome in [Outcome::Applied, Outcome::Ignored] {
        let told = decided(&mut Ledger::new(), wanted(outcome));
        assert_eq!(told, Err(Code::IllegalTransition));
    }
}

#[test]
fn dropping_again_is_nothing_new_unless_for_another_reason() {
    let mut ledger = Ledger::new();
    decided(&mut ledger, wanted(Outcome::Dead)).unwrap();
    assert_eq!(decided(&mut ledger, wanted(Outcome::Ignored)), Ok(vec![]));
    let other = DropWebhook {
        reason: "I changed my mind".to_owned(),
        ..wanted(Outcome::Ignored)
    };
    assert_eq!(decided(&mut ledger, other), Err(Code::AlreadyExists));
}

#[test]
fn a_reason_is_a_short_text_that_says_something() {
    for reason in ["", " \n", "\u{1b}[2J", &"x".repeat(1_001)] {
        let silent = DropWebhook {
            reason: reason.to_owned(),
            ..wanted(Outcome::Dead)
        };
        let told = decided(&mut Ledger::new(), silent);
        assert_eq!(told, Err(Code::InvalidCommand), "{reason:?}");
    }
}

#[test]
fn bodies_that_share_an_id_have_streams_of_their_own() {
    let (one, other) = (Fingerprint::of("1"), Fingerprint::of("2"));
    let stream = StreamId::webhook("evt_1", &one);
    assert_eq!(stream.as_str(), format!("webhook-evt_1-{}", one.as_str()));
    assert_ne!(stream, StreamId::webhook("evt_1", &other));
}

#[test]
fn the_stream_of_a_strange_id_keeps_the_rule_of_ids() {
    let hash = Fingerprint::of("{}");
    for id in ["evt 1", "evt\u{202e}1", "", &"é".repeat(200)] {
        let stream = StreamId::webhook(id, &hash);
        let key = stream.key();
        assert!(
            key.len() <= 255 && key.bytes().all(|b| b.is_ascii_graphic()),
            "{key}"
        );
        assert_eq!(StreamId::parse(stream.as_str()), Ok(stream.clone()));
    }
}
