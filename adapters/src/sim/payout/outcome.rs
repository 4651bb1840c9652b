//! How a payout is to end, in a word: `pay`, `fail:account_closed`, `cancel`, …

use std::{collections::VecDeque, fmt, str::FromStr};

use super::{Act, Method};

/// Stripe's failure codes with what is said about each. An open set: others are
/// taken too. Source: <https://docs.stripe.com/api/payouts/failures>.
const FAILURES: &[(&str, &str)] = &[
    ("account_closed", "The bank account has been closed."),
    ("account_frozen", "The bank account has been frozen."),
    (
        "bank_account_restricted",
        "The bank account restricts the kind or amount of payouts.",
    ),
    (
        "bank_ownership_changed",
        "The branch of the bank account belongs to another bank now.",
    ),
    (
        "could_not_process",
        "The bank could not process the payout.",
    ),
    (
        "debit_not_authorized",
        "The bank account does not allow debits.",
    ),
    ("declined", "The bank declined the payout."),
    (
        "incorrect_account_holder_name",
        "The name of the account's holder is not right.",
    ),
    (
        "insufficient_funds",
        "The balance is too low for the payout.",
    ),
    (
        "invalid_account_number",
        "The routing number is right, the account number is not.",
    ),
    (
        "invalid_currency",
        "The bank account does not take this currency.",
    ),
    ("no_account", "The bank account could not be found."),
    ("unsupported_card", "The card does not take payouts."),
];

/// After these the same external account may be tried again.
const PASSING: &[&str] = &[
    "could_not_process",
    "issuer_unavailable",
    "insufficient_funds",
];
const DEFAULT_FAILURE: &str = "could_not_process";

/// How a payout is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is paid.
    Pay,
    /// It fails, with a code.
    Fail(String),
    /// It is paid, and fails later.
    PayThenFail(String),
    /// It is cancelled.
    Cancel,
    /// It stays where it is until somebody acts.
    Hold,
}

/// Not the name of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("outcomes are pay, fail[:CODE], pay-then-fail[:CODE], cancel and hold")]
pub struct InvalidOutcome;

impl FromStr for Outcome {
    type Err = InvalidOutcome;

    fn from_str(text: &str) -> Result<Self, InvalidOutcome> {
        let (name, code) = text.split_once(':').unwrap_or((text, DEFAULT_FAILURE));
        let word = !code.is_empty() && code.len() <= 60;
        if !word || !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(InvalidOutcome);
        }
        match name {
            "fail" => return Ok(Self::Fail(code.to_owned())),
            "pay-then-fail" => return Ok(Self::PayThenFail(code.to_owned())),
            _ => {}
        }
        match text {
            "pay" => Ok(Self::Pay),
            "cancel" => Ok(Self::Cancel),
            "hold" => Ok(Self::Hold),
            _ => Err(InvalidOutcome),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pay => f.write_str("pay"),
            Self::Fail(code) => write!(f, "fail:{code}"),
            Self::PayThenFail(code) => write!(f, "pay-then-fail:{code}"),
            Self::Cancel => f.write_str("cancel"),
            Self::Hold => f.write_str("hold"),
        }
    }
}

impl Outcome {
    /// The steps to it. Instant payouts are paid without being seen on their way.
    pub(in crate::sim) fn plan(&self, method: Method) -> VecDeque<Act> {
        let fail = |code: &String| Act::Fail(code.clone());
        let steps = match self {
            Self::Pay => vec![Act::Post, Act::Pay],
            Self::Fail(code) => vec![Act::Post, fail(code)],
            Self::PayThenFail(code) => vec![Act::Post, Act::Pay, fail(code)],
            Self::Cancel => vec![Act::Cancel],
            Self::Hold => Vec::new(),
        };
        let instant = method == Method::Instant;
        let skipped = |act: &Act| instant && *act == Act::Post;
        steps.into_iter().filter(|act| !skipped(act)).collect()
    }
}

/// What is told about a failure.
pub(super) fn failure_message(code: &str) -> &'static str {
    let known = FAILURES.iter().find(|(known, _)| *known == code);
    known.map_or("The payout failed.", |(_, message)| message)
}

/// Whether a failure makes the external account unusable.
pub(in crate::sim) fn disables_account(code: &str) -> bool {
    !PASSING.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn outcomes_are_read_as_they_are_written() {
        for text in [
            "pay",
            "fail:account_closed",
            "pay-then-fail:declined",
            "cancel",
            "hold",
        ] {
            let read: Outcome = text.parse().expect("an outcome");
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "", "paid", "fail:", "fail:a b", "pay:now", "hold:x", "fail:a:b",
        ] {
            assert!(text.parse::<Outcome>().is_err(), "{text}");
        }
        assert_eq!(
            "fail".parse(),
            Ok(Outcome::Fail("could_not_process".to_owned()))
        );
    }
}
