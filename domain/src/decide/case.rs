//! One decision in the making: what was read, and what happens so far.

use std::collections::{BTreeMap, BTreeSet};

use super::{Accepted, Context, Decision};
use crate::{
    balance::{Account, Balance},
    event::Event,
    id::{Alias, Owner, PaymentIntentId, PayoutId, SellerId, StreamId, TransferId},
    payment::Payment,
    payout::Payout,
    policy::Ask,
    refusal::Rejection,
    seller::Seller,
    transfer::Transfer,
    view::{Missing, State, View},
    webhook::Webhook,
};

/// Why a decision ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The view lacks something.
    Missing(Missing),
    /// The rules do not allow it.
    Rejected(Rejection),
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The view, the context, and the ordered sets that the decision is made of.
/// What happens is kept by stream, and streams sort in lock order.
#[derive(Debug)]
pub(super) struct Case<'v> {
    view: &'v View,
    context: &'v Context,
    read: BTreeSet<StreamId>,
    events: BTreeMap<StreamId, Vec<Event>>,
}

macro_rules! reads {
    ($($(#[$doc:meta])* $name:ident($id:ty) -> $aggregate:ident by $stream:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) fn $name(&mut self, id: $id) -> Result<&'v $aggregate, Stop> {
                let stream: fn($id) -> StreamId = $stream;
                let stream = stream(id);
                match self.view.stream(&stream).map(|loaded| &loaded.state) {
                    Some(State::$aggregate(state)) => {
                        self.read.insert(stream);
                        Ok(state)
                    }
                    _ => Err(Missing::Stream(stream).into()),
                }
            }
        )+
    };
}

impl<'v> Case<'v> {
    pub(super) fn new(view: &'v View, context: &'v Context) -> Self {
        Self {
            view,
            context,
            read: BTreeSet::new(),
            events: BTreeMap::new(),
        }
    }

    pub(super) fn context(&self) -> &'v Context {
        self.context
    }

    reads! {
        seller(&SellerId) -> Seller by StreamId::seller;
        payment(&PaymentIntentId) -> Payment by StreamId::payment;
        balance(&Account) -> Balance by Account::stream;
        transfer(&TransferId) -> Transfer by StreamId::transfer;
        payout(PayoutId) -> Payout by StreamId::payout;
        webhook(&StreamId) -> Webhook by StreamId::clone;
    }

    /// Who owns an outside name.
    pub(super) fn owner(&self, alias: Alias) -> Result<Option<&'v Owner>, Stop> {
        match self.view.alias(&alias) {
            Some(owner) => Ok(owner),
            None => Err(Missing::Alias(alias).into()),
        }
    }

    /// Something happens in a stream.
    pub(super) fn happens(&mut self, stream: &StreamId, events: impl IntoIterator<Item = Event>) {
        let mut events = events.into_iter().peekable();
        if events.peek().is_some() {
            let all = self.events.entry(stream.clone()).or_default();
            all.extend(events);
        }
    }

    /// Passes on what an event asks of a balance.
    pub(super) fn ask(&mut self, account: &Account, ask: &Ask) -> Result<(), Stop> {
        let now = self.context.now;
        let events = self.balance(account)?.carry_out(account, ask, now)?;
        self.happens(&account.stream(), events);
        Ok(())
    }

    /// The decision, once everything was asked.
    pub(super) fn close(self, result: Result<Option<PayoutId>, Stop>) -> Result<Decision, Missing> {
        let outcome = match result {
            Ok(payout_id) => Ok(Accepted {
                payout_id,
                events: flatten(self.events),
            }),
            Err(Stop::Rejected(rejection)) => Err(rejection),
            Err(Stop::Missing(missing)) => return Err(missing),
        };
        Ok(Decision {
            outcome,
            read: self.read.into_iter().collect(),
        })
    }
}

fn flatten(events: BTreeMap<StreamId, Vec<Event>>) -> Vec<(StreamId, Event)> {
    let each = |(stream, events): (StreamId, Vec<Event>)| {
        events.into_iter().map(move |event| (stream.clone(), event))
    };
    events.into_iter().flat_map(each).collect()
}
