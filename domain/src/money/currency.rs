//! Currencies as Stripe counts them.
//!
//! The table follows Stripe, not ISO 4217: the two differ (isk and ugx have two
//! decimals in Stripe's API, none in ISO). Source: <https://docs.stripe.com/currencies>.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A currency Stripe handles: three lower-case letters.
///
/// Kept as its row in [`TABLE`], so that looking up its rules costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(u8);

/// No currency of that code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("currency {code:?} is not one that Stripe handles; write it in lower case, e.g. \"usd\"")]
pub struct UnknownCurrency {
    code: String,
}

/// How Stripe's API counts a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Two decimals.
    Cents,
    /// No minor unit.
    Whole,
    /// Three decimals, of which the last is always 0.
    Mills,
    /// Two decimals, of which payouts use none.
    WholePayouts,
}

const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";
const WHOLE_PAYOUTS: &str = "huf isk twd ugx";
/// Every currency, in alphabetical order.
const ALL: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob \
    brl bsd btn bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd \
    fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs \
    khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mro mru mur mvr mwk \
    mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar \
    sbd scr sek sgd shp sle sll sos srd std stn svc szl thb tjs tnd top try ttd twd tzs uah ugx \
    usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw";
const COUNT: usize = ALL.len().div_ceil(4);

/// Code and rule of every currency, sorted by code; made by the compiler.
static TABLE: [([u8; 3], Rule); COUNT] = table();

const fn table() -> [([u8; 3], Rule); COUNT] {
    let all = ALL.as_bytes();
    let mut table = [([0; 3], Rule::Cents); COUNT];
    let mut row = 0;
    while row < COUNT {
        let code = [all[row * 4], all[row * 4 + 1], all[row * 4 + 2]];
        let rule = if lists(ZERO_DECIMAL, code) {
            Rule::Whole
        } else if lists(THREE_DECIMAL, code) {
            Rule::Mills
        } else if lists(WHOLE_PAYOUTS, code) {
            Rule::WholePayouts
        } else {
            Rule::Cents
        };
        table[row] = (code, rule);
        row += 1;
    }
    table
}

const fn lists(list: &str, code: [u8; 3]) -> bool {
    let list = list.as_bytes();
    let mut at = 0;
    while at < list.len() {
        if list[at] == code[0] && list[at + 1] == code[1] && list[at + 2] == code[2] {
            return true;
        }
        at += 4;
    }
    false
}

impl Currency {
    /// Reads a code in lower case.
    ///
    /// # Errors
    /// When Stripe has no such currency.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .and_then(|code| TABLE.binary_search_by_key(&code, |(known, _)| *known).ok())
            .and_then(|row| u8::try_from(row).ok())
            .map(Self)
            .ok_or_else(|| UnknownCurrency {
                code: code.chars().take(12).collect(),
            })
    }

    /// Every currency, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u8..).take(COUNT).map(Self)
    }

    /// The code, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        let at = usize::from(self.0) * 4;
        &ALL[at..at + 3]
    }

    fn rule(self) -> Rule {
        TABLE[usize::from(self.0)].1
    }

    /// How many decimals amounts have in Stripe's API.
    #[must_use]
    pub fn exponent(self) -> u32 {
        match self.rule() {
            Rule::Whole => 0,
            Rule::Cents | Rule::WholePayouts => 2,
            Rule::Mills => 3,
        }
    }

    /// Payouts must be a multiple of this many minor units.
    #[must_use]
    pub fn payout_multiple(self) -> i64 {
        match self.rule() {
            Rule::Whole | Rule::Cents => 1,
            Rule::Mills => 10,
            Rule::WholePayouts => 100,
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

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;
        impl de::Visitor<'_> for Code {
            type Value = Currency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a currency code such as \"usd\"")
            }
            fn visit_str<E: de::Error>(self, code: &str) -> Result<Currency, E> {
                Currency::parse(code).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Code)
    }
}
