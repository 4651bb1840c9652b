//! The list of metrics against the documentation and the source: three places that must agree.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use adapters::machine::catalogue::{self, SECTIONS};

/// The crates that count.
const PRODUCT: &[&str] = &["store/src", "projections/src", "adapters/src"];
/// The list itself.
const LIST: &str = "machine/catalogue/list.rs";

pub fn repository() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace")
}

/// The tables of `docs/metrics.md`, as they should be.
fn tables() -> String {
    let mut tables = String::new();
    for section in SECTIONS {
        let _ = write!(
            tables,
            "### {}\n\n| metric | type | labels | what |\n|---|---|---|---|\n",
            section.title
        );
        for metric in section.metrics {
            let labels: Vec<_> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
            let _ = writeln!(
                tables,
                "| `{}` | {} | {} | {} |",
                metric.name,
                metric.kind.as_str(),
                labels.join(", "),
                metric.about
            );
        }
        tables.push('\n');
    }
    tables
}

#[test]
fn the_documentation_tells_every_metric_and_no_other() {
    let page = std::fs::read_to_string(repository().join("docs/metrics.md")).expect("the page");
    let tables = tables();
    assert!(
        page.contains(tables.trim_end()),
        "docs/metrics.md must hold these tables:\n\n{tables}"
    );
    let told = page.lines().filter(|line| line.starts_with("| `payoutd_"));
    let listed = catalogue::all().filter(|metric| metric.name.starts_with("payoutd_"));
    assert_eq!(told.count(), listed.count(), "and no others");
}

/// Every name in quotes that could be a metric's.
fn names_in_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in PRODUCT {
        walk(&repository().join(folder), &mut |text| {
            for quoted in text.split("\"payoutd_").skip(1) {
                let name = quoted.split('"').next().unwrap_or_default();
                let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                if plain {
                    names.insert(format!("payoutd_{}", name.trim_end_matches("_bucket")));
                }
            }
        });
    }
    names
}

fn walk(folder: &Path, visit: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, visit);
        } else if !path.ends_with(LIST) {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            // Tests of a file make names up.
            visit(
                text.split("#[cfg(test)]\nmod tests")
                    .next()
                    .unwrap_or_default(),
            );
        }
    }
}

#[test]
fn every_metric_of_the_source_is_listed_and_none_is_listed_that_is_not_there() {
    let source = names_in_source();
    let listed: BTreeSet<_> = catalogue::all()
        .map(|metric| metric.name.to_owned())
        .filter(|name| name.starts_with("payoutd_"))
        .collect();
    let unlisted: Vec<_> = source.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&source).collect();
    assert!(unlisted.is_empty(), "not in {LIST}: {unlisted:?}");
    assert!(gone.is_empty(), "counted nowhere: {gone:?}");
    assert!(source.len() > 50, "{source:?}");
}

#[test]
fn names_and_labels_keep_to_the_conventions() {
    let mut seen = BTreeSet::new();
    for metric in catalogue::all() {
        let name = metric.name;
        assert!(seen.insert(name), "{name} is there twice");
        let counts = metric.kind == catalogue::Kind::Counter;
        assert_eq!(name.ends_with("_total"), counts, "{name}");
        for unit in ["_ms", "_us", "_millis", "_micros", "_minutes", "_kb"] {
            assert!(!name.ends_with(unit), "{name}: base units only");
        }
        for taken in ["job", "instance", "tenant", "seller", "payout", "le"] {
            assert!(
                !metric.labels.contains(&taken),
                "{name} has a label {taken}"
            );
        }
    }
}
