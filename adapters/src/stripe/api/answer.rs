//! What an answer of Stripe's API means: the table of its errors, in one place.
//!
//! Classified by HTTP status and code; the type says little: rate limits are
//! `invalid_request_error` too (<https://docs.stripe.com/error-codes>).

use serde::Deserialize;

/// Something that Stripe refused; it made nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stripe's code, or the HTTP status in words if it gave none.
    pub code: String,
    /// The reason for people.
    pub message: Option<String>,
    /// What to do about it.
    pub remedy: Remedy,
}

/// What to do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The account needs money: later, under a new key.
    WaitForFunds,
    /// A daily limit: the next day, under a new key.
    WaitForTomorrow,
    /// It will never work like this: give it up and tell why.
    GiveUp,
    /// A person has to look.
    AskPerson,
}

/// What one try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Stripe did it; its answer.
    Done(Vec<u8>),
    /// Stripe refused, and made nothing.
    Refused(Refused),
    /// Not now: the same again, under the same key.
    Again(String),
    /// Another call had the same key, and may have done it or be about to.
    Taken(String),
    /// Stripe did not hear of it: it cannot be reached, or does not take our key.
    Unheard(String),
    /// Nobody knows whether Stripe did it.
    Unclear(String),
}

#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Error,
}

#[derive(Debug, Default, Deserialize)]
struct Error {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// The longest text of Stripe's that is kept, in characters.
const MAX_TEXT: usize = 500;

/// Reads an answer. `should_retry` is the header `Stripe-Should-Retry`, which beats
/// the table.
#[must_use]
pub fn read(status: u16, should_retry: Option<bool>, body: Vec<u8>) -> Tried {
    if (200..300).contains(&status) {
        return Tried::Done(body);
    }
    let error = serde_json::from_slice::<Body>(&body)
        .unwrap_or_default()
        .error;
    let other_call = error.kind.as_deref() == Some("idempotency_error");
    let code = error.code.or(error.kind).map(|text| clean(&text));
    let by_stripe = code.is_some();
    let code = code.unwrap_or_else(|| format!("http_{status}"));
    let message = error.message.map(|text| clean(&text));
    let told = || match &message {
        Some(message) => format!("{status} {code}: {message}"),
        None => format!("{status} {code}"),
    };
    match (status, code.as_str()) {
        // An answer that came is the end of that request: what it did can be seen.
        (500.., _) => Tried::Unclear(told()),
        // The key is not ours to use, whatever the payout.
        (401, _) | (403, "platform_api_key_expired") => Tried::Unheard(told()),
        (_, "idempotency_key_in_use") => Tried::Taken(told()),
        _ if other_call => Tried::Taken(told()),
        // Somebody between Stripe and us, who may have passed the call on.
        _ if !by_stripe && !matches!(status, 409 | 429) => Tried::Unclear(told()),
        _ if should_retry == Some(true) => Tried::Again(told()),
        (409 | 429, _) if should_retry.is_none() => Tried::Again(told()),
        (429, _) => refused(code, message, Remedy::WaitForFunds),
        (_, known) => {
            let remedy = remedy(status, known);
            refused(code, message, remedy)
        }
    }
}

fn refused(code: String, message: Option<String>, remedy: Remedy) -> Tried {
    Tried::Refused(Refused {
        code,
        message,
        remedy,
    })
}

fn remedy(status: u16, code: &str) -> Remedy {
    match (status, code) {
        (_, "balance_insufficient" | "payout_reconciliation_not_ready") => Remedy::WaitForFunds,
        (_, "payouts_limit_exceeded" | "instant_payouts_limit_exceeded") => Remedy::WaitForTomorrow,
        // The seller's account, its bank or the amount have to change first.
        (
            _,
            "payouts_not_allowed"
            | "transfers_not_allowed"
            | "bank_account_unusable"
            | "no_account"
            | "account_closed"
            | "instant_payouts_unsupported"
            | "instant_payouts_config_disabled"
            | "instant_payouts_currency_disabled"
            | "amount_too_small"
            | "amount_too_large"
            | "invalid_charge_amount"
            | "resource_missing",
        ) => Remedy::GiveUp,
        (400, code) if code.starts_with("parameter_") => Remedy::GiveUp,
        // `approval_required`, `action_blocked`, `account_invalid` and their like; and
        // whatever nobody has heard of: reserved money waits.
        _ => Remedy::AskPerson,
    }
}

/// Text that can be kept and printed.
fn clean(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MAX_TEXT).map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::{Remedy, Tried, read};

