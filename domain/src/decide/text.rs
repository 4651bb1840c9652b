//! Text for people: short, and printable wherever it ends up.

use crate::{refusal::Rejection, stripe::PayoutStatus};

/// The longest text that is kept, in characters.
pub(super) const MAX_TEXT_LEN: usize = 1_000;

/// Checks what a caller wrote.
pub(super) fn check(field: &'static str, text: Option<&str>) -> Result<(), Rejection> {
    match text {
        Some(text) if !is_clean(text) => Err(Rejection::Invalid {
            field,
            problem: format!("must be at most {MAX_TEXT_LEN} printable characters"),
        }),
        None | Some(_) => Ok(()),
    }
}

/// What Stripe wrote is never refused, but made to fit.
pub(super) fn cleaned(status: &PayoutStatus) -> PayoutStatus {
    let clean = |text: &String| {
        let printable = text.chars().filter(|c| !is_control(*c));
        printable.take(MAX_TEXT_LEN).collect()
    };
    match status {
        PayoutStatus::Failed { code, message } => PayoutStatus::Failed {
            code: clean(code),
            message: message.as_ref().map(clean),
        },
        PayoutStatus::Pending
        | PayoutStatus::InTransit
        | PayoutStatus::Paid
        | PayoutStatus::Canceled => status.clone(),
    }
}

fn is_clean(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT_LEN && !text.chars().any(is_control)
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}
