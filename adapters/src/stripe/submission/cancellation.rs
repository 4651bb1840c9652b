//! Payouts are called off at Stripe: their money comes back only when Stripe says so.

use std::time::{Duration, Instant};

use domain::{
    Command, command,
    stripe::{PayoutReport, PayoutStatus, read_payout},
};
use tracing::{error, info, warn};

use super::{
    AWAY, Account, PERSON, Submitter,
    worklist::{Cancellation, Ended},
};
use crate::stripe::api::{Of, Outcome, answer::Refused};

impl Submitter {
    /// Asks Stripe to call a payout off. What is unclear is asked again under the same
    /// key: a payout is called off once.
    pub(super) async fn cancel(&self, wanted: &Cancellation) -> Ended {
        let account = match self.account(&wanted.seller_id).await {
            // Without an account the platform's own payouts would be meant.
            Ok(Account::Missing) => return Ended::Later(PERSON),
            Ok(account) => account,
            Err(ended) => return ended,
        };
        let path = format!("/v1/payouts/{}/cancel", wanted.stripe_payout_id);
        let key = format!(
            "payoutd:{}:{}:cancel:{}",
            self.tenant, wanted.payout_id, wanted.position
        );
        let of = Of {
            account: account.header(),
            key: &key,
            until: Instant::now() + Duration::from_secs(60),
            // A refusal frees no money, so it may be believed of any call.
            first: true,
        };
        let account = &account;
        let called_off = match self.api.post(&path, of, &[]).await {
            Outcome::Unheard(_) => return Ended::Later(AWAY),
            Outcome::Done(body) => self.read(wanted, account, &body),
            // It may be called off all the same: by a call whose answer was lost, or by hand.
            Outcome::Unclear(_) => match self.is_called_off(wanted, account).await {
                Some(report) => Ok(report),
                None => return Ended::Later(AWAY),
            },
            Outcome::Refused(refused) => match self.is_called_off(wanted, account).await {
                Some(report) => Ok(report),
                None => return self.refuse_cancellation(wanted, refused).await,
            },
        };
        let Ok(report) = called_off else {
            error!(payout = %wanted.payout_id, "cannot read what Stripe called off");
            return Ended::Later(PERSON);
        };
        info!(tenant = %self.tenant, payout = %wanted.payout_id, "Stripe called a payout off");
        self.conclude(Command::ReportPayout(report.into())).await
    }

    async fn refuse_cancellation(&self, wanted: &Cancellation, refused: Refused) -> Ended {
        warn!(tenant = %self.tenant, payout = %wanted.payout_id, code = refused.code,
            "Stripe did not call a payout off");
        let command = Command::RefuseCancellation(command::RefuseCancellation {
            payout_id: wanted.payout_id,
            code: refused.code,
            message: refused.message,
        });
        self.conclude(command).await
    }

    /// What Stripe tells of the payout now, if it is called off.
    async fn is_called_off(
        &self,
        wanted: &Cancellation,
        account: &Account,
    ) -> Option<PayoutReport> {
        let path = format!("/v1/payouts/{}", wanted.stripe_payout_id);
        let body = self.api.get(&path, account.header()).await.ok()?;
        let report = self.read(wanted, account, &body).ok()?;
        (report.status == PayoutStatus::Canceled).then_some(report)
    }

    /// A payout of this ledger's mode.
    fn read(
        &self,
        wanted: &Cancellation,
        account: &Account,
        body: &[u8],
    ) -> Result<PayoutReport, Unreadable> {
        match read_payout(body, account.connected().cloned()) {
            Ok((report, mode)) if mode == self.mode => Ok(PayoutReport {
                payout_id: Some(wanted.payout_id),
                ..report
            }),
            Ok(_) | Err(_) => Err(Unreadable),
        }
    }
}

/// Not a payout, or not one of this ledger's mode.
struct Unreadable;
