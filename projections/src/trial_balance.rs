//! The trial balance: what is on each kind of account, currency by currency. Double
//! entry makes each currency's sum zero, now and at any position.

use std::collections::BTreeMap;

use domain::{
    id::{SellerId, StreamId, Tenant},
    money::Currency,
    postings::{Posting, postings},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use store::{Database, StoreError, Value, checkpoint};

use crate::{
    follower::Followed,
    past::{self, Batches},
    query::{self, AsOf, QueryError},
    statements, streams,
};

/// The columns of [`TrialBalance::rows`], besides `amount` as money.
pub const COLUMNS: &[&str] = &["currency", "account", "amount_minor"];
/// The kinds of accounts, in the order in which they are shown.
const ACCOUNTS: [&str; 6] = [
    "clearing",
    "fees",
    "pending",
    "available",
    "reserved",
    "paid_out",
];
/// The line that must be zero.
const TOTAL: &str = "total";

/// Which accounts are wanted. What is not given does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whose books.
    pub tenant: Tenant,
    /// What comes of this seller's transactions and payouts only.
    #[serde(default)]
    pub seller: Option<SellerId>,
    /// In this currency only.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// As it was then.
    #[serde(default)]
    pub as_of: Option<AsOf>,
}

/// What is on each kind of account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialBalance {
    /// The last position that counts; none if it is the last there is.
    pub position: Option<i64>,
    /// Whether each currency's total is zero.
    pub balanced: bool,
    /// Whether the postings are there of all events that count. They follow the log at
    /// a short distance.
    pub complete: bool,
    /// A line for each kind of account and a total, currency by currency.
    pub rows: Vec<Map<String, Json>>,
}

/// Sums in minor units, by currency and kind of account. They can be beyond 64 bits.
type Sums = BTreeMap<Currency, [i128; ACCOUNTS.len()]>;

/// Adds up the accounts.
///
/// # Errors
/// When the database fails.
pub async fn run(database: &Database, question: &Question) -> Result<TrialBalance, QueryError> {
    let moment = question.as_of.and_then(AsOf::moment);
    query::check_moments(&[("as_of", moment)])?;
    let position = match question.as_of {
        Some(as_of) => Some(past::position(database, as_of).await?),
        None => None,
    };
    // What was posted by then is posted when the sums are read.
    let complete = is_complete(database, question, position).await?;
    let sums = match &question.seller {
        Some(seller) => of_seller(database, question, seller, position).await?,
        None => of_all(database, question, position).await?,
    };
    let mut rows = Vec::new();
    let mut balanced = true;
    for (currency, sums) in sums {
        for (account, minor) in ACCOUNTS.iter().zip(sums) {
            rows.push(row(currency, account, minor));
        }
        let total: i128 = sums.iter().sum();
        balanced &= total == 0;
        rows.push(row(currency, TOTAL, total));
    }
    Ok(TrialBalance {
        position,
        balanced,
        complete,
        rows,
    })
}

async fn is_complete(
    database: &Database,
    question: &Question,
    position: Option<i64>,
) -> Result<bool, StoreError> {
    // A seller's are taken from the log itself.
    if question.seller.is_some() {
        return Ok(true);
    }
    let at = checkpoint::load(database, Followed::Postings.name()).await?;
    let values = [
        Value::Int(at.txid),
        Value::Int(at.position),
        Value::Text(question.tenant.as_str()),
        Value::OptInt(position),
    ];
    let rows = database.fetch(&statements::FIND_UNPOSTED, &values).await?;
    let found = rows.first().map_or(Ok(0), |row| row.int("found"))?;
    Ok(found == 0)
}

