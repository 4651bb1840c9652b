//! Headers of messages, by which a trace goes on from one program to the next: `traceparent` and
//! `tracestate` of W3C (<https://www.w3.org/TR/trace-context/>), over HTTP and NATS alike.

/// Headers, whatever carries them.
pub(crate) trait Headers {
    /// The first value of a header, if it is text. Case does not count.
    fn text(&self, name: &str) -> Option<&str>;

    /// Sets a header, unless it cannot be one: only where traces go out.
    #[cfg(any(test, feature = "otel"))]
    fn put(&mut self, name: &str, value: &str);
}

impl Headers for axum::http::HeaderMap {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().ok()
    }

    #[cfg(any(test, feature = "otel"))]
    fn put(&mut self, name: &str, value: &str) {
        use axum::http::header::{HeaderName, HeaderValue};
        let header = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = header {
            self.insert(name, value);
        }
    }
}

impl Headers for async_nats::HeaderMap {
    fn text(&self, name: &str) -> Option<&str> {
        let (_, values) = self.iter().find(|(key, _)| {
            let key: &str = key.as_ref();
            key.eq_ignore_ascii_case(name)
        })?;
        values.first().map(|value| value.as_str())
    }

    #[cfg(any(test, feature = "otel"))]
    fn put(&mut self, name: &str, value: &str) {
        let header = (name.parse(), value.parse());
        if let (Ok(name), Ok(value)) = header {
            let (name, value): (async_nats::HeaderName, async_nats::HeaderValue) = (name, value);
            self.insert(name, value);
        }
    }
}

impl<H: Headers + Default> Headers for Option<H> {
    fn text(&self, name: &str) -> Option<&str> {
        self.as_ref()?.text(name)
    }

    #[cfg(any(test, feature = "otel"))]
    fn put(&mut self, name: &str, value: &str) {
        self.get_or_insert_default().put(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(mut headers: impl Headers) {
        assert_eq!(headers.text("traceparent"), None);
        headers.put("traceparent", "00-1-2-01");
        headers.put("not a name", "x");
        headers.put("tracestate", "a line\r\nand another");
        assert_eq!(headers.text("TraceParent"), Some("00-1-2-01"));
        assert_eq!(headers.text("tracestate"), None);
    }

    #[test]
    fn a_trace_goes_on_over_http_and_over_nats() {
        round_trip(axum::http::HeaderMap::new());
        round_trip(async_nats::HeaderMap::new());
        round_trip(None::<async_nats::HeaderMap>);
    }
}
