//! Stripe's signature of webhooks, checked on the bytes as they came in, before
//! anything is parsed: <https://docs.stripe.com/webhooks#verify-manually>.
//!
//! The header is `t=<unix seconds>,v1=<64 hex>[,v1=…][,v0=…]`. Each `v1` is the
//! HMAC-SHA256 of `t` as sent, a dot and the body, under an endpoint's whole secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::config::Secret;

/// The header that carries it, in lower case.
pub const HEADER: &str = "stripe-signature";
/// How far the time that was signed may be from ours, in seconds, both ways. Stripe's
/// own libraries let the future pass; nothing honest comes from further ahead.
pub const TOLERANCE_SECS: i64 = 300;
/// How many `v1` a header may have: one for each secret that is in use, and Stripe
/// knows two at most, while one is rolled.
pub const MAX_SIGNATURES: usize = 16;

/// Bytes of an HMAC-SHA256.
const MAC_BYTES: usize = 32;
/// More digits than any moment has that is near.
const MAX_TIME_DIGITS: usize = 12;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no header, or nothing in it.
    #[error("the header Stripe-Signature is missing or empty")]
    NoHeader,
    /// Which one counts?
    #[error("there is more than one header Stripe-Signature")]
    SeveralHeaders,
    /// It does not say when it was signed.
    #[error("the signature has no t")]
    NoTime,
    /// It says when, but not in Unix seconds.
    #[error("t of the signature is not a number of seconds")]
    BadTime,
    /// It says twice when, and not the same.
    #[error("the signature has two different t")]
    TwoTimes,
    /// No signature of the scheme that counts.
    #[error("the signature has no v1, the only scheme that counts")]
    NoSignature,
    /// Far more than an honest header has.
    #[error("the signature has more than {MAX_SIGNATURES} v1")]
    TooManySignatures,
    /// Every `v1` is something else than an HMAC-SHA256.
    #[error("no v1 of the signature is 64 hex digits in lower case")]
    BadSignature,
    /// Signed with none of the secrets, or something else was signed.
    #[error("no v1 of the signature matches this body and a secret of this endpoint")]
    Mismatch,
    /// Rightly signed, but so long ago that it may be a replay.
    #[error("the signature is right, but {secs} s old; {TOLERANCE_SECS} s are allowed")]
    TooOld {
        /// Its age.
        secs: i64,
    },
    /// Rightly signed, but by a clock that differs too much.
    #[error("the signature is right, but from {secs} s ahead; {TOLERANCE_SECS} s are allowed")]
    TooNew {
        /// How far ahead.
        secs: i64,
    },
}

impl SignatureError {
    /// One stable word, for programs, logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::SeveralHeaders => "several_headers",
            Self::NoTime => "no_time",
            Self::BadTime => "bad_time",
            Self::TwoTimes => "two_times",
            Self::NoSignature => "no_signature",
            Self::TooManySignatures => "too_many_signatures",
            Self::BadSignature => "bad_signature",
            Self::Mismatch => "mismatch",
            Self::TooOld { .. } => "too_old",
            Self::TooNew { .. } => "too_new",
        }
    }
}

/// A header that can be checked: it says when, and has what may be a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeader {
    /// As sent: it is part of what was signed.
    time: String,
    secs: i64,
    signatures: Vec<[u8; MAC_BYTES]>,
}