    fn answer(status: u16, code: &str, should_retry: Option<bool>) -> Tried {
        let body = format!(r#"{{"error":{{"type":"invalid_request_error","code":"{code}"}}}}"#);
        read(status, should_retry, body.into_bytes())
    }

    #[test]
    fn each_error_of_stripes_has_its_remedy() {
        use Remedy::{AskPerson, GiveUp, WaitForFunds, WaitForTomorrow};
        let table = [
            (400, "balance_insufficient", WaitForFunds),
            (400, "payouts_not_allowed", GiveUp),
            (400, "transfers_not_allowed", GiveUp),
            (400, "bank_account_unusable", GiveUp),
            (400, "no_account", GiveUp),
            (400, "account_closed", GiveUp),
            (400, "payouts_limit_exceeded", WaitForTomorrow),
            (400, "instant_payouts_limit_exceeded", WaitForTomorrow),
            (400, "instant_payouts_unsupported", GiveUp),
            (400, "instant_payouts_config_disabled", GiveUp),
            (400, "instant_payouts_currency_disabled", GiveUp),
            (400, "amount_too_small", GiveUp),
            (400, "amount_too_large", GiveUp),
            (400, "parameter_unknown", GiveUp),
            (400, "parameter_invalid_integer", GiveUp),
            (400, "invalid_charge_amount", GiveUp),
            (404, "resource_missing", GiveUp),
            (400, "payout_reconciliation_not_ready", WaitForFunds),
            (400, "anomalous_money_movement_request", AskPerson),
            (400, "approval_required", AskPerson),
            (400, "action_blocked", AskPerson),
            (403, "account_invalid", AskPerson),
            (418, "never_heard_of", AskPerson),
        ];
        for (status, code, remedy) in table {
            let Tried::Refused(refused) = answer(status, code, None) else {
                panic!("{status} {code} is a refusal");
            };
            assert_eq!(refused.remedy, remedy, "{status} {code}");
            assert_eq!(refused.code, code);
        }
    }

    #[test]
    fn what_is_to_be_sent_again_goes_under_the_same_key() {
        for (status, code) in [
            (409, "lock_timeout"),
            (429, "lock_timeout"),
            (429, "rate_limit"),
        ] {
            assert!(
                matches!(answer(status, code, None), Tried::Again(_)),
                "{code}"
            );
        }
    }

    #[test]
    fn nobody_knows_what_a_server_error_has_done() {
        for status in [500, 502, 503, 504] {
            for should_retry in [None, Some(true), Some(false)] {
                let tried = answer(status, "api_error", should_retry);
                assert!(matches!(tried, Tried::Unclear(_)), "{status}");
            }
        }
    }

    #[test]
    fn stripes_own_word_on_trying_again_beats_the_table() {
        let tried = answer(400, "balance_insufficient", Some(true));
        assert!(matches!(tried, Tried::Again(_)));
        for (status, code) in [(409, "lock_timeout"), (429, "lock_timeout")] {
            let tried = answer(status, code, Some(false));
            assert!(matches!(tried, Tried::Refused(_)), "{code}");
        }
    }

    #[test]
    fn a_key_that_stripe_does_not_take_is_no_payouts_fault() {
        assert!(matches!(answer(401, "", None), Tried::Unheard(_)));
        let expired = answer(403, "platform_api_key_expired", None);
        assert!(matches!(expired, Tried::Unheard(_)));
    }

    #[test]
    fn a_key_that_another_call_had_says_nothing_of_what_that_call_did() {
        for should_retry in [None, Some(true), Some(false)] {
            let tried = answer(409, "idempotency_key_in_use", should_retry);
            assert!(matches!(tried, Tried::Taken(_)), "{should_retry:?}");
            let body = r#"{"error":{"type":"idempotency_error","message":"other parameters"}}"#;
            let tried = read(400, should_retry, body.into());
            assert!(matches!(tried, Tried::Taken(_)), "{should_retry:?}");
        }
    }

    #[test]
    fn whoever_is_between_stripe_and_us_does_not_speak_for_stripe() {
        for status in [302, 400, 403, 404, 407, 408, 413] {
            for body in [
                "<html>Bad gateway</html>",
                "",
                "{}",
                r#"{"error":"denied"}"#,
            ] {
                let tried = read(status, None, body.into());
                assert!(matches!(tried, Tried::Unclear(_)), "{status} {body}");
            }
        }
        assert!(matches!(read(429, None, Vec::new()), Tried::Again(_)));
        assert!(matches!(read(401, None, Vec::new()), Tried::Unheard(_)));
    }
}
