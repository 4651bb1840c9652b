//! Who may ask the API, and for what: whoever shows a token, or, on an address that
//! only this machine reaches and while there are no tokens, whoever is on this machine.

mod local;
mod tokens;

use std::{io, net::SocketAddr, path::PathBuf};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use domain::id::Tenant;

use crate::config::api::TokenSource;

pub use tokens::Tokens;

/// A token that the network can guess at has at least so many characters.
const SHORTEST: usize = 16;

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads.
    Auditor,
    /// Reads, and issues commands.
    Operator,
}

impl Role {
    /// As it is written in a list of tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Auditor, Self::Operator];
        all.into_iter().find(|role| role.as_str() == text)
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Principal {
    /// What they may do.
    pub(super) role: Role,
    /// Whose books they see: nothing in a request tells another tenant.
    pub(super) tenant: Tenant,
    /// The place of their token in the list, from 1; 0 is somebody on this machine.
    pub(super) token: usize,
}

/// By what a caller is known.
#[derive(Debug, Clone)]
pub enum Access {
    /// By being on this machine.
    Local,
    /// By a token.
    Tokens(Tokens),
}

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Others than this machine could ask.
    #[error(
        "HTTP would listen on {0}, which others can reach: set PAYOUTD_API_TOKENS \
        (token:role[:tenant], role auditor or operator), or listen on 127.0.0.1"
    )]
    NoTokens(SocketAddr),
    /// Others than this machine could guess.
    #[error(
        "token {number} has fewer than {SHORTEST} characters, too few where others can reach it"
    )]
    Short {
        /// Its place in the list, from 1.
        number: usize,
    },
    /// A token cannot be read. What it says is not shown.
    #[error("token {number} is not token:role[:tenant]: {problem}")]
    Token {
        /// Its place in the list, from 1.
        number: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A token is there twice.
    #[error("token {number} is the same as an earlier one")]
    Twice {
        /// Its place in the list, from 1.
        number: usize,
    },
    /// There are two lists.
    #[error("PAYOUTD_API_TOKENS and PAYOUTD_API_TOKENS_FILE are both set: one of them counts")]
    Both,
    /// A list without tokens would open the API to everybody.
    #[error("there is no token in {0}")]
    Empty(&'static str),
    /// The file of tokens cannot be read.
    #[error("cannot read the API's tokens from {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why a caller is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    #[error("a token is needed: Authorization: Bearer TOKEN")]
    NoToken,
    #[error("the token is not known")]
    UnknownToken,
    #[error("without tokens, only who asks for a loopback name is served; this asks for another")]
    ForeignHost,
    #[error("without tokens, only who is on this machine is served; this came by a proxy")]
    ByProxy,
    #[error("an auditor's token reads, and issues no commands")]
    ReadsOnly,
}

impl Access {
    /// Settles who may ask at an address.
    ///
    /// # Errors
    /// When the tokens cannot be read, or the address needs tokens, or longer ones.
    pub fn settle(source: &TokenSource, addr: SocketAddr) -> Result<Self, AccessError> {
        let loopback = addr.ip().to_canonical().is_loopback();
        match Tokens::read(source)? {
            Some(tokens) => match tokens.shorter_than(SHORTEST) {
                Some(number) if !loopback => Err(AccessError::Short { number }),
                _ => Ok(Self::Tokens(tokens)),
            },
            None if loopback => Ok(Self::Local),
            None => Err(AccessError::NoTokens(addr)),
        }
    }

    /// Finds out who asks. Whoever is of no tenant of their own is of this one.
    pub(super) fn admit(&self, headers: &HeaderMap, tenant: &Tenant) -> Result<Principal, Denied> {
        match self {
            Self::Local => local::check(headers).map(|()| Principal {
                role: Role::Operator,
                tenant: tenant.clone(),
                token: 0,
            }),
            Self::Tokens(tokens) => {
                let shown = shown(headers).ok_or(Denied::NoToken)?;
                let (token, grant) = tokens.find(shown).ok_or(Denied::UnknownToken)?;
                let own = grant.tenant.as_ref();
                Ok(Principal {
                    role: grant.role,
                    tenant: own.unwrap_or(tenant).clone(),
                    token,
                })
            }
        }
    }
}

impl Principal {
    /// Lets those pass who may issue commands.
    pub(super) fn may_command(&self) -> Result<(), Denied> {
        match self.role {
            Role::Operator => Ok(()),
            Role::Auditor => Err(Denied::ReadsOnly),
        }
    }
}

/// The token of the one header there may be.
fn shown(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    let (value, None) = (values.next()?.as_bytes(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn source(text: &str) -> TokenSource {
        TokenSource {
            text: Secret::new(text),
            file: None,
        }
    }

    fn settle(text: &str, addr: &str) -> Result<Access, AccessError> {
        Access::settle(&source(text), addr.parse().expect("an address"))
    }

    #[test]
    fn others_than_this_machine_are_served_by_tokens_alone() {
        for addr in [
            "127.0.0.1:80",
            "127.9.9.9:80",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
        ] {
            assert!(matches!(settle("", addr), Ok(Access::Local)), "{addr}");
            assert!(settle("short:auditor", addr).is_ok(), "{addr}");
        }
        for addr in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "[2001:db8::1]:80"] {
            let refused = settle("", addr);
            assert!(matches!(refused, Err(AccessError::NoTokens(_))), "{addr}");
            let short = settle("0123456789abcdef:operator,0123456789abcde:auditor", addr);
            assert!(matches!(short, Err(AccessError::Short { number: 2 })));
            assert!(settle("0123456789abcdef:operator", addr).is_ok(), "{addr}");
        }
    }

    #[test]
    fn a_token_is_shown_once_and_as_a_bearer() {
        let access = settle("abc:operator,def:auditor:acme", "127.0.0.1:80").expect("access");
        let tenant = Tenant::default_tenant();
        let admit = |shown: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in shown {
                headers.append(AUTHORIZATION, value.parse().expect("a value"));
            }
            let admitted = access.admit(&headers, &tenant);
            admitted.map(|caller| (caller.role, caller.tenant.to_string(), caller.token))
        };
        let operator = (Role::Operator, "default".to_owned(), 1);
        assert_eq!(admit(&["Bearer abc"]), Ok(operator.clone()));
        assert_eq!(admit(&["bearer  abc "]), Ok(operator));
        let auditor = (Role::Auditor, "acme".to_owned(), 2);
        assert_eq!(admit(&["BEARER def"]), Ok(auditor));
        for none in [
            &[][..],
            &["abc"],
            &["Basic abc"],
            &["Bearer abc", "Bearer abc"],
            &["é"],
        ] {
            assert_eq!(admit(none), Err(Denied::NoToken), "{none:?}");
        }
        for unknown in [
            "Bearer ab",
            "Bearer abcd",
            "Bearer ABC",
            "Bearer abc:operator",
        ] {
            assert_eq!(admit(&[unknown]), Err(Denied::UnknownToken), "{unknown}");
        }
    }
}
