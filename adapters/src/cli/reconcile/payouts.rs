//! The itemized payouts report: one row for each payout, and one more for each that came
//! back. Columns: <https://docs.stripe.com/reports/report-types/payouts>.

use std::{collections::HashMap, path::Path};

use domain::{
    id::{PayoutId, StripeAccount, StripePayoutId},
    money::{Amount, Currency, Money},
    reconcile::{StripePayout, StripeStatus},
};
use time::OffsetDateTime;

use super::{
    report::{self, Line, Unreadable},
    span::Span,
};
use crate::failure::Failure;

const NEEDED: [&str; 4] = ["payout_id", "currency", "gross", "reporting_category"];
/// Where our id may be, if the report was made with metadata.
const METADATA: [&str; 2] = ["payout_metadata[payout_id]", "metadata[payout_id]"];
const SENT: &str = "payout";
const CAME_BACK: &str = "payout_reversal";

/// Which sign money on its way to the bank has in a report. Reports are made either way:
/// as amounts of payouts, and as movements of Stripe's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Sign {
    Positive,
    Negative,
}

/// What a report says.
#[derive(Debug, Default)]
pub(super) struct Payouts {
    found: Vec<Found>,
    by_id: HashMap<StripePayoutId, usize>,
    /// The times it is about.
    pub(super) span: Span,
    /// Lines that cannot be read.
    pub(super) unreadable: Vec<Unreadable>,
    /// Rows of other categories.
    pub(super) others: u64,
    /// How much the signs of the amounts speak for [`Sign::Negative`].
    negative: i64,
}

/// One payout, from all its rows. Amounts are as in the report.
#[derive(Debug)]
struct Found {
    id: StripePayoutId,
    account: Option<StripeAccount>,
    payout_id: Option<PayoutId>,
    currency: Currency,
    sent: Option<Amount>,
    came_back: Option<Amount>,
    status: Option<StripeStatus>,
    effective_at: Option<OffsetDateTime>,
}

impl Payouts {
    /// Reads a report.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let mut payouts = Self::default();
        payouts.unreadable = report::read(path, &NEEDED, |line| payouts.take(line))?;
        Ok(payouts)
    }

    fn take(&mut self, line: &Line<'_>) -> Result<(), String> {
        let came_back = match line.need("reporting_category")? {
            SENT => false,
            CAME_BACK => true,
            _ => {
                self.others += 1;
                return Ok(());
            }
        };
        let row = Row::read(line)?;
        let effective_at = row.effective_at;
        let negative = row.gross.amount.is_negative();
        let found = match self
            .by_id
            .get(&row.id)
            .and_then(|at| self.found.get_mut(*at))
        {
            Some(found) => found,
            None => {
                self.by_id.insert(row.id.clone(), self.found.len());
                self.found.push(Found::new(&row));
                let last = self.found.len() - 1;
                &mut self.found[last]
            }
        };
        found.add(row, came_back)?;
        self.span.add(effective_at);
        // What came back has the other sign.
        self.negative += if negative == came_back { -1 } else { 1 };
        Ok(())
    }

    /// The sign that most rows speak for.
    pub(super) const fn sign(&self) -> Sign {
        if self.negative > 0 {
            Sign::Negative
        } else {
            Sign::Positive
        }
    }

    /// The payouts, in the order of the report.
    pub(super) fn into_payouts(self, sign: Sign) -> impl Iterator<Item = StripePayout> {
        self.found.into_iter().map(move |found| found.told(sign))
    }
}

