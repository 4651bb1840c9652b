//! What is set about Stripe: secrets come from the environment alone, the rest from
//! the file's `[stripe]`.

use std::{fmt, num::NonZeroU32, time::Duration};

use domain::stripe::Mode;
use serde::Deserialize;

/// Where Stripe's API is when nothing else is said.
pub const DEFAULT_API_BASE: &str = "https://api.stripe.com";

/// A secret: it can be used, and is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret, without the white space that came along when it was copied; none
    /// if nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Secrets that are written one after the other, with commas between.
    #[must_use]
    pub fn list(text: &str) -> Vec<Self> {
        text.split(',').filter_map(Self::new).collect()
    }

    /// The secret itself, for its one use.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is a key for real money, which Stripe's keys tell by their prefix.
    #[must_use]
    pub fn is_live_key(&self) -> bool {
        self.mode() == Some(Mode::Live)
    }

    /// Which money it is for, if it is a key that tells.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        let begins = |prefixes: [&str; 2]| prefixes.iter().any(|text| self.0.starts_with(text));
        if begins(["sk_live_", "rk_live_"]) {
            Some(Mode::Live)
        } else {
            begins(["sk_test_", "rk_test_"]).then_some(Mode::Test)
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether the ledger moves money to sellers' accounts before it pays it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transfers {
    /// The money gets there by itself, or the marketplace transfers it.
    #[default]
    Never,
    /// For each item of a payout that no transfer carries, one is made first.
    BeforePayout,
}

/// Everything about Stripe, settled.
#[derive(Debug, Clone)]
pub struct Stripe {
    /// Sign webhooks of the platform's own account; several while they are rolled.
    pub webhook_secrets: Vec<Secret>,
    /// Sign webhooks of connected accounts.
    pub connect_webhook_secrets: Vec<Secret>,
    /// Lets the ledger call Stripe's API; without it, payouts are made by others.
    pub secret_key: Option<Secret>,
    /// Where the API is: another place for a simulator.
    pub api_base: String,
    /// Calls to the API in a second at most.
    pub calls_per_second: NonZeroU32,
    /// How long an answer of the API is waited for.
    pub timeout: Duration,
    /// How long after an unclear answer a look-up that finds nothing is believed.
    pub settle: Duration,
    /// How long an attempt of another instance is left alone.
    pub lease: Duration,
    /// Whether transfers are made.
    pub transfers: Transfers,
}

/// What was said in the environment.
#[derive(Debug, Default)]
pub struct Given {
    /// `STRIPE_WEBHOOK_SECRET`
    pub webhook_secrets: Vec<Secret>,
    /// `STRIPE_CONNECT_WEBHOOK_SECRET`
    pub connect_webhook_secrets: Vec<Secret>,
    /// `STRIPE_SECRET_KEY`
    pub secret_key: Option<Secret>,
    /// `STRIPE_API_BASE`
    pub api_base: Option<String>,
}

impl Given {
    /// Reads the environment.
    #[must_use]
    pub fn from_environment() -> Self {
        let said = |name: &str| {
            std::env::var(name)
                .ok()
                .filter(|text| !text.trim().is_empty())
        };
        let list = |name: &str| {
            said(name)
                .map(|text| Secret::list(&text))
                .unwrap_or_default()
        };
        Self {
            webhook_secrets: list("STRIPE_WEBHOOK_SECRET"),
            connect_webhook_secrets: list("STRIPE_CONNECT_WEBHOOK_SECRET"),
            secret_key: said("STRIPE_SECRET_KEY").and_then(|text| Secret::new(&text)),
            api_base: said("STRIPE_API_BASE"),
        }
    }

    /// Whether the key is one for real money.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.secret_key.as_ref().is_some_and(Secret::is_live_key)
    }
}

/// The section `[stripe]` of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    api_base: Option<String>,
    calls_per_second: Option<NonZeroU32>,
    timeout_ms: Option<u64>,
    settle_ms: Option<u64>,
    lease_ms: Option<u64>,
    transfers: Option<Transfers>,
}

impl File {
    pub(super) fn settle(self, given: Given) -> Stripe {
        let api_base = given.api_base.or(self.api_base);
        let pause = |ms: Option<u64>, default| ms.map_or(default, Duration::from_millis);
        Stripe {
            webhook_secrets: given.webhook_secrets,
            connect_webhook_secrets: given.connect_webhook_secrets,
            secret_key: given.secret_key,
            api_base: api_base
                .unwrap_or_else(|| DEFAULT_API_BASE.to_owned())
                .trim_end_matches('/')
                .to_owned(),
            calls_per_second: self
                .calls_per_second
                .unwrap_or(NonZeroU32::MIN.saturating_add(19)),
            timeout: pause(self.timeout_ms, Duration::from_secs(30)),
            settle: pause(self.settle_ms, Duration::from_secs(300)),
            lease: pause(self.lease_ms, Duration::from_secs(120)),
            transfers: self.transfers.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, Secret};

    #[test]
    fn a_key_tells_which_money_it_is_for() {
        let mode = |key| Secret::new(key).expect("a secret").mode();
        assert_eq!(mode("rk_live_1"), Some(Mode::Live));
        assert_eq!(mode("sk_test_1"), Some(Mode::Test));
        assert_eq!(mode("whsec_1"), None);
    }

    #[test]
    fn secrets_are_taken_without_white_space_and_never_shown() {
        let secrets = Secret::list(" whsec_old\n, whsec_new ,,");
        let texts: Vec<_> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(texts, ["whsec_old", "whsec_new"]);
        assert!(!format!("{secrets:?}").contains("whsec"));
    }
}
