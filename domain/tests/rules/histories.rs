//! Properties of any history: whatever is asked and told, in whatever order,
//! the laws of the ledger hold after every step.
#![expect(clippy::unwrap_used, reason = "ids that are known to be good")]

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    Command, Event, Input, State,
    arrival::Arrival,
    balance::{Balance, event::Kind},
    command::{
        CancelPayout, FailTransaction, MarkPayoutFailed, MarkPayoutPaid, RecordTransaction,
        RecordTransfer, RegisterSeller, ReleaseDueTransactions, ReleaseTransaction, RequestPayout,
        ReverseTransfer, SubmitPayout,
    },
    event::Method,
    id::{Aggregate, DisputeId, SellerId, StreamId, StripeAccount, TransactionId, TransferId},
    money::{Amount, Currency, Money},
    payment::event::DisputeOutcome,
    payout::Standing,
    postings::postings,
    seller::Schedule,
    stripe::{Fact, PayoutReport, PayoutStatus, TransferReport},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

use super::scenario::{Ledger, START, currency, day, failed, intent, payout_id, stripe_id};

fn seller() -> impl Strategy<Value = SellerId> + Clone {
    select(vec!["ada", "bob"]).prop_map(|id| SellerId::new(id).unwrap())
}

fn code() -> impl Strategy<Value = Currency> + Clone {
    select(vec!["usd", "usd", "usd", "jpy"]).prop_map(currency)
}

fn transaction() -> impl Strategy<Value = TransactionId> + Clone {
    (0..12).prop_map(|n| TransactionId::new(format!("t{n}")).unwrap())
}

fn amount() -> impl Strategy<Value = Amount> + Clone {
    prop_oneof![
        40 => -500i64..2_000,
        1 => Just(i64::MAX),
        1 => Just(i64::MAX / 2),
        1 => Just(i64::MIN),
    ]
    .prop_map(Amount::from_minor)
}

fn money() -> impl Strategy<Value = Money> + Clone {
    (amount(), code()).prop_map(|(amount, code)| Money::new(amount, code))
}

fn arrival() -> impl Strategy<Value = Option<Arrival>> + Clone {
    option::of((0i64..5).prop_map(day))
}

fn record_transaction() -> impl Strategy<Value = Command> {
    let kind = select(vec![
        Kind::Payment,
        Kind::Payment,
        Kind::Refund,
        Kind::Adjustment,
    ]);
    let payment = option::of((0..3).prop_map(|n| intent(&format!("pi_{n}"))));
    let available_on = option::of((0i64..6).prop_map(|days| START + time::Duration::days(days)));
    (
        transaction(),
        seller(),
        kind,
        money(),
        option::of(amount()),
        payment,
        available_on,
    )
        .prop_map(
            |(transaction_id, seller_id, kind, gross, fee, payment_intent, available_on)| {
                Command::RecordTransaction(RecordTransaction {
                    transaction_id,
                    seller_id,
                    kind,
                    gross,
                    fee: fee.map(|fee| Money::new(fee, gross.currency)),
                    payment_intent,
                    order_id: None,
                    transfer: None,
                    available_on,
                })
            },
        )
}

fn request_payout() -> impl Strategy<Value = Command> {
    let named = option::weighted(0.4, vec(transaction(), 1..4));
    (seller(), code(), option::weighted(0.9, 0u128..4), named).prop_map(
        |(seller_id, currency, number, transactions)| {
            Command::RequestPayout(RequestPayout {
                seller_id,
                currency,
                payout_id: number.map(payout_id),
                transactions,
                expected_amount: None,
                minimum_amount: None,
                method: Method::Standard,
                description: None,
            })
        },
    )
}

