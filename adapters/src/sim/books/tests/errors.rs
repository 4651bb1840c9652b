//! What is refused, with Stripe's status and code.

use super::{
    Call, Desk, NewBalance, SELLER, Secret, call, having, money, payout, platform, read, transfer,
};
use crate::sim::{Act, Conduct, Fault, KNOWN, Known, Owner};

/// The form of a call, as text, and the code that it is refused with.
const UNFIT: &[(&str, &str)] = &[
    ("currency=usd", "parameter_missing"),
    ("amount=1", "parameter_missing"),
    ("amount=0&currency=usd", "parameter_invalid_integer"),
    ("amount=-5&currency=usd", "parameter_invalid_integer"),
    ("amount=1.5&currency=usd", "parameter_invalid_integer"),
    ("amount=&currency=usd", "parameter_invalid_empty"),
    ("amount=1000000000000&currency=usd", "amount_too_large"),
    ("amount=1&currency=xxx", "invalid_request_error"),
    ("amount=150&currency=twd", "parameter_invalid_integer"),
    ("amount=150&currency=ugx", "parameter_invalid_integer"),
    ("amount=15&currency=kwd", "parameter_invalid_integer"),
    ("amount=1&currency=usd&colour=red", "parameter_unknown"),
    (
        "amount=1&currency=usd&metadata[a][b]=c",
        "parameter_unknown",
    ),
    ("amount=1&currency=usd&method=slow", "invalid_request_error"),
    (
        "amount=1&currency=usd&destination=acct_1",
        "resource_missing",
    ),
    (
        "amount=1&currency=usd&statement_descriptor=23+characters+1+too+many",
        "parameter_invalid_string",
    ),
    (
        "amount=1&currency=usd&metadata[sim]=explode",
        "parameter_invalid_string",
    ),
];

#[test]
fn parameters_that_do_not_fit_are_refused() {
    for (form, code) in UNFIT {
        let mut wanted = call("POST", "/v1/payouts", &[]);
        wanted.parameters = form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let (status, found) = Desk::new().refused(&wanted);
        assert_eq!(found, *code, "{form}");
        assert_eq!(
            status,
            if *code == "resource_missing" {
                404
            } else {
                400
            }
        );
    }
}

#[test]
fn amounts_that_a_currency_allows_are_taken() {
    for (amount, currency) in [("1", "JPY"), ("100", "huf"), ("10", "kwd"), ("1", "usd")] {
        let mut desk = Desk::new();
        let code = currency.to_ascii_lowercase();
        let owner = Owner::named(Some(SELLER));
        desk.books
            .set_balance(&owner, money(&code), having(100), desk.now);
        let wanted = [("amount", amount), ("currency", currency)];
        let made = desk.done(&call("POST", "/v1/payouts", &wanted));
        assert_eq!(made["currency"], code);
    }
}

#[test]
fn a_transfer_may_have_a_fraction_where_a_payout_may_not() {
    let mut desk = Desk::new();
    desk.books
        .set_balance(&Owner::Platform, money("huf"), having(1_000), desk.now);
    let wanted = [
        ("amount", "150"),
        ("currency", "huf"),
        ("destination", SELLER),
    ];
    desk.done(&platform("POST", "/v1/transfers", &wanted));
    let wanted = [("amount", "150"), ("currency", "huf")];
    let refused = desk.refused(&call("POST", "/v1/payouts", &wanted));
    assert_eq!(refused, (400, "parameter_invalid_integer".to_owned()));
}

#[test]
fn nobody_pays_out_more_than_there_is() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.refused(&payout("5001")),
        (400, "balance_insufficient".to_owned())
    );
    assert_eq!(
        desk.refused(&transfer("10001")),
        (400, "balance_insufficient".to_owned())
    );
    assert!(desk.books.payouts().is_empty() && desk.books.transfers().is_empty());
    desk.done(&payout("5000"));
}

#[test]
fn instant_payouts_are_drawn_from_what_is_instantly_available() {
    let mut desk = Desk::new();
    let owner = Owner::named(Some(SELLER));
    let usd = money("usd");
    let wanted = NewBalance {
        available: 1_000,
        pending: Some(3_000),
        instant: Some(2_500),
    };
    desk.books.set_balance(&owner, usd, wanted, desk.now);
    let instant = |amount| {
        let wanted = [
            ("amount", amount),
            ("currency", "usd"),
            ("method", "instant"),
        ];
        call("POST", "/v1/payouts", &wanted)
    };
    assert_eq!(
        desk.refused(&instant("2501")),
        (400, "balance_insufficient".to_owned())
    );
    assert_eq!(
        desk.refused(&payout("1001")),
        (400, "balance_insufficient".to_owned())
    );
    desk.done(&instant("2500"));
    let funds: Vec<_> = desk
        .books
        .funds()
        .filter(|(of, _, _)| **of == owner)
        .collect();
    let left = funds[0].2;
    assert_eq!((left.available, left.pending, left.instant), (0, 1_500, 0));
}

