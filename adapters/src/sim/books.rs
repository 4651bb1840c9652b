//! The simulator's books: all accounts, payouts, transfers and events, in memory.
//!
//! Architecture invariant: no clock and no I/O. A call, the time and what goes wrong
//! come in, a reply goes out; ids come from a generator that is passed in.

use std::collections::{BTreeSet, HashMap};

use domain::{
    money::{Currency, Money},
    stripe::Mode,
};
use fastrand::Rng;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    Owner,
    account::{Account, Conduct, Funds},
    call::{Answer, Call, Reply, rendered},
    error::ApiError,
    event::Event,
    fault::Fault,
    form::Form,
    payout::{Outcome, Payout},
    shelf::{Kept, Shelf},
    transaction::Transaction,
    transfer::Transfer,
};

mod memory;
mod money;
mod payouts;
mod reading;
mod standing;
mod transfers;

use memory::Memory;
pub use money::NewBalance;

/// What a new account of an unlimited simulator has of each currency.
const PLENTY: i64 = 1_000_000_000_000_000;

/// What every account has when it is first heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// More of each currency than anybody pays out.
    Unlimited,
    /// This and nothing else.
    Exactly(Vec<Money>),
}

/// How the books behave.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What new accounts have.
    pub opening: Opening,
    /// The time between two steps of a payout; zero is never.
    pub pace: Duration,
    /// How API keys may begin.
    pub key_prefixes: Vec<String>,
    /// How payouts end whose amount in minor units ends in these digits.
    pub outcomes: Vec<(String, Outcome)>,
    /// Whether an external account takes no more payouts after one failed.
    pub disable_failed_accounts: bool,
    /// Endpoints for the platform's events.
    pub endpoints: u8,
    /// Endpoints for connected accounts' events.
    pub connect_endpoints: u8,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            opening: Opening::Unlimited,
            pace: Duration::ZERO,
            key_prefixes: vec!["sk_test_".to_owned(), "rk_test_".to_owned()],
            outcomes: Vec::new(),
            disable_failed_accounts: true,
            endpoints: 0,
            connect_endpoints: 0,
        }
    }
}

/// Everything there is.
#[derive(Debug)]
pub struct Books {
    rules: Rules,
    ids: Rng,
    accounts: HashMap<Owner, Account>,
    payouts: Shelf<Payout>,
    transfers: Shelf<Transfer>,
    transactions: Shelf<Transaction>,
    events: Shelf<Event>,
    /// When which payout takes its next step.
    due: BTreeSet<(OffsetDateTime, usize)>,
    memory: Memory,
    /// Events that nobody has fetched for delivery.
    fresh: Vec<Event>,
}

/// When, in whose account and by which call something happens.
#[derive(Debug, Clone)]
struct At {
    now: OffsetDateTime,
    owner: Owner,
    request: Option<String>,
    key: Option<String>,
}

impl At {
    /// Without a call.
    fn by_clock(owner: Owner, now: OffsetDateTime) -> Self {
        Self {
            now,
            owner,
            request: None,
            key: None,
        }
    }

    fn second(&self) -> i64 {
        self.now.unix_timestamp()
    }
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(rules: Rules, ids: Rng) -> Self {
        Self {
            rules,
            ids,
            accounts: HashMap::new(),
            payouts: Shelf::default(),
            transfers: Shelf::default(),
            transactions: Shelf::default(),
            events: Shelf::default(),
            due: BTreeSet::new(),
            memory: Memory::default(),
            fresh: Vec::new(),
        }
    }

    /// Takes one call.
    pub fn handle(&mut self, call: &Call, fault: Option<Fault>, now: OffsetDateTime) -> Reply {
        self.tick(now);
        if fault == Some(Fault::ResetBefore) {
            return Reply::Reset;
        }
        let request = self.mint("req_");
        let answer = match self.answer(call, fault, &request, now) {
            Ok(answer) => answer,
            Err(error) => error.answer(&request),
        };
        match fault {
            Some(Fault::Timeout) => Reply::Silence,
            Some(Fault::ResetAfter) => Reply::Reset,
            _ => Reply::Answer(answer),
        }
    }

