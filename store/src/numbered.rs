//! Statements with numbered placeholders, for a database that only counts them.
//!
//! The files of MariaDB's statements say `?1`, `?2` as those of the others do, each as often as
//! it is needed, and may hold several statements. The server is sent one at a time, with a `?`
//! for each occurrence.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// One statement as the server takes it.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) text: SqlStr,
    /// Which argument stands at each placeholder, counted from 0.
    pub(crate) arguments: Vec<usize>,
}

type Known = HashMap<&'static str, Arc<[Counted]>>;

/// Each text is taken apart once.
static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

/// The statements of a file, in order.
pub(crate) fn counted(text: &'static str) -> Arc<[Counted]> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(statements) = known.get(text) {
        return Arc::clone(statements);
    }
    drop(known);
    let statements = Arc::from(all(text));
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(text).or_insert(statements))
}

/// The statements of a file that says `{shadow}` where it means another database.
pub(crate) fn naming(text: &str, shadow: &str) -> Vec<Counted> {
    let name = format!("`{}`", shadow.replace('`', "``"));
    all(&text.replace("{shadow}", &name))
}

fn all(text: &str) -> Vec<Counted> {
    let counted = |(text, arguments)| Counted {
        // Made of a statement's file, and at most of a name that is quoted.
        text: AssertSqlSafe(Arc::<str>::from(text)).into_sql_str(),
        arguments,
    };
    take_apart(text).into_iter().map(counted).collect()
}

fn take_apart(text: &str) -> Vec<(String, Vec<usize>)> {
    let mut statements = Vec::new();
    let mut statement = (String::new(), Vec::new());
    let mut rest = text.chars().peekable();
    let mut quote = None;
    while let Some(char) = rest.next() {
        match (quote, char) {
            (Some(open), _) => {
                statement.0.push(char);
                if char == open {
                    quote = None;
                }
            }
            (None, '\'' | '"' | '`') => {
                statement.0.push(char);
                quote = Some(char);
            }
            (None, '-') if rest.peek() == Some(&'-') => {
                while rest.next_if(|char| *char != '\n').is_some() {}
            }
            (None, '?') => {
                let mut number = 0_usize;
                while let Some(digit) = rest.peek().and_then(|char| char.to_digit(10)) {
                    rest.next();
                    number = number * 10 + usize::try_from(digit).unwrap_or(0);
                }
                statement.0.push('?');
                statement.1.push(number.saturating_sub(1));
            }
            (None, ';') => statements.push(std::mem::take(&mut statement)),
            (None, _) => statement.0.push(char),
        }
    }
    statements.push(statement);
    statements.retain(|(text, _)| !text.trim().is_empty());
    statements
}

#[cfg(test)]
mod tests {
    use super::{naming, take_apart};

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &[usize])]) {
        let found = take_apart(text);
        let found: Vec<_> = found
            .iter()
            .map(|(text, arguments)| (text.trim(), arguments.as_slice()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_placeholder_may_occur_more_than_once() {
        check(
            "SELECT ?2, ?1, ?2, ?12",
            &[("SELECT ?, ?, ?, ?", &[1, 0, 1, 11])],
        );
    }

    #[test]
    fn comments_and_quotes_hold_no_placeholders() {
        check(
            "-- ?1: a list; of texts\nSELECT '?1; it''s -- so' AS a, `b?`, ?1 -- ?2",
            &[("SELECT '?1; it''s -- so' AS a, `b?`, ?", &[0])],
        );
    }

    #[test]
    fn the_name_of_a_database_cannot_end_before_its_end() {
        let statements = naming(
            "DROP TABLE {shadow}.a; SELECT ?1",
            "x`; DROP TABLE y; --?1`",
        );
        let texts: Vec<_> = statements.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(
            texts,
            ["DROP TABLE `x``; DROP TABLE y; --?1```.a", " SELECT ?"]
        );
    }

    #[test]
    fn a_file_may_hold_several_statements() {
        check(
            "-- Two.\nUPDATE a SET b = ?1;\n\nSELECT ROW_COUNT() AS c;\n",
            &[
                ("UPDATE a SET b = ?", &[0]),
                ("SELECT ROW_COUNT() AS c", &[]),
            ],
        );
    }
}