fn payout_command() -> impl Strategy<Value = Command> {
    let number = (0u128..4).prop_map(payout_id);
    let name = (0..4).prop_map(|n| stripe_id(&format!("po_{n}")));
    prop_oneof![
        (number.clone(), name.clone(), arrival()).prop_map(
            |(payout_id, stripe_payout_id, arrival_date)| Command::SubmitPayout(SubmitPayout {
                payout_id,
                stripe_payout_id,
                arrival_date,
            })
        ),
        (
            option::of(number.clone()),
            option::of(name.clone()),
            arrival()
        )
            .prop_map(|(payout_id, stripe_payout_id, arrival_date)| {
                Command::MarkPayoutPaid(MarkPayoutPaid {
                    payout_id,
                    stripe_payout_id,
                    arrival_date,
                })
            }),
        (option::of(number.clone()), option::of(name)).prop_map(|(payout_id, stripe_payout_id)| {
            Command::MarkPayoutFailed(MarkPayoutFailed {
                payout_id,
                stripe_payout_id,
                failure_code: "declined".to_owned(),
                failure_message: None,
            })
        }),
        number.prop_map(|payout_id| Command::CancelPayout(CancelPayout {
            payout_id,
            reason: None,
        })),
    ]
}

fn other_command() -> impl Strategy<Value = Command> {
    let transfer = || (0..3).prop_map(|n| TransferId::new(format!("tr_{n}")).unwrap());
    prop_oneof![
        (transaction(), seller(), code()).prop_map(|(transaction_id, seller_id, currency)| {
            Command::ReleaseTransaction(ReleaseTransaction {
                transaction_id,
                seller_id,
                currency,
            })
        }),
        (seller(), code()).prop_map(|(seller_id, currency)| {
            Command::ReleaseDueTransactions(ReleaseDueTransactions {
                seller_id,
                currency,
            })
        }),
        (transaction(), seller(), code()).prop_map(|(transaction_id, seller_id, currency)| {
            Command::FailTransaction(FailTransaction {
                transaction_id,
                seller_id,
                currency,
            })
        }),
        (transfer(), seller(), money(), option::of(transaction())).prop_map(
            |(transfer_id, seller_id, amount, transaction_id)| {
                Command::RecordTransfer(RecordTransfer {
                    transfer_id,
                    seller_id,
                    amount,
                    transaction_id,
                })
            }
        ),
        (transfer(), money()).prop_map(|(transfer_id, amount_reversed)| {
            Command::ReverseTransfer(ReverseTransfer {
                transfer_id,
                amount_reversed,
            })
        }),
        (seller(), 0..2).prop_map(|(seller_id, n)| Command::RegisterSeller(RegisterSeller {
            seller_id,
            stripe_account: StripeAccount::new(format!("acct_{n}")).unwrap(),
            payout_schedule: Schedule::Manual,
            minimum_payout: None,
        })),
    ]
}

fn status() -> impl Strategy<Value = PayoutStatus> {
    prop_oneof![
        Just(PayoutStatus::Pending),
        Just(PayoutStatus::InTransit),
        Just(PayoutStatus::Paid),
        Just(failed()),
        Just(PayoutStatus::Canceled),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    let payment = || (0..3).prop_map(|n| intent(&format!("pi_{n}")));
    let dispute = || (0..3).prop_map(|n| DisputeId::new(format!("dp_{n}")).unwrap());
    let outcome = select(vec![
        DisputeOutcome::Won,
        DisputeOutcome::Lost,
        DisputeOutcome::WarningClosed,
    ]);
    let account = option::of((0..2).prop_map(|n| StripeAccount::new(format!("acct_{n}")).unwrap()));
    prop_oneof![
        3 => payment().prop_map(Fact::PaymentSucceeded),
        1 => payment().prop_map(Fact::PaymentCanceled),
        1 => payment().prop_map(Fact::PaymentAttemptFailed),
        1 => (payment(), money()).prop_map(|(id, total)| Fact::PaymentRefunded(id, total)),
        1 => (payment(), dispute()).prop_map(|(id, dispute)| Fact::DisputeOpened(id, dispute)),
        1 => (payment(), dispute(), outcome)
            .prop_map(|(id, dispute, outcome)| Fact::DisputeClosed(id, dispute, outcome)),
        1 => ((0..3), account, money(), amount()).prop_map(|(n, destination, amount, reversed)| {
            Fact::Transfer(TransferReport {
                transfer_id: TransferId::new(format!("tr_{n}")).unwrap(),
                destination,
                amount,
                reversed: Money::new(reversed, amount.currency),
            })
        }),
    ]
}

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Ask(Command),
    Tell(Fact),
    /// Stripe tells of a payout; of the right amount, if the ledger knows it.
    Report(PayoutReport),
    DaysPass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly of our payouts, each under its own name at Stripe.
    let named = prop_oneof![
        6 => (0u128..4).prop_map(|n| (Some(payout_id(n)), n)),
        1 => (0u128..4).prop_map(|n| (None, n)),
        1 => (0u128..4, 0u128..4).prop_map(|(n, other)| (Some(payout_id(n)), other)),
    ];
    let account = option::of((0..2).prop_map(|n| StripeAccount::new(format!("acct_{n}")).unwrap()));
    let report = (named, account, status(), money(), arrival()).prop_map(
        |((payout_id, name), account, status, amount, arrival_date)| PayoutReport {
            stripe_payout_id: stripe_id(&format!("po_{name}")),
            payout_id,
            account,
            amount,
            status,
            method: Method::Standard,
            arrival_date,
        },
    );
    prop_oneof![
        14 => record_transaction().prop_map(Step::Ask),
        10 => request_payout().prop_map(Step::Ask),
        6 => payout_command().prop_map(Step::Ask),
        4 => other_command().prop_map(Step::Ask),
        5 => fact().prop_map(Step::Tell),
        10 => report.prop_map(Step::Report),
        1 => (1i64..3).prop_map(Step::DaysPass),
    ]
}

