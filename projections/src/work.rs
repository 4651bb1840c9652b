//! What background jobs look for in the read tables: balances to release or to pay
//! out, days to close.

use domain::{
    balance::Account,
    id::{PayoutId, SellerId, StripeAccount, StripePayoutId, Tenant},
    money::{Amount, Currency, Money},
    seller::Schedule,
};
use store::{Database, Row, StoreError, Value, checkpoint};
use time::{Date, OffsetDateTime, macros::format_description};

use crate::{follower::Followed, statements};

/// How many balances [`payable`] finds at once.
const PAGE: i64 = 1_000;

/// All tenants that have sellers or money, in order.
///
/// # Errors
/// When the database fails.
pub async fn tenants(database: &Database) -> Result<Vec<Tenant>, StoreError> {
    let rows = database.fetch(&statements::FIND_TENANTS, &[]).await?;
    rows.iter()
        .map(|row| Ok(Tenant::new(row.text("tenant")?)?))
        .collect()
}

/// The balances with held transactions that became available after one moment and
/// up to another.
///
/// # Errors
/// When the database fails.
pub async fn due(
    database: &Database,
    tenant: &Tenant,
    after: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Account>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Time(after),
        Value::Time(until),
    ];
    let rows = database.fetch(&statements::FIND_DUE, &values).await?;
    rows.iter().map(account).collect()
}

/// A balance that a schedule pays out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// Whose, in which currency.
    pub account: Account,
    /// What is available, blocked or not; positive.
    pub available: Money,
    /// The least that is paid out in this currency.
    pub minimum: Option<Money>,
}

/// The next balances with available money of sellers who are paid on a day, in the
/// order of their keys; none when there are no more.
///
/// # Errors
/// When the database fails.
pub async fn payable(
    database: &Database,
    tenant: &Tenant,
    day: Date,
    after: Option<&Account>,
) -> Result<Vec<Payable>, StoreError> {
    let schedules: Vec<_> = Schedule::due_on(day).map(String::from).collect();
    let (seller, currency) = after.map_or(("", ""), |last| {
        (last.seller_id.as_str(), last.currency.as_str())
    });
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(schedules.iter().map(String::as_str).collect()),
        Value::Text(seller),
        Value::Text(currency),
        Value::Int(PAGE),
    ];
    let rows = database.fetch(&statements::FIND_PAYABLE, &values).await?;
    rows.iter().map(payable_of).collect()
}

fn account(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        seller_id: SellerId::new(row.text("seller_id")?)?,
        currency: Currency::parse(&row.text("currency")?)?,
    })
}

fn payable_of(row: &Row) -> Result<Payable, StoreError> {
    let account = account(row)?;
    let money = |minor| Money::new(Amount::from_minor(minor), account.currency);
    let available = money(row.int("available_minor")?);
    let of_this_currency =
        row.opt_text("minimum_payout_currency")?.as_deref() == Some(account.currency.as_str());
    let minimum = row
        .opt_int("minimum_payout_minor")?
        .filter(|_| of_this_currency)
        .map(money);
    Ok(Payable {
        account,
        available,
        minimum,
    })
}

/// A payout that should have arrived, and that nobody has told of since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Ours.
    pub payout_id: PayoutId,
    /// Stripe's.
    pub stripe_payout_id: StripePayoutId,
    /// Where it stands, as in the table.
    pub status: String,
    /// Whose.
    pub seller_id: SellerId,
    /// The seller's account, if anybody has told it.
    pub account: Option<StripeAccount>,
}

/// Payouts under way whose day of arrival lies before a moment; without such a day, the
/// one they were requested on.
///
/// # Errors
/// When the database fails.
pub async fn overdue(
    database: &Database,
    tenant: &Tenant,
    before: OffsetDateTime,
) -> Result<Vec<Overdue>, StoreError> {
    let values = [Value::Text(tenant.as_str()), Value::Time(before)];
    let rows = database.fetch(&statements::FIND_OVERDUE, &values).await?;
    rows.iter()
        .map(|row| {
            let account = row.opt_text("account")?;
            Ok(Overdue {
                payout_id: PayoutId(row.opt_uuid("payout_id")?.unwrap_or_default()),
                stripe_payout_id: StripePayoutId::new(row.text("stripe_payout_id")?)?,
                status: row.text("status")?,
                seller_id: SellerId::new(row.text("seller_id")?)?,
                account: account.map(StripeAccount::new).transpose()?,
            })
        })
        .collect()
}

/// The first day that has sums; none while nothing has happened.
///
/// # Errors
/// When the database fails.
pub async fn first_day(database: &Database, tenant: &Tenant) -> Result<Option<Date>, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = database.fetch(&statements::FIRST_DAY, &values).await?;
    let day = match rows.first() {
        Some(row) => row.opt_text("day")?,
        None => None,
    };
    Ok(day.as_deref().and_then(parse_day))
}

/// A day as the tables write it: `YYYY-MM-DD`.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// What happened in one currency on a day, over all sellers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The currency of the amounts.
    pub currency: Currency,
    /// Recorded transactions, and their net amounts.
    pub transactions: Total,
    /// Payouts that were requested or adopted.
    pub requested: Total,
    /// Payouts that became paid.
    pub paid: Total,
    /// Payouts that failed.
    pub failed: Total,
}

/// How many, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub count: i64,
    /// How much, in minor units.
    pub amount: Amount,
}

/// A day's totals, by currency.
///
/// # Errors
/// When the database fails.
pub async fn totals(
    database: &Database,
    tenant: &Tenant,
    day: Date,
) -> Result<Vec<Totals>, StoreError> {
    let day = day.to_string();
    let values = [Value::Text(tenant.as_str()), Value::Text(&day)];
    let rows = database.fetch(&statements::TOTALS_OF_DAY, &values).await?;
    rows.iter().map(totals_of).collect()
}

fn totals_of(row: &Row) -> Result<Totals, StoreError> {
    let total = |count, amount| -> Result<Total, StoreError> {
        Ok(Total {
            count: row.int(count)?,
            amount: Amount::from_minor(row.int(amount)?),
        })
    };
    Ok(Totals {
        currency: Currency::parse(&row.text("currency")?)?,
        transactions: total("transactions_count", "transactions_net_minor")?,
        requested: total("payouts_requested_count", "payouts_requested_minor")?,
        paid: total("payouts_paid_count", "payouts_paid_minor")?,
        failed: total("payouts_failed_count", "payouts_failed_minor")?,
    })
}

/// Whether the daily sums hold all events of before a moment that are in the log.
///
/// # Errors
/// When the database fails.
pub async fn is_rolled_up(database: &Database, until: OffsetDateTime) -> Result<bool, StoreError> {
    let at = checkpoint::load(database, Followed::DailyRollups.name()).await?;
    let values = [
        Value::Int(at.txid),
        Value::Int(at.position),
        Value::Time(until),
    ];
    let rows = database
        .fetch(&statements::FIND_UNFOLLOWED, &values)
        .await?;
    let found = rows.first().map_or(Ok(0), |row| row.int("found"))?;
    Ok(found == 0)
}
