//! Text from outside, made safe to show.

use std::fmt::Write;

use crate::reasons::Reasons;

/// The reasons of an outcome, to stand below its count: each on a line of its own.
pub(in crate::cli) fn because(reasons: &Reasons, outcome: &str) -> String {
    let mut lines = String::new();
    for (reason, count) in reasons.of(outcome) {
        let _ = write!(lines, "\n{count:>20}  {}", plain(reason));
    }
    lines
}

/// The text with everything escaped that a terminal would obey instead of show:
/// control characters, and those that turn the direction of writing.
pub(in crate::cli) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns_direction(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// See <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
const fn turns_direction(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(plain("Zoë’s 店"), "Zoë’s 店");
        assert_eq!(plain("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(plain("a\tb\r\n\u{9b}"), "a\\tb\\r\\n\\u{9b}");
        assert_eq!(plain("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
    }
}
