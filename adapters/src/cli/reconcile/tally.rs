//! The sum of a reconciliation: how many came out how, and how much money that is.

use std::{collections::BTreeMap, fmt};

use domain::{
    money::{Amount, Currency, Money},
    reconcile::Verdict,
};
use projections::reconcile::Period;
use serde_json::{Map, Value as Json, json};
use store::row::sqlite_time;

use super::finding::{Finding, Subject};
use crate::cli::render::plain;

/// Counts and sums.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<(Subject, Verdict), u64>,
    sums: BTreeMap<(Subject, &'static str), Sums>,
    /// Payouts that were given their items, and how many those are.
    pub(super) recorded: Option<(u64, u64)>,
    /// How many accounts Stripe was asked about.
    pub(super) accounts: u64,
    /// In which ledger payouts must be in the report.
    pub(super) period: Option<Period>,
    /// What else one should know.
    pub(super) notes: Vec<String>,
}

/// Money in one currency, in minor units.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    /// What both sides say.
    matched: i128,
    /// What is missing on one side, or by how much they differ; each without its sign.
    differing: i128,
}

impl Tally {
    /// Counts a finding.
    pub(super) fn count(&mut self, finding: &Finding) {
        let Finding {
            subject, verdict, ..
        } = *finding;
        *self.counts.entry((subject, verdict)).or_default() += 1;
        let minor = |money: Money| i128::from(money.amount.minor());
        match (finding.stripe, finding.ledger) {
            (Some(stripe), Some(_)) if verdict == Verdict::Matched => {
                self.sum(subject, stripe.currency).matched += minor(stripe);
            }
            (Some(stripe), Some(ledger))
                if verdict == Verdict::AmountDiffers && stripe.currency == ledger.currency =>
            {
                let differing = (minor(stripe) - minor(ledger)).abs();
                self.sum(subject, stripe.currency).differing += differing;
            }
            (Some(stripe), Some(_)) if verdict == Verdict::StatusDiffers => {
                self.sum(subject, stripe.currency).differing += minor(stripe).abs();
            }
            (stripe, ledger) if verdict.differs() => {
                for money in [stripe, ledger].into_iter().flatten() {
                    self.sum(subject, money.currency).differing += minor(money).abs();
                }
            }
            _ => {}
        }
    }

    fn sum(&mut self, subject: Subject, currency: Currency) -> &mut Sums {
        self.sums.entry((subject, currency.as_str())).or_default()
    }

    /// Whether anything differs.
    pub(super) fn differs(&self) -> bool {
        self.counts.keys().any(|(_, verdict)| verdict.differs())
    }

    fn of(&self, subject: Subject, verdict: Verdict) -> u64 {
        let count = self.counts.get(&(subject, verdict));
        count.copied().unwrap_or_default()
    }

    /// Whatever cannot be read.
    fn unreadable(&self) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|((_, verdict), _)| *verdict == Verdict::Unreadable)
            .map(|(_, count)| count)
            .sum()
    }

    /// How many of a hundred match, with two decimals, rounded down; none of none.
    fn explained(&self, subject: Subject) -> Option<String> {
        let matched = self.of(subject, Verdict::Matched);
        let differing: u64 = Verdict::ALL
            .into_iter()
            .filter(|verdict| verdict.differs())
            .map(|verdict| self.of(subject, verdict))
            .sum();
        let all = u128::from(matched) + u128::from(differing);
        let share = (u128::from(matched) * 10_000).checked_div(all)?;
        Some(format!("{}.{:02}", share / 100, share % 100))
    }

    fn has(&self, subject: Subject) -> bool {
        self.counts.keys().any(|(known, _)| *known == subject)
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Json {
        let side = |subject| {
            let mut counts = Map::new();
            for verdict in Verdict::ALL {
                if verdict != Verdict::Unreadable {
                    let count = self.of(subject, verdict);
                    counts.insert(verdict.as_str().to_owned(), json!(count));
                }
            }
            counts.insert("explained".to_owned(), json!(self.explained(subject)));
            counts
        };
        let amounts = self.sums.iter().map(|((subject, currency), sums)| {
            json!({
                "subject": subject.as_str(),
                "currency": currency,
                "matched": money(sums.matched, currency),
                "differing": money(sums.differing, currency),
            })
        });
        let (payouts, items) = self.recorded.unwrap_or_default();
        json!({
            "agrees": !self.differs(),
            "payouts": side(Subject::Payout),
            "items": side(Subject::Item),
            "unreadable": self.unreadable(),
            "accounts": self.accounts,
            "recorded": { "payouts": payouts, "items": items },
            "amounts": amounts.collect::<Vec<_>>(),
            "period": self.period.map(|period| json!({
                "since": sqlite_time(period.since),
                "until": sqlite_time(period.until),
            })),
            "notes": self.notes,
        })
    }
}

