//! What a seller or the marketplace asks of a balance: to record a transaction,
//! to release or fail one, to set money aside for a payout.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::{
    Account, Balance, MAX_PAYOUT_ITEMS, Place, Transaction,
    event::{
        FailedTransaction, FundsReserved, Item, OpenStatus, Released, TransactionRecorded,
        TransactionsFailed, TransactionsReleased,
    },
};
use crate::{
    event::Event,
    id::{PayoutId, TransactionId},
    money::{Amount, Money},
    refusal::Rejection,
};

/// What a command that names one transaction finds.
pub(crate) enum Named {
    /// What happens to it.
    Open(Vec<Event>),
    /// The balance has no such open transaction.
    NotOpen,
}

/// What a payout is to take.
pub(crate) struct Wanted<'a> {
    pub(crate) payout_id: PayoutId,
    /// These; else all that are eligible.
    pub(crate) named: Option<&'a [TransactionId]>,
    pub(crate) expected: Option<Money>,
    pub(crate) minimum: Option<Money>,
    pub(crate) now: OffsetDateTime,
}

impl Balance {
    /// Takes a transaction in, as long as no sum can ever leave its range.
    pub(crate) fn record(&self, event: &TransactionRecorded) -> Result<(), Rejection> {
        event
            .extent()
            .and_then(|extent| self.turnover.plus(extent))
            .map(|_| ())
            .ok_or(Rejection::Overflow {
                what: "the seller's transactions",
            })
    }

    /// Makes a held transaction available.
    pub(crate) fn release(
        &self,
        account: &Account,
        id: &TransactionId,
    ) -> Result<Named, Rejection> {
        let Some(transaction) = self.transactions.get(id) else {
            return Ok(Named::NotOpen);
        };
        match transaction.place {
            Place::Held(_) => Ok(Named::Open(released(
                account,
                vec![Released {
                    transaction_id: id.clone(),
                    net_minor: transaction.net,
                }],
            ))),
            Place::Available | Place::Reserved(_) => Ok(Named::Open(Vec::new())),
            place @ Place::Pending(_) => Err(Rejection::TransactionNotEligible {
                transaction: id.clone(),
                state: place.as_str(),
            }),
        }
    }

    /// Makes the held transactions available whose time has come.
    pub(crate) fn release_due(&self, account: &Account, now: OffsetDateTime) -> Vec<Event> {
        released(account, self.due(now).collect())
    }

    /// Ends a pending or held transaction.
    pub(crate) fn fail(&self, account: &Account, id: &TransactionId) -> Result<Named, Rejection> {
        let Some(transaction) = self.transactions.get(id) else {
            return Ok(Named::NotOpen);
        };
        match transaction.place {
            Place::Pending(_) | Place::Held(_) => {
                Ok(Named::Open(self.failed(account, std::slice::from_ref(id))))
            }
            place @ (Place::Available | Place::Reserved(_)) => Err(Rejection::IllegalTransition {
                what: format!("transaction {id}"),
                state: place.as_str(),
                wanted: "failed",
            }),
        }
    }

    /// Those of the named ones that are pending or held come to nothing.
    pub(super) fn failed(&self, account: &Account, ids: &[TransactionId]) -> Vec<Event> {
        let failing = ids.iter().filter_map(|id| {
            let transaction = self.transactions.get(id)?;
            let (Place::Pending(terms) | Place::Held(terms)) = transaction.place else {
                return None;
            };
            Some(FailedTransaction {
                transaction_id: id.clone(),
                gross_minor: terms.gross,
                fee_minor: terms.fee,
                net_minor: transaction.net,
            })
        });
        let transactions: Vec<_> = failing.collect();
        if transactions.is_empty() {
            return Vec::new();
        }
        vec![
            TransactionsFailed {
                seller_id: account.seller_id.clone(),
                currency: account.currency,
                transactions,
            }
            .into(),
        ]
    }

    /// Whether the transaction is open here.
    pub(crate) fn knows(&self, id: &TransactionId) -> bool {
        self.transactions.contains_key(id)
    }

    /// Sets money aside for a payout: first releases what is due, then reserves.
    /// Named transactions must be known.
    pub(crate) fn reserve(
        &self,
        account: &Account,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<Event>, FundsReserved), Rejection> {
        let due: Vec<_> = self.due(wanted.now).collect();
        let items = match wanted.named {
            Some(named) => self.pick_named(named, wanted.now)?,
            None => self.pick_eligible(wanted.now),
        };
        if items.is_empty() {
            return Err(Rejection::NoEligibleTransactions(account.currency));
        }
        let too_large = || Rejection::Overflow {
            what: "the payout's transactions",
        };
        let released_sum =
            Amount::sum(due.iter().map(|one| one.net_minor)).ok_or_else(too_large)?;
        let available = self
            .totals
            .available
            .plus(released_sum)
            .ok_or_else(too_large)?;
        let asked = Amount::sum(items.iter().map(|item| item.net_minor)).ok_or_else(too_large)?;
        check_amount(account, asked, available, wanted)?;
        let funds = FundsReserved {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            payout_id: wanted.payout_id,
            amount_minor: asked,
            items,
        };
        Ok((released(account, due), funds))
    }

