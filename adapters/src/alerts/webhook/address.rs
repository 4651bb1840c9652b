//! Where may be posted to: https on the open internet, and what is allowed by name.
//!
//! A name is looked up once for each post, all its addresses are judged, and the one that is
//! connected to is one of those that were judged. Numbers in odd forms (`0x7f.1`, `2130706433`,
//! octal) are made plain by the URL's parser before they are judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

/// Why an address is not posted to.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is no URL with a host.
    #[error("it is no URL with a host")]
    NoUrl,
    /// It has a user or a password in it.
    #[error("it has a user or password in it")]
    Credentials,
    /// It is not https.
    #[error("it is not https; http is only for loopback addresses that are allowed")]
    Scheme,
    /// What is allowed is neither a name nor a network.
    #[error("{0:?} of [alerts] webhook_allow is neither a host nor a network")]
    Allow(String),
    /// Its name leads nowhere.
    #[error("its host {host} has no address")]
    Unknown {
        /// Which name.
        host: String,
    },
    /// It leads to where only this machine or its neighbours can go.
    #[error("its host leads to {0}, which is not on the open internet and is not allowed")]
    Private(IpAddr),
}

impl Refused {
    /// Names may be known again.
    pub(super) const fn may_pass(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

/// A network, `10.0.0.0/8`, or one address of it.
#[derive(Debug, Clone, Copy)]
struct Network {
    base: IpAddr,
    prefix: u32,
}

/// A URL, and what is allowed besides the open internet.
#[derive(Debug, Clone)]
pub(super) struct Address {
    url: Url,
    names: Vec<String>,
    networks: Vec<Network>,
}

/// Where to connect to.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) url: Url,
    /// A name, and the addresses that were judged; nothing if the URL has the address itself.
    pub(super) pinned: Option<(String, Vec<SocketAddr>)>,
}

impl Address {
    pub(super) fn parse(url: &str, allow: &[String]) -> Result<Self, Refused> {
        let url = Url::parse(url).map_err(|_| Refused::NoUrl)?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Refused::NoUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let (mut names, mut networks) = (Vec::new(), Vec::new());
        for allowed in allow {
            match Network::parse(allowed) {
                Some(network) => networks.push(network),
                None if is_name(allowed) => names.push(allowed.to_ascii_lowercase()),
                None => return Err(Refused::Allow(allowed.clone())),
            }
        }
        let address = Self {
            url,
            names,
            networks,
        };
        match address.url.scheme() {
            "https" => {}
            "http" if address.is_allowed_loopback() => {}
            _ => return Err(Refused::Scheme),
        }
        if let Some(ip) = address.ip() {
            address.judge(ip)?;
        }
        Ok(address)
    }

    /// Looks the name up and judges where it leads.
    pub(super) async fn resolve(&self) -> Result<Resolved, Refused> {
        let url = self.url.clone();
        if let Some(ip) = self.ip() {
            self.judge(ip)?;
            return Ok(Resolved { url, pinned: None });
        }
        let host = self.url.host_str().unwrap_or_default().to_owned();
        let port = self.url.port_or_known_default().unwrap_or(443);
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
        if found.is_empty() {
            return Err(Refused::Unknown { host });
        }
        for at in &found {
            self.judge(at.ip())?;
        }
        Ok(Resolved {
            url,
            pinned: Some((host, found)),
        })
    }

    /// The address in the URL, if it has no name.
    fn ip(&self) -> Option<IpAddr> {
        let host = self.url.host_str()?;
        host.trim_matches(['[', ']']).parse().ok()
    }

    fn is_allowed_loopback(&self) -> bool {
        self.ip().is_some_and(|ip| {
            plain(ip).is_loopback() && self.networks.iter().any(|network| network.holds(ip))
        })
    }

    fn judge(&self, ip: IpAddr) -> Result<(), Refused> {
        let host = self.url.host_str().unwrap_or_default();
        let allowed = self.names.iter().any(|name| name == host)
            || self.networks.iter().any(|network| network.holds(ip));
        if allowed || is_open(ip) {
            Ok(())
        } else {
            Err(Refused::Private(ip))
        }
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix.parse().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().ok()?;
        let all = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(all);
        (prefix <= all).then_some(Self { base, prefix })
    }

