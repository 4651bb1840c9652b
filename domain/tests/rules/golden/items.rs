//! The samples of what Stripe put into a payout of its own.

use domain::{
    id::{BalanceTransactionId, PayoutId, ReportingCategory, SourceId},
    payout::event::{PaidItem, PayoutItemsRecorded},
};

use super::samples::{amount, currency, payment_intent, stripe_payout_id};

/// With every field.
pub(super) fn recorded() -> PayoutItemsRecorded {
    PayoutItemsRecorded {
        payout_id: PayoutId::adopted(&stripe_payout_id()),
        currency: currency(),
        items: vec![PaidItem {
            balance_transaction_id: BalanceTransactionId::new("txn_1MiN3gLkdIwHu7ixxapQrznl")
                .unwrap(),
            net_minor: amount(-4_200),
            category: Some(ReportingCategory::new("transfer_reversal").unwrap()),
            source: Some(SourceId::new("trr_1BGmS02eZvKYlo2CklK9McmT").unwrap()),
            payment_intent: Some(payment_intent()),
        }],
        returned: true,
    }
}

/// With none that can be missing.
pub(super) fn strip(event: &mut PayoutItemsRecorded) {
    event.returned = false;
    for item in &mut event.items {
        item.category = None;
        item.source = None;
        item.payment_intent = None;
    }
}
