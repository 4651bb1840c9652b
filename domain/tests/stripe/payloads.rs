//! Every payload that ships with the project, against `meanings.tsv`.
#![expect(
    clippy::unwrap_used,
    reason = "a payload that can't be read is a failed test"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use domain::{
    id::Fingerprint,
    stripe::{Mode, translate},
};

use super::summary::summary;

/// Payloads by their path below `tests/payloads`, without `.json`.
pub(super) fn payloads() -> BTreeMap<String, Vec<u8>> {
    let folder = folder();
    let files = [folder.clone(), folder.join("own")]
        .into_iter()
        .flat_map(|folder| {
            fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        });
    files
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            (name, fs::read(path).unwrap())
        })
        .collect()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/payloads"))
}

/// The line of `meanings.tsv` a payload deserves.
fn line(name: &str, body: &[u8]) -> String {
    let test = translate(body, Mode::Test);
    let live = translate(body, Mode::Live);
    assert_eq!(test.object, live.object, "{name}");
    assert_eq!(test.event_id, live.event_id, "{name}");
    let object = test.object.as_deref().unwrap_or("-");
    format!("{name}\t{object}\t{}\t{}", summary(&test), summary(&live))
}

#[test]
fn every_payload_means_what_the_table_says() {
    let mut expected: BTreeMap<&str, &str> = include_str!("meanings.tsv")
        .lines()
        .skip(1)
        .map(|line| (line.split('\t').next().unwrap(), line))
        .collect();
    let mut wrong = Vec::new();
    for (name, body) in payloads() {
        let line = line(&name, &body);
        match expected.remove(name.as_str()) {
            Some(told) if told == line => {}
            Some(told) => wrong.push(format!("- {told}\n+ {line}")),
            None => wrong.push(format!("+ {line}")),
        }
    }
    wrong.extend(expected.into_values().map(|line| format!("- {line}")));
    assert!(
        wrong.is_empty(),
        "meanings.tsv differs:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn payloads_of_others_are_unmodified_and_have_a_source() {
    let sources = fs::read_to_string(folder().join("SOURCES.tsv")).unwrap();
    let mut hashes: BTreeMap<&str, &str> = sources
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<_> = line.split('\t').collect();
            (columns[0].strip_suffix(".json").unwrap(), columns[7])
        })
        .collect();
    for (name, body) in payloads() {
        if !name.starts_with("own/") {
            assert_eq!(
                hashes.remove(name.as_str()),
                Some(Fingerprint::of(body).as_str()),
                "{name}"
            );
        }
    }
    assert!(hashes.is_empty(), "without a file: {hashes:?}");
}
