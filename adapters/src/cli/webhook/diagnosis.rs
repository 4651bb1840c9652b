//! The classic mistakes with signatures, looked for one by one.

use super::Examined;
use crate::{config::Secret, stripe::signature::SignatureError};

impl Examined<'_> {
    /// What is probably the matter, if it can be told.
    pub(super) fn diagnose(&self, error: SignatureError) -> Option<&'static str> {
        match error {
            SignatureError::Mismatch => Some(self.mismatch()),
            SignatureError::TooOld { .. } => Some(
                "Stripe signs anew each time it sends: this was kept for a while, or is a \
                 replay. To look at an old one, give --at its t.",
            ),
            SignatureError::TooNew { .. } => {
                Some("A clock is wrong: this machine's, or that of whoever signed.")
            }
            SignatureError::NoSignature => Some(
                "Only v1 counts. Stripe's header has t=…,v1=…, with commas and without spaces.",
            ),
            SignatureError::BadSignature => Some("The header was cut short or changed on its way."),
            SignatureError::NoHeader
            | SignatureError::SeveralHeaders
            | SignatureError::NoTime
            | SignatureError::BadTime
            | SignatureError::TwoTimes
            | SignatureError::TooManySignatures => None,
        }
    }

    fn mismatch(&self) -> &'static str {
        if self.others().any(|secret| self.signs(secret, self.body)) {
            return "It is signed with the secret of the other endpoint: one is for the \
                platform's own account, one for connected accounts.";
        }
        if self.any_signs(self.body.trim_ascii_end()) {
            return "It is signed without the white space at the end of this body: something \
                has added a line feed.";
        }
        let ended = [b"\n".as_slice(), b"\r\n"];
        if ended
            .iter()
            .any(|end| self.any_signs(&[self.body, end].concat()))
        {
            return "It is signed with a line feed at the end that this body lacks.";
        }
        if self.any_signs(&without_carriage_returns(self.body)) {
            return "It is signed with line feeds alone; something has made CR LF of them.";
        }
        "Either the secret is another endpoint's (test and live, and each endpoint, have their \
         own), or the body is not the bytes that were signed: parsing and writing JSON anew \
         changes them."
    }

    fn any_signs(&self, body: &[u8]) -> bool {
        self.secrets.iter().any(|secret| self.signs(secret, body))
    }

    fn signs(&self, secret: &Secret, body: &[u8]) -> bool {
        self.header()
            .is_ok_and(|header| header.matches(secret, body))
    }

    /// Secrets that are set, and were not asked for.
    fn others(&self) -> impl Iterator<Item = &Secret> {
        let stripe = self.stripe;
        let set = stripe.webhook_secrets.iter();
        set.chain(&stripe.connect_webhook_secrets)
            .filter(|secret| !self.secrets.contains(secret))
    }
}

fn without_carriage_returns(body: &[u8]) -> Vec<u8> {
    body.iter().copied().filter(|byte| *byte != b'\r').collect()
}