#[test]
fn only_test_keys_open_the_door() {
    let with = |key: Option<&str>| Call {
        api_key: key.and_then(Secret::new),
        ..payout("1")
    };
    let mut desk = Desk::new();
    for key in [
        None,
        Some("sk_live_real"),
        Some("rk_live_real"),
        Some("pk_test_sim"),
    ] {
        let answer = desk.answer(&with(key));
        assert_eq!(answer.status, 401, "{key:?}");
        let repeated = key.is_some_and(|key| answer.body.contains(key));
        assert!(!repeated, "keys are not repeated");
    }
    desk.done(&with(Some("rk_test_sim")));
}

#[test]
fn an_account_sees_nothing_of_another() {
    let mut desk = Desk::new();
    let made = desk.done(&payout("100"));
    let path = format!("/v1/payouts/{}", made["id"].as_str().expect("an id"));
    let other = |path: &str| Call {
        account: Some("acct_other".to_owned()),
        ..call("GET", path, &[])
    };
    let missing = (404, "resource_missing".to_owned());
    assert_eq!(desk.refused(&other(&path)), missing);
    assert_eq!(desk.refused(&platform("GET", &path, &[])), missing);
    assert_eq!(
        desk.refused(&call("GET", "/v1/payouts/po_no", &[])),
        missing
    );
    assert_eq!(
        desk.done(&other("/v1/payouts"))["data"],
        serde_json::json!([])
    );
    desk.done(&call("GET", &path, &[]));
}

#[test]
fn a_transfer_goes_from_the_platform_to_another_account() {
    let mut desk = Desk::new();
    let to = |call: fn(&str, &str, &[(&str, &str)]) -> Call, destination: &str| {
        let wanted = [
            ("amount", "1"),
            ("currency", "usd"),
            ("destination", destination),
        ];
        call("POST", "/v1/transfers", &wanted)
    };
    let missing = (404, "resource_missing".to_owned());
    assert_eq!(desk.refused(&to(platform, "seller")), missing);
    assert_eq!(desk.refused(&to(platform, "acct_sim_platform")), missing);
    assert_eq!(desk.refused(&to(call, "acct_other")), missing);
    desk.done(&to(platform, SELLER));
}

#[test]
fn unknown_addresses_and_accounts_are_refused() {
    let mut desk = Desk::new();
    assert_eq!(desk.answer(&call("POST", "/v1/charges", &[])).status, 404);
    assert_eq!(desk.answer(&call("DELETE", "/v1/payouts", &[])).status, 404);
    let nobody = Call {
        account: Some("seller".to_owned()),
        ..payout("1")
    };
    assert_eq!(desk.refused(&nobody), (403, "account_invalid".to_owned()));
}

#[test]
fn accounts_refuse_what_they_are_told_to() {
    let refuse = |code| Known::find(code);
    let table = [
        ("payouts_not_allowed", payout("1")),
        ("no_account", payout("1")),
        ("instant_payouts_unsupported", payout("1")),
    ];
    for (code, call) in table {
        let mut desk = Desk::new();
        let conduct = Conduct {
            payouts: refuse(code),
            ..Conduct::default()
        };
        desk.books
            .conduct(&Owner::named(Some(SELLER)), conduct, desk.now);
        assert_eq!(desk.refused(&call), (400, code.to_owned()));
        desk.done(&transfer("1"));
    }
    let mut desk = Desk::new();
    let conduct = Conduct {
        transfers: refuse("transfers_not_allowed"),
        ..Conduct::default()
    };
    desk.books
        .conduct(&Owner::named(Some(SELLER)), conduct, desk.now);
    assert_eq!(
        desk.refused(&transfer("1")),
        (400, "transfers_not_allowed".to_owned())
    );
}

/// Each refusal of the list can be had, with its status, and says what kind it is.
#[test]
fn every_known_refusal_can_be_asked_for() {
    for known in KNOWN {
        let mut desk = Desk::new();
        let fault = Some(Fault::Refuse(known, false));
        let answer = match desk.reply(&payout("1"), fault) {
            crate::sim::Reply::Answer(answer) => answer,
            other => panic!("{}: {other:?}", known.code),
        };
        let error = &read(&answer.body)["error"];
        let kind = match answer.status {
            500.. => "api_error",
            409 => "idempotency_error",
            _ => "invalid_request_error",
        };
        assert_eq!(error["type"], kind, "{}", known.code);
        if answer.status < 500 {
            assert_eq!(error["code"], known.code);
        }
        assert!(desk.books.payouts().is_empty(), "nothing happened");
    }
}

#[test]
fn after_a_failure_the_bank_account_takes_no_payout_until_it_is_replaced() {
    let mut desk = Desk::new();
    let made = desk.done(&payout("100"));
    desk.act(&made["id"], &Act::Fail("account_closed".to_owned()))
        .expect("it fails");
    assert_eq!(
        desk.refused(&payout("100")),
        (400, "bank_account_unusable".to_owned())
    );
    desk.books
        .replace_external_accounts(&Owner::named(Some(SELLER)), desk.now);
    let made = desk.done(&payout("100"));

    desk.act(&made["id"], &Act::Fail("could_not_process".to_owned()))
        .expect("it fails");
    desk.done(&payout("100"));
}