impl SignatureHeader {
    /// Reads the values of all headers of this name that a request has. Needs no body:
    /// what has no signature can be refused before a body is read.
    ///
    /// # Errors
    /// Unless there is one header, with one `t` and a `v1`.
    pub fn read<'h>(values: impl IntoIterator<Item = &'h [u8]>) -> Result<Self, SignatureError> {
        let mut values = values.into_iter();
        let value = values.next().ok_or(SignatureError::NoHeader)?;
        if values.next().is_some() {
            return Err(SignatureError::SeveralHeaders);
        }
        let value = value.trim_ascii();
        if value.is_empty() {
            return Err(SignatureError::NoHeader);
        }
        let (mut time, mut signatures, mut seen) = (None, Vec::new(), 0);
        for element in value.split(|byte| *byte == b',') {
            if let Some(told) = element.strip_prefix(b"t=") {
                if time.is_some_and(|before| before != told) {
                    return Err(SignatureError::TwoTimes);
                }
                time = Some(told);
            } else if let Some(hex) = element.strip_prefix(b"v1=") {
                seen += 1;
                if seen > MAX_SIGNATURES {
                    return Err(SignatureError::TooManySignatures);
                }
                signatures.extend(mac_of(hex));
            }
            // Other schemes do not count, whatever they say: v0 signs test events only.
        }
        let (time, secs) = seconds(time.ok_or(SignatureError::NoTime)?)?;
        match (seen, signatures.is_empty()) {
            (0, _) => Err(SignatureError::NoSignature),
            (_, true) => Err(SignatureError::BadSignature),
            (_, false) => Ok(Self {
                time,
                secs,
                signatures,
            }),
        }
    }

    /// When it was signed, in Unix seconds, if it is true.
    #[must_use]
    pub const fn secs(&self) -> i64 {
        self.secs
    }

    /// Whether one of the signatures is that of this body under this secret. Each is
    /// compared in constant time.
    #[must_use]
    pub fn matches(&self, secret: &Secret, body: &[u8]) -> bool {
        let Some(mac) = mac(secret, &self.time, body) else {
            return false;
        };
        // All are looked at: how long it takes tells nothing about which one matched.
        self.signatures.iter().fold(false, |found, signature| {
            mac.clone().verify_slice(signature).is_ok() | found
        })
    }

    fn is_near(&self, now: OffsetDateTime) -> Result<(), SignatureError> {
        let age = now.unix_timestamp().saturating_sub(self.secs);
        if age > TOLERANCE_SECS {
            return Err(SignatureError::TooOld { secs: age });
        }
        if age < -TOLERANCE_SECS {
            return Err(SignatureError::TooNew { secs: -age });
        }
        Ok(())
    }
}

/// A webhook as it came in: nothing it says is known to be true.
#[derive(Debug)]
pub struct RawWebhook {
    header: SignatureHeader,
    body: Vec<u8>,
}

/// A webhook that Stripe has signed, a short while ago. Only [`RawWebhook::verify`]
/// makes one.
#[derive(Debug)]
pub struct VerifiedWebhook {
    body: Vec<u8>,
}

impl RawWebhook {
    /// Puts a header and the bytes that came with it together.
    #[must_use]
    pub const fn new(header: SignatureHeader, body: Vec<u8>) -> Self {
        Self { header, body }
    }

    /// Checks that one of the secrets signed these bytes, not long ago. That it is too
    /// old or too new is told only of a signature that is right.
    ///
    /// # Errors
    /// When it is not so. With no secret, nothing matches.
    pub fn verify(
        self,
        secrets: &[Secret],
        now: OffsetDateTime,
    ) -> Result<VerifiedWebhook, SignatureError> {
        let Self { header, body } = self;
        if !secrets.iter().any(|secret| header.matches(secret, &body)) {
            return Err(SignatureError::Mismatch);
        }
        header.is_near(now)?;
        Ok(VerifiedWebhook { body })
    }
}

impl VerifiedWebhook {
    /// The bytes that were signed.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

/// The value of the header that Stripe would send with this body at this moment: a `v1`
/// for each secret, for there are two while one is rolled.
#[must_use]
pub fn sign<'s>(secrets: impl IntoIterator<Item = &'s Secret>, secs: i64, body: &[u8]) -> String {
    let time = secs.to_string();
    let mut header = format!("t={time}");
    for secret in secrets {
        let signature = mac(secret, &time, body).map(|mac| mac.finalize().into_bytes());
        header.push_str(",v1=");
        header.push_str(&signature.map(hex::encode).unwrap_or_default());
    }
    header
}

/// Always there: HMAC takes keys of any length.
fn mac(secret: &Secret, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// Only the form that Stripe sends, and that its own libraries take: lower case.
fn mac_of(hex: &[u8]) -> Option<[u8; MAC_BYTES]> {
    let mut mac = [0; MAC_BYTES];
    let lower = !hex.iter().any(u8::is_ascii_uppercase);
    (lower && hex::decode_to_slice(hex, &mut mac).is_ok()).then_some(mac)
}

fn seconds(told: &[u8]) -> Result<(String, i64), SignatureError> {
    let digits = !told.is_empty() && told.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(told)
        .ok()
        .filter(|text| digits && text.len() <= MAX_TIME_DIGITS)
        .ok_or(SignatureError::BadTime)?;
    let secs = text.parse().map_err(|_| SignatureError::BadTime)?;
    Ok((text.to_owned(), secs))
}

#[cfg(test)]
mod tests;
