//! Tokens: a list of `token:role[:tenant]`. Of a token only its SHA-256 is kept.

use std::fmt;

use domain::id::Tenant;
use sha2::{Digest, Sha256};

use super::{AccessError, Role};
use crate::config::api::TokenSource;

const VARIABLE: &str = "PAYOUTD_API_TOKENS";

/// The tokens that are known; at least one.
#[derive(Clone)]
pub struct Tokens(Vec<Grant>);

/// What a token opens.
#[derive(Clone)]
pub(super) struct Grant {
    digest: [u8; 32],
    len: usize,
    pub(super) role: Role,
    /// Whose books; those of the service if it names none.
    pub(super) tenant: Option<Tenant>,
}

impl Tokens {
    /// Reads the tokens, if there are any.
    pub(super) fn read(source: &TokenSource) -> Result<Option<Self>, AccessError> {
        match (&source.text, &source.file) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(AccessError::Both),
            (Some(text), None) => Self::parse(text.expose(), VARIABLE).map(Some),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path).map_err(|source| AccessError::File {
                    path: path.clone(),
                    source,
                })?;
                Self::parse(&text, "the file that PAYOUTD_API_TOKENS_FILE names").map(Some)
            }
        }
    }

    /// One after the other, with commas or new lines between; lines that begin with `#` say
    /// nothing.
    fn parse(text: &str, place: &'static str) -> Result<Self, AccessError> {
        let mut grants: Vec<Grant> = Vec::new();
        let lines = text.lines().filter(|line| !line.trim().starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim);
        for (number, entry) in (1..).zip(entries.filter(|entry| !entry.is_empty())) {
            let grant = Grant::parse(entry);
            let grant = grant.map_err(|problem| AccessError::Token { number, problem })?;
            if grants.iter().any(|known| known.digest == grant.digest) {
                return Err(AccessError::Twice { number });
            }
            grants.push(grant);
        }
        if grants.is_empty() {
            return Err(AccessError::Empty(place));
        }
        Ok(Self(grants))
    }

    /// The place of the first token that has fewer characters, from 1.
    pub(super) fn shorter_than(&self, least: usize) -> Option<usize> {
        let short = self.0.iter().position(|grant| grant.len < least);
        short.map(|index| index + 1)
    }

    /// What a token opens, and its place from 1. All are compared, each to its end: how long
    /// it takes tells nothing of how near a guess was.
    pub(super) fn find(&self, shown: &[u8]) -> Option<(usize, &Grant)> {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        let mut found = None;
        for (number, grant) in (1..).zip(&self.0) {
            let pairs = grant.digest.iter().zip(&shown);
            let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
            if difference == 0 {
                found = Some((number, grant));
            }
        }
        found
    }
}

impl Grant {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        let mut parts = entry.splitn(3, ':');
        let token = parts.next().unwrap_or_default();
        // Those of RFC 6750: they need no quoting in a header.
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(fits) {
            return Err("a token is made of letters, digits and -._~+/=");
        }
        let role = parts.next().ok_or("the role is missing")?;
        let role = Role::parse(role).ok_or("the role must be auditor or operator")?;
        let tenant = parts.next().map(Tenant::new).transpose();
        Ok(Self {
            digest: Sha256::digest(token).into(),
            len: token.len(),
            role,
            tenant: tenant.map_err(|_| "a tenant is 1 to 32 of a-z, 0-9, _ and -")?,
        })
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Tokens, AccessError> {
        Tokens::parse(text, VARIABLE)
    }

    #[test]
    fn commas_and_lines_are_between_tokens_and_comments_are_none() {
        let text = "# who: ops\n a1:operator , b2:auditor:acme\n\n#c3:operator\n d4:auditor\n";
        let tokens = parse(text).expect("tokens");
        let found = |token: &str| {
            let (number, grant) = tokens.find(token.as_bytes())?;
            let tenant = grant.tenant.as_ref().map(ToString::to_string);
            Some((number, grant.role, tenant))
        };
        assert_eq!(found("a1"), Some((1, Role::Operator, None)));
        assert_eq!(
            found("b2"),
            Some((2, Role::Auditor, Some("acme".to_owned())))
        );
        assert_eq!(found("d4"), Some((3, Role::Auditor, None)));
        assert_eq!(found("c3"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_place_and_never_shown() {
        for entry in [
            "secret",
            "secret:",
            "secret:admin",
            "secret:Operator",
            ":operator",
            "secret:operator:",
            "secret:operator:ACME",
            "secret:operator:a:b",
            "se cret:auditor",
        ] {
            let error = parse(&format!("a:auditor,{entry}")).expect_err(entry);
            let told = format!("{error} {error:?}");
            assert!(told.contains("token 2 "), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
        assert!(matches!(
            parse("a:auditor\na:operator"),
            Err(AccessError::Twice { number: 2 })
        ));
        assert!(matches!(
            parse(" ,\n# a:auditor\n"),
            Err(AccessError::Empty(_))
        ));
    }

    #[test]
    fn tokens_are_not_shown() {
        let tokens = parse("secret:operator:acme").expect("tokens");
        assert_eq!(format!("{tokens:?}"), "Tokens(1)");
    }
}
