//! Whoever is on this machine. Two others could pass for them: a page in somebody's browser
//! that has its own name lead to this machine, and who comes by a proxy.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header::HOST};

use super::Denied;

/// Proxies add one of these.
const OF_PROXIES: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// Whether a request comes from this machine, as far as its head tells. That the
/// address is one of this machine's alone was seen to when it was listened on.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Denied> {
    if OF_PROXIES.iter().any(|name| headers.contains_key(*name)) {
        return Err(Denied::ByProxy);
    }
    let mut hosts = headers.get_all(HOST).into_iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    match (host, hosts.next()) {
        (Some(host), None) if is_loopback(host) => Ok(()),
        _ => Err(Denied::ForeignHost),
    }
}

fn is_loopback(host: &str) -> bool {
    let Ok(uri) = host.parse::<Uri>() else {
        return false;
    };
    let Some(name) = uri.host() else {
        return false;
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(&'static str, &str)]) -> Result<(), Denied> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        check(&map)
    }

    #[test]
    fn only_loopback_names_are_asked_for() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.1.2.3:80",
            "[::1]:8080",
        ] {
            assert_eq!(with(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "192.0.2.1",
            "[::2]",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "localhost@evil.example",
            "a b",
        ] {
            assert_eq!(with(&[("host", host)]), Err(Denied::ForeignHost), "{host}");
        }
        assert_eq!(with(&[]), Err(Denied::ForeignHost));
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(with(&two), Err(Denied::ForeignHost));
    }

    #[test]
    fn what_a_proxy_brings_is_not_local() {
        for name in OF_PROXIES {
            let headers = [("host", "localhost"), (name, "192.0.2.1")];
            assert_eq!(with(&headers), Err(Denied::ByProxy), "{name}");
        }
    }
}