    fn answer(
        &mut self,
        call: &Call,
        fault: Option<Fault>,
        request: &str,
        now: OffsetDateTime,
    ) -> Result<Answer, ApiError> {
        if let Some(Fault::Refuse(known, told)) = fault
            && !known.is_kept()
        {
            let error = known.error();
            return Err(ApiError {
                should_retry: told.then_some(true).or(error.should_retry),
                ..error
            });
        }
        self.check_api_key(call)?;
        let owner = self.caller(call, now)?;
        let key = remembered_key(call, &owner)?;
        let fingerprint = call.fingerprint();
        if let Some(key) = &key
            && let Some(answer) = self.memory.recall(key, &fingerprint)?
        {
            return Ok(answer);
        }
        let at = At {
            now,
            owner,
            request: Some(request.to_owned()),
            key: call.key.clone().filter(|_| call.method == "POST"),
        };
        let result = match fault {
            Some(Fault::ErrorBefore) => Err(ApiError::broken()),
            Some(Fault::Refuse(known, _)) => Err(known.error()),
            _ => self.route(call, &at),
        };
        let result = match (fault, result) {
            (Some(Fault::ErrorAfter), Ok(_)) => Err(ApiError::broken()),
            (_, result) => result,
        };
        let (kept, answer) = match result {
            Ok(body) => (true, done(&body, request)),
            Err(error) => (error.kept, error.answer(request)),
        };
        if let Some(key) = key.filter(|_| kept) {
            self.memory.keep(key, fingerprint, &answer, now);
        }
        Ok(answer)
    }

    /// Every endpoint there is.
    fn route(&mut self, call: &Call, at: &At) -> Result<Value, ApiError> {
        let form = Form::new(&call.parameters);
        match (call.method.as_str(), call.parts().as_slice()) {
            ("POST", ["v1", "payouts"]) => self.create_payout(at, form),
            ("GET", ["v1", "payouts"]) => self.list_payouts(at, form),
            ("GET", ["v1", "payouts", id]) => show(&self.payouts, at, id, form),
            ("POST", ["v1", "payouts", id]) => self.update_payout(at, id, form),
            ("POST", ["v1", "payouts", id, "cancel"]) => self.cancel_payout(at, id, form),
            ("POST", ["v1", "payouts", id, "reverse"]) => self.reverse_payout(at, id, form),
            ("POST", ["v1", "transfers"]) => self.create_transfer(at, form),
            ("GET", ["v1", "transfers"]) => self.list_transfers(at, form),
            ("GET", ["v1", "transfers", id]) => show(&self.transfers, at, id, form),
            ("POST", ["v1", "transfers", id]) => self.update_transfer(at, id, form),
            ("POST", ["v1", "transfers", id, "reversals"]) => self.reverse_transfer(at, id, form),
            ("GET", ["v1", "balance"]) => self.show_balance(at, form),
            ("GET", ["v1", "balance_transactions"]) => self.list_transactions(at, form),
            ("GET", ["v1", "balance_transactions", id]) => show(&self.transactions, at, id, form),
            ("GET", ["v1", "events"]) => self.list_events(at, form),
            ("GET", ["v1", "events", id]) => self.show_event(at, id, form),
            ("GET", ["v1", "account"]) => self.show_account(at, at.owner.id(), form),
            ("GET", ["v1", "accounts", id]) => self.show_account(at, id, form),
            _ => Err(ApiError::request(
                404,
                None,
                format!("Unrecognized request URL ({}: {}).", call.method, call.path),
            )),
        }
    }

    fn check_api_key(&self, call: &Call) -> Result<(), ApiError> {
        let Some(key) = &call.api_key else {
            let message = "You did not provide an API key.";
            return Err(ApiError::request(401, None, message));
        };
        if key.key_mode() == Some(Mode::Live) {
            let message = "This is a simulator, and that is a key for real money: it was refused.";
            return Err(ApiError::request(401, None, message));
        }
        let known = |prefix: &String| key.expose().starts_with(prefix.as_str());
        if self.rules.key_prefixes.iter().any(known) {
            return Ok(());
        }
        Err(ApiError::request(401, None, "Invalid API key provided."))
    }

