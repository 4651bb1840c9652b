//! Payouts in doubt: Stripe is asked whether it has them.

use domain::payout::Known;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tracing::{info, warn};

use super::{
    AWAY, Submitter,
    worklist::{Attempt, Ended},
};

/// Clocks differ, and Stripe may have made a payout before the answer was lost.
const SKEW: Duration = Duration::hours(1);
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
        match self.look_up(payout, attempt.since).await {
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

    /// The payout at Stripe, by its metadata.
    pub(super) async fn look_up(
        &self,
        payout: &Known,
        since: OffsetDateTime,
    ) -> Result<Option<Vec<u8>>, Ended> {
        let account = self.account(payout.seller_id()).await?;
        let id = payout.payout_id().to_string();
        let from = (since - SKEW - Duration::DAY).unix_timestamp().to_string();
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
                Ended::Later(AWAY)
            })
    }
}
