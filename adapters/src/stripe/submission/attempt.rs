//! One attempt to make a payout: begun in the log, asked for, its answer recorded.

use std::time::Instant;

use domain::{
    Command, command,
    event::Method,
    payout::Known,
    stripe::{PayoutReport, read_payout},
};
use time::{Duration, OffsetDateTime, Time};
use tracing::{error, info, warn};

use super::{
    AWAY, Account, Submitter,
    worklist::{Attempt, Ended},
};
use crate::stripe::api::{
    Of, Outcome,
    answer::{Refused, Remedy},
};

/// Stripe forgets a key after 24 hours: one this old is not used again.
const KEY_LIFE: Duration = Duration::hours(23);
/// A payout that waited this long before its first attempt may have been made by
/// others: Stripe is asked before.
const FRESH: Duration = Duration::hours(1);
/// Clocks may differ so much.
const CLOCKS: Duration = Duration::hours(1);
/// The longest reason of a doubt, in characters.
const MAX_REASON: usize = 500;
/// How long to wait for money to come in.
const FUNDS: Duration = Duration::hours(1);

/// A turn at an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// The attempt's.
    pub(super) number: u32,
    /// No call is begun after: others may take the attempt for lost, and do otherwise.
    until: Instant,
    /// Nobody can have called for this attempt before.
    pub(super) first: bool,
}

impl Turn {
    /// A call under a key of this attempt's.
    pub(super) const fn of<'a>(&self, account: Option<&'a str>, key: &'a str) -> Of<'a> {
        Of {
            account,
            key,
            until: self.until,
            first: self.first,
        }
    }
}

impl Submitter {
    /// Begins an attempt, and calls Stripe if it is ours. Stripe is asked first whether
    /// it has the payout, unless it was requested just now and never tried.
    pub(super) async fn begin_attempt(&self, payout: &Known, attempt: Attempt) -> Ended {
        let is_old = self.ledger.now() - attempt.requested_at > FRESH;
        if attempt.number > 1 || is_old {
            match self.look_up(payout, attempt.requested_at).await {
                Ok(None) => {}
                Ok(Some(found)) => return self.report(payout, &found).await,
                Err(ended) => return ended,
            }
        }
        self.begin_and_call(payout, attempt.number).await
    }

    pub(super) async fn begin_and_call(&self, payout: &Known, number: u32) -> Ended {
        let turn = self.turn(number, true);
        let begin = Command::BeginSubmission(command::BeginSubmission {
            payout_id: payout.payout_id(),
            attempt: number,
        });
        match self.record(begin).await {
            Ok(acceptance) if acceptance.events.is_empty() => Ended::Recorded,
            Ok(_) => match self.call(payout, turn).await {
                Ended::Later(pause) => Ended::Ours(number, pause),
                ended => ended,
            },
            Err(ended) => ended,
        }
    }

    /// Goes on with an attempt that has begun: somebody may have called for it, and its
    /// key may be older than the clock says.
    pub(super) async fn go_on(&self, payout: &Known, attempt: Attempt) -> Ended {
        let turn = self.turn(attempt.number, false);
        match self.look_up(payout, attempt.requested_at).await {
            Ok(None) => {}
            Ok(Some(found)) => return self.report(payout, &found).await,
            Err(ended) => return ended,
        }
        let age = self.ledger.now() - attempt.since;
        if age > KEY_LIFE || age < -CLOCKS {
            let reason = "the attempt's idempotency key is too old to be used again";
            return self.doubt(payout, attempt.number, reason).await;
        }
        self.call(payout, turn).await
    }

    fn turn(&self, number: u32, first: bool) -> Turn {
        Turn {
            number,
            until: Instant::now() + self.patience,
            first,
        }
    }

    async fn call(&self, payout: &Known, turn: Turn) -> Ended {
        let account = match self.account(payout.seller_id()).await {
            Ok(Account::Missing) => return self.refuse(payout, turn.number, &no_account()).await,
            Ok(account) => account,
            Err(ended) => return ended,
        };
        let account = account.header();
        if let Err(outcome) = self.transfer_items(payout, turn, account).await {
            return self.take(payout, turn.number, outcome).await;
        }
        let outcome = self.ask(payout, turn, account).await;
        self.take(payout, turn.number, outcome).await
    }

