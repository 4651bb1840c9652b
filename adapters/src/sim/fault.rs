//! What goes wrong on purpose: by chance, or by a script.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::{call::Call, error::Known};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It takes effect, and then there is no answer.
    Timeout,
    /// The connection breaks before anything happened.
    ResetBefore,
    /// It takes effect, and then the connection breaks.
    ResetAfter,
    /// HTTP 500 before anything happened.
    ErrorBefore,
    /// It takes effect, and HTTP 500 is answered.
    ErrorAfter,
    /// It is refused, with or without `Stripe-Should-Retry: true`.
    Refuse(&'static Known, bool),
}

/// Which calls chance may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Those that change something.
    #[default]
    Writes,
    /// Those that only look.
    Reads,
    /// All.
    All,
}

/// How often what goes wrong: each from 0 (never) to 1 (always).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Full effect, no answer.
    pub timeouts: f64,
    /// HTTP 500, half of them after the effect.
    pub errors: f64,
    /// A broken connection, half of them after the effect.
    pub resets: f64,
    /// HTTP 429 `rate_limit`, half of them with `Stripe-Should-Retry`.
    pub rate_limits: f64,
    /// HTTP 429 `lock_timeout`.
    pub lock_timeouts: f64,
    /// How long each call takes, in milliseconds.
    pub slow_ms: u64,
    /// Which calls.
    pub on: Scope,
}

/// The next so many calls of a kind go wrong in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// `POST`; any if it is left out.
    #[serde(default)]
    pub method: Option<String>,
    /// `/v1/payouts/*/cancel`: `*` is any part. Any path if it is left out.
    #[serde(default)]
    pub path: Option<String>,
    /// How many calls.
    #[serde(default = "once")]
    pub times: u32,
    /// `timeout`, `reset-before`, `reset-after`, `error-before`, `error-after`, or
    /// the code of a refusal.
    pub answer: String,
}

const fn once() -> u32 {
    1
}

/// Why a script or a rate cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// Nothing goes wrong in that way.
    #[error(
        "answer {0:?} is none of timeout, reset-before, reset-after, error-before, error-after \
         and the codes of refusals"
    )]
    Answer(String),
    /// Not a rate.
    #[error("{0} must be between 0 and 1")]
    Rate(&'static str),
}

impl Fault {
    /// By the name that scripts use.
    fn named(name: &str) -> Result<Self, InvalidFault> {
        Ok(match name {
            "timeout" => Self::Timeout,
            "reset-before" => Self::ResetBefore,
            "reset-after" => Self::ResetAfter,
            "error-before" => Self::ErrorBefore,
            "error-after" => Self::ErrorAfter,
            code => Known::find(code)
                .map(|known| Self::Refuse(known, false))
                .ok_or_else(|| InvalidFault::Answer(code.chars().take(60).collect()))?,
        })
    }

    /// The name that scripts and the log of calls use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::ErrorBefore => "error-before",
            Self::ErrorAfter => "error-after",
            Self::Refuse(known, _) => known.code,
        }
    }
}

impl Faults {
    /// # Errors
    /// When a rate is not between 0 and 1.
    pub fn check(&self) -> Result<(), InvalidFault> {
        let rates = [
            (self.timeouts, "timeouts"),
            (self.errors, "errors"),
            (self.resets, "resets"),
            (self.rate_limits, "rate_limits"),
            (self.lock_timeouts, "lock_timeouts"),
        ];
        let bad = rates.iter().find(|(rate, _)| !(0.0..=1.0).contains(rate));
        bad.map_or(Ok(()), |(_, name)| Err(InvalidFault::Rate(name)))
    }

    /// Whether chance may hit the call.
    #[must_use]
    pub fn concern(&self, call: &Call) -> bool {
        match self.on {
            Scope::Writes => call.is_write(),
            Scope::Reads => !call.is_write(),
            Scope::All => true,
        }
    }
}

/// Decides what goes wrong: scripts first, then chance.
#[derive(Debug)]
pub(super) struct Trouble {
    dice: Rng,
    pub(super) faults: Faults,
    pub(super) scripts: Vec<Script>,
}