    fn caller(&mut self, call: &Call, now: OffsetDateTime) -> Result<Owner, ApiError> {
        if let Some(id) = &call.account
            && !Owner::is_account_id(id)
        {
            return Err(ApiError::known("account_invalid"));
        }
        let owner = Owner::named(call.account.as_deref());
        let account = self.account(&owner, now);
        match account.conduct.calls {
            Some(known) => Err(known.error()),
            None => Ok(owner),
        }
    }

    /// The account, made when it is first heard of.
    fn account(&mut self, owner: &Owner, now: OffsetDateTime) -> &mut Account {
        self.accounts.entry(owner.clone()).or_insert_with(|| {
            let mut account = Account {
                created: now.unix_timestamp(),
                ..Account::default()
            };
            if let Opening::Exactly(all) = &self.rules.opening {
                for money in all {
                    let funds = account.funds.entry(money.currency).or_default();
                    funds.open(money.amount.minor());
                }
            }
            account
        })
    }

    /// An id that was never used.
    fn mint(&mut self, prefix: &str) -> String {
        let mut id = format!("{prefix}1");
        id.extend((0..23).map(|_| self.ids.alphanumeric()));
        id
    }

    /// Says that a slow call is being worked on: until [`Self::release`], its key is in
    /// use. False if it was already.
    pub fn hold(&mut self, call: &Call) -> bool {
        held_key(call).is_none_or(|key| self.memory.hold(key))
    }

    /// The end of what [`Self::hold`] began.
    pub fn release(&mut self, call: &Call) {
        if let Some(key) = held_key(call) {
            self.memory.release(&key);
        }
    }

    /// Events since this was last asked, for delivery.
    pub fn take_fresh(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.fresh)
    }

    /// All payouts, oldest first.
    #[must_use]
    pub fn payouts(&self) -> &[Payout] {
        self.payouts.all()
    }

    /// All transfers, oldest first.
    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        self.transfers.all()
    }

    /// All events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.events.all()
    }

    /// All movements of money, oldest first.
    #[must_use]
    pub fn transactions(&self) -> &[Transaction] {
        self.transactions.all()
    }

    /// All accounts' money.
    pub fn funds(&self) -> impl Iterator<Item = (&Owner, Currency, Funds)> {
        self.accounts.iter().flat_map(|(owner, account)| {
            let all = account.funds.iter();
            all.map(move |(currency, funds)| (owner, *currency, *funds))
        })
    }

    /// Changes how an account behaves from now on.
    pub fn conduct(&mut self, owner: &Owner, conduct: Conduct, now: OffsetDateTime) {
        self.account(owner, now).conduct = conduct;
    }

    /// Gives an account new external accounts: those that were disabled are gone.
    pub fn replace_external_accounts(&mut self, owner: &Owner, now: OffsetDateTime) {
        let account = self.account(owner, now);
        account.external.clear();
        account.disabled.clear();
    }
}

fn show<T: Kept>(shelf: &Shelf<T>, at: &At, id: &str, form: Form) -> Result<Value, ApiError> {
    form.finish()?;
    let place = shelf.of(&at.owner, id).and_then(|place| shelf.at(place));
    place
        .map(Kept::json)
        .ok_or_else(|| ApiError::missing(T::WHAT, id, "id"))
}

fn done(body: &Value, request: &str) -> Answer {
    Answer {
        status: 200,
        request: request.to_owned(),
        should_retry: None,
        replayed: false,
        body: rendered(body),
    }
}

fn held_key(call: &Call) -> Option<memory::Key> {
    let key = call.key.clone().filter(|_| call.method == "POST")?;
    Some((Owner::named(call.account.as_deref()), key))
}

/// The key under which the result is kept: only what POST does is.
fn remembered_key(call: &Call, owner: &Owner) -> Result<Option<memory::Key>, ApiError> {
    match &call.key {
        Some(key) if key.chars().count() > 255 => {
            let message = "Idempotency keys may have at most 255 characters.";
            Err(ApiError::request(400, None, message))
        }
        Some(key) if call.method == "POST" && !key.is_empty() => {
            Ok(Some((owner.clone(), key.clone())))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
