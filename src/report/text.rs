//! Text of strangers, made harmless for a terminal.

use unicode_width::UnicodeWidthChar;

/// `text` in at most `width` columns of a terminal, on one line, with nothing in it that moves the cursor, changes
/// colours or turns the direction of writing. Cut text ends in `…`.
///
/// Everything in an account is untrusted: a tag can hold escape sequences, a name right-to-left marks.
pub fn harmless(text: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut used = 0;
    let mut cut = None;
    for character in text.chars() {
        let (part, columns) = match character {
            c if c.is_control() || turns_direction(c) || is_invisible(c) => {
                let escaped: String = c.escape_unicode().collect();
                let columns = escaped.len();
                (escaped, columns)
            }
            c => (c.to_string(), c.width().unwrap_or(0)),
        };
        if used + columns > width {
            let cut = cut.unwrap_or(0);
            shown.truncate(cut);
            shown.push('…');
            return shown;
        }
        // The last place where the mark of a cut still fits.
        if cut.is_none() && used + columns > width.saturating_sub(1) {
            cut = Some(shown.len());
        }
        shown.push_str(&part);
        used += columns;
    }
    shown
}

/// Marks that make what follows run the other way. Source: Unicode Standard Annex #9, "Explicit Directional
/// Embeddings, Overrides and Isolates", and the implicit marks.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// Characters that take no room and would let two names look the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(harmless("eu-west-1 größe 日本", 20), "eu-west-1 größe 日本");
    }

    #[test]
    fn escape_sequences_are_spelled_out() {
        assert_eq!(harmless("a\u{1b}[31mred\r\n", 40), "a\\u{1b}[31mred\\u{d}\\u{a}");
    }

    #[test]
    fn marks_that_turn_the_direction_are_spelled_out() {
        assert_eq!(harmless("x\u{202e}gpj.exe", 40), "x\\u{202e}gpj.exe");
    }

    #[test]
    fn long_text_is_cut_to_the_width() {
        assert_eq!(harmless("abcdefghij", 6), "abcde…");
        assert_eq!(harmless("abcdef", 6), "abcdef");
        assert_eq!(harmless("日本語文字", 6), "日本…");
        assert_eq!(harmless(&"x".repeat(10_000), 80).chars().count(), 80);
    }
}
