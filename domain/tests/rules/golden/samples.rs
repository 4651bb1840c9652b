//! One event of each type with every field, and one with none that can be missing.

use domain::{
    Event,
    arrival::Arrival,
    balance::event::{
        FailedTransaction, FundsReserved, Item, Kind, OpenStatus, Released, ReservationPaidOut,
        ReservationReturned, ReturnedFrom, TransactionRecorded, TransactionsBlocked,
        TransactionsFailed, TransactionsHeld, TransactionsReleased, TransactionsUnblocked,
    },
    event::Method,
    id::{
        DisputeId, Fingerprint, OrderId, PaymentIntentId, PayoutId, SellerId, StripeAccount,
        StripePayoutId, TransactionId, TransferId,
    },
    money::{Amount, Currency},
    payment::event::{
        DisputeClosed, DisputeOpened, DisputeOutcome, PaymentAttemptFailed, PaymentCanceled,
        PaymentRefunded, PaymentSucceeded, TransactionLinked,
    },
    payout::event::{
        CanceledBy, PayoutAdopted, PayoutCanceled, PayoutFailed, PayoutInTransit, PayoutPaid,
        PayoutPutInDoubt, PayoutRequested, PayoutRescheduled, PayoutSubmitted,
    },
    seller::{
        Schedule,
        event::{MinimumPayout, PayoutScheduleChanged, SellerRegistered},
    },
    transfer::event::{TransferLinked, TransferRecorded, TransferReversed},
    webhook::{Outcome, event::WebhookDropped},
};
use time::macros::datetime;
use uuid::uuid;

use super::{items, submissions};

pub(super) fn seller_id() -> SellerId {
    SellerId::new("seller-42").unwrap()
}

pub(super) fn currency() -> Currency {
    Currency::parse("usd").unwrap()
}

pub(super) fn payment_intent() -> PaymentIntentId {
    PaymentIntentId::new("pi_3MtwBwLkdIwHu7ix28a3tqPa").unwrap()
}

pub(super) fn transaction_id() -> TransactionId {
    TransactionId::new("order-7001/line-1").unwrap()
}

pub(super) fn transfer_id() -> TransferId {
    TransferId::new("tr_1MiN3gLkdIwHu7ixNCZvFdgA").unwrap()
}

pub(super) fn dispute_id() -> DisputeId {
    DisputeId::new("du_1MtJUT2eZvKYlo2CNaw2HvEv").unwrap()
}

pub(super) fn stripe_payout_id() -> StripePayoutId {
    StripePayoutId::new("po_1OaFDbEcg9tTZuTgNYmX0PKB").unwrap()
}

pub(super) const PAYOUT: PayoutId = PayoutId(uuid!("0198f7a2-9c1e-7cc3-8f0b-3d1b6b1f5a77"));

pub(super) fn arrival() -> Arrival {
    Arrival::try_from("2026-11-25".to_owned()).unwrap()
}

pub(super) fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor)
}

pub(super) fn item() -> Item {
    Item {
        transaction_id: transaction_id(),
        net_minor: amount(12_255),
        transfer_id: Some(transfer_id()),
    }
}

pub(super) fn bare_item() -> Item {
    Item {
        transaction_id: TransactionId::new("refund-9").unwrap(),
        net_minor: amount(-500),
        transfer_id: None,
    }
}

pub(super) fn of_sellers() -> Vec<Event> {
    let minimum_payout = Some(MinimumPayout {
        amount_minor: amount(2_000),
        currency: currency(),
    });
    vec![
        SellerRegistered {
            seller_id: seller_id(),
            stripe_account: StripeAccount::new("acct_1Nv0FGQ9RKHgCVdK").unwrap(),
            payout_schedule: Schedule::try_from("weekly:fri".to_owned()).unwrap(),
            minimum_payout,
        }
        .into(),
        PayoutScheduleChanged {
            seller_id: seller_id(),
            payout_schedule: Schedule::try_from("monthly:31".to_owned()).unwrap(),
            minimum_payout,
        }
        .into(),
    ]
}

