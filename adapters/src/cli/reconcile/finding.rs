//! One line of the result: what was compared, both values, and what became of it.

use domain::{
    id::{PayoutId, StripeAccount, StripePayoutId},
    money::Money,
    reconcile::{LedgerPayout, Pair, StripePayout, Verdict},
};
use projections::reconcile::{Compared, List, Listed};
use serde_json::json;
use store::row::sqlite_time;
use time::OffsetDateTime;

use crate::cli::render::Row;

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Payout,
    Item,
    Line,
    Account,
}

impl Subject {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Payout => "payout",
            Self::Item => "item",
            Self::Line => "line",
            Self::Account => "account",
        }
    }
}

/// The columns, in order.
pub(super) const HEADINGS: [&str; 16] = [
    "subject",
    "verdict",
    "stripe_payout_id",
    "account",
    "payout_id",
    "item",
    "stripe_amount_minor",
    "stripe_amount",
    "ledger_amount_minor",
    "ledger_amount",
    "currency",
    "stripe_status",
    "ledger_status",
    "effective_at",
    "line",
    "note",
];

/// A line of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) subject: Subject,
    pub(super) verdict: Verdict,
    pub(super) stripe_payout_id: Option<StripePayoutId>,
    pub(super) account: Option<StripeAccount>,
    pub(super) payout_id: Option<PayoutId>,
    /// Stripe's movement, or the ledger's transaction.
    pub(super) item: Option<String>,
    pub(super) stripe: Option<Money>,
    pub(super) ledger: Option<Money>,
    pub(super) stripe_status: Option<&'static str>,
    pub(super) ledger_status: Option<String>,
    /// When it left Stripe's balance.
    pub(super) effective_at: Option<OffsetDateTime>,
    pub(super) line: Option<u64>,
    pub(super) note: Option<String>,
}

impl Finding {
    fn new(subject: Subject, verdict: Verdict) -> Self {
        Self {
            subject,
            verdict,
            stripe_payout_id: None,
            account: None,
            payout_id: None,
            item: None,
            stripe: None,
            ledger: None,
            stripe_status: None,
            ledger_status: None,
            effective_at: None,
            line: None,
            note: None,
        }
    }

    /// A line that cannot be read.
    pub(super) fn unreadable(line: u64, why: String) -> Self {
        Self {
            line: Some(line),
            note: Some(why),
            ..Self::new(Subject::Line, Verdict::Unreadable)
        }
    }

    /// An account that Stripe tells nothing of.
    pub(super) fn untold(account: Option<StripeAccount>, why: String) -> Self {
        Self {
            account,
            note: Some(why),
            ..Self::new(Subject::Account, Verdict::Unreadable)
        }
    }

    /// A payout or its items, which Stripe does not tell, or not so that it can be read.
    pub(super) fn unread(
        subject: Subject,
        id: Option<StripePayoutId>,
        account: Option<StripeAccount>,
        why: String,
    ) -> Self {
        Self {
            account,
            stripe_payout_id: id,
            note: Some(why),
            ..Self::new(subject, Verdict::Unreadable)
        }
    }

    /// A payout that Stripe has.
    pub(super) fn of_payout(stripe: StripePayout, compared: Compared) -> Self {
        let note = note(&compared);
        Self {
            account: stripe.account,
            stripe: Some(stripe.amount),
            stripe_status: Some(stripe.status.as_str()),
            effective_at: stripe.effective_at,
            note,
            stripe_payout_id: Some(stripe.id),
            ..Self::of_ledger(Subject::Payout, compared.verdict, compared.ledger)
        }
    }

    /// A payout that only the ledger has.
    pub(super) fn of_ours(verdict: Verdict, ledger: LedgerPayout) -> Self {
        Self {
            stripe_payout_id: ledger.stripe_payout_id.clone(),
            ..Self::of_ledger(Subject::Payout, verdict, Some(ledger))
        }
    }

    /// A payout that the items report lists, as a whole.
    pub(super) fn of_list(list: &List, listed: &Listed, verdict: Verdict) -> Self {
        let stripe = domain::reconcile::sum(&list.items);
        let note = (verdict == Verdict::AmountDiffers).then(|| match stripe {
            Some(_) => "its items do not sum to it".to_owned(),
            None if list.items.is_empty() => "Stripe lists no items of it".to_owned(),
            None => "its items have no sum in one currency".to_owned(),
        });
        Self {
            stripe_payout_id: Some(list.payout.clone()),
            stripe,
            note,
            ..Self::of_ledger(Subject::Payout, verdict, listed.ledger.clone())
        }
    }

    /// An item.
    pub(super) fn of_item(list: &List, listed: &Listed, pair: &Pair<'_>) -> Self {
        let theirs = pair
            .stripe
            .map(|item| item.balance_transaction_id.to_string());
        let ours = pair.ledger.map(|item| item.transaction_id.to_string());
        Self {
            stripe_payout_id: Some(list.payout.clone()),
            payout_id: listed.ledger.as_ref().map(|payout| payout.payout_id),
            item: theirs.or(ours),
            stripe: pair.stripe.map(|item| item.net),
            ledger: pair.ledger.map(|item| item.amount),
            ..Self::new(Subject::Item, pair.verdict)
        }
    }

    fn of_ledger(subject: Subject, verdict: Verdict, ledger: Option<LedgerPayout>) -> Self {
        let bare = Self::new(subject, verdict);
        match ledger {
            None => bare,
            Some(ledger) => Self {
                payout_id: Some(ledger.payout_id),
                ledger: Some(ledger.amount),
                ledger_status: Some(ledger.status),
                ..bare
            },
        }
    }

    /// For printing, in every form.
    pub(super) fn to_row(&self) -> Row {
        let currency = self.stripe.or(self.ledger).map(|money| money.currency);
        let minor = |money: Option<Money>| money.map(|money| money.amount.minor());
        let row = json!({
            "subject": self.subject.as_str(),
            "verdict": self.verdict.as_str(),
            "stripe_payout_id": self.stripe_payout_id,
            "account": self.account,
            "payout_id": self.payout_id,
            "item": self.item,
            "stripe_amount_minor": minor(self.stripe),
            "stripe_amount": self.stripe,
            "ledger_amount_minor": minor(self.ledger),
            "ledger_amount": self.ledger,
            "currency": currency,
            "stripe_status": self.stripe_status,
            "ledger_status": self.ledger_status,
            "effective_at": self.effective_at.map(sqlite_time),
            "line": self.line,
            "note": self.note,
        });
        match row {
            serde_json::Value::Object(row) => row,
            _ => Row::new(),
        }
    }
}

/// What one should know of a payout that Stripe has.
fn note(compared: &Compared) -> Option<String> {
    if let Some(twin) = &compared.twin {
        let id = twin.stripe_payout_id.as_ref();
        return Some(format!(
            "its metadata names payout {}, which is Stripe's {}: it may have been paid twice",
            twin.payout_id,
            id.map_or_else(String::new, ToString::to_string),
        ));
    }
    let ledger = compared.ledger.as_ref()?;
    let note = match ledger.status.as_str() {
        _ if ledger.stripe_payout_id.is_some() => return None,
        "in_doubt" => "it is in doubt here, and Stripe has made it: do not make it again",
        "requested" => "Stripe has made it, and the ledger has not been told: do not make it again",
        _ => "it is Stripe's by its metadata alone: the ledger has no id of Stripe's for it",
    };
    Some(note.to_owned())
}