/// A step as the rules see it.
fn input(ledger: &mut Ledger, step: Step) -> Option<Input> {
    match step {
        Step::Ask(command) => Some(Input::Command(command)),
        Step::Tell(fact) => Some(Input::Fact(fact)),
        Step::Report(mut report) => {
            let known = report
                .payout_id
                .map(|id| ledger.state(&StreamId::payout(id)));
            if let Some(State::Payout(payout)) = known
                && let Some(payout) = payout.known()
            {
                report.amount = payout.amount();
            }
            Some(Input::Fact(Fact::Payout(report)))
        }
        Step::DaysPass(days) => {
            ledger.days_pass(days);
            None
        }
    }
}

/// What is said once is not new when it is said again. A payout without an id is
/// a new one each time, and what has failed is not kept.
fn is_repeatable(input: &Input) -> bool {
    match input {
        Input::Command(Command::RequestPayout(wanted)) => wanted.payout_id.is_some(),
        Input::Command(Command::FailTransaction(_)) => false,
        Input::Command(_) | Input::Fact(_) | Input::Drop(_) => true,
    }
}

/// The books, kept from the postings alone.
#[derive(Default)]
struct Books(BTreeMap<(String, Currency), i128>);

impl Books {
    fn post(&mut self, event: &Event) {
        let mut sum = 0;
        for line in postings(event) {
            assert_ne!(line.amount, Amount::ZERO);
            sum += i128::from(line.amount.minor());
            *self.0.entry((line.account, line.currency)).or_default() +=
                i128::from(line.amount.minor());
        }
        assert_eq!(sum, 0, "the postings of {event:?}");
    }

    fn of(&self, seller: &str, place: &str, currency: Currency) -> i128 {
        let account = (format!("seller/{seller}/{place}"), currency);
        self.0.get(&account).copied().unwrap_or_default()
    }
}

fn check_laws(ledger: &Ledger, books: &Books) {
    assert_eq!(books.0.values().sum::<i128>(), 0);
    let mut reserved = HashMap::new();
    for seller in ["ada", "bob"] {
        for code in ["usd", "jpy"] {
            let balance = ledger.balance_of(seller, code);
            check_totals(&balance, books, seller, currency(code));
            for (id, place, _) in balance.open() {
                if place == "reserved" {
                    reserved.insert(id.clone(), balance.reserved_for(id).unwrap());
                }
            }
        }
    }
    check_payouts(ledger, &reserved);
}

fn check_totals(balance: &Balance, books: &Books, seller: &str, currency: Currency) {
    let totals = balance.totals();
    let minor = |amount: Amount| i128::from(amount.minor());
    for (place, total) in [
        ("pending", totals.pending),
        ("available", totals.available),
        ("reserved", totals.reserved),
        ("paid_out", totals.paid_out),
    ] {
        assert_eq!(books.of(seller, place, currency), minor(total), "{place}");
    }
    let parts = |places: &[&str]| -> i128 {
        let open = balance
            .open()
            .filter(|(_, place, _)| places.contains(place));
        open.map(|(_, _, net)| minor(net)).sum()
    };
    assert_eq!(parts(&["pending", "held"]), minor(totals.pending));
    assert_eq!(parts(&["available"]), minor(totals.available));
    assert_eq!(parts(&["reserved"]), minor(totals.reserved));
    assert!(!totals.reserved.is_negative() && !totals.paid_out.is_negative());
}