    fn holds(&self, ip: IpAddr) -> bool {
        let same = |base: u128, ip: u128, all: u32| {
            // A shift by all bits leaves nothing to differ.
            let shift = all - self.prefix;
            base.checked_shr(shift) == ip.checked_shr(shift)
        };
        match (self.base, plain(ip)) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                same(u32::from(base).into(), u32::from(ip).into(), 32)
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => same(base.into(), ip.into(), 128),
            _ => false,
        }
    }
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    !text.is_empty() && text.bytes().all(plain)
}

/// An address of version 4 that is written as one of version 6.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Whether it is an ordinary address of the open internet
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and the same for version 6).
fn is_open(ip: IpAddr) -> bool {
    match plain(ip) {
        IpAddr::V4(ip) => is_open_v4(ip),
        IpAddr::V6(ip) => is_open_v6(ip),
    }
}

const fn is_open_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        // Shared by customers of a carrier; benchmarks; protocols; reserved.
        || a == 100 && b >= 64 && b < 128
        || a == 198 && (b == 18 || b == 19)
        || a == 192 && b == 0 && c == 0
        || a >= 240)
}

/// The one block that is given out, without those parts of it that stand for version 4 or for
/// documentation.
fn is_open_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let given_out = (0x2000..=0x3fff).contains(&a);
    // Teredo and other protocols; documentation; 6to4.
    let special = a == 0x2001 && (b < 0x0200 || b == 0x0db8) || a == 0x2002 || a == 0x3fff;
    given_out && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str, allow: &[&str]) -> Result<Address, Refused> {
        let allow: Vec<_> = allow.iter().map(|text| (*text).to_owned()).collect();
        Address::parse(url, &allow)
    }

    #[test]
    fn addresses_that_are_not_on_the_open_internet_are_refused_in_every_form() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0177.0.0.1",
            "2130706433",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:1::]",
            "[fc00::1]",
            "[fd12::1]",
            "[fe80::1]",
            "[ff02::1]",
        ] {
            let refused = parse(&format!("https://{host}/x"), &[]);
            assert!(
                matches!(refused, Err(Refused::Private(_))),
                "{host}: {refused:?}"
            );
        }
    }

    #[test]
    fn https_on_the_open_internet_is_taken() {
        for url in [
            "https://hooks.example.com/x",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/",
        ] {
            assert!(parse(url, &[]).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_not_https_is_refused() {
        for url in [
            "http://hooks.example.com/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "x",
        ] {
            assert!(parse(url, &["hooks.example.com"]).is_err(), "{url}");
        }
        let with_password = parse("https://u:p@hooks.example.com/", &[]);
        assert!(matches!(with_password, Err(Refused::Credentials)));
    }

    #[test]
    fn what_is_allowed_is_taken_and_nothing_else() {
        assert!(parse("https://10.1.2.3/", &["10.1.0.0/16"]).is_ok());
        assert!(parse("https://10.2.2.3/", &["10.1.0.0/16"]).is_err());
        assert!(parse("http://127.0.0.1:8080/", &["127.0.0.1"]).is_ok());
        assert!(parse("http://127.0.0.2:8080/", &["127.0.0.1"]).is_err());
        assert!(
            parse("http://10.1.2.3/", &["10.0.0.0/8"]).is_err(),
            "http is for loopback"
        );
        assert!(parse("https://[fd12::1]/", &["fd00::/8"]).is_ok());
        for nonsense in ["10.0.0.0/33", "a b", ""] {
            let refused = parse("https://8.8.8.8/", &[nonsense]);
            assert!(matches!(refused, Err(Refused::Allow(_))), "{nonsense}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused_unless_it_is_allowed() {
        let here = "https://localhost:9/";
        let refused = parse(here, &[]).expect("a name").resolve().await;
        assert!(matches!(refused, Err(Refused::Private(_))), "{refused:?}");
        let allowed = parse(here, &["localhost"]).expect("a name").resolve().await;
        let pinned = allowed.expect("an address").pinned.expect("pinned");
        assert!(pinned.1.iter().all(|at| at.ip().is_loopback()));
    }
}
