//! Pauses under pressure: a pure function, for all histories.

use std::time::Duration;

use proptest::prelude::*;
use store::{RetryPolicy, transaction::Pressure};

/// A history of transactions of one name: which of them met a conflict.
fn history() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 0..400)
}

fn after(history: &[bool]) -> Pressure {
    let step = |pressure: Pressure, conflict: &bool| match conflict {
        true => pressure.after_conflict(),
        false => pressure.after_commit(),
    };
    history.iter().fold(Pressure::NONE, step)
}

proptest! {
    #[test]
    fn pauses_grow_at_most_sixteenfold_and_never_shrink_below_the_policy(history in history()) {
        let pressure = after(&history);
        prop_assert!(pressure >= Pressure::NONE && pressure <= Pressure::MOST);
        let policy = RetryPolicy::DEFAULT;
        for retry in 1..8 {
            let bound = pressure.stretch(policy).bound(retry);
            prop_assert!(bound >= policy.bound(retry) && bound <= policy.bound(retry) * 16);
        }
    }

    #[test]
    fn how_often_and_for_how_long_is_tried_does_not_change(history in history()) {
        let policy = RetryPolicy::DEFAULT;
        let stretched = after(&history).stretch(policy);
        prop_assert_eq!(stretched.retries, policy.retries);
        prop_assert_eq!(stretched.budget, policy.budget);
    }

    #[test]
    fn a_further_conflict_never_makes_pauses_shorter(mut history in history(), at in 0_usize..400) {
        let before = after(&history);
        history.insert(at.min(history.len()), true);
        prop_assert!(after(&history) >= before);
    }

    #[test]
    fn whatever_happened_is_forgotten_after_three_hundred_commits(history in history()) {
        let mut pressure = after(&history);
        for _ in 0..300 {
            pressure = pressure.after_commit();
        }
        prop_assert_eq!(pressure, Pressure::NONE);
    }

    #[test]
    fn fewer_than_one_in_eleven_are_no_pressure(rounds in 1_usize..40) {
        let round = std::iter::once(true).chain(std::iter::repeat_n(false, 11));
        let history: Vec<bool> = std::iter::repeat_n(round, rounds).flatten().collect();
        prop_assert_eq!(after(&history), Pressure::NONE);
    }

    #[test]
    fn one_in_five_drives_pauses_to_their_longest(rounds in 20_usize..40) {
        let round = [true, false, false, false, false];
        let history: Vec<bool> = std::iter::repeat_n(round, rounds).flatten().collect();
        // The last commits have taken a little off.
        prop_assert!(after(&history).permille() > 15_000);
    }
}

#[test]
fn the_first_pause_is_up_to_the_stretched_bound() {
    let policy = RetryPolicy::DEFAULT;
    let stretched = Pressure::MOST.stretch(policy);
    assert_eq!(stretched.bound(1), Duration::from_millis(1600));
    assert_eq!(stretched.bound(9), Duration::from_secs(32));
    let longest = (0..1000).map(|_| stretched.pause(1)).max();
    assert!(longest > Some(policy.bound(1)), "with full jitter");
}
