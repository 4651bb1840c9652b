//! Stripe's signatures: known values, and all that must be taken or turned away.

use proptest::{collection::vec, prelude::*};
use time::OffsetDateTime;

use super::{MAX_SIGNATURES, RawWebhook, SignatureError, SignatureHeader, sign};
use crate::config::Secret;

const SECRET: &str = "whsec_test_secret";
const ROTATED: &str = "whsec_rotated_new";
const T: i64 = 1_492_774_577;
const BODY: &str = r#"{"id":"evt_test","object":"event","type":"payout.paid"}"#;
const INDENTED: &str =
    "{\n  \"id\": \"evt_test\",\n  \"object\": \"event\",\n  \"type\": \"payout.paid\"\n}\n";
const V1: &str = "fc6aa9b50de4ab6178da9a34684c327cfe2afa0c60234912e997d82291c22e77";
const V1_INDENTED: &str = "8fa0f959fc5bd2114c88b87ca2d4e4c826f2bbd3db6c3306a68fcc80904c5f8a";
const V1_ROTATED: &str = "9561c88d16b78e40e3d7b7f61f6584efa17bb02094436382a45b27582a2f6104";
const PAYLOAD: &[u8] =
    include_bytes!("../../../../tests/payloads/payout.paid.LocalOrbit-localorbit.1.json");

