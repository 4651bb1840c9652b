//! The repository's files, and the search for words in them.

use std::fmt;
use std::path::{Path, PathBuf};

/// Files in which words are searched for; recorded payloads are data, not ours to word.
const TEXT: &[&str] = &[
    "rs", "sql", "toml", "md", "sh", "yml", "yaml", "run", "html", "css", "js",
];
const SKIPPED: &[&str] = &["target", ".git", "payloads", "node_modules"];

/// Words that must not be there.
#[derive(Default)]
pub(super) struct Ban {
    /// Where: beginnings of paths; empty for everywhere.
    pub(super) within: &'static [&'static str],
    /// Where not: beginnings of paths.
    pub(super) except: &'static [&'static str],
    /// Whole words: a longer name that contains one is another word.
    pub(super) words: &'static [&'static str],
    /// Why, or what to do instead.
    pub(super) reason: &'static str,
    /// Also lines that are comments.
    pub(super) in_comments: bool,
}

/// A text file of the repository.
pub(super) struct File {
    /// From the repository's root.
    pub(super) path: String,
    /// What is in it.
    pub(super) text: String,
}

/// A rule broken at a place.
pub(super) struct Offence {
    path: String,
    line: usize,
    reason: String,
}

/// Fails with every place where one of these bans is broken.
pub(super) fn check(bans: &[Ban]) {
    let mut offences = Vec::new();
    for ban in bans {
        for file in files(ban.within, TEXT)
            .iter()
            .filter(|file| !starts(&file.path, ban.except))
        {
            offences.extend(file.breaches(ban));
        }
    }
    Offence::none(offences);
}

/// All files below these paths (all, if none is given) with these extensions.
pub(super) fn files(within: &[&str], extensions: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut found = Vec::new();
    walk(root, &mut |path| {
        let relative = path
            .strip_prefix(root)
            .expect("below")
            .to_string_lossy()
            .into_owned();
        // Scripts have no extension: tests/run, .ci/run.
        let extension = path
            .extension()
            .or(path.file_name())
            .and_then(|name| name.to_str());
        let wanted = extension.is_some_and(|extension| extensions.contains(&extension));
        if wanted && (within.is_empty() || starts(&relative, within)) {
            let text = std::fs::read_to_string(&path).expect("source text is UTF-8");
            found.push(File {
                path: relative,
                text,
            });
        }
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(PathBuf)) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let kind = entry.file_type().expect("a file type");
        if kind.is_file() {
            visit(entry.path());
        } else if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
            walk(&entry.path(), visit);
        }
    }
}

fn starts(path: &str, beginnings: &[&str]) -> bool {
    beginnings
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

impl File {
    /// Lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    pub(super) fn offence(&self, line: usize, reason: impl Into<String>) -> Offence {
        Offence::new(self.path.clone(), line, reason)
    }

    fn breaches(&self, ban: &Ban) -> impl Iterator<Item = Offence> {
        self.lines().filter_map(|(number, line)| {
            let comment = ["//", "--"]
                .iter()
                .any(|mark| line.trim_start().starts_with(mark));
            if comment && !ban.in_comments {
                return None;
            }
            let word = ban.words.iter().find(|word| has_word(line, word))?;
            Some(self.offence(number, format!("`{word}`: {}", ban.reason)))
        })
    }
}

impl Offence {
    pub(super) fn new(path: impl Into<String>, line: usize, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            reason: reason.into(),
        }
    }

    /// Fails with all of them, each as `file:line: reason`.
    #[track_caller]
    pub(super) fn none(offences: Vec<Self>) {
        let list: Vec<String> = offences.iter().map(ToString::to_string).collect();
        assert!(
            list.is_empty(),
            "house rules are broken:\n{}",
            list.join("\n")
        );
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.reason)
    }
}

/// Whether the word stands in the line by itself, not as part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let joins = |outside: Option<char>, edge: Option<char>| {
            outside.is_some_and(named) && edge.is_some_and(named)
        };
        !joins(before, word.chars().next()) && !joins(after, word.chars().next_back())
    })
}

#[test]
fn a_word_is_found_only_by_itself() {
    let cases = [
        ("let x: f64 = 0.1;", "f64", true),
        ("let buf64 = 1;", "f64", false),
        ("fn f64_to() {}", "f64", false),
        ("operand(rand)", "rand", true),
        ("operand", "rand", false),
        ("pool.begin().await", ".begin(", true),
        ("PgPool::begin(pool)", ".begin(", false),
        ("mktemp XXXXXX", "XXX", false),
    ];
    for (line, word, expected) in cases {
        assert_eq!(has_word(line, word), expected, "{word} in {line}");
    }
}
