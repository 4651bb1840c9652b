//! Currencies as Stripe counts them.
//!
//! The table follows Stripe, not ISO 4217: the two differ (isk and ugx have two
//! decimals in Stripe's API, none in ISO). Source: <https://docs.stripe.com/currencies>.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency Stripe handles: three lower-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// No currency of that code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("currency {code:?} is not one that Stripe handles; write it in lower case, e.g. \"usd\"")]
pub struct UnknownCurrency {
    code: String,
}

/// No minor unit.
const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
/// Three decimals, of which the last is always 0.
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";
/// Two decimals in the API, of which payouts use none.
const WHOLE_PAYOUTS: &str = "huf isk twd ugx";
/// Every other currency of Stripe's list: two decimals.
const TWO_DECIMAL: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd \
    cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl hrk htg \
    idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mru mro mur mvr mwk mxn myr mzn \
    nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sll sos srd std stn svc szl \
    thb tjs top try ttd tzs uah usd uyu uzs wst xcd xcg yer zar zmw";

impl Currency {
    /// Reads a code in lower case.
    ///
    /// # Errors
    /// When Stripe has no such currency.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        let unknown = || UnknownCurrency {
            code: code.chars().take(12).collect(),
        };
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        let known = [TWO_DECIMAL, ZERO_DECIMAL, THREE_DECIMAL, WHOLE_PAYOUTS]
            .iter()
            .any(|list| list.split_ascii_whitespace().any(|known| known == code));
        known.then_some(Self(bytes)).ok_or_else(unknown)
    }

    /// The code, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters get past `parse`.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    fn is_in(self, list: &str) -> bool {
        list.split_ascii_whitespace()
            .any(|code| code == self.as_str())
    }

    /// How many decimals amounts have in Stripe's API.
    #[must_use]
    pub fn exponent(self) -> u32 {
        if self.is_in(ZERO_DECIMAL) {
            0
        } else if self.is_in(THREE_DECIMAL) {
            3
        } else {
            2
        }
    }

    /// Payouts must be a multiple of this many minor units.
    #[must_use]
    pub fn payout_multiple(self) -> i64 {
        if self.is_in(WHOLE_PAYOUTS) {
            100
        } else if self.is_in(THREE_DECIMAL) {
            10
        } else {
            1
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}
