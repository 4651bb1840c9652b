//! Rules about `Cargo.toml`: who may depend on whom, and what each file must say.

use super::tree::{File, Offence, files};

/// Our crates, and the ones each may depend on: arrows to the left only.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("projections", &["domain", "store"]),
    ("adapters", &["domain", "store", "projections"]),
    ("tests", &["domain", "store", "projections", "adapters"]),
];

/// Dependencies that would break a crate's promise.
const REFUSED: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &[
            "tokio",
            "futures",
            "sqlx",
            "async-nats",
            "fastrand",
            "tracing",
            "metrics",
        ],
        "the domain is pure: no I/O, no chance, no side effects",
    ),
    (
        "adapters",
        &[
            "sqlx",
            "sqlx-core",
            "sqlx-mysql",
            "sqlx-postgres",
            "sqlx-sqlite",
        ],
        "adapters hold no SQL",
    ),
];

struct Dependency<'a> {
    name: &'a str,
    line: usize,
    text: &'a str,
    /// A comment stands above it, or above the group of lines it is in.
    explained: bool,
}

#[test]
fn crates_depend_only_on_those_to_their_left() {
    let mut offences = Vec::new();
    for (crate_name, allowed) in ARROWS {
        let manifest = manifest(crate_name);
        for dependency in dependencies(&manifest) {
            let ours = ARROWS.iter().any(|(name, _)| *name == dependency.name);
            if ours && !allowed.contains(&dependency.name) {
                let reason = format!("{crate_name} must not depend on {}", dependency.name);
                offences.push(manifest.offence(dependency.line, reason));
            }
        }
    }
    Offence::none(offences);
}

#[test]
fn no_crate_takes_a_dependency_that_breaks_its_promise() {
    let mut offences = Vec::new();
    for (crate_name, refused, reason) in REFUSED {
        let manifest = manifest(crate_name);
        for dependency in dependencies(&manifest).filter(|d| refused.contains(&d.name)) {
            offences.push(manifest.offence(dependency.line, *reason));
        }
    }
    Offence::none(offences);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let mut offences = Vec::new();
    for manifest in manifests() {
        for dependency in dependencies(&manifest) {
            // Ours are explained by the arrows.
            let ours = ARROWS.iter().any(|(name, _)| *name == dependency.name);
            if !ours && !dependency.explained {
                let reason = format!("a comment above {} is missing", dependency.name);
                offences.push(manifest.offence(dependency.line, reason));
            }
        }
    }
    Offence::none(offences);
}

#[test]
fn versions_are_chosen_once_for_all_crates() {
    let mut offences = Vec::new();
    for manifest in manifests()
        .into_iter()
        .filter(|file| file.path != "Cargo.toml")
    {
        for dependency in dependencies(&manifest) {
            if !dependency.text.contains("workspace = true") {
                let reason = "take it from the workspace: name = { workspace = true }";
                offences.push(manifest.offence(dependency.line, reason));
            }
        }
    }
    Offence::none(offences);
}

#[test]
fn every_crate_takes_the_lints() {
    let offences = manifests()
        .into_iter()
        .filter(|file| file.path != "Cargo.toml")
        .filter(|file| !file.text.contains("\n[lints]\nworkspace = true"))
        // The tests may unwrap and panic; unsafe is forbidden there too.
        .filter(|file| !(file.path == "tests/Cargo.toml" && file.text.contains("\n[lints.rust]\n")))
        .map(|file| file.offence(1, "add [lints] workspace = true"));
    Offence::none(offences.collect());
}

fn manifests() -> Vec<File> {
    let all = files(&[], &["toml"]);
    let found: Vec<File> = all
        .into_iter()
        .filter(|f| f.path.ends_with("Cargo.toml"))
        .collect();
    assert!(
        found.len() > ARROWS.len(),
        "the workspace and each of its crates have a manifest"
    );
    found
}

fn manifest(crate_name: &str) -> File {
    let path = format!("{crate_name}/Cargo.toml");
    manifests()
        .into_iter()
        .find(|file| file.path == path)
        .expect("each crate has a manifest")
}

/// All kinds of dependencies: normal, for tests, for build scripts, for one platform.
fn dependencies(manifest: &File) -> impl Iterator<Item = Dependency<'_>> {
    let (mut inside, mut explained) = (false, false);
    manifest.lines().filter_map(move |(line, text)| {
        if text.starts_with('[') {
            inside = text.trim_end().ends_with("dependencies]");
            explained = false;
            return None;
        }
        if text.trim().is_empty() {
            explained = false;
        } else if text.starts_with('#') {
            explained = true;
        }
        let (name, _) = text.split_once(['=', '.', ' '])?;
        let named = inside && !text.starts_with('#') && !text.starts_with(char::is_whitespace);
        named.then_some(Dependency {
            name,
            line,
            text,
            explained,
        })
    })
}

#[test]
fn dependencies_of_every_kind_are_read() {
    let manifest = File {
        path: "Cargo.toml".to_owned(),
        text: "[package]\nname = \"x\"\n[dependencies]\n# Why.\na = \"1\"\nb.workspace = true\n\n\
               c = \"1\"\n[target.'cfg(unix)'.dev-dependencies]\nd = \"1\"\n[lints]\ne = 1\n"
            .to_owned(),
    };
    let found: Vec<_> = dependencies(&manifest)
        .map(|d| (d.name, d.line, d.explained))
        .collect();
    assert_eq!(
        found,
        [
            ("a", 5, true),
            ("b", 6, true),
            ("c", 8, false),
            ("d", 10, false)
        ]
    );
}