pub(super) fn of_payments() -> Vec<Event> {
    let payment_intent = payment_intent();
    vec![
        TransactionLinked {
            payment_intent: payment_intent.clone(),
            transaction_id: transaction_id(),
            seller_id: seller_id(),
            currency: currency(),
        }
        .into(),
        PaymentSucceeded {
            payment_intent: payment_intent.clone(),
        }
        .into(),
        PaymentCanceled {
            payment_intent: payment_intent.clone(),
        }
        .into(),
        PaymentAttemptFailed {
            payment_intent: payment_intent.clone(),
        }
        .into(),
        PaymentRefunded {
            payment_intent: payment_intent.clone(),
            refunded_minor: amount(2_500),
            currency: currency(),
        }
        .into(),
        DisputeOpened {
            payment_intent: payment_intent.clone(),
            dispute_id: dispute_id(),
        }
        .into(),
        DisputeClosed {
            payment_intent,
            dispute_id: dispute_id(),
            outcome: DisputeOutcome::WarningClosed,
        }
        .into(),
    ]
}

pub(super) fn transaction_recorded() -> TransactionRecorded {
    TransactionRecorded {
        transaction_id: transaction_id(),
        seller_id: seller_id(),
        currency: currency(),
        kind: Kind::Payment,
        gross_minor: amount(12_550),
        fee_minor: amount(295),
        net_minor: amount(12_255),
        status: OpenStatus::Pending,
        blocked: true,
        payment_intent: Some(payment_intent()),
        order_id: Some(OrderId::new("order-7001").unwrap()),
        transfer_id: Some(transfer_id()),
        available_on: Some(datetime!(2026-11-28 09:30:00.25 UTC)),
    }
}

pub(super) fn of_transactions() -> Vec<Event> {
    let seller_id = seller_id();
    let currency = currency();
    let transaction_ids = vec![transaction_id(), TransactionId::new("refund-9").unwrap()];
    vec![
        transaction_recorded().into(),
        TransactionsHeld {
            seller_id: seller_id.clone(),
            currency,
            transaction_ids: transaction_ids.clone(),
        }
        .into(),
        TransactionsReleased {
            seller_id: seller_id.clone(),
            currency,
            transactions: vec![Released {
                transaction_id: transaction_id(),
                net_minor: amount(12_255),
            }],
        }
        .into(),
        TransactionsFailed {
            seller_id: seller_id.clone(),
            currency,
            transactions: vec![FailedTransaction {
                transaction_id: transaction_id(),
                gross_minor: amount(12_550),
                fee_minor: amount(295),
                net_minor: amount(12_255),
            }],
        }
        .into(),
        TransactionsBlocked {
            seller_id: seller_id.clone(),
            currency,
            dispute_id: dispute_id(),
            transaction_ids: transaction_ids.clone(),
        }
        .into(),
        TransactionsUnblocked {
            seller_id,
            currency,
            dispute_id: dispute_id(),
            transaction_ids,
        }
        .into(),
    ]
}

pub(super) fn of_reservations_and_transfers() -> Vec<Event> {
    let amount_minor = amount(11_755);
    let items = vec![item(), bare_item()];
    vec![
        FundsReserved {
            seller_id: seller_id(),
            currency: currency(),
            payout_id: PAYOUT,
            amount_minor,
            items: items.clone(),
        }
        .into(),
        ReservationReturned {
            seller_id: seller_id(),
            currency: currency(),
            payout_id: PAYOUT,
            amount_minor,
            from: ReturnedFrom::PaidOut,
            items: items.clone(),
        }
        .into(),
        ReservationPaidOut {
            seller_id: seller_id(),
            currency: currency(),
            payout_id: PAYOUT,
            amount_minor,
            items,
        }
        .into(),
        TransferRecorded {
            transfer_id: transfer_id(),
            seller_id: seller_id(),
            amount_minor: amount(12_255),
            currency: currency(),
            transaction_id: Some(transaction_id()),
            by_stripe: true,
        }
        .into(),
        TransferLinked {
            transfer_id: transfer_id(),
            seller_id: seller_id(),
            transaction_id: Some(transaction_id()),
        }
        .into(),
        TransferReversed {
            transfer_id: transfer_id(),
            reversed_minor: amount(2_000),
            amount_minor: amount(12_255),
        }
        .into(),
    ]
}

