//! Money and currencies: what is read, what is printed, what is refused.

use domain::money::{Amount, Currency, InvalidMoney, Money};
use proptest::{prelude::*, sample::select};

use super::scenario::currency;

/// Stripe's table of decimals (<https://docs.stripe.com/currencies>).
const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";
/// Two decimals in the API, none in payouts.
const WHOLE_PAYOUTS: &str = "isk ugx huf twd";

fn parse(text: &str, code: &str) -> Result<i64, InvalidMoney> {
    Money::parse(text, currency(code)).map(|money| money.amount.minor())
}

#[test]
fn decimals_are_stripes_and_not_isos() {
    let listed = |list: &str, code: Currency| list.split(' ').any(|one| one == code.as_str());
    for code in Currency::all() {
        let (exponent, multiple) = if listed(ZERO_DECIMAL, code) {
            (0, 1)
        } else if listed(THREE_DECIMAL, code) {
            (3, 10)
        } else if listed(WHOLE_PAYOUTS, code) {
            (2, 100)
        } else {
            (2, 1)
        };
        assert_eq!(code.exponent(), exponent, "{code}");
        assert_eq!(code.payout_multiple(), multiple, "{code}");
    }
}

#[test]
fn every_currency_is_found_by_its_code_and_sorts_by_it() {
    let all: Vec<_> = Currency::all().collect();
    assert!(all.is_sorted());
    for code in &all {
        assert_eq!(Currency::parse(code.as_str()), Ok(*code));
    }
    let codes: Vec<_> = all.iter().map(Currency::as_str).collect();
    assert!(codes.is_sorted_by(|one, next| one < next), "no code twice");
    for list in [
        ZERO_DECIMAL,
        THREE_DECIMAL,
        WHOLE_PAYOUTS,
        "usd eur gbp chf aed zmw",
    ] {
        assert!(list.split(' ').all(|code| codes.contains(&code)), "{list}");
    }
}

#[test]
fn a_currency_is_three_small_letters_that_stripe_knows() {
    for code in [
        "", "us", "usdx", "USD", "Usd", "xxx", "u d", " usd", "usd ", "€", "üs", "\0\0\0",
    ] {
        assert!(Currency::parse(code).is_err(), "{code:?}");
    }
}

#[test]
fn amounts_are_read_in_major_units() {
    for (text, code, minor) in [
        ("125.50", "usd", 12_550),
        ("125.5", "usd", 12_550),
        ("125", "usd", 12_500),
        ("0", "usd", 0),
        ("0.00", "usd", 0),
        ("0.01", "usd", 1),
        ("-0.01", "usd", -1),
        ("-12.34", "usd", -1_234),
        ("007", "usd", 700),
        ("500", "jpy", 500),
        ("1.234", "kwd", 1_234),
        ("1.2", "kwd", 1_200),
        ("5", "isk", 500),
        ("92233720368547758.07", "usd", i64::MAX),
        ("-92233720368547758.08", "usd", i64::MIN),
        ("9223372036854775807", "jpy", i64::MAX),
        ("-9223372036854775808", "jpy", i64::MIN),
        ("9223372036854775.807", "kwd", i64::MAX),
    ] {
        assert_eq!(parse(text, code).unwrap(), minor, "{text} {code}");
    }
}

#[test]
fn anything_but_plain_decimals_is_refused() {
    let texts = [
        "",
        " ",
        "1e3",
        "1E3",
        "NaN",
        "inf",
        "Infinity",
        "+1",
        " 1",
        "1 ",
        "1.",
        ".5",
        ".",
        "-",
        "--1",
        "-.5",
        "-1.",
        "1,5",
        "1_000",
        "1.2.3",
        "0x10",
        "½",
        "١",
        "１",
        "1\0",
        "\u{2212}1",
        "-0",
        "-0.00",
    ];
    for text in texts {
        let refused = parse(text, "usd");
        assert!(
            matches!(refused, Err(InvalidMoney::NotDecimal { .. })),
            "{text:?}: {refused:?}"
        );
    }
}

