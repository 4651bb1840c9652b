//! Bodies: so many bytes, in so much time, and not a byte more is kept.

use axum::body::{Body, HttpBody};
use futures::StreamExt;

use super::{limits::Limits, rejected::Rejected};

/// Reads a body to its end. One that says it is too large is not begun.
pub(super) async fn read(body: Body, limits: &Limits) -> Result<Vec<u8>, Rejected> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.body_bytes {
        return Err(Rejected::TooLarge);
    }
    let reading = collect(body, announced, limits.body_bytes);
    tokio::time::timeout(limits.body, reading)
        .await
        .unwrap_or(Err(Rejected::TooSlow))
}

async fn collect(body: Body, announced: usize, limit: usize) -> Result<Vec<u8>, Rejected> {
    let mut bytes = Vec::with_capacity(announced);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Rejected::Broken)?;
        if bytes.len() + part.len() > limit {
            return Err(Rejected::TooLarge);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn parts(parts: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(
            parts.iter().map(|part| Ok::<_, String>(*part)),
        ))
    }

    fn limits(body_bytes: usize) -> Limits {
        Limits {
            body_bytes,
            ..Limits::default()
        }
    }

    #[tokio::test]
    async fn a_body_may_have_as_many_bytes_as_the_limit_and_no_more() {
        for (limit, expected) in [(9, true), (8, true), (7, false), (0, false)] {
            let whole = read(Body::from("12345678"), &limits(limit)).await;
            assert_eq!(whole.is_ok(), expected, "{limit}");
            let pieces = read(parts(&["1234", "56", "78"]), &limits(limit)).await;
            assert_eq!(pieces.is_ok(), expected, "{limit}");
        }
    }
}
