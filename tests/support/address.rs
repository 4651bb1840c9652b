//! Addresses of servers in URLs.

/// The `host:port` of a server's URL.
pub(crate) fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// The URL of another database on the server of this one.
pub(crate) fn sibling(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}
