//! What actions and resources are compared with: text in which `*`, `?` and `${variables}` stand for other text.

use std::collections::BTreeSet;
use std::fmt;

/// One element of an Action or Resource list.
///
/// `*` stands for any run of characters, `?` for any one of them. A policy variable (`${aws:username}`) is neither: it
/// stands for one text that is known only when a request comes. So there are two questions to ask of a pattern:
/// what it covers whatever the variables hold ([`includes`](Self::includes)), and what it may reach if they hold the
/// right text ([`overlaps`](Self::overlaps)). Without variables the two agree on a plain text.
///
/// Source: IAM User Guide, "IAM policy elements: Variables and tags"; "IAM JSON policy elements: Resource".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Itself.
    Char(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// `${…}`
    Variable,
}

impl Pattern {
    /// An action: letters match whatever their case, and there are no variables.
    pub fn action(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = text.chars().map(|c| Part::new(c.to_ascii_lowercase())).collect();
        Self { text, parts }
    }

    /// A resource in a policy of version 2012-10-17: case matters, and `${…}` is a variable.
    ///
    /// `${*}`, `${?}` and `${$}` stand for the characters themselves, and a variable may have a default
    /// (`${aws:username, 'nobody'}`).
    pub fn resource(text: impl Into<String>) -> Self {
        let text = text.into();
        let mut parts = Vec::new();
        let mut rest = &*text;
        while let Some(c) = rest.chars().next() {
            let variable = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
            if let Some((name, after)) = variable {
                parts.push(match name {
                    "*" => Part::Char('*'),
                    "?" => Part::Char('?'),
                    "$" => Part::Char('$'),
                    _ => Part::Variable,
                });
                rest = after;
            } else {
                parts.push(Part::new(c));
                rest = &rest[c.len_utf8()..];
            }
        }
        Self { text, parts }
    }

    /// A resource in a policy of version 2008-10-17, which has no variables: `${aws:username}` is just that text.
    pub fn resource_without_variables(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = text.chars().map(Part::new).collect();
        Self { text, parts }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is written without `*`, `?` and variables.
    pub fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Char(_)))
    }

    /// Whether it has a policy variable, whose value only a request tells.
    pub fn has_variable(&self) -> bool {
        self.parts.contains(&Part::Variable)
    }

    /// Whether it covers all that `other` can stand for, whatever the variables hold.
    pub fn includes(&self, other: &Self) -> bool {
        Self::any_includes(std::slice::from_ref(self), other)
    }

    /// Whether there is a text that both can stand for, if variables hold the right text.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&*self.parts, &*other.parts);
        let mut seen = BTreeSet::new();
        let mut open = vec![(0, 0)];
        while let Some((i, j)) = open.pop() {
            if !seen.insert((i, j)) {
                continue;
            }
            match (a.get(i), b.get(j)) {
                (None, None) => return true,
                (Some(Part::Run | Part::Variable), other) => {
                    open.push((i + 1, j));
                    if other.is_some() {
                        open.push((i, j + 1));
                    }
                }
                (other, Some(Part::Run | Part::Variable)) => {
                    open.push((i, j + 1));
                    if other.is_some() {
                        open.push((i + 1, j));
                    }
                }
                (Some(Part::Char(x)), Some(Part::Char(y))) if x != y => {}
                (Some(_), Some(_)) => open.push((i + 1, j + 1)),
                (None, Some(_)) | (Some(_), None) => {}
            }
        }
        false
    }

    /// Whether `patterns` together cover all that `other` can stand for, whatever the variables hold.
    ///
    /// All texts of `other` are walked at once, character by character, beside the set of places that `patterns` can
    /// have reached by then. A character that occurs nowhere stands for all the characters that occur nowhere; it is
    /// tried first, because it mostly finds the gap. Patterns made to be hard are given up as not covering.
    pub fn any_includes(patterns: &[Self], other: &Self) -> bool {
        const ELSEWHERE: char = char::MAX;
        const TOO_HARD: usize = 20_000;
        if patterns.len() > 1 && patterns.iter().any(|pattern| pattern.includes(other)) {
            return true;
        }
        let mut alphabet: BTreeSet<char> =
            patterns.iter().flat_map(|pattern| &pattern.parts).filter_map(|part| part.char()).collect();
        alphabet.extend(other.parts.iter().filter_map(|part| part.char()));
        alphabet.insert(ELSEWHERE);

        let mut start: BTreeSet<(usize, usize)> = (0..patterns.len()).map(|pattern| (pattern, 0)).collect();
        skip_runs(patterns, &mut start);
        let mut seen = BTreeSet::new();
        let mut open = vec![(0, start)];
        while let Some((at, reached)) = open.pop() {
            if reached.is_empty() || seen.len() > TOO_HARD {
                return false;
            }
            let covers_the_rest = |&(pattern, place): &(usize, usize)| patterns[pattern].parts[place..] == [Part::Run];
            if reached.iter().any(covers_the_rest) || !seen.insert((at, reached.clone())) {
                continue;
            }
            let Some(part) = other.parts.get(at) else {
                if !reached.iter().any(|&(pattern, place)| place == patterns[pattern].parts.len()) {
                    return false;
                }
                continue;
            };
            // What stands for a run may be empty, and stays where it is after a character.
            let (next, wanted) = match part {
                Part::Run | Part::Variable => {
                    open.push((at + 1, reached.clone()));
                    (at, None)
                }
                Part::One => (at + 1, None),
                Part::Char(c) => (at + 1, Some(*c)),
            };
            for &c in alphabet.iter().filter(|&&c| wanted.is_none_or(|wanted| wanted == c)) {
                let mut after: BTreeSet<(usize, usize)> = reached
                    .iter()
                    .filter_map(|&(pattern, place)| match patterns[pattern].parts.get(place)? {
                        Part::Run => Some((pattern, place)),
                        Part::One => Some((pattern, place + 1)),
                        Part::Char(own) => (*own == c).then_some((pattern, place + 1)),
                        // Nobody can say that a variable holds just this text.
                        Part::Variable => None,
                    })
                    .collect();
                skip_runs(patterns, &mut after);
                open.push((next, after));
            }
        }
        true
    }
}

