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
    let mut marks = 0;
    for character in text.chars() {
        marks = if character.width() == Some(0) { marks + 1 } else { 0 };
        let (part, columns) = match character {
            c if c.is_control() || turns_direction(c) || is_invisible(c) || marks > MARKS => {
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

/// Accents that one letter may carry. They take no room of their own, so a thousand of them would pass any width and be
/// painted over the lines above.
const MARKS: usize = 3;

/// Marks that make what follows run the other way. Source: Unicode Standard Annex #9, "Explicit Directional
/// Embeddings, Overrides and Isolates", and the implicit marks.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// Characters that take no room and would let two names look the same.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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
    fn what_takes_no_room_is_spelled_out() {
        assert_eq!(harmless("ad\u{200b}min", 40), "ad\\u{200b}min");
        assert_eq!(harmless("ad\u{ad}min\u{3164}", 40), "ad\\u{ad}min\\u{3164}");
        assert_eq!(harmless("\u{9b}31m\u{7f}", 40), "\\u{9b}31m\\u{7f}");
    }

    #[test]
    fn accents_stay_but_do_not_pile_up() {
        assert_eq!(harmless("e\u{301}te\u{301}", 10), "e\u{301}te\u{301}");
        let piled = harmless(&format!("e{}", "\u{301}".repeat(10_000)), 40);
        assert!(piled.chars().count() <= 43 && piled.ends_with('…'), "{piled:?}");
    }

    #[test]
    fn a_cut_never_splits_what_is_spelled_out() {
        for width in 1..20 {
            let cut = harmless("abc\u{1b}def\u{202e}", width);
            assert!(cut.chars().count() <= width, "{width}: {cut}");
            let spelled = cut.matches("\\u{1b}").count();
            assert_eq!(cut.matches('\\').count(), spelled + cut.matches("\\u{202e}").count(), "{width}: {cut}");
        }
        assert_eq!(harmless("", 0), "");
        assert_eq!(harmless("x", 0), "…");
    }

    #[test]
    fn long_text_is_cut_to_the_width() {
        assert_eq!(harmless("abcdefghij", 6), "abcde…");
        assert_eq!(harmless("abcdef", 6), "abcdef");
        assert_eq!(harmless("日本語文字", 6), "日本…");
        assert_eq!(harmless(&"x".repeat(10_000), 80).chars().count(), 80);
    }
}
