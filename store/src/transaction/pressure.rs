//! Pauses that grow while conflicts are many: additive relief, multiplicative growth.
//!
//! The exponential pauses of a [`RetryPolicy`] know of one transaction and its tries. When
//! many transactions meet at the same rows, all of them begin with the shortest pause. So
//! the pauses of all transactions of one name are stretched by a common factor, which grows
//! by half with each conflict and shrinks a little with each commit. It stays at one as long as
//! fewer than one in eleven ends in a conflict, and rises quickly beyond.

use crate::settings::RetryPolicy;

/// How much longer than the policy says pauses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pressure {
    /// The factor, in thousandths.
    permille: u32,
}

impl Default for Pressure {
    fn default() -> Self {
        Self::NONE
    }
}

impl Pressure {
    /// Pauses are as the policy says.
    pub const NONE: Self = Self { permille: 1_000 };
    /// Pauses are sixteen times as long, and grow no further.
    pub const MOST: Self = Self { permille: 16_000 };
    /// What a commit takes off.
    const RELIEF: u32 = 50;

    /// After a transaction that met a conflict.
    #[must_use]
    pub const fn after_conflict(self) -> Self {
        let permille = self.permille.saturating_add(self.permille / 2);
        if permille > Self::MOST.permille {
            Self::MOST
        } else {
            Self { permille }
        }
    }

    /// After a transaction that was committed.
    #[must_use]
    pub const fn after_commit(self) -> Self {
        let permille = self.permille.saturating_sub(Self::RELIEF);
        if permille < Self::NONE.permille {
            Self::NONE
        } else {
            Self { permille }
        }
    }

    /// The factor, in thousandths: from 1,000 to 16,000.
    #[must_use]
    pub const fn permille(self) -> u32 {
        self.permille
    }

    /// The policy with its pauses stretched: the first one's bound and the longest. How often
    /// and for how long in all something is tried stays as it is.
    #[must_use]
    pub fn stretch(self, policy: RetryPolicy) -> RetryPolicy {
        RetryPolicy {
            base: policy.base.saturating_mul(self.permille) / Self::NONE.permille,
            cap: policy.cap.saturating_mul(self.permille) / Self::NONE.permille,
            ..policy
        }
    }

    pub(super) const fn from_permille(permille: u32) -> Self {
        Self { permille }
    }
}