impl Trouble {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        Self {
            dice: Rng::with_seed(seed),
            faults,
            scripts: Vec::new(),
        }
    }

    /// Adds a script, which is followed after those before it.
    pub(super) fn script(&mut self, script: Script) -> Result<(), InvalidFault> {
        Fault::named(&script.answer)?;
        self.scripts.push(script);
        Ok(())
    }

    /// What goes wrong with this call, if anything.
    pub(super) fn befalls(&mut self, call: &Call) -> Option<Fault> {
        self.scripts.retain(|script| script.times > 0);
        if let Some(script) = self.scripts.iter_mut().find(|script| script.meets(call)) {
            script.times -= 1;
            return Fault::named(&script.answer).ok();
        }
        if self.faults.concern(call) {
            self.roll()
        } else {
            None
        }
    }

    fn roll(&mut self) -> Option<Fault> {
        let Faults {
            timeouts,
            errors,
            resets,
            rate_limits,
            lock_timeouts,
            ..
        } = self.faults;
        if self.happens(rate_limits) {
            let told = self.dice.bool();
            return Known::find("rate_limit").map(|known| Fault::Refuse(known, told));
        }
        if self.happens(lock_timeouts) {
            return Known::find("lock_timeout").map(|known| Fault::Refuse(known, true));
        }
        if self.happens(errors) {
            return Some(self.either(Fault::ErrorBefore, Fault::ErrorAfter));
        }
        if self.happens(resets) {
            return Some(self.either(Fault::ResetBefore, Fault::ResetAfter));
        }
        self.happens(timeouts).then_some(Fault::Timeout)
    }

    fn happens(&mut self, rate: f64) -> bool {
        self.dice.f64() < rate
    }

    fn either(&mut self, one: Fault, other: Fault) -> Fault {
        if self.dice.bool() { one } else { other }
    }
}

impl Script {
    fn meets(&self, call: &Call) -> bool {
        let method = self
            .method
            .as_deref()
            .is_none_or(|m| m.eq_ignore_ascii_case(&call.method));
        let path = self.path.as_deref().is_none_or(|path| {
            let wanted: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            let parts = call.parts();
            let same = |(wanted, part): (&&str, &&str)| *wanted == "*" || wanted == part;
            wanted.len() == parts.len() && wanted.iter().zip(&parts).all(same)
        });
        method && path
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Fault, Faults, InvalidFault, Known, Scope, Script, Trouble};

    fn call(method: &str, path: &str) -> Call {
        Call {
            method: method.to_owned(),
            path: path.to_owned(),
            account: None,
            key: None,
            api_key: None,
            parameters: Vec::new(),
        }
    }

    fn script(path: &str, times: u32, answer: &str) -> Script {
        Script {
            method: Some("post".to_owned()),
            path: Some(path.to_owned()),
            times,
            answer: answer.to_owned(),
        }
    }

    #[test]
    fn scripts_hit_the_calls_they_name_and_no_more_often_than_they_say() {
        let mut trouble = Trouble::new(Faults::default(), 1);
        trouble
            .script(script("/v1/payouts", 2, "timeout"))
            .expect("a script");
        trouble
            .script(script("/v1/payouts/*/cancel", 1, "lock_timeout"))
            .expect("a script");

        assert_eq!(trouble.befalls(&call("GET", "/v1/payouts")), None);
        assert_eq!(
            trouble.befalls(&call("POST", "/v1/payouts")),
            Some(Fault::Timeout)
        );
        let lock = Known::find("lock_timeout").map(|known| Fault::Refuse(known, false));
        assert_eq!(
            trouble.befalls(&call("POST", "/v1/payouts/po_1/cancel")),
            lock
        );
        assert_eq!(
            trouble.befalls(&call("POST", "/v1/payouts")),
            Some(Fault::Timeout)
        );
        assert_eq!(trouble.befalls(&call("POST", "/v1/payouts")), None);
    }

    #[test]
    fn a_script_with_an_unknown_answer_is_refused() {
        let refused = Trouble::new(Faults::default(), 1).script(script("/", 1, "explode"));
        assert_eq!(refused, Err(InvalidFault::Answer("explode".to_owned())));
    }

    #[test]
    fn chance_hits_as_often_as_it_is_told_and_the_same_again_with_the_same_seed() {
        let faults = Faults {
            timeouts: 0.5,
            ..Faults::default()
        };
        let hits = |seed| -> Vec<bool> {
            let mut trouble = Trouble::new(faults, seed);
            let hit = |_| trouble.befalls(&call("POST", "/v1/payouts")).is_some();
            (0..400).map(hit).collect()
        };
        let count = hits(7).into_iter().filter(|hit| *hit).count();
        assert!((140..=260).contains(&count), "{count} of 400");
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
    }

    #[test]
    fn reads_are_spared_unless_they_are_meant_too() {
        let mut faults = Faults {
            errors: 1.0,
            ..Faults::default()
        };
        let read = call("GET", "/v1/payouts");
        assert_eq!(Trouble::new(faults, 1).befalls(&read), None);
        faults.on = Scope::All;
        assert!(Trouble::new(faults, 1).befalls(&read).is_some());
    }

    #[test]
    fn rates_are_between_never_and_always() {
        let faults = Faults {
            resets: 1.5,
            ..Faults::default()
        };
        assert_eq!(faults.check(), Err(InvalidFault::Rate("resets")));
        assert_eq!(Faults::default().check(), Ok(()));
    }
}
