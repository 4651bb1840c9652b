//! Subjects taken apart and put together. The tenant comes from here only: what
//! a message's body says about it does not count.

use domain::{
    Code, Refusal,
    id::{InvalidId, Tenant},
};

/// What commands are sent to: any tenant, any name.
pub(super) const COMMANDS: &str = "payouts.v1.*.command.*";
/// What queries are sent to.
pub(super) const QUERIES: &str = "payouts.v1.*.query.*";
/// What Stripe's events come in on.
pub(super) const STRIPE_EVENTS: &str = "stripe.v1.>";
/// What the ledger's events go out on.
pub(super) const LEDGER_EVENTS: &str = "payouts.v1.*.event.>";

/// Tenant and name of `payouts.v1.<tenant>.<kind>.<name>`.
pub(super) fn address(subject: &str) -> Result<(Tenant, &str), Refusal> {
    let mut tokens = subject.splitn(5, '.').skip(2);
    let tenant = tokens.next().unwrap_or_default();
    let name = tokens.nth(1).unwrap_or_default();
    let tenant = Tenant::new(tenant)
        .map_err(|error| Refusal::new(Code::InvalidCommand, format!("subject: {error}")))?;
    Ok((tenant, name))
}

/// Tenant of `stripe.v1.<tenant>.<event type>`.
pub(super) fn stripe_tenant(subject: &str) -> Result<Tenant, InvalidId> {
    Tenant::new(subject.split('.').nth(2).unwrap_or_default())
}

/// Where an event of the ledger is published.
pub(super) fn ledger_event(tenant: &Tenant, event_type: &str) -> String {
    format!("payouts.v1.{tenant}.event.{event_type}")
}

/// Where a dead letter is announced.
pub(super) fn dead_letter(tenant: &Tenant) -> String {
    format!("payouts.v1.{tenant}.dead-letter")
}

/// Where alerts are told.
pub(crate) fn alert(tenant: &Tenant) -> String {
    format!("payouts.v1.{tenant}.alert")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_subject_names_tenant_and_command() {
        let (tenant, name) = address("payouts.v1.acme.command.request-payout").unwrap();
        assert_eq!((tenant.as_str(), name), ("acme", "request-payout"));
    }

    #[test]
    fn a_subject_with_a_bad_tenant_is_refused_and_says_why() {
        let refusal = address("payouts.v1.ACME.query.payouts").unwrap_err();
        assert_eq!(refusal.code, Code::InvalidCommand);
        assert_eq!(
            refusal.detail,
            "subject: tenant must be 1 to 32 of a-z, 0-9, _ and -"
        );
    }

    #[test]
    fn the_tenant_of_a_stripe_event_is_the_token_before_its_type() {
        assert_eq!(
            stripe_tenant("stripe.v1.acme.payout.paid")
                .unwrap()
                .as_str(),
            "acme"
        );
        assert!(stripe_tenant("stripe.v1.Acme.payout.paid").is_err());
        assert!(stripe_tenant("stripe.v1").is_err());
    }
}
