//! Payouts in doubt: Stripe is asked whether it has them.

use domain::payout::Known;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tracing::{info, warn};

use super::{
    AWAY, Account, PERSON, Submitter,
    worklist::{Attempt, Ended},
};
use crate::stripe::api::Unanswered;

/// Clocks differ: from Stripe's by an hour, and somebody may have set ours by a day.
const SKEW: Duration = Duration::hours(25);
/// The longest pause between two look-ups.
const PATIENCE: Duration = Duration::seconds(60);
/// The shortest.
const HASTE: Duration = Duration::milliseconds(200);

/// As much of Stripe's payout as tells whose it is.
#[derive(Deserialize)]
struct Ours {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    payout_id: Option<String>,
    tenant: Option<String>,
}

impl Submitter {
    /// Clears up what became of an attempt. A look-up that finds nothing is believed
    /// only when it is made long enough after.
    pub(super) async fn clear_up(&self, payout: &Known, attempt: Attempt) -> Ended {
        match self.look_up(payout, attempt.requested_at).await {
            Err(ended) => ended,
            Ok(Some(found)) => self.report(payout, &found).await,
            Ok(None) => {
                let waited = self.ledger.now() - attempt.since;
                if waited < self.settle {
                    let rest = self.settle - waited;
                    return Ended::Later(rest.clamp(HASTE, PATIENCE));
                }
                info!(tenant = %self.tenant, payout = %payout.payout_id(), attempt = attempt.number,
                    "Stripe made nothing: the payout is tried anew");
                self.begin_and_call(payout, attempt.number.saturating_add(1))
                    .await
            }
        }
    }

    /// The payout at Stripe, by its metadata: any that was made since it was requested,
    /// whatever became of it and by whichever attempt.
    pub(super) async fn look_up(
        &self,
        payout: &Known,
        requested_at: OffsetDateTime,
    ) -> Result<Option<Vec<u8>>, Ended> {
        let account = match self.account(payout.seller_id()).await? {
            // Nothing was ever asked of Stripe: the first attempt will say so.
            Account::Missing => return Ok(None),
            account => account,
        };
        let id = payout.payout_id().to_string();
        let from = requested_at.saturating_sub(SKEW).unix_timestamp();
        let from = from.to_string();
        let ours = |object: &serde_json::value::RawValue| {
            let Ours { metadata } = serde_json::from_str(object.get()).ok()?;
            let same = metadata.payout_id.as_deref() == Some(id.as_str())
                && metadata
                    .tenant
                    .is_none_or(|tenant| tenant == self.tenant.as_str());
            same.then(|| object.get().as_bytes().to_vec())
        };
        self.api
            .search(
                "/v1/payouts",
                account.header(),
                &[("created[gte]", &from)],
                ours,
            )
            .await
            .map_err(|error| {
                warn!(tenant = %self.tenant, payout = %payout.payout_id(), %error,
                    "cannot look up whether Stripe has a payout");
                Ended::Later(match error {
                    Unanswered::Refused(_) => PERSON,
                    Unanswered::Trouble(_) => AWAY,
                })
            })
    }
}
