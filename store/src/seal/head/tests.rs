//! Heads that are as they were signed, and heads that are not.

use super::*;

fn head() -> Head {
    let mut chain = Chain::default();
    chain.tree.push(Hash::of(b"block"));
    chain.events = 3;
    let place = Cursor {
        txid: 7,
        position: 9,
    };
    chain.last = Some((Hash::of(b"block"), place, 1_700_000_000_000_001));
    Head::new("default", &chain, OffsetDateTime::UNIX_EPOCH)
}

#[test]
fn a_signed_head_is_believed_and_read_again() {
    let key = Key::of_seed([7; 32]);
    let head = head().signed(&key);
    assert_eq!(head.check(Some(&key.public())), Ok(()));
    let text = serde_json::to_string(&head).unwrap();
    assert_eq!(serde_json::from_str::<Head>(&text).unwrap(), head);
    assert!(text.contains("\"sealed_at\":\"2023-11-14T22:13:20.000001Z\""));
}

#[test]
fn the_signed_bytes_are_as_documented() {
    // Purpose and tenant with their lengths, two counts, two hashes, four numbers.
    let message = head().message();
    assert_eq!(message.len(), 4 + 20 + 4 + 7 + 2 * 8 + 2 * 32 + 4 * 8);
    assert_eq!(&message[..4], [0, 0, 0, 20]);
    assert_eq!(&message[4..24], b"payoutd.seal.head.v1");
}

#[test]
fn whatever_is_changed_is_noticed() {
    let key = Key::of_seed([7; 32]);
    let signed = head().signed(&key);
    let mut changed = signed.clone();
    changed.events = 4;
    assert_eq!(changed.check(None), Err(Flaw::Message));
    changed.message = hex::encode(changed.message());
    assert_eq!(changed.check(None), Err(Flaw::Signature));
    let mut unsigned = signed.clone();
    unsigned.signature = None;
    assert_eq!(unsigned.check(None), Ok(()));
    assert_eq!(unsigned.check(Some(&key.public())), Err(Flaw::Unsigned));
    let other = Key::of_seed([8; 32]);
    assert!(matches!(
        signed.check(Some(&other.public())),
        Err(Flaw::AnotherKey { .. })
    ));
}
