//! Stripe's word against the ledger's, as tables.

#![expect(clippy::unwrap_used, reason = "ids that are known to be good")]

use domain::{
    command::ReportedItem,
    id::{BalanceTransactionId, SourceId, TransferId},
    money::{Amount, Money},
    payout::Origin,
    reconcile::{
        self, LedgerItem, LedgerPayout, StripePayout,
        StripeStatus::{self, Accepted, Canceled, Failed, InTransit, Paid, Pending, Reversed},
        Verdict::{self, AmountDiffers, Matched, MissingAtStripe, MissingHere, StatusDiffers},
    },
};

use super::scenario::{currency, dollars, payout_id, stripe_id, transaction};

fn theirs(amount: Money, status: StripeStatus) -> StripePayout {
    StripePayout {
        id: stripe_id("po_1"),
        account: None,
        payout_id: None,
        amount,
        status,
        effective_at: None,
    }
}

fn ours(amount: Money, status: &str) -> LedgerPayout {
    LedgerPayout {
        payout_id: payout_id(1),
        stripe_payout_id: Some(stripe_id("po_1")),
        amount,
        status: status.to_owned(),
        origin: Origin::Ledger,
        item_count: 1,
    }
}

fn euros(minor: i64) -> Money {
    Money::new(Amount::from_minor(minor), currency("eur"))
}

#[test]
fn a_payout_that_the_ledger_lacks_is_missing_here() {
    assert_eq!(
        reconcile::payout(&theirs(dollars(1), Paid), None),
        MissingHere
    );
}

#[test]
fn the_amount_counts_before_the_status() {
    let check = |theirs_minor, ours_amount, status, expected| {
        let verdict = reconcile::payout(
            &theirs(dollars(theirs_minor), Paid),
            Some(&ours(ours_amount, status)),
        );
        assert_eq!(verdict, expected, "{theirs_minor} {ours_amount} {status}");
    };
    check(100, dollars(100), "paid", Matched);
    check(100, dollars(101), "paid", AmountDiffers);
    check(100, dollars(-100), "paid", AmountDiffers);
    check(100, euros(100), "paid", AmountDiffers);
    check(100, dollars(101), "failed", AmountDiffers);
    check(100, dollars(100), "failed", StatusDiffers);
    check(-100, dollars(-100), "paid", Matched);
}

#[test]
fn a_status_agrees_with_its_own_and_less_is_told_by_some() {
    let all = [
        "requested",
        "in_doubt",
        "pending",
        "in_transit",
        "paid",
        "failed",
        "canceled",
    ];
    for (told, agreeing) in [
        (Pending, &["pending"][..]),
        (InTransit, &["in_transit"]),
        (Paid, &["paid"]),
        (Failed, &["failed"]),
        (Canceled, &["canceled"]),
        (Reversed, &["failed", "canceled"]),
        (Accepted, &["pending", "in_transit", "paid"]),
    ] {
        for status in all {
            let expected = if agreeing.contains(&status) {
                Matched
            } else {
                StatusDiffers
            };
            let verdict =
                reconcile::payout(&theirs(dollars(1), told), Some(&ours(dollars(1), status)));
            assert_eq!(verdict, expected, "{told:?} {status}");
        }
        assert_ne!(told.as_str(), "");
    }
}

#[test]
fn only_stripes_own_words_are_statuses() {
    for word in ["pending", "in_transit", "paid", "failed", "canceled"] {
        assert_eq!(
            StripeStatus::parse(word).map(StripeStatus::as_str),
            Some(word)
        );
    }
    for word in ["", "Paid", "reversed", "accepted", "cancelled"] {
        assert_eq!(StripeStatus::parse(word), None, "{word}");
    }
}

#[test]
fn a_hint_is_no_difference_and_everything_else_is_but_a_match() {
    let fine: Vec<_> = Verdict::ALL
        .into_iter()
        .filter(|verdict| !verdict.differs())
        .map(Verdict::as_str)
        .collect();
    assert_eq!(fine, ["matched", "not_submitted"]);
}

