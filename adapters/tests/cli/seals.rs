//! `payoutd seal`: keys, heads and proofs as files, checked here and by OpenSSL.

use std::{
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use serde_json::{Value as Json, json};

use crate::run::{Ended, Folder, finish};

const PAYOUT: &str = "0198f0e2-7a51-7d3c-a2ec-7c1e9a3fb4d1";

/// Sealed books with one payout, a key, and a signed head.
fn sealed() -> Folder {
    let folder = Folder::new();
    let sale = json!({
        "transaction_id": "a", "seller_id": "seller", "kind": "payment",
        "gross": { "amount": "12.50", "currency": "usd" },
    });
    let payout = json!({ "seller_id": "seller", "currency": "usd", "payout_id": PAYOUT });
    for (name, body) in [("record-transaction", sale), ("request-payout", payout)] {
        folder
            .run(&["command", name, &body.to_string()])
            .with_code(0);
    }
    let now = folder.run(&["seal", "now", "--json"]).with_code(0).json();
    assert_eq!(now, json!({ "sealed": 3, "not_sealed": 0 }));
    let public = folder.run(&["seal", "key", "seal.pem"]).with_code(0);
    folder.file("seal.pub", public.stdout);
    with_key(&folder, &["seal", "head", "--out", "head.json"]).with_code(0);
    folder
}

fn with_key(folder: &Folder, args: &[&str]) -> Ended {
    let mut command = folder.payoutd(args);
    command.env("PAYOUTD_SEAL_KEY_FILE", "seal.pem");
    finish(command, "")
}

fn head(folder: &Folder) -> Json {
    let text = std::fs::read(folder.path("head.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_key_is_for_its_owner_alone_and_is_never_overwritten() {
    let folder = sealed();
    let file = folder.path("seal.pem");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    let again = folder.run(&["seal", "key", "seal.pem"]).with_code(1);
    assert!(again.stderr.contains("cannot make seal.pem"), "{again:?}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_payout_is_proven_from_files_alone() {
    let folder = sealed();
    let proof = folder.run(&["seal", "prove", PAYOUT, "--head", "head.json"]);
    // Away from the ledger.
    let elsewhere = Folder::new();
    elsewhere.file("proof.json", proof.with_code(0).stdout);
    for name in ["head.json", "seal.pub"] {
        elsewhere.file(name, std::fs::read(folder.path(name)).unwrap());
    }
    let check = [
        "seal",
        "check",
        "proof.json",
        "--head",
        "head.json",
        "--public-key",
        "seal.pub",
    ];
    let told = elsewhere.run(&check).with_code(0).stdout;
    let key = head(&folder)["signature"]["key_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        format!("payout {PAYOUT} to seller: 12.50 usd, requested"),
        "first 1 events".to_owned(),
        "the head of 1 blocks over 3 events".to_owned(),
        format!("✓ signed with the given key {key}"),
    ] {
        assert!(told.contains(&part), "{part}: {told}");
    }
    let json = elsewhere
        .run(&[&check[..], &["--json"]].concat())
        .with_code(0)
        .json();
    assert_eq!(
        (&json["holds"], &json["status"]),
        (&json!(true), &json!("requested"))
    );

    let another = elsewhere.run(&["seal", "key", "another.pem"]).with_code(0);
    elsewhere.file("another.pub", another.stdout);
    let check = ["seal", "check", "proof.json", "--public-key", "another.pub"];
    let told = elsewhere.run(&check).with_code(1).stdout;
    assert!(
        told.contains(&format!("it is signed with key {key}, not with")),
        "{told}"
    );
}

#[test]
fn a_proof_that_was_changed_is_refused_with_the_reason() {
    let folder = sealed();
    let proof = folder
        .run(&["seal", "prove", PAYOUT, "--json"])
        .with_code(0);
    assert!(proof.stderr.contains("the head is not signed"), "{proof:?}");
    folder.file("proof.json", proof.stdout.replace("1250", "9250"));
    let told = folder
        .run(&["seal", "check", "proof.json"])
        .with_code(1)
        .stdout;
    assert!(
        told.contains("event 1 is not what block 1 has sealed"),
        "{told}"
    );
    folder.file("proof.json", "{}");
    let told = folder
        .run(&["seal", "check", "proof.json"])
        .with_code(1)
        .stderr;
    assert!(told.contains("holds no head or proof"), "{told}");
}

#[test]
fn the_seals_must_lead_to_a_head_that_is_to_be_believed() {
    let folder = sealed();
    let verify = ["verify", "--head", "head.json", "--public-key", "seal.pub"];
    let told = folder.run(&verify).with_code(0).stdout;
    assert!(
        told.contains("✓ the chain of seals leads to the head that was published"),
        "{told}"
    );
    let mut changed = head(&folder);
    changed["events"] = json!(2);
    folder.file("head.json", changed.to_string());
    let told = folder.run(&verify).with_code(1).stderr;
    assert!(
        told.contains("its message is not made of what it says"),
        "{told}"
    );
}

#[test]
fn openssl_believes_a_head_and_makes_keys_for_it() {
    let folder = sealed();
    if !openssl(&folder, &["version"]) {
        return;
    }
    let head = head(&folder);
    let bytes = |value: &Json| hex::decode(value.as_str().unwrap()).unwrap();
    folder.file("head.bin", bytes(&head["message"]));
    folder.file("head.sig", bytes(&head["signature"]["value"]));
    let verify = [
        "pkeyutl", "-verify", "-pubin", "-inkey", "seal.pub", "-rawin", "-in", "head.bin",
        "-sigfile", "head.sig",
    ];
    assert!(openssl(&folder, &verify));
    let genpkey = ["genpkey", "-algorithm", "ed25519", "-out", "theirs.pem"];
    assert!(openssl(&folder, &genpkey));
    let mut command = folder.payoutd(&["seal", "head", "--json"]);
    command.env("PAYOUTD_SEAL_KEY_FILE", "theirs.pem");
    let theirs = finish(command, "").with_code(0).json();
    assert_ne!(theirs["signature"]["key_id"], head["signature"]["key_id"]);
}

/// Whether OpenSSL does this; not if it is not there.
fn openssl(folder: &Folder, args: &[&str]) -> bool {
    Command::new("openssl")
        .args(args)
        .current_dir(folder.path("."))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn the_chain_is_listed_block_by_block() {
    let folder = sealed();
    let sale = json!({
        "transaction_id": "b", "seller_id": "seller", "kind": "payment",
        "gross": { "amount": "1.00", "currency": "usd" },
    });
    folder
        .run(&["command", "record-transaction", &sale.to_string()])
        .with_code(0);
    folder.run(&["seal", "now"]).with_code(0);
    let blocks: Vec<Json> = folder
        .run(&["seal", "log", "--json"])
        .with_code(0)
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[1]["previous"], blocks[0]["hash"]);
    assert_eq!(head(&folder)["block_hash"], blocks[0]["hash"]);
    let text = folder.run(&["seal", "log"]).with_code(0).stdout;
    assert!(
        text.starts_with("block 1: 3 events, from 1 to 3, "),
        "{text}"
    );
}

#[test]
fn the_story_of_a_payout_tells_hash_and_seal_of_each_event() {
    let folder = sealed();
    let proof = folder.run(&["seal", "prove", PAYOUT]).with_code(0).json();
    let proven: Vec<_> = proof["events"].as_array().unwrap().iter().collect();
    let story = folder.run(&["explain", "payout", PAYOUT, "--json"]);
    let story = story.with_code(0).json();
    let told = story["timeline"].as_array().unwrap().iter();
    let events: Vec<_> = told.filter(|entry| entry["kind"] == "event").collect();
    assert!(events.len() > proven.len(), "the balance's events as well");
    for event in events {
        assert_eq!(event["seal"], 1, "{event}");
        assert_eq!(event["hash"].as_str().map(str::len), Some(64));
    }
}
