//! The one place where commands and Stripe's facts meet the rules.

use time::OffsetDateTime;

use crate::{
    command::Command,
    event::Event,
    id::{PayoutId, StreamId},
    refusal::Rejection,
    stripe::Fact,
    view::{Missing, View},
};

/// What asks for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A caller's request.
    Command(Command),
    /// Something Stripe told.
    Fact(Fact),
}

/// What the rules may not fetch for themselves.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// Now.
    pub now: OffsetDateTime,
    /// The id of a payout that the caller did not name. Never used before, so
    /// its stream needs no look.
    pub fresh_payout_id: PayoutId,
}

/// An accepted input: what happened, in order. Empty when everything was
/// recorded already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// The payout it is about.
    pub payout_id: Option<PayoutId>,
    /// The events, grouped by stream in lock order.
    pub events: Vec<(StreamId, Event)>,
}

/// The outcome, and every stream it rests on: whoever appends the events must
/// make sure that none of these has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub outcome: Result<Accepted, Rejection>,
    /// The streams that were read.
    pub read: Vec<StreamId>,
}

/// Decides what an input does to the ledger as the view shows it.
///
/// # Errors
/// [`Missing`], when the decision needs a stream or alias that the view lacks.
pub fn decide(view: &View, input: &Input, context: &Context) -> Result<Decision, Missing> {
    let _ = (view, input, context);
    todo!()
}