fn item(id: &str, net: Money, source: Option<&str>) -> ReportedItem {
    ReportedItem {
        balance_transaction_id: BalanceTransactionId::new(id).unwrap(),
        net,
        category: None,
        source: source.map(|id| SourceId::new(id).unwrap()),
        payment_intent: None,
    }
}

fn kept(id: &str, minor: i64, transfer: Option<&str>) -> LedgerItem {
    LedgerItem {
        transaction_id: transaction(id),
        amount: dollars(minor),
        transfer_id: transfer.map(|id| TransferId::new(id).unwrap()),
    }
}

#[test]
fn a_list_must_make_the_payouts_amount_in_its_currency() {
    let ten = ours(dollars(10), "paid");
    let check = |items: &[ReportedItem], expected| {
        assert_eq!(reconcile::list(items, Some(&ten)), expected, "{items:?}");
    };
    check(
        &[
            item("txn_1", dollars(12), None),
            item("txn_2", dollars(-2), None),
        ],
        Matched,
    );
    check(&[item("txn_1", dollars(12), None)], AmountDiffers);
    check(&[item("txn_1", euros(10), None)], AmountDiffers);
    check(
        &[
            item("txn_1", dollars(10), None),
            item("txn_2", euros(0), None),
        ],
        AmountDiffers,
    );
    check(&[], AmountDiffers);
    let huge = dollars(i64::MAX);
    check(
        &[item("txn_1", huge, None), item("txn_2", huge, None)],
        AmountDiffers,
    );
    assert_eq!(
        reconcile::list(&[item("txn_1", dollars(10), None)], None),
        MissingHere
    );
}

fn compared(stripe: &[ReportedItem], ledger: &[LedgerItem]) -> Vec<(String, String, Verdict)> {
    let shown = |id: Option<&str>| id.unwrap_or("-").to_owned();
    let pairs = reconcile::items(stripe, ledger).into_iter().map(|pair| {
        let theirs = pair.stripe.map(|item| item.balance_transaction_id.as_str());
        let ours = pair.ledger.map(|item| item.transaction_id.as_str());
        (shown(theirs), shown(ours), pair.verdict)
    });
    pairs.collect()
}

fn pair(theirs: &str, ours: &str, verdict: Verdict) -> (String, String, Verdict) {
    (theirs.to_owned(), ours.to_owned(), verdict)
}

#[test]
fn items_are_the_same_by_the_id_of_stripes_movement() {
    let stripe = [
        item("txn_1", dollars(1), None),
        item("txn_2", dollars(2), None),
        item("txn_3", dollars(3), None),
    ];
    let ledger = [
        kept("txn_0", 5, None),
        kept("txn_1", 1, None),
        kept("txn_2", 9, None),
    ];
    assert_eq!(
        compared(&stripe, &ledger),
        [
            pair("txn_1", "txn_1", Matched),
            pair("txn_2", "txn_2", AmountDiffers),
            pair("txn_3", "-", MissingHere),
            pair("-", "txn_0", MissingAtStripe),
        ]
    );
}

#[test]
fn items_are_the_same_by_their_transfer_if_no_id_fits() {
    let stripe = [
        item("txn_1", dollars(1), Some("tr_b")),
        item("txn_2", dollars(2), Some("tr_a")),
        item("txn_3", dollars(2), Some("tr_a")),
        item("txn_4", dollars(4), Some("ch_1")),
    ];
    // What belongs to txn_2 by its id is not taken by a transfer.
    let ledger = [
        kept("order-1", 1, Some("tr_b")),
        kept("txn_2", 2, Some("tr_a")),
    ];
    assert_eq!(
        compared(&stripe, &ledger),
        [
            pair("txn_1", "order-1", Matched),
            pair("txn_2", "txn_2", Matched),
            pair("txn_3", "-", MissingHere),
            pair("txn_4", "-", MissingHere),
        ]
    );
}

#[test]
fn another_currency_is_another_amount() {
    let stripe = [item("txn_1", euros(1), None)];
    let ledger = [kept("txn_1", 1, None)];
    assert_eq!(
        compared(&stripe, &ledger),
        [pair("txn_1", "txn_1", AmountDiffers)]
    );
}
