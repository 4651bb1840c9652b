//! What Stripe's API is asked: the payouts of an account in a period, one payout, and the
//! items of one. What it refuses is told apart from its not being there.

use domain::{
    id::{SellerId, StripeAccount, StripePayoutId},
    reconcile::StripePayout,
    stripe::{ListedPayout, Mode, read_listed_payout, read_movement},
};
use projections::reconcile::{List, Paid, Period};
use serde_json::value::RawValue;
use time::{Duration, OffsetDateTime};

use crate::{
    config::Settings,
    failure::Failure,
    stripe::api::{Api, Unanswered, Walk, answer::Refused},
};

/// Clocks differ: Stripe may have made a payout before the ledger says it was asked for.
const SKEW: Duration = Duration::DAY;
/// What Stripe calls an object that it does not have.
const MISSING: &str = "resource_missing";
/// Stripe's word when a payout's items cannot be listed yet.
const NOT_READY: &str = "payout_reconciliation_not_ready";

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// Stripe refused, or what it answered cannot be read; its code comes first.
    Refused(String),
    /// Nothing more can be asked.
    Failed(Failure),
}

impl From<Unanswered> for Silence {
    fn from(error: Unanswered) -> Self {
        match error {
            Unanswered::Refused(Refused { code, message, .. }) => Self::Refused(match message {
                Some(message) => format!("{code}: {message}"),
                None => code,
            }),
            trouble @ Unanswered::Trouble(_) => Self::Failed(trouble.into()),
        }
    }
}

/// Whoever asks. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    api: Api,
    mode: Mode,
    pub(super) period: Period,
}

/// A payout that Stripe lists.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) payout: StripePayout,
    /// Whether Stripe made it by itself.
    pub(super) automatic: bool,
    /// Made before the period: of interest only if the ledger waits for it.
    pub(super) early: bool,
}

/// A page of a list; what cannot be read on it, by why.
pub(super) type Page = Vec<Result<Listed, String>>;

/// An account that is being asked about.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) paid: Paid,
    lists: Vec<Pages>,
}

/// One of an account's two lists. Stripe's reports show automatic payouts when they
/// should arrive and others when they were made, so each kind is listed by its own time.
#[derive(Debug)]
struct Pages {
    walk: Walk,
    automatic: bool,
    first: Option<Result<Option<Vec<Box<RawValue>>>, Unanswered>>,
}

impl Asker {
    /// Somebody to ask with the key of the settings.
    pub(super) fn new(settings: &Settings, period: Period) -> Result<Self, Failure> {
        let Some(api) = Api::of(&settings.stripe)? else {
            let text = "--api asks Stripe, and needs a key: set STRIPE_SECRET_KEY";
            return Err(Failure::Usage(text.to_owned()));
        };
        Ok(Self {
            api,
            mode: settings.mode,
            period,
        })
    }

    /// Whether it is known where a seller's payouts are, and can be asked for.
    pub(super) fn knows(paid: &Paid) -> bool {
        match &paid.account {
            Some(account) => is_plain(account.as_str()),
            None => paid.seller_id == SellerId::platform(),
        }
    }

    /// Begins to ask about an account: the first pages are fetched.
    pub(super) async fn open(self, paid: Paid) -> Asked {
        let mut lists = Vec::new();
        if Self::knows(&paid) {
            let Period { since, until } = self.period;
            let waiting = paid.waiting_since.map_or(since, |since| since - SKEW);
            let account = paid.account.as_ref().map(StripeAccount::as_str);
            let (made, since) = (seconds(since.min(waiting)), seconds(since));
            let until = seconds(until);
            let by_arrival = [("arrival_date[gte]", &*since), ("arrival_date[lt]", &until)];
            let by_creation = [("created[gte]", &*made), ("created[lt]", &until)];
            for (automatic, filter) in [(true, by_arrival), (false, by_creation)] {
                let mut walk = self.api.walk("/v1/payouts", account, &filter);
                let first = Some(walk.page().await);
                let refused = matches!(first, Some(Err(_)));
                lists.push(Pages {
                    walk,
                    automatic,
                    first,
                });
                if refused {
                    break;
                }
            }
        }
        Asked { paid, lists }
    }