pub(super) fn of_payouts() -> Vec<Event> {
    let payout_id = PAYOUT;
    let arrival_date = Some(arrival());
    vec![
        PayoutRequested {
            payout_id,
            seller_id: seller_id(),
            amount_minor: amount(11_755),
            currency: currency(),
            method: Method::Instant,
            description: Some("Week 47 – Grüße".to_owned()),
            items: vec![item(), bare_item()],
        }
        .into(),
        PayoutAdopted {
            payout_id: PayoutId::adopted(&stripe_payout_id()),
            seller_id: SellerId::platform(),
            stripe_payout_id: stripe_payout_id(),
            amount_minor: amount(-4_200),
            currency: currency(),
            method: Method::Standard,
            arrival_date,
        }
        .into(),
        PayoutSubmitted {
            payout_id,
            stripe_payout_id: stripe_payout_id(),
            arrival_date,
        }
        .into(),
        PayoutPutInDoubt {
            payout_id,
            reason: "the connection broke before Stripe answered".to_owned(),
        }
        .into(),
        PayoutInTransit {
            payout_id,
            arrival_date,
        }
        .into(),
        PayoutRescheduled {
            payout_id,
            arrival_date: arrival(),
        }
        .into(),
        PayoutPaid {
            payout_id,
            arrival_date,
        }
        .into(),
        PayoutFailed {
            payout_id,
            failure_code: "account_closed".to_owned(),
            failure_message: Some("The bank account has been closed.".to_owned()),
        }
        .into(),
        PayoutCanceled {
            payout_id,
            reason: Some("requested twice".to_owned()),
            by: CanceledBy::Command,
        }
        .into(),
        items::recorded().into(),
    ]
}

pub(super) fn of_webhooks() -> Vec<Event> {
    vec![
        WebhookDropped {
            event_id: "evt_1NG8Du2eZvKYlo2CUI79vXWy".to_owned(),
            body_hash: Fingerprint::of("{}").as_str().to_owned(),
            object: Some("payout/po_1OaFDbEcg9tTZuTgNYmX0PKB".to_owned()),
            reason: "paid by hand on 2026-11-20; Ana, finance".to_owned(),
            outcome_before: Outcome::Dead,
            reason_before: Some("already_exists".to_owned()),
        }
        .into(),
    ]
}

/// The events that have fields that can be missing, without them.
pub(super) fn minimal() -> Vec<Event> {
    let mut events = of_transactions();
    events.truncate(1);
    events.extend(of_sellers());
    events.extend(of_reservations_and_transfers());
    events.extend(of_payouts());
    events.extend(of_webhooks());
    events.iter_mut().for_each(strip);
    events.retain(|event| {
        let full = [
            of_sellers(),
            of_transactions(),
            of_reservations_and_transfers(),
            of_payouts(),
            of_webhooks(),
        ]
        .concat();
        !full.contains(event)
    });
    events
}

pub(super) fn strip(event: &mut Event) {
    match event {
        Event::SellerRegistered(event) => event.minimum_payout = None,
        Event::PayoutScheduleChanged(event) => event.minimum_payout = None,
        Event::TransactionRecorded(event) => {
            event.blocked = false;
            event.payment_intent = None;
            event.order_id = None;
            event.transfer_id = None;
            event.available_on = None;
        }
        Event::TransferRecorded(event) => {
            event.transaction_id = None;
            event.by_stripe = false;
        }
        Event::TransferLinked(event) => event.transaction_id = None,
        Event::PayoutRequested(event) => event.description = None,
        Event::PayoutAdopted(event) => event.arrival_date = None,
        Event::PayoutSubmitted(event) => event.arrival_date = None,
        Event::PayoutInTransit(event) => event.arrival_date = None,
        Event::PayoutPaid(event) => event.arrival_date = None,
        Event::PayoutFailed(event) => event.failure_message = None,
        Event::PayoutCanceled(event) => event.reason = None,
        Event::PayoutItemsRecorded(event) => items::strip(event),
        Event::WebhookDropped(event) => {
            event.object = None;
            event.reason_before = None;
        }
        _ => {}
    }
}

/// Every golden file of the current version, and what it holds.
pub(super) fn samples() -> Vec<(String, Event)> {
    let full = [
        of_sellers(),
        of_payments(),
        of_transactions(),
        of_reservations_and_transfers(),
        of_payouts(),
        submissions::full(),
        of_webhooks(),
    ]
    .concat();
    let path =
        |event: &Event, rest: &str| format!("v{}/{}{rest}", event.schema_version(), event.name());
    let full = full.into_iter().map(|event| (path(&event, ".json"), event));
    let minimal = [minimal(), submissions::minimal()]
        .concat()
        .into_iter()
        .map(|event| (path(&event, ".minimal.json"), event));
    full.chain(minimal).collect()
}