#[test]
fn more_decimals_than_the_currency_has_are_refused() {
    for (text, code) in [
        ("1.5", "jpy"),
        ("1.0", "jpy"),
        ("1.234", "usd"),
        ("1.000", "usd"),
        ("1.2345", "kwd"),
        ("1.23456789012345678901234567890", "usd"),
    ] {
        let refused = parse(text, code);
        assert!(
            matches!(refused, Err(InvalidMoney::TooManyDecimals { .. })),
            "{text} {code}"
        );
    }
}

#[test]
fn amounts_that_do_not_fit_are_refused() {
    for (text, code) in [
        ("92233720368547758.08", "usd"),
        ("-92233720368547758.09", "usd"),
        ("9223372036854775808", "jpy"),
        ("-9223372036854775809", "jpy"),
        ("9223372036854775.808", "kwd"),
        ("99999999999999999999", "usd"),
        ("123456789012345678901234567890", "usd"),
        ("-123456789012345678901234567890", "jpy"),
    ] {
        let refused = parse(text, code);
        assert!(
            matches!(refused, Err(InvalidMoney::TooLarge { .. })),
            "{text} {code}"
        );
    }
}

#[test]
fn amounts_are_printed_with_all_decimals() {
    for (minor, code, text) in [
        (12_550, "usd", "125.50 usd"),
        (0, "usd", "0.00 usd"),
        (-1, "usd", "-0.01 usd"),
        (500, "jpy", "500 jpy"),
        (1_234, "kwd", "1.234 kwd"),
        (i64::MIN, "usd", "-92233720368547758.08 usd"),
    ] {
        let money = Money::new(Amount::from_minor(minor), currency(code));
        assert_eq!(money.to_string(), text);
    }
}

#[test]
fn as_json_money_is_text() {
    let money: Money = serde_json::from_str(r#"{"amount":"125.5","currency":"usd"}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&money).unwrap(),
        r#"{"amount":"125.50","currency":"usd"}"#
    );
    for json in [
        r#"{"amount":125.5,"currency":"usd"}"#,
        r#"{"amount":125,"currency":"usd"}"#,
        r#"{"amount":null,"currency":"usd"}"#,
        r#"{"amount":"1","currency":"USD"}"#,
        r#"{"amount":"1"}"#,
        r#"{"currency":"usd"}"#,
        r#"{"amount":"1","amount":"2","currency":"usd"}"#,
        r#"{"amount":"1","currency":"usd","currency":"eur"}"#,
        r#"{"amount":"1","currency":"usd","scale":2}"#,
        r#""1 usd""#,
        "1",
    ] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}

#[test]
fn arithmetic_says_when_it_does_not_fit() {
    let most = Amount::MAX;
    let least = Amount::from_minor(i64::MIN);
    let one = Amount::from_minor(1);
    assert_eq!(most.plus(one), None);
    assert_eq!(least.minus(one), None);
    assert_eq!(least.negated(), None);
    assert_eq!(most.negated(), Some(Amount::from_minor(-i64::MAX)));
    assert_eq!(Amount::sum([most, one]), None);
    assert_eq!(Amount::sum([]), Some(Amount::ZERO));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back(
        minor: i64,
        code in select(Currency::all().collect::<Vec<_>>()),
    ) {
        let money = Money::new(Amount::from_minor(minor), code);
        prop_assert_eq!(Money::parse(&money.to_decimal_string(), code), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn no_text_brings_the_reader_down(text: String, near in "[-+]?[0-9]{0,25}\\.?[0-9]{0,5}[e ]?") {
        for text in [text, near] {
            let _ = Money::parse(&text, currency("usd"));
            let _ = Money::parse(&text, currency("jpy"));
            let _ = Currency::parse(&text);
        }
    }
}
