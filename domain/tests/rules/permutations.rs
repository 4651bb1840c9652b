//! The payout machine is free of order: everything that can be told of one
//! payout, in every order and any number of times, ends in one state.
//!
//! Each set is walked exhaustively. News that were heard in another order but
//! led to equal states are walked on together, because `decide` and `evolve`
//! see nothing but the state; the number of orders is counted all the same.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "news that are refused fail the test"
)]

use domain::{
    Context, Event, Input, Missing, State, Stream, View,
    balance::Balance,
    decide,
    event::Method,
    id::{Alias, Owner, StreamId},
    payout::Payout,
    stripe::{Fact, PayoutReport, PayoutStatus},
};
use serde_json::json;

use super::scenario::{
    START, account, command, day, dollars, failed, payout_id, requested, stream_of, stripe_id,
};

/// All that news of one payout can touch.
#[derive(Clone, PartialEq)]
struct World {
    payout: Payout,
    balance: Balance,
    named: Option<Owner>,
    log: Vec<&'static str>,
}

/// Something that is told of the payout.
#[derive(Debug, Clone, Copy, PartialEq)]
enum News {
    Created(i64),
    InTransit(i64),
    Paid(i64),
    Failed,
    Canceled,
    Submitted(i64),
}

impl News {
    fn input(self, ours: bool) -> Input {
        let (status, date) = match self {
            Self::Submitted(date) => {
                let fields = json!({
                    "payout_id": payout_id(1),
                    "stripe_payout_id": "po_1",
                    "arrival_date": day(date),
                });
                return Input::Command(command("submit-payout", &fields));
            }
            Self::Created(date) => (PayoutStatus::Pending, date),
            Self::InTransit(date) => (PayoutStatus::InTransit, date),
            Self::Paid(date) => (PayoutStatus::Paid, date),
            Self::Failed => (failed(), 9),
            Self::Canceled => (PayoutStatus::Canceled, 9),
        };
        Input::Fact(Fact::Payout(PayoutReport {
            stripe_payout_id: stripe_id("po_1"),
            payout_id: ours.then(|| payout_id(1)),
            account: None,
            amount: dollars(60_00),
            status,
            method: Method::Standard,
            arrival_date: Some(day(date)),
        }))
    }

    fn rank(self) -> u8 {
        match self {
            Self::Created(_) | Self::Submitted(_) => 0,
            Self::InTransit(_) => 1,
            Self::Paid(_) => 2,
            Self::Failed | Self::Canceled => 3,
        }
    }
}

impl World {
    fn start(ours: bool) -> Self {
        let ledger = requested();
        let payout = match ledger.state(&StreamId::payout(payout_id(1))) {
            State::Payout(payout) if ours => payout,
            _ => Payout::default(),
        };
        Self {
            payout,
            balance: ledger.balance(),
            named: None,
            log: Vec::new(),
        }
    }

    fn hear(&self, input: &Input) -> Self {
        let mut view = View::default();
        let stripes = Alias::StripePayout(stripe_id("po_1"));
        view.insert_alias(stripes.clone(), self.named.clone());
        let context = Context {
            now: START,
            fresh_payout_id: payout_id(99),
        };
        let decision = loop {
            match decide(&view, input, &context) {
                Ok(decision) => break decision,
                Err(Missing::Stream(id)) => {
                    let state = if id == account("ada", "usd").stream() {
                        State::Balance(self.balance.clone())
                    } else {
                        State::Payout(self.payout.clone())
                    };
                    view.insert_stream(id, Stream { version: 1, state });
                }
                Err(missing) => panic!("{missing:?}"),
            }
        };
        let mut after = self.clone();
        let told = decision
            .outcome
            .unwrap_or_else(|rejection| panic!("after {:?}: {rejection}", self.log));
        for (stream, event) in told.events {
            assert_eq!(stream, stream_of(&event));
            after.payout = after.payout.evolve(&event);
            after.balance = after.balance.evolve(&event);
            if let Some((alias, fingerprint)) = event.claims() {
                assert_eq!(alias, stripes);
                after.named = Some(Owner {
                    stream,
                    fingerprint,
                });
            }
            after.note(&event);
        }
        after
    }