/// More than the ledger can count is not told.
fn money(minor: i128, currency: &str) -> Option<Money> {
    let minor = i64::try_from(minor).ok()?;
    let currency = Currency::parse(currency).ok()?;
    Some(Money::new(Amount::from_minor(minor), currency))
}

fn told(minor: i128, currency: &str) -> String {
    money(minor, currency).map_or_else(|| format!("too much {currency}"), |sum| sum.to_string())
}

/// For people.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, subject) in [("payouts", Subject::Payout), ("items", Subject::Item)] {
            if !self.has(subject) {
                continue;
            }
            let counts = Verdict::ALL
                .into_iter()
                .map(|verdict| (self.of(subject, verdict), verdict.as_str()))
                .filter(|(count, _)| *count > 0)
                .map(|(count, verdict)| format!("{count} {verdict}"));
            write!(f, "{name:<10}{}", counts.collect::<Vec<_>>().join(", "))?;
            if let Some(explained) = self.explained(subject) {
                write!(f, "; {explained} % explained")?;
            }
            writeln!(f)?;
            for ((_, currency), sums) in self.sums.iter().filter(|((of, _), _)| *of == subject) {
                let (matched, differing) =
                    (told(sums.matched, currency), told(sums.differing, currency));
                writeln!(f, "{:<10}{matched} matched, {differing} differing", "")?;
            }
        }
        let unreadable = |subject| self.of(subject, Verdict::Unreadable);
        let (lines, silent) = (unreadable(Subject::Line), unreadable(Subject::Account));
        if lines > 0 {
            writeln!(f, "{:<10}{lines} unreadable", "lines")?;
        }
        if self.accounts > 0 {
            writeln!(
                f,
                "{:<10}{} asked, {silent} unreadable",
                "accounts", self.accounts
            )?;
        }
        if let Some((payouts, items)) = self.recorded {
            writeln!(f, "{:<10}{items} items of {payouts} payouts", "recorded")?;
        }
        if let Some(period) = self.period {
            let (since, until) = (sqlite_time(period.since), sqlite_time(period.until));
            writeln!(f, "{:<10}from {since} to before {until}", "period")?;
        }
        for note in &self.notes {
            writeln!(f, "{:<10}{}", "note", plain(note))?;
        }
        write!(
            f,
            "{}",
            if self.differs() {
                "differences found"
            } else {
                "all agrees"
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(minor: i64) -> Option<Money> {
        money(minor.into(), "usd")
    }

    fn tally(findings: &[(Verdict, Option<Money>, Option<Money>)]) -> Tally {
        let mut tally = Tally::default();
        for (verdict, stripe, ledger) in findings {
            let mut finding = Finding::unreadable(0, String::new());
            finding.subject = Subject::Payout;
            finding.verdict = *verdict;
            (finding.stripe, finding.ledger) = (*stripe, *ledger);
            tally.count(&finding);
        }
        tally
    }

    #[test]
    fn what_differs_is_summed_without_signs() {
        let summed = tally(&[
            (Verdict::Matched, usd(10_000), usd(10_000)),
            (Verdict::Matched, usd(-500), usd(-500)),
            (Verdict::AmountDiffers, usd(1000), usd(1050)),
            (Verdict::AmountDiffers, usd(100), money(700, "eur")),
            (Verdict::StatusDiffers, usd(-300), usd(-300)),
            (Verdict::MissingHere, usd(200), None),
            (Verdict::MissingAtStripe, None, usd(400)),
            (Verdict::NotSubmitted, None, usd(9900)),
        ]);
        let json = summed.to_json();
        assert_eq!(json["amounts"][0]["differing"], json!(money(700, "eur")));
        assert_eq!(json["amounts"][1]["matched"], json!(usd(9500)));
        assert_eq!(json["amounts"][1]["differing"], json!(usd(1050)));
        assert_eq!(json["payouts"]["explained"], "28.57");
        assert_eq!(json["payouts"]["not_submitted"], 1);
        assert_eq!(json["agrees"], false);
    }

    #[test]
    fn nothing_is_explained_of_nothing_and_all_is_only_all() {
        assert_eq!(tally(&[]).explained(Subject::Payout), None);
        let mut many = vec![(Verdict::Matched, usd(1), usd(1)); 99_999];
        assert_eq!(tally(&many).explained(Subject::Payout).unwrap(), "100.00");
        many.push((Verdict::MissingHere, usd(1), None));
        assert_eq!(tally(&many).explained(Subject::Payout).unwrap(), "99.99");
    }

    #[test]
    fn a_sum_that_is_too_large_is_told_as_that() {
        let huge = usd(i64::MAX);
        let summed = tally(&[
            (Verdict::Matched, huge, huge),
            (Verdict::Matched, huge, huge),
        ]);
        assert_eq!(summed.to_json()["amounts"][0]["matched"], Json::Null);
        assert!(summed.to_string().contains("too much usd matched"));
    }
}