async fn of_all(
    database: &Database,
    question: &Question,
    position: Option<i64>,
) -> Result<Sums, StoreError> {
    let values = [
        Value::Text(question.tenant.as_str()),
        Value::OptInt(position),
        Value::OptText(question.currency.as_ref().map(Currency::as_str)),
    ];
    let mut sums = Sums::new();
    for row in database.fetch(&statements::TRIAL_BALANCE, &values).await? {
        let currency = Currency::parse(&row.text("currency")?)?;
        let minor = (i128::from(row.int("high")?) << 32) + i128::from(row.int("low")?);
        add(&mut sums, currency, &row.text("account")?, minor);
    }
    Ok(sums)
}

/// Postings are not found by their seller; the seller's streams are.
async fn of_seller(
    database: &Database,
    question: &Question,
    seller: &SellerId,
    position: Option<i64>,
) -> Result<Sums, QueryError> {
    let wanted = (seller, question.currency);
    let streams: Vec<StreamId> = streams::of_balances(database, &question.tenant, wanted).await?;
    let mut sums = Sums::new();
    let mut tx = database.gated("trial_balance").snapshot().open().await?;
    let source = (&question.tenant, streams.as_slice());
    let until = position.unwrap_or(i64::MAX);
    let mut batches = Batches::of(&mut tx, source, until);
    while let Some(batch) = batches.next().await? {
        for posting in batch.iter().flat_map(|recorded| postings(&recorded.event)) {
            let minor = i128::from(posting.amount.minor());
            add(&mut sums, posting.currency, place(&posting), minor);
        }
    }
    drop(batches);
    tx.commit().await?;
    Ok(sums)
}

/// The kind of a posting's account: a seller's has the place at its end.
pub(crate) fn place(posting: &Posting) -> &str {
    let account = posting.account.as_str();
    account.rsplit('/').next().unwrap_or(account)
}

/// An account of no known kind shows in no line, and so breaks the total.
fn add(sums: &mut Sums, currency: Currency, account: &str, minor: i128) {
    let sums = sums.entry(currency).or_default();
    for (known, sum) in ACCOUNTS.iter().zip(sums) {
        if *known == account {
            *sum += minor;
        }
    }
}

fn row(currency: Currency, account: &str, minor: i128) -> Map<String, Json> {
    let amount = json!({ "amount": decimal(minor, currency.exponent()), "currency": currency });
    // What a program cannot read as a number of 64 bits is told as text.
    let minor =
        i64::try_from(minor).map_or_else(|_| json!(minor.to_string()), |minor| json!(minor));
    let mut row = Map::new();
    row.insert("currency".to_owned(), json!(currency));
    row.insert("account".to_owned(), json!(account));
    row.insert("amount_minor".to_owned(), minor);
    row.insert("amount".to_owned(), amount);
    row
}

/// Minor units as a decimal number of major units.
fn decimal(minor: i128, exponent: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let scale = 10_u128.pow(exponent);
    let (whole, rest) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    match usize::try_from(exponent).unwrap_or_default() {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{rest:0digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_64_bits_are_shown_whole() {
        let usd = Currency::parse("usd").unwrap();
        let minor = i128::from(i64::MIN) * 3;
        let row = row(usd, "clearing", minor);
        assert_eq!(row["amount_minor"], "-27670116110564327424");
        assert_eq!(row["amount"]["amount"], "-276701161105643274.24");
    }

    #[test]
    fn minor_units_are_shown_in_the_digits_of_their_currency() {
        for (minor, exponent, shown) in [
            (0, 2, "0.00"),
            (-5, 2, "-0.05"),
            (12_345, 3, "12.345"),
            (-7, 0, "-7"),
        ] {
            assert_eq!(decimal(minor, exponent), shown);
        }
    }

    #[test]
    fn an_account_of_no_known_kind_is_in_no_line() {
        let usd = Currency::parse("usd").unwrap();
        let mut sums = Sums::new();
        add(&mut sums, usd, "clearing", 5);
        add(&mut sums, usd, "elsewhere", -5);
        assert_eq!(sums[&usd].iter().sum::<i128>(), 5);
    }
}
