//! One number for how a service is: 100 less points for what fires and what is strained. Where
//! the points go is told with it, and what to do.

use serde::Serialize;
use store::alerts::AlertRow;

use super::kind::{Kind, Level};
use crate::machine::Readings;

/// From this score on it is good; below the second, poor.
const GOOD: u64 = 90;
const FAIR: u64 = 60;

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// From 0 to 100.
    pub score: u64,
    /// `good`, `fair` or `poor`.
    pub status: &'static str,
    /// Where points were lost, the most first.
    pub reasons: Vec<Reason>,
    /// What to do, in the same order, each once.
    pub recommendations: Vec<Recommendation>,
}

/// Why points were lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What is the matter.
    pub reason: String,
    /// How many points it costs.
    pub points: u64,
    /// What to do about it.
    pub advice: String,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// In a few words.
    pub title: String,
    /// In some more.
    pub detail: String,
}

/// A strain that is no alert yet: what it is, points, what to do.
type Strain = (String, u64, &'static str, &'static str);

/// The score of readings and of the alerts that fire.
#[must_use]
pub(crate) fn judge(readings: &Readings, firing: &[AlertRow]) -> Health {
    let mut found: Vec<(Reason, String)> = firing.iter().map(of_alert).collect();
    let strains = strains(readings).into_iter();
    found.extend(strains.map(|(reason, points, title, advice)| {
        let advice = advice.to_owned();
        let reason = Reason {
            reason,
            points,
            advice,
        };
        (reason, title.to_owned())
    }));
    found.sort_by_key(|(reason, _)| std::cmp::Reverse(reason.points));
    let lost: u64 = found.iter().map(|(reason, _)| reason.points).sum();
    let score = 100_u64.saturating_sub(lost);
    let mut recommendations: Vec<Recommendation> = Vec::new();
    for (reason, title) in &found {
        if recommendations.iter().all(|known| known.title != *title) {
            recommendations.push(Recommendation {
                title: title.clone(),
                detail: reason.advice.clone(),
            });
        }
    }
    Health {
        score,
        status: match score {
            GOOD.. => "good",
            FAIR.. => "fair",
            _ => "poor",
        },
        reasons: found.into_iter().map(|(reason, _)| reason).collect(),
        recommendations,
    }
}

fn of_alert(row: &AlertRow) -> (Reason, String) {
    let points = match Level::parse(&row.level) {
        Some(Level::Critical) => 50,
        Some(Level::Error) => 20,
        Some(Level::Warning) => 8,
        Some(Level::Info) | None => 1,
    };
    let advice = Kind::parse(&row.alert).map_or("", Kind::advice);
    let reason = Reason {
        reason: format!("{} of {}: {}", row.alert, row.subject, row.message),
        points,
        advice: advice.to_owned(),
    };
    (reason, format!("Work on {}", row.alert))
}

/// What goes towards an alert, and is none yet.
fn strains(readings: &Readings) -> Vec<Strain> {
    let (transactions, queue, pool) = (&readings.transactions, &readings.queue, &readings.pool);
    let share = |part: u64, of: u64| part.saturating_mul(100).checked_div(of).unwrap_or(0);
    let mut strains: Vec<Strain> = Vec::new();
    if let Some(succeeded) = transactions.succeeded_per_mille().filter(|of| *of < 990) {
        strains.push((
            format!("{} of 1,000 transactions fail", 1_000 - succeeded),
            5,
            "Look why transactions fail",
            "most often they meet others on the same rows: look at the retries by code at /metrics",
        ));
    }
    if transactions.p99_us > 1_000_000 {
        strains.push((
            format!(
                "one of a hundred transactions takes {} ms",
                transactions.p99_us / 1_000
            ),
            5,
            "Look why transactions are slow",
            "`payoutd doctor` shows long transactions, missing indexes and the way to the database",
        ));
    }
    if share(queue.length, queue.capacity) >= 50 {
        strains.push((
            format!(
                "{} % of the queue is taken",
                share(queue.length, queue.capacity)
            ),
            5,
            "Give the writer room",
            "commands come in faster than they are written: look at the database's disk and \
             processors",
        ));
    }
    if share(pool.in_use, pool.capacity) >= 80 {
        strains.push((
            format!(
                "{} % of the connections are in use",
                share(pool.in_use, pool.capacity)
            ),
            5,
            "Relieve the database's connections",
            "let readers of large tables ask a standby, and look for slow queries",
        ));
    }
    strains
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;
    use crate::machine::{Pool, Queue, Transactions};

    fn readings() -> Readings {
        Readings::none("here:1", OffsetDateTime::UNIX_EPOCH)
    }

    fn alert(kind: Kind) -> AlertRow {
        let at = OffsetDateTime::UNIX_EPOCH;
        AlertRow {
            id: Uuid::nil(),
            alert: kind.name().to_owned(),
            subject: "here".to_owned(),
            level: kind.level().as_str().to_owned(),
            message: "it fires".to_owned(),
            fired_at: at,
            last_seen_at: at,
            resolved_at: None,
            count: 1,
        }
    }

    #[test]
    fn points_are_lost_for_each_alert_by_its_level() {
        let table = [
            (vec![], 100, "good"),
            (vec![Kind::ClockSkew], 92, "good"),
            (vec![Kind::DeadLetters], 80, "fair"),
            (vec![Kind::DeadLetters, Kind::ClockSkew], 72, "fair"),
            (vec![Kind::SealBroken], 50, "poor"),
            (
                vec![Kind::SealBroken, Kind::DatabaseUnreachable, Kind::NatsAway],
                0,
                "poor",
            ),
        ];
        for (kinds, score, status) in table {
            let firing: Vec<_> = kinds.iter().map(|kind| alert(*kind)).collect();
            let health = judge(&readings(), &firing);
            assert_eq!((health.score, health.status), (score, status), "{kinds:?}");
            assert_eq!(health.reasons.len(), kinds.len());
            assert!(health.reasons.is_sorted_by(|a, b| a.points >= b.points));
        }
    }

    #[test]
    fn points_are_lost_for_each_strain() {
        let strained = |transactions, queue, pool| Readings {
            transactions,
            queue,
            pool,
            ..readings()
        };
        let (t, q, p) = (Transactions::default, Queue::default, Pool::default);
        let table = [
            strained(
                Transactions {
                    committed: 98,
                    failed: 2,
                    ..t()
                },
                q(),
                p(),
            ),
            strained(
                Transactions {
                    p99_us: 2_000_000,
                    ..t()
                },
                q(),
                p(),
            ),
            strained(
                t(),
                Queue {
                    length: 6,
                    capacity: 10,
                    ..q()
                },
                p(),
            ),
            strained(
                t(),
                q(),
                Pool {
                    in_use: 9,
                    capacity: 10,
                    ..p()
                },
            ),
        ];
        for readings in table {
            let health = judge(&readings, &[]);
            assert_eq!(health.score, 95, "{readings:?}");
            assert_eq!(health.recommendations.len(), 1);
        }
    }

    #[test]
    fn the_same_advice_is_given_once() {
        let firing = [alert(Kind::NatsAway), alert(Kind::NatsAway)];
        let health = judge(&readings(), &firing);
        assert_eq!((health.reasons.len(), health.recommendations.len()), (2, 1));
    }
}
