//! The dashboard: a page and the files it is made of, all in the binary. What they show they
//! ask the API for; there is nothing secret in them.
//!
//! A browser asks each time whether a file has changed, and is answered by its hash. The page may
//! load and ask nothing that is not of this service, run no script that is not a file, and be
//! shown in no frame.

use axum::{
    Router,
    body::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            REFERRER_POLICY,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use domain::id::Fingerprint;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

macro_rules! files {
    ($($name:literal,)+) => {
        &[$(($name, include_bytes!(concat!("../../assets/", $name)))),+]
    };
}

/// What is there, by its place below `/assets/`.
const FILES: &[(&str, &[u8])] = files!(
    "api.js",
    "app.js",
    "chart.js",
    "dialog.js",
    "dom.js",
    "filters.js",
    "format.js",
    "icon.svg",
    "icons.js",
    "index.html",
    "list.js",
    "live.js",
    "pages/alerts.js",
    "pages/health.js",
    "pages/letter.js",
    "pages/letters.js",
    "pages/overview.js",
    "pages/payout.js",
    "pages/payouts.js",
    "pages/seller.js",
    "pages/sellers.js",
    "pages/transactions.js",
    "parts.js",
    "router.js",
    "session.js",
    "style/base.css",
    "style/chart.css",
    "style/frame.css",
    "style/parts.css",
    "style/table.css",
    "style/timeline.css",
    "table.js",
    "theme.js",
    "words.js",
);

/// The page itself.
const PAGE: &str = "index.html";

/// A file as it is sent.
#[derive(Clone)]
struct File {
    bytes: &'static [u8],
    kind: &'static str,
    tag: HeaderValue,
}

/// The page at `/`, and all files.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut routes = Router::new();
    for (name, bytes) in FILES {
        let file = File::new(name, bytes);
        let path = match *name {
            PAGE => "/".to_owned(),
            name => format!("/assets/{name}"),
        };
        let answer = move |headers: HeaderMap| {
            let response = file.answer(&headers);
            async move { response }
        };
        routes = routes.route(&path, get(answer));
    }
    routes
}

impl File {
    fn new(name: &str, bytes: &'static [u8]) -> Self {
        let hash: String = Fingerprint::of(bytes).as_str().chars().take(16).collect();
        let tag = HeaderValue::from_str(&format!("\"{hash}\""));
        Self {
            bytes,
            kind: kind(name),
            // Hexadecimal digits always fit.
            tag: tag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers
            .get_all(IF_NONE_MATCH)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == self.tag.as_bytes());
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Bytes::from_static(self.bytes).into_response()
        };
        let told: [(HeaderName, HeaderValue); 5] = [
            (CONTENT_TYPE, HeaderValue::from_static(self.kind)),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (ETAG, self.tag.clone()),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        response.headers_mut().extend(told);
        response
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    fn names() -> BTreeSet<&'static str> {
        FILES.iter().map(|(name, _)| *name).collect()
    }

    fn below(folder: &Path, within: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let name = format!("{within}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                below(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_file_there_is_is_served() {
        let mut found = BTreeSet::new();
        below(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"),
            "",
            &mut found,
        );
        let served: BTreeSet<_> = names().into_iter().map(str::to_owned).collect();
        assert_eq!(served, found);
    }

    #[test]
    fn every_file_is_small_and_of_a_kind_that_browsers_know() {
        for (name, bytes) in FILES {
            assert_ne!(kind(name), "application/octet-stream", "{name}");
            assert!(bytes.len() < 16 * 1024, "{name}: {}", bytes.len());
        }
    }

    #[test]
    fn text_never_becomes_elements_or_code() {
        for (name, bytes) in FILES {
            let text = std::str::from_utf8(bytes).expect("text");
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!text.contains(way), "{name}: {way}");
            }
            assert!(!text.contains(" style=\""), "{name}: the policy forbids it");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for (name, bytes) in FILES {
            let text = std::str::from_utf8(bytes).expect("text");
            // The name of a language, not an address.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("http://") && !text.contains("https://"),
                "{name}"
            );
        }
    }
}
