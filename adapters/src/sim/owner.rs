//! In whose account something happens.

use serde::{Serialize, Serializer};

/// The platform, or an account that is connected to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// No header `Stripe-Account`.
    Platform,
    /// `acct_…`
    Connected(String),
}

/// The platform's own id, which a transfer cannot go to.
pub(super) const PLATFORM_ID: &str = "acct_sim_platform";

impl Owner {
    /// By the header `Stripe-Account`, or the `account` of the control API.
    #[must_use]
    pub fn named(account: Option<&str>) -> Self {
        match account {
            Some(id) if id != PLATFORM_ID => Self::Connected(id.to_owned()),
            _ => Self::Platform,
        }
    }

    /// `acct_…`, of the platform as well.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Platform => PLATFORM_ID,
            Self::Connected(id) => id,
        }
    }

    /// Whether it can be an account's id.
    pub(super) fn is_account_id(id: &str) -> bool {
        let rest = id.strip_prefix("acct_").unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        !rest.is_empty() && rest.len() <= 120 && rest.chars().all(allowed)
    }
}

impl Serialize for Owner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Platform => serializer.serialize_none(),
            Self::Connected(id) => serializer.serialize_some(id),
        }
    }
}