struct Row {
    id: StripePayoutId,
    gross: Money,
    account: Option<StripeAccount>,
    payout_id: Option<PayoutId>,
    status: Option<StripeStatus>,
    effective_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(line: &Line<'_>) -> Result<Self, String> {
        let status = |word: &str| StripeStatus::parse(word).ok_or("none of Stripe's statuses");
        let metadata = METADATA.into_iter().find(|column| line.has(column));
        Ok(Self {
            id: line.parse_needed("payout_id", StripePayoutId::new)?,
            gross: line.money("gross")?,
            account: line.parse("connected_account", StripeAccount::new)?,
            payout_id: match metadata {
                // Whatever else somebody put there names no payout of ours.
                Some(column) => line.get(column)?.and_then(|text| text.parse().ok()),
                None => None,
            },
            status: line.parse("payout_status", status)?,
            effective_at: line.moment("effective_at")?,
        })
    }
}

impl Found {
    fn new(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            account: None,
            payout_id: None,
            currency: row.gross.currency,
            sent: None,
            came_back: None,
            status: None,
            effective_at: None,
        }
    }

    /// One more row of the payout. The same row again, as in files that overlap, adds
    /// nothing; the last status stands.
    fn add(&mut self, row: Row, came_back: bool) -> Result<(), String> {
        let (mine, other) = if came_back {
            (self.came_back, self.sent)
        } else {
            (self.sent, self.came_back)
        };
        let amount = row.gross.amount;
        let fits = row.gross.currency == self.currency
            && mine.is_none_or(|known| known == amount)
            && other.is_none_or(|known| size(known) == size(amount));
        if !fits {
            let id = &self.id;
            return Err(format!("{id} is in the report before, with another amount"));
        }
        if came_back {
            self.came_back = Some(amount);
        } else {
            self.sent = Some(amount);
            self.effective_at = row.effective_at;
        }
        self.account = row.account.or_else(|| self.account.take());
        self.payout_id = row.payout_id.or(self.payout_id);
        self.status = row.status.or(self.status);
        Ok(())
    }

    fn told(self, sign: Sign) -> StripePayout {
        // What came back was sent before, even if that is in another report.
        let negated = |amount: Amount| amount.negated().unwrap_or(Amount::MAX);
        let sent = self
            .sent
            .or_else(|| self.came_back.map(negated))
            .unwrap_or_default();
        let amount = match sign {
            Sign::Positive => sent,
            Sign::Negative => negated(sent),
        };
        let status = match (self.status, self.came_back) {
            (Some(status @ (StripeStatus::Failed | StripeStatus::Canceled)), _)
            | (Some(status), None) => status,
            (_, Some(_)) => StripeStatus::Reversed,
            (None, None) => StripeStatus::Accepted,
        };
        StripePayout {
            id: self.id,
            account: self.account,
            payout_id: self.payout_id,
            amount: Money::new(amount, self.currency),
            status,
            effective_at: self.effective_at,
        }
    }
}