    /// One payout; none if Stripe does not have it in that account.
    pub(super) async fn payout(
        &self,
        account: Option<&StripeAccount>,
        id: &StripePayoutId,
    ) -> Result<Option<Listed>, Silence> {
        if !is_plain(id.as_str()) {
            return Ok(None);
        }
        let path = format!("/v1/payouts/{id}");
        match self
            .api
            .get(&path, account.map(StripeAccount::as_str))
            .await
        {
            Ok(body) => self
                .read(&body, account)?
                .map(Some)
                .map_err(Silence::Refused),
            Err(Unanswered::Refused(refused)) if refused.code == MISSING => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The items of an automatic payout; none if Stripe does not list them yet.
    pub(super) async fn items(&self, of: &StripePayout) -> Result<Option<List>, Silence> {
        let account = of.account.as_ref().map(StripeAccount::as_str);
        let filter = [("payout", of.id.as_str())];
        let mut walk = self.api.walk("/v1/balance_transactions", account, &filter);
        let mut items = Vec::new();
        loop {
            let page = match walk.page().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(Unanswered::Refused(refused)) if refused.code == NOT_READY => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            for object in page {
                let movement = read_movement(object.get().as_bytes())
                    .map_err(|error| Silence::Refused(error.to_string()))?;
                if !movement.is_of(&of.id) {
                    items.push(movement.item);
                }
            }
        }
        Ok(Some(List::new(of.id.clone(), items)))
    }

    /// Reads a payout, which must be of the ledger's mode.
    fn read(
        &self,
        body: &[u8],
        account: Option<&StripeAccount>,
    ) -> Result<Result<Listed, String>, Silence> {
        let ListedPayout {
            payout,
            automatic,
            mode,
        } = match read_listed_payout(body, account.cloned()) {
            Ok(listed) => listed,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if mode != self.mode {
            return Err(Silence::Failed(Failure::OtherMode {
                what: format!("payout {}", payout.id),
                theirs: mode.as_str(),
                ours: self.mode.as_str(),
            }));
        }
        Ok(Ok(Listed {
            payout,
            automatic,
            early: false,
        }))
    }
}

impl Asked {
    /// The next page of payouts; none when there are no more.
    pub(super) async fn page(&mut self, asker: &Asker) -> Result<Option<Page>, Silence> {
        while let Some(list) = self.lists.last_mut() {
            let page = match list.first.take() {
                Some(first) => first,
                None => list.walk.page().await,
            };
            let Some(objects) = page? else {
                self.lists.pop();
                continue;
            };
            let since = asker.period.since;
            let mut page = Page::with_capacity(objects.len());
            for object in objects {
                let account = self.paid.account.as_ref();
                let mut read = asker.read(object.get().as_bytes(), account)?;
                if let Ok(listed) = &mut read {
                    if listed.automatic != list.automatic {
                        continue;
                    }
                    let made = listed.payout.effective_at;
                    listed.early = !list.automatic && made.is_some_and(|made| made < since);
                }
                page.push(read);
            }
            return Ok(Some(page));
        }
        Ok(None)
    }
}

/// Ids that come from Stripe are; others must not end up in an address or a header.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !id.is_empty() && id.bytes().all(plain)
}

/// The first whole second that is not before a moment, since 1970: Stripe counts those.
fn seconds(moment: OffsetDateTime) -> String {
    let whole = moment.unix_timestamp() + i64::from(moment.nanosecond() > 0);
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_period_is_asked_for_in_whole_seconds_that_are_in_it() {
        assert_eq!(seconds(datetime!(1970-01-01 00:00:07 UTC)), "7");
        assert_eq!(seconds(datetime!(1970-01-01 00:00:07.001 UTC)), "8");
        assert_eq!(seconds(datetime!(1969-12-31 23:59:59.5 UTC)), "0");
    }

    #[test]
    fn only_ids_that_can_be_stripes_are_asked_for() {
        assert!(is_plain("po_1AbC-9"));
        for id in ["", "po_1/../../v1/balance", "po?x", "acct_ä", "po%2f"] {
            assert!(!is_plain(id), "{id}");
        }
    }
}
