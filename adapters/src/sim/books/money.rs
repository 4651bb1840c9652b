//! Money that moves in the books, each time with its balance transaction.

use domain::money::Currency;
use time::OffsetDateTime;

use super::{At, Books, Opening, PLENTY};
use crate::sim::{
    Owner,
    account::Funds,
    event::{Event, Told},
    transaction::Transaction,
};

/// What an account is to have, in minor units.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewBalance {
    /// Can be paid out.
    pub available: i64,
    /// Not yet; as it is if left out.
    pub pending: Option<i64>,
    /// How much of both can be paid out at once; what is available if left out.
    pub instant: Option<i64>,
}

/// A movement that is to be written down.
pub(super) struct Movement<'a> {
    pub(super) owner: &'a Owner,
    pub(super) kind: &'static str,
    pub(super) amount: i64,
    pub(super) currency: Currency,
    pub(super) source: Option<String>,
}

impl<'a> Movement<'a> {
    /// Without a source if that is empty.
    pub(super) fn of(
        (owner, currency): (&'a Owner, Currency),
        kind: &'static str,
        amount: i64,
        source: &str,
    ) -> Self {
        Self {
            owner,
            kind,
            amount,
            currency,
            source: (!source.is_empty()).then(|| source.to_owned()),
        }
    }
}

impl Books {
    /// The account's money of one currency.
    pub(super) fn funds_of(
        &mut self,
        owner: &Owner,
        currency: Currency,
        now: OffsetDateTime,
    ) -> &mut Funds {
        let plenty = self.rules.opening == Opening::Unlimited;
        let account = self.account(owner, now);
        account.funds.entry(currency).or_insert_with(|| {
            let mut funds = Funds::default();
            if plenty {
                funds.open(PLENTY);
            }
            funds
        })
    }

    /// Writes a movement down, and says under which id.
    pub(super) fn write_down(&mut self, movement: Movement<'_>, at: &At) -> String {
        let id = self.mint("txn_");
        self.transactions.put(Transaction {
            id: id.clone(),
            owner: movement.owner.clone(),
            kind: movement.kind,
            amount: movement.amount,
            currency: movement.currency,
            source: movement.source,
            created: at.second(),
            payout: None,
        });
        id
    }

    /// Sets an account's money, as if the difference had come in from outside.
    pub fn set_balance(
        &mut self,
        owner: &Owner,
        currency: Currency,
        wanted: NewBalance,
        now: OffsetDateTime,
    ) {
        let funds = self.funds_of(owner, currency, now);
        let available = wanted.available;
        let pending = wanted.pending.unwrap_or(funds.pending);
        let difference = available + pending - funds.available - funds.pending;
        let more = available > funds.available;
        *funds = Funds {
            available,
            pending,
            instant: wanted
                .instant
                .unwrap_or(available)
                .min(available + pending)
                .max(0),
            opened: funds.opened + difference,
        };
        let at = At::by_clock(owner.clone(), now);
        if difference != 0 {
            let movement = Movement::of((owner, currency), "adjustment", difference, "");
            self.write_down(movement, &at);
        }
        if more {
            let object = self.account(owner, now).balance(owner);
            self.tell("balance.available", object, None, &at);
        }
    }

    /// Makes an event: kept for a month, and delivered.
    pub(super) fn tell(
        &mut self,
        kind: &'static str,
        object: serde_json::Value,
        previous: Option<serde_json::Value>,
        at: &At,
    ) {
        let endpoints = match at.owner {
            Owner::Platform => self.rules.endpoints,
            Owner::Connected(_) => self.rules.connect_endpoints,
        };
        let event = Event::new(Told {
            id: self.mint("evt_"),
            kind,
            owner: at.owner.clone(),
            created: at.second(),
            object,
            previous,
            request: (at.request.clone(), at.key.clone()),
            endpoints,
        });
        self.fresh.push(event.clone());
        self.events.put(event);
    }
}
