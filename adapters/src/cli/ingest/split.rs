//! A file's bytes, cut into events without changing one of them.

use serde_json::{Deserializer, value::RawValue};

/// The events of a file: one JSON object, an array of them, several one after
/// the other, or one a line. What is not JSON is an event too, a broken one:
/// the ledger keeps it and says so.
pub(super) fn split(input: &[u8]) -> Vec<&[u8]> {
    values(input).unwrap_or_else(|| lines(input))
}

/// The values of an input that is JSON from end to end.
fn values(input: &[u8]) -> Option<Vec<&[u8]>> {
    let mut events = Vec::new();
    for value in Deserializer::from_slice(input).into_iter::<&RawValue>() {
        let text = value.ok()?.get();
        if text.starts_with('[') {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            events.extend(elements.into_iter().map(|element| element.get().as_bytes()));
        } else {
            events.push(text.as_bytes());
        }
    }
    Some(events)
}

/// The lines of an input that is broken somewhere. A single document that breaks
/// off is one event, not one for each of its lines.
fn lines(input: &[u8]) -> Vec<&[u8]> {
    let whole = input.trim_ascii();
    let lines: Vec<_> = whole
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    let is_document = matches!(whole.first(), Some(b'{' | b'['));
    if is_document && !lines.iter().any(|line| is_object(line)) {
        return vec![whole];
    }
    lines
        .into_iter()
        .map(|line| json(line).unwrap_or(line))
        .collect()
}

fn json(text: &[u8]) -> Option<&[u8]> {
    serde_json::from_slice::<&RawValue>(text)
        .ok()
        .map(|value| value.get().as_bytes())
}

fn is_object(line: &[u8]) -> bool {
    json(line).is_some_and(|value| value.starts_with(b"{"))
}

#[cfg(test)]
mod tests {
    fn check(input: &[u8], events: &[&[u8]]) {
        let shown = |events: &[&[u8]]| {
            events
                .iter()
                .map(|e| String::from_utf8_lossy(e).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&super::split(input)), shown(events));
    }

    #[test]
    fn one_object_is_one_event_with_its_white_space_inside() {
        check(b"\n{ \"id\":\t1.0 }\r\n", &[b"{ \"id\":\t1.0 }"]);
    }

    #[test]
    fn the_elements_of_an_array_are_events() {
        check(
            b"[ {\"a\":[1,2]} ,\n{\"b\":\"],\"}\n]",
            &[b"{\"a\":[1,2]}", b"{\"b\":\"],\"}"],
        );
        check(b"[]", &[]);
    }

    #[test]
    fn lines_and_objects_one_after_the_other_are_events() {
        check(b"{\"a\":1}\n\n{\"b\":2}\r\n", &[b"{\"a\":1}", b"{\"b\":2}"]);
        check(
            b"{\n\"a\":1\n}\n{\n\"b\":2}",
            &[b"{\n\"a\":1\n}", b"{\n\"b\":2}"],
        );
    }

    #[test]
    fn a_broken_line_is_an_event_of_its_own_and_spares_the_others() {
        check(
            b"{\"a\":1}\noops {\r\n{\"b\":2}\n",
            &[b"{\"a\":1}", b"oops {", b"{\"b\":2}"],
        );
        check(b"{\"a\":\n{\"b\":2}\n", &[b"{\"a\":", b"{\"b\":2}"]);
        check(b"\xff\xfe\n{\"b\":2}", &[b"\xff\xfe", b"{\"b\":2}"]);
    }

    #[test]
    fn a_document_that_breaks_off_is_one_event() {
        check(
            b"{\n \"a\": {\n  \"b\": 1\n",
            &[b"{\n \"a\": {\n  \"b\": 1"],
        );
        check(b"[{\"a\":1},\n{\"b\"", &[b"[{\"a\":1},\n{\"b\""]);
    }

    #[test]
    fn nothing_is_no_event() {
        check(b"", &[]);
        check(b" \n\t\r\n", &[]);
    }
}
