//! The one place where commands and Stripe's facts meet the rules.
//!
//! Each input has a function in a file here that reads the aggregates it is
//! about, asks them, and passes on what their events ask of others (`policy.rs`).
//! The rules themselves are with the aggregates.

use time::OffsetDateTime;

use crate::{
    command::Command,
    event::Event,
    id::{PayoutId, StreamId},
    refusal::Rejection,
    stripe::Fact,
    view::{Missing, View},
    webhook::DropWebhook,
};

mod case;
mod items;
mod payment;
mod payout;
mod report;
mod seller;
mod submission;
mod text;
mod transaction;
mod transfer;
mod webhook;

use case::{Case, Stop};

/// What asks for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A caller's request.
    Command(Command),
    /// Something Stripe told.
    Fact(Fact),
    /// An operator's request to give a webhook up.
    Drop(DropWebhook),
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
    let mut case = Case::new(view, context);
    let result = match input {
        Input::Command(command) => on_command(&mut case, command),
        Input::Fact(fact) => on_fact(&mut case, fact),
        Input::Drop(wanted) => webhook::give_up(&mut case, wanted).map(|()| None),
    };
    case.close(result)
}

fn on_command(case: &mut Case<'_>, command: &Command) -> Result<Option<PayoutId>, Stop> {
    match command {
        Command::RegisterSeller(wanted) => seller::register(case, wanted)?,
        Command::ChangePayoutSchedule(wanted) => seller::change_schedule(case, wanted)?,
        Command::RecordTransaction(wanted) => transaction::record(case, wanted)?,
        Command::ReleaseTransaction(wanted) => transaction::release(case, wanted)?,
        Command::ReleaseDueTransactions(wanted) => transaction::release_due(case, wanted)?,
        Command::FailTransaction(wanted) => transaction::fail(case, wanted)?,
        Command::RecordTransfer(wanted) => transfer::record(case, wanted)?,
        Command::ReverseTransfer(wanted) => transfer::reverse(case, wanted)?,
        Command::RequestPayout(wanted) => return payout::request(case, wanted).map(Some),
        Command::SubmitPayout(wanted) => return payout::submit(case, wanted).map(Some),
        Command::MarkPayoutPaid(wanted) => return payout::mark_paid(case, wanted).map(Some),
        Command::MarkPayoutFailed(wanted) => return payout::mark_failed(case, wanted).map(Some),
        Command::CancelPayout(wanted) => return payout::cancel(case, wanted).map(Some),
        Command::BeginSubmission(wanted) => return submission::begin(case, wanted).map(Some),
        Command::RefuseSubmission(wanted) => return submission::refuse(case, wanted).map(Some),
        Command::PutPayoutInDoubt(wanted) => return submission::doubt(case, wanted).map(Some),
        Command::ResumeSubmission(wanted) => return submission::resume(case, wanted).map(Some),
        Command::RefuseCancellation(wanted) => {
            return submission::refuse_cancellation(case, wanted).map(Some);
        }
        Command::ReportPayout(told) => return report::command(case, told).map(Some),
        Command::RecordPayoutItems(wanted) => return items::record(case, wanted).map(Some),
    }
    Ok(None)
}

fn on_fact(case: &mut Case<'_>, fact: &Fact) -> Result<Option<PayoutId>, Stop> {
    match fact {
        Fact::Payout(report) => return report::payout(case, report).map(Some),
        Fact::Transfer(report) => transfer::report(case, report)?,
        Fact::PaymentSucceeded(id) => payment::tell(case, id, |known| known.succeed(id))?,
        Fact::PaymentCanceled(id) => payment::tell(case, id, |known| known.cancel(id))?,
        Fact::PaymentAttemptFailed(id) => {
            payment::tell(case, id, |known| Ok(known.note_failed_attempt(id)))?;
        }
        Fact::PaymentRefunded(id, total) => {
            payment::tell(case, id, |known| known.refund(id, *total))?;
        }
        Fact::DisputeOpened(id, dispute) => {
            payment::tell(case, id, |known| Ok(known.open_dispute(id, dispute)))?;
        }
        Fact::DisputeClosed(id, dispute, outcome) => {
            payment::tell(case, id, |known| known.close_dispute(id, dispute, *outcome))?;
        }
    }
    Ok(None)
}