    /// Held transactions whose time has come, earliest first.
    fn due(&self, now: OffsetDateTime) -> impl Iterator<Item = Released> {
        self.held_until
            .iter()
            .take_while(move |(at, _)| *at <= now)
            .filter_map(|(_, id)| {
                Some(Released {
                    transaction_id: id.clone(),
                    net_minor: self.transactions.get(id)?.net,
                })
            })
    }

    fn pick_named(
        &self,
        named: &[TransactionId],
        now: OffsetDateTime,
    ) -> Result<Vec<Item>, Rejection> {
        let invalid = |problem| Rejection::Invalid {
            field: "transactions",
            problem,
        };
        if named.len() > MAX_PAYOUT_ITEMS {
            return Err(invalid(format!(
                "at most {MAX_PAYOUT_ITEMS} fit in one payout"
            )));
        }
        let mut seen = HashSet::with_capacity(named.len());
        let mut items = Vec::with_capacity(named.len());
        for id in named {
            if !seen.insert(id) {
                return Err(invalid(format!("{id} is named twice")));
            }
            let transaction = self
                .transactions
                .get(id)
                .ok_or_else(|| Rejection::TransactionNotFound(id.clone()))?;
            if let Some(state) = self.obstacle(id, transaction, now) {
                return Err(Rejection::TransactionNotEligible {
                    transaction: id.clone(),
                    state,
                });
            }
            items.push(transaction.item(id));
        }
        Ok(items)
    }

    /// All negative ones, so that debts are settled first, then the oldest.
    fn pick_eligible(&self, now: OffsetDateTime) -> Vec<Item> {
        let mut eligible: Vec<_> = self
            .transactions
            .iter()
            .filter(|(id, transaction)| self.obstacle(id, transaction, now).is_none())
            .collect();
        eligible.sort_unstable_by_key(|(_, one)| (!one.net.is_negative(), one.order));
        eligible.truncate(MAX_PAYOUT_ITEMS);
        let items = eligible.into_iter().map(|(id, one)| one.item(id));
        items.collect()
    }

    /// Why a transaction cannot be paid out now, if it cannot.
    fn obstacle(
        &self,
        id: &TransactionId,
        transaction: &Transaction,
        now: OffsetDateTime,
    ) -> Option<&'static str> {
        match transaction.place {
            Place::Available => {}
            Place::Held(terms) if terms.is_due(now) => {}
            place @ (Place::Pending(_) | Place::Held(_) | Place::Reserved(_)) => {
                return Some(place.as_str());
            }
        }
        self.is_blocked(id).then_some("blocked by a dispute")
    }
}

impl Transaction {
    fn item(&self, id: &TransactionId) -> Item {
        Item {
            transaction_id: id.clone(),
            net_minor: self.net,
            transfer_id: self.transfer_id.clone(),
        }
    }
}

impl TransactionRecorded {
    /// The largest of its amounts, without sign; none if its opposite does not fit.
    pub(super) fn extent(&self) -> Option<Amount> {
        let extent = |amount: Amount| match amount.is_negative() {
            true => amount.negated(),
            false => Some(amount),
        };
        let of_net = extent(self.net_minor)?;
        Some(
            extent(self.gross_minor)?
                .max(extent(self.fee_minor)?)
                .max(of_net),
        )
    }

    /// Where a transaction starts when the customer has paid, or need not.
    pub(crate) fn settled_status(
        available_on: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> OpenStatus {
        if available_on.is_some_and(|at| at > now) {
            OpenStatus::Held
        } else {
            OpenStatus::Available
        }
    }
}

/// Events of released transactions, each of a size that can be stored.
pub(super) fn released(account: &Account, transactions: Vec<Released>) -> Vec<Event> {
    let event = |part: &[Released]| {
        TransactionsReleased {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            transactions: part.to_vec(),
        }
        .into()
    };
    transactions.chunks(MAX_PAYOUT_ITEMS).map(event).collect()
}

fn check_amount(
    account: &Account,
    asked: Amount,
    available: Amount,
    wanted: &Wanted<'_>,
) -> Result<(), Rejection> {
    let money = |amount| Money::new(amount, account.currency);
    let minimum = wanted.minimum.unwrap_or(money(Amount::ZERO));
    if minimum.currency != account.currency {
        return Err(Rejection::Invalid {
            field: "minimum_amount",
            problem: "must be in the currency of the payout".to_owned(),
        });
    }
    // Blocked and unnamed debts count: no payout may leave a seller owing.
    if !asked.is_positive() || asked > available {
        return Err(Rejection::InsufficientFunds {
            available: money(available),
            asked: money(asked),
        });
    }
    let actual = money(asked);
    if asked < minimum.amount {
        return Err(Rejection::BelowMinimum { minimum, actual });
    }
    if let Some(expected) = wanted.expected.filter(|expected| *expected != actual) {
        return Err(Rejection::AmountMismatch { expected, actual });
    }
    let multiple = account.currency.payout_multiple();
    if asked.minor() % multiple != 0 {
        return Err(Rejection::AmountNotPayable {
            amount: actual,
            multiple,
        });
    }
    Ok(())
}
