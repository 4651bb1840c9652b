//! The API key, as a bearer token or as the user name of basic authentication.

use crate::config::Secret;

/// Reads the header `Authorization`.
pub(super) fn read(header: &str) -> Option<Secret> {
    let (scheme, rest) = header.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Secret::new(rest),
        "basic" => {
            let text = String::from_utf8(base64(rest.trim())?).ok()?;
            Secret::new(text.split(':').next()?)
        }
        _ => None,
    }
}

/// Base64 in the plain alphabet, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0u32, 0u32);
    for digit in text.trim_end_matches('=').bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn keys_come_as_bearer_and_as_user_name() {
        let exposed = |header: &str| read(header).map(|key| key.expose().to_owned());
        let table = [
            ("Bearer sk_test_sim", Some("sk_test_sim")),
            ("bearer  sk_test_sim ", Some("sk_test_sim")),
            ("Basic c2tfdGVzdF9zaW06", Some("sk_test_sim")),
            ("Basic c2tfdGVzdF9zaW06cGFzcw==", Some("sk_test_sim")),
            ("Basic !", None),
            ("Digest x", None),
            ("sk_test_sim", None),
        ];
        for (header, key) in table {
            assert_eq!(exposed(header).as_deref(), key, "{header}");
        }
    }
}