/// Adds the places that are reached because a `*` may stand for nothing.
fn skip_runs(patterns: &[Pattern], reached: &mut BTreeSet<(usize, usize)>) {
    let mut open: Vec<(usize, usize)> = reached.iter().copied().collect();
    while let Some((pattern, place)) = open.pop() {
        if patterns[pattern].parts.get(place) == Some(&Part::Run) && reached.insert((pattern, place + 1)) {
            open.push((pattern, place + 1));
        }
    }
}

impl Part {
    fn new(c: char) -> Self {
        match c {
            '*' => Self::Run,
            '?' => Self::One,
            c => Self::Char(c),
        }
    }

    fn char(self) -> Option<char> {
        match self {
            Self::Char(c) => Some(c),
            Self::One | Self::Run | Self::Variable => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn includes(wide: &str, narrow: &str) -> bool {
        Pattern::resource(wide).includes(&Pattern::resource(narrow))
    }

    fn overlaps(a: &str, b: &str) -> bool {
        Pattern::resource(a).overlaps(&Pattern::resource(b))
    }

    #[test]
    fn actions_match_in_any_case_and_resources_do_not() {
        assert!(Pattern::action("S3:get*").includes(&Pattern::action("s3:GetObject")));
        assert!(!includes("arn:aws:s3:::A", "arn:aws:s3:::a"));
    }

    #[test]
    fn a_wider_pattern_includes_a_narrower_one() {
        assert!(includes("*", ""));
        assert!(includes("a*", "a*b*"));
        assert!(includes("?*", "*?"));
        assert!(includes("?*", "*a"));
        assert!(includes("*a*", "?a"));
        assert!(!includes("a?*b", "a*b"));
        assert!(!includes("?", "*"));
        assert!(!includes("b/?", "b/*"));
    }

    #[test]
    fn several_patterns_together_include_what_none_does_alone() {
        let patterns = [Pattern::resource(""), Pattern::resource("?*")];
        assert!(Pattern::any_includes(&patterns, &Pattern::resource("*")));
        assert!(!Pattern::any_includes(&[], &Pattern::resource("a")));
    }

    #[test]
    fn patterns_overlap_when_they_share_a_text() {
        assert!(overlaps("s3:Put*", "*Object"));
        assert!(overlaps("a?c", "*b*"));
        assert!(!overlaps("s3:Put*", "s3:Get*"));
        assert!(!overlaps("a?", "a"));
    }

    #[test]
    fn a_variable_may_hold_the_text_but_nobody_can_count_on_it() {
        let home = Pattern::resource("arn:aws:s3:::home/${aws:username}/*");
        let file = Pattern::resource("arn:aws:s3:::home/ann/diary");
        assert!(home.overlaps(&file));
        assert!(!home.includes(&file));
        assert!(includes("arn:aws:s3:::home/*", "arn:aws:s3:::home/${aws:username, 'nobody'}/*"));
        assert!(!overlaps("arn:aws:s3:::home/${aws:username}", "arn:aws:s3:::work/ann"));
    }

    #[test]
    fn special_characters_can_be_quoted() {
        assert!(includes("a${*}", "a${*}"));
        assert!(!includes("a${*}", "ab"));
        assert!(overlaps("${$}{x}", "${$}{x}"));
    }

    #[test]
    fn a_policy_of_2008_has_no_variables() {
        let text = Pattern::resource_without_variables("home/${aws:username}");
        assert!(!text.overlaps(&Pattern::resource("home/ann")));
        assert!(text.is_plain());
    }

    #[test]
    fn what_is_not_closed_is_no_variable() {
        assert!(!Pattern::resource("home/${aws:username").has_variable());
    }
}
