//! The control API under `/sim`: what a test in another language, or a person with
//! curl, can look at and change.

use domain::money::Currency;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Owner,
    account::Conduct,
    books::NewBalance,
    desk::{Desk, State},
    error::{ApiError, Known},
    fault::{Faults, Script},
    payout::Act,
};

/// Balances may be set up to this, in minor units.
const LARGEST_BALANCE: i64 = 1_000_000_000_000_000;
/// The clock goes ahead by this at most at once: ten years.
const LONGEST_ADVANCE_S: i64 = 10 * 366 * 24 * 60 * 60;
const CALLS_SHOWN: usize = 100;

/// A request of the control API.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

/// Why it was not done.
type Refusal = (u16, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {
    account: Option<String>,
    currency: String,
    available: i64,
    pending: Option<i64>,
    instant: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    account: Option<String>,
    payouts: Option<String>,
    transfers: Option<String>,
    calls: Option<String>,
    outcome: Option<String>,
    #[serde(default)]
    new_external_accounts: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sweep {
    account: Option<String>,
    currency: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Failure {
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

/// Does what is asked, and answers with a status and JSON.
pub(super) fn answer(desk: &Desk, request: &Request<'_>) -> (u16, Value) {
    let parts: Vec<&str> = request
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let done = match (request.method, parts.as_slice()) {
        ("GET", ["sim"]) => Ok(summary(desk)),
        ("GET", ["sim", "calls"]) => calls(desk, request),
        ("POST", ["sim", "balances"]) => set_balance(desk, request),
        ("POST", ["sim", "accounts"]) => change_account(desk, request),
        ("POST", ["sim", "payouts"]) => sweep(desk, request),
        ("POST", ["sim", "payouts", id, act]) => act_on(desk, id, act, request),
        ("POST", ["sim", "faults"]) => change_faults(desk, request),
        ("POST", ["sim", "scripts"]) => add_script(desk, request),
        ("DELETE", ["sim", "scripts"]) => {
            desk.change(|state, _| state.trouble.scripts.clear());
            Ok(summary(desk))
        }
        ("POST", ["sim", "clock", "advance"]) => advance(desk, request),
        _ => Err((404, "the control API has no such endpoint".to_owned())),
    };
    match done {
        Ok(value) => (200, value),
        Err((status, message)) => (status, json!({ "error": { "message": message } })),
    }
}

fn read<'a, T: Deserialize<'a>>(request: &Request<'a>) -> Result<T, Refusal> {
    let body = if request.body.is_empty() {
        b"{}"
    } else {
        request.body
    };
    serde_json::from_slice(body).map_err(|error| (400, error.to_string()))
}

fn currency(code: &str) -> Result<Currency, Refusal> {
    Currency::parse(code).map_err(|error| (400, error.to_string()))
}

fn owner(account: Option<&str>) -> Result<Owner, Refusal> {
    match account {
        Some(id) if !Owner::is_account_id(id) => Err((
            400,
            "accounts are named acct_…; leave it out for the platform".to_owned(),
        )),
        account => Ok(Owner::named(account)),
    }
}

fn refused(error: ApiError) -> Refusal {
    (error.status, error.message)
}

fn summary(desk: &Desk) -> Value {
    let deliveries = desk.deliveries();
    desk.change(|state, now| {
        let balances: Vec<Value> = state
            .books
            .funds()
            .map(|(owner, currency, funds)| {
                json!({
                    "account": owner,
                    "currency": currency,
                    "available": funds.available,
                    "pending": funds.pending,
                    "instant": funds.instant,
                })
            })
            .collect();
        json!({
            "now": now.unix_timestamp(),
            "payouts": payouts_by_status(state),
            "transfers": state.books.transfers().len(),
            "events": state.books.events().len(),
            "balances": balances,
            "faults": state.trouble.faults,
            "scripts": state.trouble.scripts,
            "deliveries": deliveries,
        })
    })
}

fn payouts_by_status(state: &State) -> Value {
    let mut counts = std::collections::BTreeMap::new();
    for payout in state.books.payouts() {
        *counts.entry(payout.status.as_str()).or_insert(0u64) += 1;
    }
    json!(counts)
}

fn calls(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let limit = form_urlencoded::parse(request.query.as_bytes())
        .find(|(name, _)| name == "limit")
        .map_or(Ok(CALLS_SHOWN), |(_, value)| value.parse())
        .map_err(|error| (400, format!("limit: {error}")))?;
    Ok(desk.read(|state| {
        let newest: Vec<Value> = state
            .calls
            .iter()
            .rev()
            .take(limit)
            .map(|c| json!(c))
            .collect();
        json!({ "calls": newest })
    }))
}

fn set_balance(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let wanted: Balance = read(request)?;
    let (owner, currency) = (
        owner(wanted.account.as_deref())?,
        currency(&wanted.currency)?,
    );
    let amounts = [
        wanted.available,
        wanted.pending.unwrap_or(0),
        wanted.instant.unwrap_or(0),
    ];
    if amounts
        .iter()
        .any(|amount| !(-LARGEST_BALANCE..=LARGEST_BALANCE).contains(amount))
    {
        return Err((400, format!("amounts are at most {LARGEST_BALANCE}")));
    }
    desk.change(|state, now| {
        let wanted = NewBalance {
            available: wanted.available,
            pending: wanted.pending,
            instant: wanted.instant,
        };
        state.books.set_balance(&owner, currency, wanted, now);
    });
    Ok(summary(desk))
}

fn change_account(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let change: AccountChange = read(request)?;
    let owner = owner(change.account.as_deref())?;
    let known = |code: Option<String>| match code {
        None => Ok(None),
        Some(code) => Known::find(&code)
            .map(Some)
            .ok_or_else(|| (400, format!("there is no refusal {code:?}"))),
    };
    let outcome = change.outcome.map(|text| text.parse()).transpose();
    let conduct = Conduct {
        payouts: known(change.payouts)?,
        transfers: known(change.transfers)?,
        calls: known(change.calls)?,
        outcome: outcome.map_err(|error: super::InvalidOutcome| (400, error.to_string()))?,
    };
    desk.change(|state, now| {
        state.books.conduct(&owner, conduct, now);
        if change.new_external_accounts {
            state.books.replace_external_accounts(&owner, now);
        }
    });
    Ok(summary(desk))
}

fn sweep(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let wanted: Sweep = read(request)?;
    let (owner, currency) = (
        owner(wanted.account.as_deref())?,
        currency(&wanted.currency)?,
    );
    desk.change(|state, now| state.books.sweep(&owner, currency, now))
        .map_err(refused)
}

fn act_on(desk: &Desk, id: &str, act: &str, request: &Request<'_>) -> Result<Value, Refusal> {
    let failure: Failure = read(request)?;
    let act = match act {
        "post" => Act::Post,
        "pay" => Act::Pay,
        "cancel" => Act::Cancel,
        "fail" => Act::Fail(
            failure
                .code
                .unwrap_or_else(|| "could_not_process".to_owned()),
        ),
        _ => {
            return Err((
                404,
                "payouts can be told to post, pay, fail and cancel".to_owned(),
            ));
        }
    };
    desk.change(|state, now| state.books.act(id, &act, now))
        .map_err(refused)
}

/// Only what is named changes.
fn change_faults(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let changes: serde_json::Map<String, Value> = read(request)?;
    desk.change(|state, _| {
        let mut faults = json!(state.trouble.faults);
        for (name, value) in changes {
            faults[name] = value;
        }
        let faults: Faults = serde_json::from_value(faults).map_err(|error| error.to_string())?;
        faults.check().map_err(|error| error.to_string())?;
        state.trouble.faults = faults;
        Ok(())
    })
    .map_err(|message: String| (400, message))?;
    Ok(summary(desk))
}

fn add_script(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let script: Script = read(request)?;
    desk.change(|state, _| state.trouble.script(script))
        .map_err(|error| (400, error.to_string()))?;
    Ok(summary(desk))
}

fn advance(desk: &Desk, request: &Request<'_>) -> Result<Value, Refusal> {
    let Advance { seconds } = read(request)?;
    if !(0..=LONGEST_ADVANCE_S).contains(&seconds) {
        return Err((400, "the clock goes ahead, by ten years at most".to_owned()));
    }
    desk.advance(time::Duration::seconds(seconds));
    Ok(summary(desk))
}