/// Each item of a payout under way is reserved for it, and nothing else is.
fn check_payouts(ledger: &Ledger, reserved: &HashMap<TransactionId, domain::id::PayoutId>) {
    let streams: HashSet<_> = ledger.log.iter().map(|(stream, _)| stream).collect();
    let mut live = HashMap::new();
    let mut out = HashSet::new();
    for stream in streams {
        let State::Payout(payout) = ledger.state(stream) else {
            continue;
        };
        let payout = payout.known().unwrap().clone();
        for item in payout.items() {
            let id = item.transaction_id.clone();
            match payout.standing() {
                Standing::Failed { .. } | Standing::Canceled { .. } => {}
                Standing::Paid { .. } => assert!(out.insert(id), "paid out twice"),
                _ => assert!(
                    live.insert(id, payout.payout_id()).is_none(),
                    "in two payouts"
                ),
            }
        }
    }
    assert!(out.iter().all(|id| !live.contains_key(id)));
    assert_eq!(live, *reserved);
}

/// Never more is reserved than was available at that moment.
fn check_reservation(happened: &[Event], mut available: i128) {
    for event in happened {
        match event {
            Event::TransactionsReleased(event) => {
                let nets = event.transactions.iter().map(|one| one.net_minor.minor());
                available += nets.map(i128::from).sum::<i128>();
            }
            Event::FundsReserved(event) => {
                assert!(event.amount_minor.is_positive());
                assert!(i128::from(event.amount_minor.minor()) <= available);
            }
            _ => {}
        }
    }
}

/// What a request for a payout may draw from.
fn available_to(ledger: &Ledger, input: &Input) -> i128 {
    match input {
        Input::Command(Command::RequestPayout(wanted)) => {
            let seller = wanted.seller_id.as_str();
            let balance = ledger.balance_of(seller, wanted.currency.as_str());
            i128::from(balance.totals().available.minor())
        }
        Input::Command(_) | Input::Fact(_) | Input::Drop(_) => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn the_laws_hold_after_every_step(
        steps in vec(step(), 1..60),
        shuffle in vec(any::<Index>(), 200),
    ) {
        let mut ledger = Ledger::new();
        let mut books = Books::default();
        for step in steps {
            let Some(input) = input(&mut ledger, step) else { continue };
            let available = available_to(&ledger, &input);
            let Ok(events) = ledger.when(&input) else { continue };
            check_reservation(&events, available);
            events.iter().for_each(|event| books.post(event));
            check_laws(&ledger, &books);
            if is_repeatable(&input) {
                let again = ledger.when(&input);
                prop_assert_eq!(again, Ok(Vec::new()), "again: {:?}", input);
            }
        }
        refold(&ledger);
        fold_shuffled(&ledger, &shuffle);
    }
}

/// The state is the fold of the log, and of nothing else.
fn refold(ledger: &Ledger) {
    let mut folded: HashMap<&StreamId, State> = HashMap::new();
    for (stream, event) in &ledger.log {
        let state = folded
            .remove(stream)
            .unwrap_or_else(|| State::initial(stream.aggregate()));
        let read_back = Event::decode(event.name(), event.schema_version(), &event.encode());
        assert_eq!(*event, read_back.unwrap());
        folded.insert(stream, state.evolve(event));
    }
    for (stream, state) in folded {
        assert_eq!(state, ledger.state(stream), "{stream}");
    }
}

/// Nonsense must not bring a fold down: every event, to every kind of state, in
/// an order that never was.
fn fold_shuffled(ledger: &Ledger, shuffle: &[Index]) {
    let mut states: Vec<_> = Aggregate::ALL.map(State::initial).into_iter().collect();
    if ledger.log.is_empty() {
        return;
    }
    for index in shuffle {
        let (_, event) = index.get(&ledger.log);
        states = states
            .into_iter()
            .map(|state| state.evolve(event))
            .collect();
    }
    assert!(states.iter().all(|state| state.weight() > 0));
}
