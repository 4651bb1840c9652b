//! Whatever is asked of the books, no money is made or lost.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::Duration;

use super::{Call, Desk, Fault, Rules, call, keyed, payout, platform, transfer};
use crate::sim::{Act, Known, Opening, Owner, Status};

/// Something that may happen.
#[derive(Debug, Clone)]
enum Step {
    Payout(u16, u8, bool),
    Cancel(usize),
    Reverse(usize),
    Transfer(u16, bool),
    TakeBack(usize, Option<u16>),
    Act(usize, u8),
    Fund(u16),
    Sweep,
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..3_000u16, 0..40u8, any::<bool>()).prop_map(|(a, k, i)| Step::Payout(a, k, i)),
        1 => any::<usize>().prop_map(Step::Cancel),
        2 => any::<usize>().prop_map(Step::Reverse),
        2 => (1..3_000u16, any::<bool>()).prop_map(|(a, charge)| Step::Transfer(a, charge)),
        2 => (any::<usize>(), proptest::option::of(1..3_000u16))
            .prop_map(|(at, amount)| Step::TakeBack(at, amount)),
        4 => (any::<usize>(), 0..4u8).prop_map(|(at, act)| Step::Act(at, act)),
        1 => (0..9_000u16).prop_map(Step::Fund),
        1 => Just(Step::Sweep),
        2 => (0..5u8).prop_map(Step::Wait),
    ]
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(Fault::Timeout)),
        1 => Just(Some(Fault::ResetBefore)),
        1 => Just(Some(Fault::ResetAfter)),
        1 => Just(Some(Fault::ErrorBefore)),
        1 => Just(Some(Fault::ErrorAfter)),
        1 => Just(Known::find("rate_limit").map(|known| Fault::Refuse(known, true))),
    ]
}

fn pick<T>(all: &[T], at: usize) -> Option<&T> {
    all.get(at.checked_rem(all.len())?)
}

fn take(desk: &mut Desk, step: &Step) -> Option<Call> {
    let payout_at = |desk: &Desk, at| pick(desk.books.payouts(), at).map(|p| p.id.clone());
    match step {
        Step::Payout(amount, key, instant) => {
            let mut wanted = payout(&amount.to_string());
            if *instant {
                wanted
                    .parameters
                    .push(("method".to_owned(), "instant".to_owned()));
            }
            Some(keyed(wanted, &format!("key-{key}")))
        }
        Step::Cancel(at) => {
            let id = payout_at(desk, *at)?;
            Some(call("POST", &format!("/v1/payouts/{id}/cancel"), &[]))
        }
        Step::Reverse(at) => {
            let id = payout_at(desk, *at)?;
            Some(call("POST", &format!("/v1/payouts/{id}/reverse"), &[]))
        }
        Step::Transfer(amount, from_charge) => {
            let mut wanted = transfer(&amount.to_string());
            if *from_charge {
                wanted
                    .parameters
                    .push(("source_transaction".to_owned(), "ch_1".to_owned()));
            }
            Some(wanted)
        }
        Step::TakeBack(at, amount) => {
            let id = pick(desk.books.transfers(), *at)?.id.clone();
            let amount = amount.map(|amount| amount.to_string());
            let wanted: Vec<_> = amount
                .iter()
                .map(|amount| ("amount", amount.as_str()))
                .collect();
            Some(platform(
                "POST",
                &format!("/v1/transfers/{id}/reversals"),
                &wanted,
            ))
        }
        Step::Act(at, act) => {
            let id = payout_at(desk, *at)?;
            let fail = || Act::Fail("could_not_process".to_owned());
            let act = [Act::Post, Act::Pay, fail(), Act::Cancel][usize::from(*act)].clone();
            let _ = desk.books.act(&id, &act, desk.now);
            None
        }
        Step::Fund(available) => {
            desk.fund(Some(super::SELLER), i64::from(*available));
            None
        }
        Step::Sweep => {
            let usd = super::money("usd");
            let owner = Owner::named(Some(super::SELLER));
            let _ = desk.books.sweep(&owner, usd, desk.now);
            None
        }
        Step::Wait(seconds) => {
            desk.later(Duration::seconds(i64::from(*seconds)));
            None
        }
    }
}

/// What is in the balances and what is on its way out is what came in.
fn check_sums(desk: &Desk) {
    let mut inside = 0;
    let mut opened = 0;
    let mut by_owner: BTreeMap<&Owner, i64> = BTreeMap::new();
    for (owner, _, funds) in desk.books.funds() {
        assert!(
            funds.instant <= (funds.available + funds.pending).max(0),
            "{funds:?}"
        );
        assert!(funds.instant >= 0, "{funds:?}");
        inside += funds.available + funds.pending;
        opened += funds.opened;
        *by_owner.entry(owner).or_default() += funds.available + funds.pending;
    }
    let out = desk
        .books
        .payouts()
        .iter()
        .filter(|payout| payout.status.holds_money());
    let out: i64 = out.map(|payout| payout.amount).sum();
    assert_eq!(inside + out, opened);

    for item in desk.books.transactions() {
        *by_owner.entry(&item.owner).or_default() -= item.amount;
    }
    assert!(
        by_owner.values().all(|left| *left == 0),
        "movements tell: {by_owner:?}"
    );
    for transfer in desk.books.transfers() {
        assert!((0..=transfer.amount).contains(&transfer.reversed()));
    }
}

/// Every change of a payout was told, and the last event shows how it stands.
fn check_events(desk: &Desk) {
    for payout in desk.books.payouts() {
        let told: Vec<_> = desk
            .books
            .events()
            .iter()
            .map(|event| super::read(event.body()))
            .filter(|event| event["data"]["object"]["id"] == payout.id)
            .collect();
        assert_eq!(told[0]["type"], "payout.created");
        let last = told.last().expect("an event");
        assert_eq!(last["data"]["object"], super::super::Kept::json(payout));
        let reached = |kind: &str| told.iter().any(|event| event["type"] == kind);
        assert_eq!(payout.status == Status::Failed, reached("payout.failed"));
        assert_eq!(
            payout.status == Status::Canceled,
            reached("payout.canceled")
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_money_is_made_or_lost(
        steps in proptest::collection::vec((step(), fault()), 1..60),
    ) {
        let mut desk = Desk::with(Rules {
            opening: Opening::Exactly(Vec::new()),
            pace: Duration::seconds(2),
            ..Rules::default()
        });
        for (step, fault) in steps {
            if let Some(call) = take(&mut desk, &step) {
                desk.reply(&call, fault);
            }
            check_sums(&desk);
        }
        check_events(&desk);
    }
}
