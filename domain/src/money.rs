//! Money: whole minor units in one currency, with Stripe's number of decimals.
//!
//! Architecture invariant: nothing here or near here is a float. `Decimal` is
//! used to read and print amounts, never to keep them.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

mod currency;
pub use currency::{Currency, UnknownCurrency};

/// An amount in minor units (cents, yen, fils) of a currency known from the
/// context. Arithmetic is checked: `None` is an overflow.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most there is.
    pub const MAX: Self = Self(i64::MAX);

    /// Takes minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Sum, or `None` on overflow.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Difference, or `None` on overflow.
    #[must_use]
    pub const fn minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Sum, or the nearest amount there is: for folds, which may not fail and
    /// whose events were checked before they were recorded.
    pub(crate) const fn saturating_plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Difference, or the nearest amount there is; see [`Self::saturating_plus`].
    pub(crate) const fn saturating_minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The amount with the other sign, or `None` on overflow.
    #[must_use]
    pub const fn negated(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(negated) => Some(Self(negated)),
            None => None,
        }
    }

    /// Sum of many, or `None` on overflow.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// More than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

/// An amount and its currency. As JSON: `{"amount":"125.50","currency":"usd"}`,
/// a decimal string in major units; a JSON number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MoneyText", into = "MoneyText")]
pub struct Money {
    /// How much, in minor units.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// No such currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// Not digits with at most one point.
    #[error("amount {text:?} must be a plain decimal number such as \"125.50\"")]
    NotDecimal {
        /// What was given, shortened.
        text: String,
    },
    /// More decimals than the currency has.
    #[error("amount {text:?} has more decimals than {currency} has ({exponent})")]
    TooManyDecimals {
        /// What was given, shortened.
        text: String,
        /// The currency.
        currency: Currency,
        /// How many it has.
        exponent: u32,
    },
    /// Does not fit 64 bits of minor units.
    #[error("amount {text:?} is too large")]
    TooLarge {
        /// What was given, shortened.
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyText {
    amount: String,
    currency: String,
}

impl Money {
    /// Puts an amount of minor units and a currency together.
    #[must_use]
    pub const fn new(amount: Amount, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Reads a decimal text of major units.
    ///
    /// # Errors
    /// See [`InvalidMoney`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, InvalidMoney> {
        let shown = || text.chars().take(40).collect::<String>();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let minus_nothing =
            text.len() > digits.len() && !digits.contains(|c| ('1'..='9').contains(&c));
        if !plain(whole) || !plain(fraction) || minus_nothing {
            return Err(InvalidMoney::NotDecimal { text: shown() });
        }
        let exponent = currency.exponent();
        if digits.contains('.') && fraction.len() > exponent as usize {
            return Err(InvalidMoney::TooManyDecimals {
                text: shown(),
                currency,
                exponent,
            });
        }
        let too_large = || InvalidMoney::TooLarge { text: shown() };
        if whole.len() > 20 {
            return Err(too_large());
        }
        let mut decimal = Decimal::from_str(text).map_err(|_| too_large())?;
        decimal.rescale(exponent);
        let minor = i64::try_from(decimal.mantissa()).map_err(|_| too_large())?;
        Ok(Self::new(Amount(minor), currency))
    }

    /// The amount as a decimal text of major units, with all of the currency's decimals.
    #[must_use]
    pub fn to_decimal_string(self) -> String {
        Decimal::from_i128_with_scale(i128::from(self.amount.0), self.currency.exponent())
            .to_string()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.currency)
    }
}

impl TryFrom<MoneyText> for Money {
    type Error = InvalidMoney;
    fn try_from(text: MoneyText) -> Result<Self, InvalidMoney> {
        Self::parse(&text.amount, Currency::parse(&text.currency)?)
    }
}

impl From<Money> for MoneyText {
    fn from(money: Money) -> Self {
        Self {
            amount: money.to_decimal_string(),
            currency: money.currency.to_string(),
        }
    }
}