    /// Money moves once each way at most.
    fn note(&mut self, event: &Event) {
        let (Event::ReservationPaidOut(_) | Event::ReservationReturned(_)) = event else {
            return;
        };
        assert!(!self.log.contains(&event.name()), "twice: {}", event.name());
        // Once the items are back, nothing takes them out again.
        assert!(
            !self.log.contains(&"reservation-returned"),
            "{}",
            event.name()
        );
        self.log.push(event.name());
    }

    fn same_as(&self, other: &Self) -> bool {
        self.payout == other.payout && self.balance == other.balance && self.named == other.named
    }
}

/// Hears the news in every order; returns the one end and the number of orders.
fn every_order(news: &[News], ours: bool) -> (World, u64) {
    let inputs: Vec<_> = news.iter().map(|one| one.input(ours)).collect();
    let all = (1usize << news.len()) - 1;
    let mut reached: Vec<Vec<(World, u64)>> = vec![Vec::new(); all + 1];
    reached[0].push((World::start(ours), 1));
    for heard in 0..all {
        let here = std::mem::take(&mut reached[heard]);
        for (next, input) in inputs.iter().enumerate() {
            if heard & (1 << next) != 0 {
                continue;
            }
            for (world, orders) in &here {
                let after = world.hear(input);
                let there = &mut reached[heard | (1 << next)];
                match there.iter_mut().find(|(known, _)| *known == after) {
                    Some((_, count)) => *count += orders,
                    None => there.push((after, *orders)),
                }
            }
        }
    }
    let orders = reached[all].iter().map(|(_, orders)| orders).sum();
    let (end, _) = reached[all][0].clone();
    for (other, _) in &reached[all] {
        assert!(
            end.same_as(other),
            "{news:?} ends in {:?} or in {:?}",
            end.payout,
            other.payout
        );
    }
    (end, orders)
}

/// Hears the news in every order, one by one, without any short cut.
fn every_order_by_hand(news: &[News], ours: bool) -> u64 {
    fn walk(world: &World, left: &mut Vec<(Input, u8)>, end: &mut Option<World>) -> u64 {
        if left.iter().all(|(_, times)| *times == 0) {
            let end = end.get_or_insert_with(|| world.clone());
            assert!(end.same_as(world));
            return 1;
        }
        let mut orders = 0;
        for next in 0..left.len() {
            if left[next].1 > 0 {
                left[next].1 -= 1;
                let after = world.hear(&left[next].0.clone());
                orders += walk(&after, left, end);
                left[next].1 += 1;
            }
        }
        orders
    }
    let mut left: Vec<(Input, u8)> = Vec::new();
    for one in news {
        let input = one.input(ours);
        match left.iter_mut().find(|(known, _)| *known == input) {
            Some((_, times)) => *times += 1,
            None => left.push((input, 1)),
        }
    }
    walk(&World::start(ours), &mut left, &mut None)
}

/// A kind of news, which comes with an arrival date.
type Kind = fn(i64) -> News;

/// Each set of kinds of news that can be told of one payout. A payout that was
/// paid can still fail, but is not canceled; one has at most one end.
fn kinds(ours: bool) -> Vec<Vec<Kind>> {
    let optional: [Kind; 4] = [News::Created, News::InTransit, News::Paid, News::Submitted];
    let ends: [Option<Kind>; 3] = [None, Some(|_| News::Failed), Some(|_| News::Canceled)];
    let mut sets = Vec::new();
    for chosen in 0..16u8 {
        for end in ends {
            let picked = |n: usize| chosen & (1 << n) != 0;
            let canceled = end.is_some_and(|end| end(0) == News::Canceled);
            if (picked(2) && canceled) || (picked(3) && !ours) {
                continue;
            }
            let mut set: Vec<_> = (0..4).filter(|n| picked(*n)).map(|n| optional[n]).collect();
            set.extend(end);
            if !set.is_empty() {
                sets.push(set);
            }
        }
    }
    sets
}

