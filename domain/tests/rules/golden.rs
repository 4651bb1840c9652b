//! Stored shapes are contracts: each event ever written is read for ever, and
//! written the same way again.
//!
//! `tests/golden/v<version>/<event>.json` holds each type with every field, and
//! `<event>.minimal.json` with none that can be missing. To add an event: add it
//! to the samples here and its file there; the test says what belongs in it.
#![expect(
    clippy::unwrap_used,
    reason = "a golden file that cannot be read fails the test"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use domain::{Event, event::DecodeError};

mod items;
mod samples;
mod submissions;

use samples::samples;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// Every golden file of any version, as `v1/payout-paid.json`.
fn files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for version in fs::read_dir(folder()).unwrap() {
        let version = version.unwrap();
        for file in fs::read_dir(version.path()).unwrap() {
            let (version, file) = (version.file_name(), file.unwrap().file_name());
            files.insert(format!(
                "{}/{}",
                version.to_str().unwrap(),
                file.to_str().unwrap()
            ));
        }
    }
    files
}

#[test]
fn every_event_type_has_a_golden_file() {
    let files = files();
    for (name, version) in Event::TYPES {
        let file = format!("v{version}/{name}.json");
        assert!(files.contains(&file), "tests/golden/{file} is missing");
    }
}

#[test]
fn golden_files_are_what_they_always_were() {
    for (file, event) in samples() {
        let golden = fs::read_to_string(folder().join(&file)).unwrap_or_else(|error| {
            panic!(
                "tests/golden/{file}: {error}; it should hold\n{}",
                event.encode()
            )
        });
        let golden = golden.strip_suffix('\n').unwrap();
        let read = Event::decode(event.name(), event.schema_version(), golden);
        assert_eq!(read.unwrap(), event, "tests/golden/{file}");
        assert_eq!(event.encode(), golden, "tests/golden/{file}");
    }
}

#[test]
fn every_golden_file_can_be_read() {
    for file in files() {
        let (version, name) = file.split_once('/').unwrap();
        let version = version.strip_prefix('v').unwrap().parse().unwrap();
        let (name, _) = name.split_once('.').unwrap();
        let data = fs::read_to_string(folder().join(&file)).unwrap();
        let event = Event::decode(name, version, data.trim_end());
        let event = event.unwrap_or_else(|error| panic!("tests/golden/{file}: {error}"));
        assert_eq!(event.name(), name);
    }
}

#[test]
fn events_of_a_newer_program_and_broken_ones_are_told_apart() {
    let unknown = Event::decode("payout-paid", 2, "{}");
    assert!(matches!(
        unknown,
        Err(DecodeError::Unknown { version: 2, .. })
    ));
    let unknown = Event::decode("payout-praised", 1, "{}");
    assert!(matches!(unknown, Err(DecodeError::Unknown { .. })));
    for data in [
        "",
        "{}",
        "[]",
        r#"{"payout_id":"no"}"#,
        r#"{"payout_id":1}"#,
    ] {
        let broken = Event::decode("payout-paid", 1, data);
        assert!(
            matches!(broken, Err(DecodeError::Malformed { .. })),
            "{data}"
        );
    }
}