    async fn ask(&self, payout: &Known, turn: Turn, account: Option<&str>) -> Outcome {
        let id = payout.payout_id().to_string();
        let amount = payout.amount().amount.minor().to_string();
        let method = match payout.method() {
            Method::Standard => "standard",
            Method::Instant => "instant",
        };
        let mut fields = vec![
            ("amount", amount.as_str()),
            ("currency", payout.amount().currency.as_str()),
            ("method", method),
            ("metadata[payout_id]", id.as_str()),
            ("metadata[tenant]", self.tenant.as_str()),
        ];
        // Stripe takes no empty text.
        let description = payout.description().filter(|text| !text.trim().is_empty());
        fields.extend(description.map(|text| ("description", text)));
        let key = self.key(payout, turn.number);
        self.api
            .post("/v1/payouts", turn.of(account, &key), &fields)
            .await
    }

    /// The same for the same attempt, whoever makes it and whenever.
    pub(super) fn key(&self, payout: &Known, number: u32) -> String {
        format!("payoutd:{}:{}:{number}", self.tenant, payout.payout_id())
    }

    async fn take(&self, payout: &Known, number: u32, outcome: Outcome) -> Ended {
        match outcome {
            Outcome::Done(body) => self.report(payout, &body).await,
            Outcome::Refused(refused) => self.refuse(payout, number, &refused).await,
            Outcome::Unheard(_) => Ended::Later(AWAY),
            Outcome::Unclear(why) => self.doubt(payout, number, &why).await,
        }
    }

    /// Records what Stripe tells of the payout.
    pub(super) async fn report(&self, payout: &Known, body: &[u8]) -> Ended {
        let account = match self.account(payout.seller_id()).await {
            Ok(account) => account.connected().cloned(),
            Err(ended) => return ended,
        };
        let id = payout.payout_id();
        match read_payout(body, account) {
            Ok((report, mode)) if mode == self.mode => {
                let told = PayoutReport {
                    payout_id: Some(id),
                    ..report
                };
                match self.record(Command::ReportPayout(told.into())).await {
                    Ok(_) => {
                        info!(tenant = %self.tenant, payout = %id, "made a payout at Stripe");
                        Ended::Recorded
                    }
                    Err(ended) => ended,
                }
            }
            Ok(_) => {
                error!(payout = %id, "Stripe's key is of another mode than the ledger");
                Ended::Later(Duration::minutes(10))
            }
            Err(error) => {
                error!(payout = %id, %error, "cannot read what Stripe made");
                Ended::Later(Duration::minutes(1))
            }
        }
    }

    /// Records a refusal, and what comes of it.
    async fn refuse(&self, payout: &Known, number: u32, refused: &Refused) -> Ended {
        let id = payout.payout_id();
        warn!(tenant = %self.tenant, payout = %id, attempt = number, code = refused.code,
            remedy = ?refused.remedy, "Stripe refused a payout");
        let now = self.ledger.now();
        let try_again_at = match refused.remedy {
            Remedy::WaitForFunds => Some(now + FUNDS),
            Remedy::WaitForTomorrow => Some(tomorrow(now)),
            Remedy::AskPerson | Remedy::GiveUp => None,
        };
        let refusal = Command::RefuseSubmission(command::RefuseSubmission {
            payout_id: id,
            attempt: number,
            code: refused.code.clone(),
            message: refused.message.clone(),
            try_again_at,
            give_up: refused.remedy == Remedy::GiveUp,
        });
        self.conclude(refusal).await
    }

    pub(super) async fn doubt(&self, payout: &Known, number: u32, reason: &str) -> Ended {
        let id = payout.payout_id();
        let tenant = self.tenant.as_str();
        warn!(tenant, payout = %id, attempt = number, reason, "a payout is in doubt");
        let doubt = Command::PutPayoutInDoubt(command::PutPayoutInDoubt {
            payout_id: id,
            attempt: number,
            reason: reason
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_REASON)
                .collect(),
        });
        self.conclude(doubt).await
    }
}

/// Nobody can be paid without an account.
fn no_account() -> Refused {
    let message = "the seller has no Stripe account: register-seller, then resume-submission";
    Refused {
        code: "no_stripe_account".to_owned(),
        message: Some(message.to_owned()),
        remedy: Remedy::AskPerson,
    }
}

/// A quarter past the next midnight of UTC: daily limits are fresh then.
fn tomorrow(now: OffsetDateTime) -> OffsetDateTime {
    now.replace_time(Time::MIDNIGHT) + Duration::days(1) + Duration::minutes(15)
}
