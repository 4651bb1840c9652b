//! What an operator decides on a webhook that could not be applied.

use super::{
    case::{Case, Stop},
    text,
};
use crate::{id::StreamId, refusal::Rejection, webhook::DropWebhook};

/// Gives a webhook up, for a reason that people can read later.
pub(super) fn give_up(case: &mut Case<'_>, wanted: &DropWebhook) -> Result<(), Stop> {
    text::check("reason", Some(&wanted.reason))?;
    if wanted.reason.trim().is_empty() {
        return Err(Rejection::Invalid {
            field: "reason",
            problem: "must say why".to_owned(),
        }
        .into());
    }
    let stream = StreamId::webhook(&wanted.event_id, &wanted.body_hash);
    let dropped = case.webhook(&stream)?.give_up(wanted)?;
    case.happens(&stream, dropped);
    Ok(())
}