/// Arrival dates of the first and second delivery of each kind, in days.
const DATES: [[(i64, i64); 5]; 4] = [
    [(3, 3), (3, 3), (3, 3), (3, 3), (3, 3)],
    [(1, 2), (3, 4), (5, 6), (7, 8), (9, 9)],
    [(8, 7), (6, 5), (4, 3), (2, 1), (9, 9)],
    [(4, 2), (2, 6), (6, 1), (1, 4), (9, 9)],
];

fn expected_standing(news: &[News]) -> (&'static str, Option<i64>) {
    let furthest = news.iter().map(|one| one.rank()).max().unwrap();
    let date = |one: &News| match *one {
        News::Created(date) | News::Submitted(date) | News::InTransit(date) | News::Paid(date) => {
            Some(date)
        }
        News::Failed | News::Canceled => None,
    };
    let told = news.iter().filter(|one| one.rank() == furthest);
    let latest = told.clone().filter_map(date).max();
    let status = match told.clone().next().unwrap() {
        News::Created(_) | News::Submitted(_) => "pending",
        News::InTransit(_) => "in_transit",
        News::Paid(_) => "paid",
        News::Failed => "failed",
        News::Canceled => "canceled",
    };
    (status, latest)
}

fn check_end(news: &[News], ours: bool, end: &World) {
    let payout = end.payout.known().unwrap();
    let (status, date) = expected_standing(news);
    assert_eq!(payout.standing().as_str(), status, "{news:?}");
    assert_eq!(payout.arrival_date(), date.map(day), "{news:?}");
    assert_eq!(payout.stripe_payout_id(), Some(&stripe_id("po_1")));
    let totals = end.balance.totals();
    let minor = [
        totals.pending,
        totals.available,
        totals.reserved,
        totals.paid_out,
    ]
    .map(domain::money::Amount::minor);
    let expected = match status {
        "paid" if ours => [0, 0, 0, 60_00],
        "failed" | "canceled" if ours => [0, 60_00, 0, 0],
        // A payout of Stripe's own leaves the requested one's money where it is.
        _ => [0, 0, 60_00, 0],
    };
    assert_eq!(minor, expected, "{news:?}");
}

/// Every set, each of its news told once or twice, with each pattern of dates.
fn every_set(ours: bool) -> u64 {
    let mut orders = 0;
    for kinds in kinds(ours) {
        for repeated in 0..(1u32 << kinds.len()) {
            for dates in DATES {
                let mut news = Vec::new();
                for (n, kind) in kinds.iter().enumerate() {
                    news.push(kind(dates[n].0));
                    if repeated & (1 << n) != 0 {
                        news.push(kind(dates[n].1));
                    }
                }
                let (end, count) = every_order(&news, ours);
                check_end(&news, ours, &end);
                orders += count;
            }
        }
    }
    orders
}

#[test]
fn a_requested_payout_ends_the_same_whatever_the_order() {
    let orders = every_set(true);
    eprintln!("requested payouts: {orders} orders of news, one end for each set");
    assert!(orders > 10_000_000);
}

#[test]
fn an_adopted_payout_ends_the_same_whatever_the_order() {
    let orders = every_set(false);
    eprintln!("adopted payouts: {orders} orders of news, one end for each set");
    assert!(orders > 100_000);
}

#[test]
fn the_fullest_sets_end_the_same_when_each_order_is_walked_by_hand() {
    let full = [
        News::Created(1),
        News::InTransit(2),
        News::Paid(3),
        News::Failed,
        News::Submitted(4),
    ];
    let mut orders = every_order_by_hand(&full, true);
    // Each one told twice in turn.
    for twice in full {
        let mut news = full.to_vec();
        news.push(twice);
        orders += every_order_by_hand(&news, true);
    }
    let canceled = [
        News::Created(1),
        News::InTransit(2),
        News::Canceled,
        News::Submitted(4),
    ];
    let doubled = [canceled, canceled].concat();
    orders += every_order_by_hand(&doubled, true);
    let adopted = [
        News::Created(1),
        News::InTransit(2),
        News::Paid(3),
        News::Failed,
    ];
    let doubled = [adopted, adopted].concat();
    orders += every_order_by_hand(&doubled, false);
    eprintln!("{orders} orders of news walked one by one");
    assert_eq!(orders, 120 + 5 * 360 + 2_520 + 2_520);
}
