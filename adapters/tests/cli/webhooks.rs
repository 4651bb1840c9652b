//! `payoutd webhook`: signatures made and examined by hand.

use serde_json::json;

use crate::run::{Ended, Folder, finish};

const SECRET: &str = "whsec_test_secret";
const BODY: &str = r#"{"id":"evt_test","object":"event","type":"payout.paid"}"#;
const T: &str = "1492774577";
const HEADER: &str =
    "t=1492774577,v1=fc6aa9b50de4ab6178da9a34684c327cfe2afa0c60234912e997d82291c22e77";

/// Runs `payoutd webhook` with a secret in the environment and a body on stdin.
fn run(args: &[&str], body: &str) -> Ended {
    let folder = Folder::new();
    let mut command = folder.payoutd(&[&["webhook"], args].concat());
    command
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_rotated_new");
    finish(command, body)
}

fn verify(header: &str, body: &str, at: &str) -> Ended {
    run(&["verify", "--signature", header, "--at", at], body)
}

#[test]
fn a_signature_is_the_one_that_stripe_would_make() {
    let signed = run(&["sign", "--at", T], BODY).with_code(0);
    assert_eq!(signed.stdout, format!("{HEADER}\n"));
    let folder = Folder::new();
    let file = folder.file("event.json", BODY);
    let args = ["webhook", "sign", &file, "--secret", SECRET, "--at", T];
    let signed = folder.run(&args).with_code(0);
    assert_eq!(signed.stdout, format!("{HEADER}\n"));
}

#[test]
fn what_is_signed_now_is_valid_now() {
    let signed = run(&["sign"], BODY).with_code(0);
    let args = ["verify", "--signature", signed.stdout.trim_end()];
    assert_eq!(run(&args, BODY).with_code(0).stdout, "valid\n");
    let args = [&args[..], &["--json"]].concat();
    assert_eq!(run(&args, BODY).with_code(0).json(), json!({"valid": true}));
}

#[test]
fn what_is_wrong_with_a_signature_is_told_with_the_mistake_behind_it() {
    let rotated =
        "t=1492774577,v1=9561c88d16b78e40e3d7b7f61f6584efa17bb02094436382a45b27582a2f6104";
    let (feed, crlf) = (format!("{BODY}\n"), format!("{BODY}\r\n"));
    let lines = BODY.replace(',', ",\n");
    let of_lines = run(&["sign", "--at", T], &lines).with_code(0).stdout;
    let of_feed = run(&["sign", "--at", T], &feed).with_code(0).stdout;
    for (header, body, at, reason, hint) in [
        (HEADER, BODY, "1492774878", "301 s old", "Stripe signs anew"),
        (
            HEADER,
            BODY,
            "1492774276",
            "301 s ahead",
            "A clock is wrong",
        ),
        (HEADER, &feed, T, "no v1", "has added a line feed"),
        (HEADER, &crlf, T, "no v1", "has added a line feed"),
        (of_feed.trim(), BODY, T, "no v1", "that this body lacks"),
        (
            of_lines.trim(),
            &lines.replace('\n', "\r\n"),
            T,
            "no v1",
            "CR LF",
        ),
        (rotated, BODY, T, "no v1", "secret of the other endpoint"),
        (HEADER, "{}", T, "no v1", "Either the secret"),
        (
            "t=1492774577, v1=00",
            BODY,
            T,
            "has no v1",
            "without spaces",
        ),
        ("t=1492774577,v1=00", BODY, T, "64 hex digits", "cut short"),
        ("v1=00", BODY, T, "has no t", ""),
        ("", BODY, T, "missing or empty", ""),
    ] {
        let ended = verify(header, body, at).with_code(1);
        assert!(ended.stdout.starts_with("not valid: "), "{ended:?}");
        assert!(ended.stdout.contains(reason), "{reason}: {ended:?}");
        assert!(ended.stdout.contains(hint), "{hint}: {ended:?}");
        assert!(!ended.stdout.contains("whsec"), "{ended:?}");
    }
    let args = [
        "verify",
        "--signature",
        HEADER,
        "--at",
        "1492774878",
        "--json",
    ];
    let told = run(&args, BODY).with_code(1).json();
    assert_eq!(
        (&told["valid"], &told["reason"]),
        (&json!(false), &json!("too_old"))
    );
}

#[test]
fn without_a_secret_or_a_body_it_is_a_wrong_call() {
    let folder = Folder::new();
    let ended = folder.run(&["webhook", "sign"]).with_code(2);
    assert!(ended.stderr.contains("STRIPE_WEBHOOK_SECRET"), "{ended:?}");
    folder
        .run(&["webhook", "verify", "--secret", "x"])
        .with_code(2);
    let args = ["webhook", "sign", "missing.json", "--secret", "x"];
    folder.run(&args).with_code(1);
}

#[test]
fn help_never_shows_a_secret_and_warns_of_the_flag() {
    let help = run(&["sign", "--help"], "").with_code(0).stdout;
    assert!(help.contains("list of processes"), "{help}");
    assert!(!help.contains(SECRET), "{help}");
}
