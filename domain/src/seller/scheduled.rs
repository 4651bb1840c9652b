//! The payout that a schedule makes on a day: everybody who makes it calls it the
//! same, so it is made once, however many try and however often.

use time::Date;
use uuid::Uuid;

use crate::{
    balance::Account,
    id::{Fingerprint, IdempotencyKey, InvalidId, PayoutId, Tenant},
};

/// Namespace of the ids of payouts that schedules make.
const SCHEDULED: Uuid = Uuid::from_u128(0x1c9e_8a74_0d2b_4f67_a3f1_58e6_c24b_9d05);

/// Whose payout it is, in which currency, of which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledPayout<'a> {
    /// Whose books.
    pub tenant: &'a Tenant,
    /// Whose money, in which currency.
    pub account: &'a Account,
    /// The day on which the schedule makes it, in UTC.
    pub day: Date,
}

impl ScheduledPayout<'_> {
    /// Its id.
    #[must_use]
    pub fn payout_id(&self) -> PayoutId {
        let Account {
            seller_id,
            currency,
        } = self.account;
        // No id holds a line feed, so no two of these names are alike.
        let name = format!("{}\n{seller_id}\n{currency}\n{}", self.tenant, self.day);
        PayoutId(Uuid::new_v5(&SCHEDULED, name.as_bytes()))
    }

    /// The key of the request that makes it: `schedule:<day>:<seller>:<currency>`, with
    /// a hash in place of a seller id that is too long for a key.
    ///
    /// # Errors
    /// None that can happen: days, ids and currencies are of a key's characters.
    pub fn key(&self) -> Result<IdempotencyKey, InvalidId> {
        let Account {
            seller_id,
            currency,
        } = self.account;
        let day = self.day;
        IdempotencyKey::new(format!("schedule:{day}:{seller_id}:{currency}")).or_else(|_| {
            let hash = Fingerprint::of(seller_id.as_str());
            IdempotencyKey::new(format!("schedule-of:{day}:{}:{currency}", hash.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{id::SellerId, money::Currency};

    fn account(seller: &str, currency: &str) -> Account {
        Account {
            seller_id: SellerId::new(seller).unwrap(),
            currency: Currency::parse(currency).unwrap(),
        }
    }

    #[test]
    fn a_payout_has_one_name_a_day() {
        let tenants = ["a", "b"].map(|name| Tenant::new(name).unwrap());
        let accounts = [
            account("ada", "usd"),
            account("ada", "eur"),
            account("bob", "usd"),
        ];
        let days = [date!(2026 - 11 - 20), date!(2026 - 11 - 21)];
        let mut ids = std::collections::HashSet::new();
        for tenant in &tenants {
            for account in &accounts {
                for day in days {
                    let payout = ScheduledPayout {
                        tenant,
                        account,
                        day,
                    };
                    assert_eq!(payout.payout_id(), payout.payout_id());
                    assert!(ids.insert(payout.payout_id()));
                }
            }
        }
    }

    #[test]
    fn ids_never_change_for_then_a_day_could_be_paid_twice() {
        let payout = ScheduledPayout {
            tenant: &Tenant::default_tenant(),
            account: &account("ada", "usd"),
            day: date!(2026 - 11 - 20),
        };
        assert_eq!(
            payout.payout_id().to_string(),
            "48784b61-6c56-5a62-9753-422e425b80a8"
        );
        assert_eq!(
            payout.key().unwrap().as_str(),
            "schedule:2026-11-20:ada:usd"
        );
    }

    #[test]
    fn the_longest_seller_id_has_a_key_of_its_own() {
        let key = |seller: &str| {
            let payout = ScheduledPayout {
                tenant: &Tenant::default_tenant(),
                account: &account(seller, "usd"),
                day: date!(2026 - 11 - 20),
            };
            payout.key().unwrap().as_str().to_owned()
        };
        let (one, other) = ("ö".repeat(127) + "1", "ö".repeat(127) + "2");
        assert!(key(&one).starts_with("schedule-of:2026-11-20:"));
        assert_ne!(key(&one), key(&other));
        assert_eq!(
            key(&"s".repeat(128)).len(),
            "schedule:2026-11-20::usd".len() + 128
        );
    }
}
