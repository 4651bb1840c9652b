//! Objects as Stripe's API lists them: payouts, and what automatic ones are made of.

use time::OffsetDateTime;

use crate::{
    command::ReportedItem,
    id::{StripeAccount, StripePayoutId},
    reconcile::{StripePayout, StripeStatus},
};

use super::{Dead, Mode, PayoutStatus, Unreadable, fields, json::Members, payout, read_object};

/// A payout of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPayout {
    /// What it says, to be compared.
    pub payout: StripePayout,
    /// Whether Stripe made it by itself: only then its items are known.
    pub automatic: bool,
    /// Test or live.
    pub mode: Mode,
}

/// A movement of Stripe's balance that a payout is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// What it says.
    pub item: ReportedItem,
    /// Stripe's word for what moved the balance.
    kind: Option<String>,
}

impl Movement {
    /// Whether it is the payout itself, which is no item of it. Another payout, one that
    /// came back, is.
    #[must_use]
    pub fn is_of(&self, payout: &StripePayoutId) -> bool {
        let source = self.item.source.as_ref();
        self.kind.as_deref() == Some("payout")
            && source.is_none_or(|source| source.as_str() == payout.as_str())
    }
}

/// Reads a payout of the list `GET /v1/payouts`. The account is the one that was asked.
///
/// # Errors
/// When a field that is needed is missing or not what it must be.
pub fn read_listed_payout(
    body: &[u8],
    account: Option<StripeAccount>,
) -> Result<ListedPayout, Unreadable> {
    read_object("payout", body, |object| {
        let told = payout::read(object, account)?;
        let automatic = fields::flag(object, "automatic")? == Some(true);
        let arrival = told.arrival_date.map(crate::arrival::Arrival::at);
        let created = moment(object)?;
        Ok(ListedPayout {
            payout: StripePayout {
                id: told.stripe_payout_id,
                account: told.account,
                payout_id: told.payout_id,
                amount: told.amount,
                status: StripeStatus::from(&told.status),
                effective_at: if automatic { arrival } else { created },
            },
            automatic,
            mode: super::mode(object)?,
        })
    })
}

/// Reads a balance transaction of the list `GET /v1/balance_transactions?payout=…`.
///
/// # Errors
/// When a field that is needed is missing or not what it must be.
pub fn read_movement(body: &[u8]) -> Result<Movement, Unreadable> {
    read_object("balance transaction", body, |object| {
        Ok(Movement {
            item: ReportedItem {
                balance_transaction_id: fields::required_id(object, "id")?,
                net: fields::money(object, "net")?,
                category: fields::id(object, "reporting_category")?,
                source: fields::id(object, "source")?,
                payment_intent: None,
            },
            kind: fields::text(object, "type")?.map(str::to_owned),
        })
    })
}

fn moment(object: &Members<'_>) -> Result<Option<OffsetDateTime>, Dead> {
    let Some(seconds) = fields::whole(object, "created")? else {
        return Ok(None);
    };
    OffsetDateTime::from_unix_timestamp(seconds)
        .map(Some)
        .map_err(|_| fields::bad_field("created", "seconds since 1970"))
}

impl From<&PayoutStatus> for StripeStatus {
    fn from(status: &PayoutStatus) -> Self {
        match status {
            PayoutStatus::Pending => Self::Pending,
            PayoutStatus::InTransit => Self::InTransit,
            PayoutStatus::Paid => Self::Paid,
            PayoutStatus::Failed { .. } => Self::Failed,
            PayoutStatus::Canceled => Self::Canceled,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payout(more: &Value) -> Result<ListedPayout, Unreadable> {
        let mut payout = json!({"id": "po_1", "object": "payout", "amount": -1050,
            "currency": "usd", "status": "failed", "automatic": true, "livemode": true,
            "created": 1_777_593_600, "arrival_date": 1_777_766_400, "metadata": {}});
        for (name, value) in more.as_object().unwrap() {
            payout[name] = value.clone();
        }
        read_listed_payout(payout.to_string().as_bytes(), None)
    }

    #[test]
    fn automatic_payouts_count_for_their_arrival_and_others_for_when_they_were_made() {
        let at = |automatic| {
            let read = payout(&json!({"automatic": automatic})).unwrap();
            read.payout.effective_at.unwrap().unix_timestamp()
        };
        assert_eq!(at(true), 1_777_766_400);
        assert_eq!(at(false), 1_777_593_600);
    }

    #[test]
    fn a_payout_is_read_with_its_sign_its_status_and_its_mode() {
        let read = payout(&json!({})).unwrap();
        assert_eq!(read.payout.amount.to_string(), "-10.50 usd");
        assert_eq!(read.payout.status, StripeStatus::Failed);
        assert_eq!(read.mode, Mode::Live);
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_field() {
        let told = |more| payout(&more).unwrap_err().to_string();
        assert_eq!(
            told(json!({"created": "now"})),
            "Stripe's payout cannot be read: created must be a whole number of 64 bits"
        );
        assert!(told(json!({"automatic": 1})).contains("automatic must be true or false"));
        assert!(read_listed_payout(b"[]", None).is_err());
    }

    #[test]
    fn the_payout_itself_is_told_from_its_items_and_from_a_payout_that_came_back() {
        let movement = |kind: &str, source: Value| {
            let body = json!({"id": "txn_1", "net": -60, "currency": "usd", "type": kind,
                "reporting_category": "payout", "source": source});
            read_movement(body.to_string().as_bytes()).unwrap()
        };
        let po_1 = StripePayoutId::new("po_1").unwrap();
        assert!(movement("payout", json!("po_1")).is_of(&po_1));
        assert!(movement("payout", json!({"id": "po_1"})).is_of(&po_1));
        assert!(movement("payout", Value::Null).is_of(&po_1));
        assert!(!movement("payout", json!("po_0")).is_of(&po_1));
        assert!(!movement("payout_failure", json!("po_1")).is_of(&po_1));
        let item = movement("charge", json!("ch_1")).item;
        assert_eq!(item.net.to_string(), "-0.60 usd");
        assert_eq!(item.source.unwrap().as_str(), "ch_1");
        assert_eq!(item.category.unwrap().as_str(), "payout");
    }
}
