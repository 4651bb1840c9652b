//! Whatever comes in: an answer, never a panic, and never in both books.

use domain::stripe::{Meaning, Mode, Translation, translate};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::payloads::payloads;

/// What holds for the answer to any body.
fn check(body: &[u8]) {
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| translate(body, mode));
    let counts = |found: &Translation| matches!(found.meaning, Meaning::Fact(_));
    assert!(!(counts(&test) && counts(&live)), "in both books");
    for found in [&test, &live] {
        if let Meaning::Dead { reason, detail } = &found.meaning {
            assert!(!reason.is_empty() && !detail.is_empty());
            assert!(detail.len() < 600, "{detail}");
        }
        assert!(found.object.as_ref().is_none_or(|key| key.len() < 300));
        assert!(
            found
                .event_id
                .as_ref()
                .is_none_or(|id| (1..=255).contains(&id.chars().count()))
        );
    }
    assert_eq!((test.event_id, test.object), (live.event_id, live.object));
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(payloads().into_values().collect::<Vec<_>>())
}

/// What a field is not expected to be.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "paid",
            "failed",
            "acct_1",
            "stripe_account",
            "USD",
            "\u{0}"
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"id": "acct_1"})),
        Just(json!("x".repeat(100_000))),
    ]
}

/// All values in a payload, each by its path.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            paths(value, &format!("{path}/{name}"), found);
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, value)| paths(value, &format!("{path}/{at}"), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..512)) {
        check(&body);
    }

    #[test]
    fn any_text_gets_an_answer(body in "[\\[\\]{}\",:0-9a-z\\\\ -]{0,64}") {
        check(body.as_bytes());
    }

    #[test]
    fn a_damaged_payload_gets_an_answer(
        mut body in payload(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..8),
        (from, to) in (any::<Index>(), any::<Index>()),
        repeated in any::<bool>(),
    ) {
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let (from, to) = (from.index(body.len()), to.index(body.len()));
        let part = body[from.min(to)..from.max(to)].to_vec();
        if repeated {
            body.splice(to..to, part);
        } else {
            body.truncate(from);
        }
        check(&body);
    }

    #[test]
    fn a_payload_with_odd_fields_gets_an_answer(
        body in payload(),
        changes in prop::collection::vec((any::<Index>(), odd()), 1..4),
    ) {
        let mut event: Value = serde_json::from_slice(&body).unwrap_or_default();
        for (at, value) in changes {
            let mut all = Vec::new();
            paths(&event, "", &mut all);
            if let Some(place) = event.pointer_mut(&all[at.index(all.len())]) {
                *place = value;
            }
        }
        check(event.to_string().as_bytes());
    }
}
