//! All commands and their fields, in the order of `domain::command`.

use super::{
    Described,
    field::{
        Field,
        Holds::{
            Arrival, Attempt, Currency, Flag, Id, Ids, Items, Money, OneOf, Positive, Schedule,
            Seller, Text, Time, Uuid,
        },
        Presence::{Always, Default, Optional},
    },
};

const KINDS: &[&str] = &["payment", "refund", "dispute", "adjustment"];
const METHODS: &[&str] = &["standard", "instant"];
const STATUSES: &[&str] = &["pending", "in_transit", "paid", "failed", "canceled"];

const SELLER: Field = Field::new("seller_id", Always, Seller, "Whose");
const CURRENCY: Field = Field::new("currency", Always, Currency, "");
const TRANSACTION: Field = Field::new("transaction_id", Always, Id, "Which");
const TRANSFER: Field = Field::new("transfer_id", Always, Id, "Stripe's id");
const PAYOUT: Field = Field::new("payout_id", Always, Uuid, "The ledger's id");
const EITHER_PAYOUT: Field = Field::new("payout_id", Optional, Uuid, "The ledger's id");
const EITHER_STRIPE: Field = Field::new("stripe_payout_id", Optional, Id, "Stripe's id");
const STRIPE_PAYOUT: Field = Field::new("stripe_payout_id", Always, Id, "Stripe's id");
const ARRIVAL: Field = Field::new("arrival_date", Optional, Arrival, "When it should arrive");
const METHOD: Field = Field::new("method", Default, OneOf(METHODS), "standard if absent");
const MINIMUM: Field = Field::new(
    "minimum_payout",
    Optional,
    Positive,
    "Scheduled payouts are made from it on",
);
const ATTEMPT: Field = Field::new("attempt", Always, Attempt, "Its number, from 1");
const CODE: Field = Field::new("code", Always, Text, "Stripe's code");
const MESSAGE: Field = Field::new("message", Optional, Text, "For people");

