//! Books to ask questions of: a seller, a sale and a payout.

use serde_json::{Value as Json, json};

use crate::run::Folder;

pub(crate) const PAYOUT: &str = "0193c7a0-0000-7000-8000-000000000001";

impl Folder {
    /// Issues a command that must be accepted, and returns the reply.
    #[track_caller]
    pub(crate) fn accept(&self, name: &str, fields: &Json) -> Json {
        self.run(&["command", name, &fields.to_string()])
            .with_code(0)
            .json()
    }

    /// One seller with one sale of 125.50 usd, which is requested as a payout.
    #[track_caller]
    pub(crate) fn with_a_payout() -> Self {
        let folder = Self::new();
        folder.sell("sale-1", "125.50");
        let fields = json!({ "seller_id": "anna", "currency": "usd", "payout_id": PAYOUT });
        folder.accept("request-payout", &fields);
        folder
    }

    /// A sale of anna's, available at once.
    #[track_caller]
    pub(crate) fn sell(&self, id: &str, gross: &str) -> Json {
        self.accept("record-transaction", &sale(id, gross))
    }
}

/// A sale of anna's in usd.
pub(crate) fn sale(id: &str, gross: &str) -> Json {
    json!({
        "transaction_id": id,
        "seller_id": "anna",
        "kind": "payment",
        "gross": { "amount": gross, "currency": "usd" },
    })
}

/// Stripe's event that tells how far the payout is.
pub(crate) fn payout_event(id: &str, told: &str) -> Json {
    json!({
        "id": id,
        "object": "event",
        "type": format!("payout.{told}"),
        "livemode": false,
        "data": { "object": {
            "id": "po_1",
            "object": "payout",
            "amount": 12550,
            "currency": "usd",
            "status": told,
            "arrival_date": 1_764_028_800,
            "metadata": { "payout_id": PAYOUT },
        } },
    })
}