const fn size(amount: Amount) -> u64 {
    amount.minor().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::lines, *};

    const HEADER: &str = "payout_id,effective_at_utc,currency,gross,reporting_category";

    fn read(text: &str) -> Payouts {
        let mut payouts = Payouts::default();
        payouts.unreadable = lines(text, &NEEDED, |line| payouts.take(line)).unwrap();
        payouts
    }

    fn told(rows: &str) -> Vec<(String, String, &'static str)> {
        let payouts = read(&format!("{HEADER}\n{rows}"));
        assert_eq!(payouts.unreadable, []);
        let sign = payouts.sign();
        payouts
            .into_payouts(sign)
            .map(|payout| {
                let (id, amount) = (payout.id.to_string(), payout.amount.to_string());
                (id, amount, payout.status.as_str())
            })
            .collect()
    }

    fn payout(id: &str, amount: &str, status: &'static str) -> (String, String, &'static str) {
        (id.to_owned(), amount.to_owned(), status)
    }

    #[test]
    fn the_sign_of_most_rows_is_that_of_money_sent_to_the_bank() {
        let expected = [
            payout("po_1", "60.00 usd", "accepted"),
            payout("po_2", "10.00 usd", "accepted"),
            payout("po_debit", "-5.00 usd", "accepted"),
        ];
        let positive = "po_1,,usd,60.00,payout\npo_2,,usd,10.00,payout\npo_debit,,usd,-5.00,payout";
        let negative =
            "po_1,,usd,-60.00,payout\npo_2,,usd,-10.00,payout\npo_debit,,usd,5.00,payout";
        assert_eq!(told(positive), expected);
        assert_eq!(told(negative), expected);
    }

    #[test]
    fn a_reversal_tells_that_the_payout_came_back_wherever_it_stands() {
        for rows in [
            "po_1,,usd,60.00,payout\npo_1,,usd,-60.00,payout_reversal",
            "po_1,,usd,-60.00,payout_reversal\npo_1,,usd,60.00,payout",
            "po_1,,usd,-60.00,payout\npo_1,,usd,60.00,payout_reversal",
            // Sent in the month before.
            "po_1,,usd,-60.00,payout_reversal",
            "po_1,,usd,60.00,payout_reversal\npo_1,,usd,60.00,payout_reversal",
        ] {
            assert_eq!(
                told(rows),
                [payout("po_1", "60.00 usd", "reversed")],
                "{rows}"
            );
        }
    }

    #[test]
    fn a_status_that_is_told_says_more_than_the_rows() {
        let text = format!(
            "{HEADER},payout_status\n\
             po_1,,usd,1,payout,paid\n\
             po_2,,usd,1,payout,failed\npo_2,,usd,-1,payout_reversal,failed\n\
             po_3,,usd,1,payout,in_transit\npo_3,,usd,-1,payout_reversal,\n\
             po_4,,usd,1,payout,praised\n"
        );
        let payouts = read(&text);
        assert_eq!(payouts.unreadable[0].line, 7);
        let statuses: Vec<_> = payouts
            .into_payouts(Sign::Positive)
            .map(|payout| payout.status.as_str())
            .collect();
        assert_eq!(statuses, ["paid", "failed", "reversed"]);
    }

    #[test]
    fn the_same_row_again_adds_nothing_and_another_amount_is_told() {
        let twice = read(&format!(
            "{HEADER}\npo_1,,usd,60.00,payout\npo_1,,usd,60.00,payout\n\
             po_1,,usd,59.00,payout\npo_1,,eur,60.00,payout\npo_1,,usd,-6.00,payout_reversal\n"
        ));
        let at: Vec<_> = twice.unreadable.iter().map(|one| one.line).collect();
        assert_eq!(at, [4, 5, 6]);
        assert_eq!(twice.into_payouts(Sign::Positive).count(), 1);
    }

    #[test]
    fn the_report_is_about_the_time_from_its_first_to_its_last_row() {
        let payouts = read(&format!(
            "{HEADER}\npo_1,2026-11-02 00:00:00,usd,1,payout\n\
             po_2,2026-11-01 10:00:00,usd,1,payout\nx,,usd,1,payout_minimum_balance_hold\n"
        ));
        let period = payouts.span.period(None, None).unwrap();
        assert_eq!(period.since.to_string(), "2026-11-01 10:00:00.0 +00:00:00");
        assert_eq!(period.until.to_string(), "2026-11-02 0:00:01.0 +00:00:00");
        assert_eq!(payouts.others, 1);
    }

    #[test]
    fn our_id_is_found_in_the_metadata() {
        let id = "0193c7a0-0000-7000-8000-000000000001";
        let header = format!("{HEADER},connected_account,payout_metadata[payout_id]");
        let payouts = read(&format!(
            "{header}\npo_1,,usd,1,payout,acct_1,{id}\npo_2,,usd,1,payout,,theirs\n"
        ));
        assert_eq!(payouts.unreadable, []);
        let payouts: Vec<_> = payouts.into_payouts(Sign::Positive).collect();
        assert_eq!(payouts[0].payout_id.unwrap().to_string(), id);
        assert_eq!(payouts[0].account.as_ref().unwrap().as_str(), "acct_1");
        assert_eq!(payouts[1].payout_id, None);
    }
}