/// Secret, time, body, its length, signature.
fn vectors() -> [(&'static str, i64, &'static [u8], usize, &'static str); 8] {
    [
        (SECRET, T, BODY.as_bytes(), 55, V1),
        (SECRET, T, INDENTED.as_bytes(), 69, V1_INDENTED),
        (ROTATED, T, BODY.as_bytes(), 55, V1_ROTATED),
        (
            SECRET,
            1_700_000_000,
            r#"{"id":"evt_ü","description":"Überweisung ¥5 €10"}"#.as_bytes(),
            54,
            "ca28ac4fcf4139760402476d459f8fcf6e62bae34982429c88b414e96e4fefc2",
        ),
        (
            SECRET,
            1_700_000_000,
            b"",
            0,
            "316b9ab98c15bfa039d243f3196acee619cf29749a91a634e6a8154e2f7b6727",
        ),
        (
            SECRET,
            1_700_000_000,
            br#"{"u":"https:\/\/x","s":"\u00e9"}"#,
            32,
            "ec9f0617e67d3325400db08955ee1b1c90f85bccfe58a0f8bc4b5d94b31a9472",
        ),
        (
            "secret",
            1_700_000_000,
            b"{\"a\":1}\r\n",
            9,
            "d8e9ecb1a7dcf3545608454d544719cc5adf803e1a7476ce37285ee6927181aa",
        ),
        (
            SECRET,
            1_580_431_236,
            PAYLOAD,
            989,
            "23f4c3c88c665f5cec0a7103718ca1e26b38670d27924d08d8fd045a3f8f7479",
        ),
    ]
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn at(secs: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(secs).unwrap()
}

/// Checks [`BODY`] at [`T`] under [`SECRET`].
fn check(header: &str) -> Result<(), SignatureError> {
    check_at(header, T)
}

fn check_at(header: &str, now: i64) -> Result<(), SignatureError> {
    verify(header, BODY.as_bytes(), (&[SECRET], now))
}

fn verify(header: &str, body: &[u8], by: (&[&str], i64)) -> Result<(), SignatureError> {
    let secrets: Vec<_> = by.0.iter().map(|text| secret(text)).collect();
    let header = SignatureHeader::read([header.as_bytes()])?;
    let verified = RawWebhook::new(header, body.to_vec()).verify(&secrets, at(by.1))?;
    assert_eq!(verified.into_body(), body);
    Ok(())
}

#[test]
fn known_signatures_are_made_and_believed() {
    for (key, t, body, length, v1) in vectors() {
        assert_eq!(body.len(), length);
        let header = format!("t={t},v1={v1}");
        assert_eq!(sign([&secret(key)], t, body), header);
        assert_eq!(verify(&header, body, (&[key], t)), Ok(()), "{header}");
        assert_eq!(
            verify(&header, body, (&["other", key], t)),
            Ok(()),
            "{header}"
        );
        let stranger = verify(&header, body, (&["whsec_other"], t));
        assert_eq!(stranger, Err(SignatureError::Mismatch), "{header}");
    }
}

#[test]
fn every_secret_signs_and_each_is_believed() {
    let secrets = [secret(ROTATED), secret(SECRET)];
    let header = sign(&secrets, T, BODY.as_bytes());
    assert_eq!(header, format!("t={T},v1={V1_ROTATED},v1={V1}"));
    for known in [ROTATED, SECRET] {
        assert_eq!(verify(&header, BODY.as_bytes(), (&[known], T)), Ok(()));
    }
}

#[test]
fn one_good_v1_is_enough_whatever_stands_beside_it() {
    for header in [
        format!("t={T},v1={V1}"),
        format!("v1={V1},t={T}"),
        format!("t={T},v1={V1_ROTATED},v1={V1}"),
        format!("t={T},v1={V1},v1={V1_ROTATED}"),
        format!("t={T},v0={V1_ROTATED},v1={V1}"),
        format!("t={T},v1={V1},v0={V1_ROTATED}"),
        format!("t={T},v0=,v1={V1}"),
        format!("t={T},v1={V1},v2=something,new"),
        format!("t={T},v1={V1},"),
        format!("t={T},v1=,v1={V1}"),
        format!("t={T},v1=zz,v1={V1}"),
        format!("t={T},v1={V1}00,v1={V1}"),
        format!("t={T},t={T},v1={V1}"),
        format!(
            "t={T},{}v1={V1}",
            format!("v1={V1_ROTATED},").repeat(MAX_SIGNATURES - 1)
        ),
        format!("t={T},{}v1={V1}", "v0=ab,".repeat(100)),
    ] {
        assert_eq!(check(&header), Ok(()), "{header}");
    }
}

#[test]
fn what_is_not_signed_right_is_turned_away_and_says_why() {
    use SignatureError as E;
    let table = [
        (String::new(), E::NoHeader),
        (" \t".to_owned(), E::NoHeader),
        (format!("v1={V1}"), E::NoTime),
        ("nonsense".to_owned(), E::NoTime),
        (format!("t=,v1={V1}"), E::BadTime),
        (format!("t=+{T},v1={V1}"), E::BadTime),
        (format!("t=-{T},v1={V1}"), E::BadTime),
        (format!("t={T}.0,v1={V1}"), E::BadTime),
        (format!("t= {T},v1={V1}"), E::BadTime),
        (format!("t=99999999999999999999,v1={V1}"), E::BadTime),
        (format!("t={T},t=1492774578,v1={V1}"), E::TwoTimes),
        (format!("t={T},t=0{T},v1={V1}"), E::TwoTimes),
        (format!("t={T}"), E::NoSignature),
        (format!("t={T},v0={V1}"), E::NoSignature),
        (format!("t={T},V1={V1}"), E::NoSignature),
        (format!("t={T}, v1={V1}"), E::NoSignature),
        (format!("t={T};v1={V1}"), E::BadTime),
        (format!("t={T},v1="), E::BadSignature),
        (format!("t={T},v1={}", &V1[..63]), E::BadSignature),
        (format!("t={T},v1={}", &V1[..62]), E::BadSignature),
        (format!("t={T},v1={V1}0"), E::BadSignature),
        (format!("t={T},v1={V1}00"), E::BadSignature),
        (format!("t={T},v1={}", V1.to_uppercase()), E::BadSignature),
        (format!("t={T},v1={}", "z".repeat(64)), E::BadSignature),
        (format!("t={T},v1=\"{V1}\""), E::BadSignature),
        (format!("t={T},v1={V1_INDENTED}"), E::Mismatch),
        (format!("t={T},v1={V1_ROTATED}"), E::Mismatch),
        (format!("t={T},v0={V1},v1={V1_ROTATED}"), E::Mismatch),
        (format!("t=1492774578,v1={V1}"), E::Mismatch),
        (format!("t=0{T},v1={V1}"), E::Mismatch),
        (
            format!("t={T}{}", format!(",v1={V1}").repeat(MAX_SIGNATURES + 1)),
            E::TooManySignatures,
        ),
    ];
    for (header, expected) in table {
        assert_eq!(check(&header), Err(expected), "{header}");
    }
}

#[test]
fn the_time_may_differ_by_300_seconds_both_ways() {
    use SignatureError as E;
    let header = format!("t={T},v1={V1}");
    for (now, expected) in [
        (T - 301, Err(E::TooNew { secs: 301 })),
        (T - 300, Ok(())),
        (T, Ok(())),
        (T + 300, Ok(())),
        (T + 301, Err(E::TooOld { secs: 301 })),
        (1_795_000_000, Err(E::TooOld { secs: 302_225_423 })),
    ] {
        assert_eq!(check_at(&header, now), expected, "{now}");
    }
    // What is not signed right is not asked how old it is.
    let forged = format!("t={T},v1={V1_ROTATED}");
    assert_eq!(check_at(&forged, T + 301), Err(E::Mismatch));
}

#[test]
fn there_is_one_header() {
    let good = format!("t={T},v1={V1}");
    let read = |values: &[&str]| {
        SignatureHeader::read(values.iter().map(|value| value.as_bytes())).map(|_| ())
    };
    assert_eq!(read(&[&good]), Ok(()));
    assert_eq!(read(&[]), Err(SignatureError::NoHeader));
    assert_eq!(read(&[&good, &good]), Err(SignatureError::SeveralHeaders));
}

#[test]
fn without_a_secret_nothing_is_believed() {
    let header = format!("t={T},v1={V1}");
    let verified = verify(&header, BODY.as_bytes(), (&[], T));
    assert_eq!(verified, Err(SignatureError::Mismatch));
}

proptest! {
    #[test]
    fn no_header_and_no_body_makes_it_panic_or_believe(
        header in vec(any::<u8>(), 0..200),
        body in vec(any::<u8>(), 0..100),
    ) {
        if let Ok(header) = SignatureHeader::read([header.as_slice()]) {
            prop_assert!(RawWebhook::new(header, body).verify(&[secret(SECRET)], at(T)).is_err());
        }
    }

    #[test]
    fn a_header_of_the_right_words_in_any_order_does_not_make_it_panic(
        words in vec("t=|v1=|v0=|,|=|[0-9a-f]{1,70}|\\PC", 0..40),
    ) {
        let _ = check(&words.concat());
    }

    #[test]
    fn whatever_is_signed_is_believed_and_a_changed_byte_is_not(
        body in vec(any::<u8>(), 1..300),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let header = sign([&secret(SECRET)], T, &body);
        prop_assert_eq!(verify(&header, &body, (&[SECRET], T)), Ok(()));
        let mut changed = body.clone();
        changed[at.index(body.len())] ^= flip;
        let told = verify(&header, &changed, (&[SECRET], T));
        prop_assert_eq!(told, Err(SignatureError::Mismatch));
    }
}
