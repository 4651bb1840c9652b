//! Payouts are called off at Stripe: their money comes back only when Stripe says so.

use domain::{
    Command, command,
    stripe::{PayoutReport, read_payout},
};
use tracing::{error, info, warn};

use super::{
    AWAY, Submitter,
    worklist::{Cancellation, Ended},
};
use crate::stripe::api::{Of, Outcome};

impl Submitter {
    /// Asks Stripe to call a payout off. What is unclear is asked again under the same
    /// key: a payout is called off once.
    pub(super) async fn cancel(&self, wanted: &Cancellation) -> Ended {
        let account = match self.account(&wanted.seller_id).await {
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
        };
        let command = match self.api.post(&path, of, &[]).await {
            Outcome::Unheard(_) | Outcome::Unclear(_) => return Ended::Later(AWAY),
            Outcome::Refused(refused) => {
                warn!(tenant = %self.tenant, payout = %wanted.payout_id, code = refused.code,
                    "Stripe did not call a payout off");
                Command::RefuseCancellation(command::RefuseCancellation {
                    payout_id: wanted.payout_id,
                    code: refused.code,
                    message: refused.message,
                })
            }
            Outcome::Done(body) => match read_payout(&body, account.connected().cloned()) {
                Ok((report, mode)) if mode == self.mode => {
                    info!(tenant = %self.tenant, payout = %wanted.payout_id, "Stripe called a payout off");
                    let payout_id = Some(wanted.payout_id);
                    Command::ReportPayout(
                        PayoutReport {
                            payout_id,
                            ..report
                        }
                        .into(),
                    )
                }
                Ok(_) | Err(_) => {
                    error!(payout = %wanted.payout_id, "cannot read what Stripe called off");
                    return Ended::Later(AWAY);
                }
            },
        };
        match self.record(command).await {
            Ok(_) => Ended::Recorded,
            Err(ended) => ended,
        }
    }
}