/// All commands.
pub(in crate::http::openapi) const ALL: &[Described] = &[
    Described {
        name: "register-seller",
        about: "Makes a seller known",
        fields: &[
            SELLER,
            Field::new("stripe_account", Always, Seller, "Their account at Stripe"),
            Field::new("payout_schedule", Default, Schedule, "manual if absent"),
            MINIMUM,
        ],
        by_either_id: false,
        example: r#"{"seller_id":"anna","stripe_account":"acct_1","payout_schedule":"weekly:mon"}"#,
    },
    Described {
        name: "change-payout-schedule",
        about: "Replaces when, and from which amount on, a seller is paid by schedule",
        fields: &[
            SELLER,
            Field::new("payout_schedule", Always, Schedule, ""),
            MINIMUM,
        ],
        by_either_id: false,
        example: r#"{"seller_id":"anna","payout_schedule":"daily"}"#,
    },
    Described {
        name: "record-transaction",
        about: "Records something owed to a seller, or by them",
        fields: &[
            TRANSACTION,
            SELLER,
            Field::new("kind", Always, OneOf(KINDS), ""),
            Field::new(
                "gross",
                Always,
                Money,
                "Before the fee; negative for refund, dispute",
            ),
            Field::new("fee", Optional, Money, "In the currency of gross"),
            Field::new(
                "payment_intent",
                Optional,
                Id,
                "It is pending until that succeeds",
            ),
            Field::new("order_id", Optional, Id, "The marketplace's order"),
            Field::new("transfer", Optional, Id, "The transfer that carries it"),
            Field::new("available_on", Optional, Time, "At once if absent or past"),
        ],
        by_either_id: false,
        example: r#"{"transaction_id":"t1","seller_id":"anna","kind":"payment",
            "gross":{"amount":"125.50","currency":"usd"},
            "fee":{"amount":"12.55","currency":"usd"}}"#,
    },
    Described {
        name: "release-transaction",
        about: "Makes a held transaction available now",
        fields: &[TRANSACTION, SELLER, CURRENCY],
        by_either_id: false,
        example: r#"{"transaction_id":"t1","seller_id":"anna","currency":"usd"}"#,
    },
    Described {
        name: "release-due-transactions",
        about: "Makes all held transactions of a balance available whose time has come",
        fields: &[SELLER, CURRENCY],
        by_either_id: false,
        example: r#"{"seller_id":"anna","currency":"usd"}"#,
    },
    Described {
        name: "fail-transaction",
        about: "Ends a pending or held transaction",
        fields: &[TRANSACTION, SELLER, CURRENCY],
        by_either_id: false,
        example: r#"{"transaction_id":"t2","seller_id":"anna","currency":"usd"}"#,
    },
    Described {
        name: "record-transfer",
        about: "Records money moved to a seller's account",
        fields: &[
            TRANSFER,
            SELLER,
            Field::new("amount", Always, Positive, ""),
            Field::new("transaction_id", Optional, Id, "The transaction it carries"),
        ],
        by_either_id: false,
        example: r#"{"transfer_id":"tr_1","seller_id":"anna",
            "amount":{"amount":"112.95","currency":"usd"}}"#,
    },
    Described {
        name: "reverse-transfer",
        about: "Records what was taken back of a transfer",
        fields: &[
            TRANSFER,
            Field::new(
                "amount_reversed",
                Always,
                Money,
                "All that was taken back so far",
            ),
        ],
        by_either_id: false,
        example: r#"{"transfer_id":"tr_1",
            "amount_reversed":{"amount":"10.00","currency":"usd"}}"#,
    },
    Described {
        name: "request-payout",
        about: "Reserves a seller's available money and asks for it to be paid out",
        fields: &[
            SELLER,
            CURRENCY,
            Field::new("payout_id", Optional, Uuid, "A fresh one if absent"),
            Field::new(
                "transactions",
                Optional,
                Ids,
                "All that are eligible if absent",
            ),
            Field::new(
                "expected_amount",
                Optional,
                Money,
                "Refuse unless the sum is this",
            ),
            Field::new(
                "minimum_amount",
                Optional,
                Money,
                "Refuse if the sum is less",
            ),
            METHOD,
            Field::new("description", Optional, Text, "For people"),
        ],
        by_either_id: false,
        example: r#"{"seller_id":"anna","currency":"usd",
            "payout_id":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
    },
    Described {
        name: "submit-payout",
        about: "Records that Stripe has accepted the payout",
        fields: &[PAYOUT, STRIPE_PAYOUT, ARRIVAL],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057",
            "stripe_payout_id":"po_1","arrival_date":"2026-11-25"}"#,
    },
    Described {
        name: "mark-payout-paid",
        about: "Records that the payout has arrived; by exactly one of the two ids",
        fields: &[EITHER_PAYOUT, EITHER_STRIPE, ARRIVAL],
        by_either_id: true,
        example: r#"{"stripe_payout_id":"po_1"}"#,
    },
    Described {
        name: "mark-payout-failed",
        about: "Records that the payout came back; by exactly one of the two ids",
        fields: &[
            EITHER_PAYOUT,
            EITHER_STRIPE,
            Field::new("failure_code", Always, Text, "Stripe's code"),
            Field::new("failure_message", Optional, Text, "For people"),
        ],
        by_either_id: true,
        example: r#"{"stripe_payout_id":"po_1","failure_code":"account_closed"}"#,
    },
    Described {
        name: "cancel-payout",
        about: "Calls a payout off; its transactions are available again",
        fields: &[PAYOUT, Field::new("reason", Optional, Text, "For people")],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
    },
    Described {
        name: "begin-submission",
        about: "Records that Stripe is about to be asked for the payout",
        fields: &[PAYOUT, ATTEMPT],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057","attempt":1}"#,
    },
    Described {
        name: "refuse-submission",
        about: "Records that Stripe refused the payout and made nothing",
        fields: &[
            PAYOUT,
            ATTEMPT,
            CODE,
            MESSAGE,
            Field::new(
                "try_again_at",
                Optional,
                Time,
                "A person has to look if absent",
            ),
            Field::new("give_up", Default, Flag, "The payout fails with the code"),
        ],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057","attempt":1,
            "code":"balance_insufficient"}"#,
    },
    Described {
        name: "put-payout-in-doubt",
        about: "Records that nobody knows what became of an attempt",
        fields: &[
            PAYOUT,
            ATTEMPT,
            Field::new("reason", Always, Text, "For people"),
        ],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057","attempt":1,
            "reason":"no answer"}"#,
    },
    Described {
        name: "resume-submission",
        about: "Lets the payout be tried again at once",
        fields: &[PAYOUT],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
    },
    Described {
        name: "refuse-cancellation",
        about: "Records that Stripe did not call the payout off",
        fields: &[PAYOUT, CODE, MESSAGE],
        by_either_id: false,
        example: r#"{"payout_id":"01890a5d-ac96-774b-bcce-b302099a8057","code":"payout_paid"}"#,
    },
    Described {
        name: "report-payout",
        about: "Records what Stripe's API tells of a payout now",
        fields: &[
            STRIPE_PAYOUT,
            EITHER_PAYOUT,
            Field::new(
                "account",
                Optional,
                Seller,
                "The connected account it is of",
            ),
            Field::new("amount", Always, Money, ""),
            Field::new("status", Always, OneOf(STATUSES), "In Stripe's words"),
            METHOD,
            ARRIVAL,
            Field::new("failure_code", Optional, Text, "Stripe's code"),
            Field::new("failure_message", Optional, Text, "For people"),
        ],
        by_either_id: false,
        example: r#"{"stripe_payout_id":"po_2","amount":{"amount":"5.00","currency":"eur"},
            "status":"paid"}"#,
    },
    Described {
        name: "record-payout-items",
        about: "Records what Stripe put into a payout of its own; by exactly one of the two ids",
        fields: &[
            EITHER_PAYOUT,
            EITHER_STRIPE,
            Field::new("items", Always, Items, "They sum to the payout's amount"),
        ],
        by_either_id: true,
        example: r#"{"stripe_payout_id":"po_2","items":[
            {"balance_transaction_id":"txn_1","net":{"amount":"5.00","currency":"eur"}}]}"#,
    },
];
