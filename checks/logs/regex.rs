//! The regular expressions of filter patterns: a sequence of characters and classes, each with how often it may occur.
//!
//! Source: CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax".

use super::machine::{Class, Machine, Place};

/// A regular expression, as it is written between `%` and `%`.
///
/// It matches a text when it matches a part of it. One that uses `|` is kept but not understood: AWS describes two
/// different meanings (`gra|ey` for gray and grey, `^starting|^ending` for either word).
#[derive(Debug, Clone)]
pub struct Regex {
    text: String,
    machine: Option<Machine>,
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Regex {}

/// More than this many characters are not counted out one by one.
const MOST_PLACES: usize = 1_000;

impl Regex {
    /// The regular expression with this text, if it has only the characters that AWS allows in one.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        const SYMBOLS: &str = ":_#=@/;,-^$?[]{}|\\*+. ";
        let text = text.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || SYMBOLS.contains(c);
        if text.is_empty() || !text.chars().all(allowed) {
            return None;
        }
        let machine = machine(&text);
        Some(Self { text, machine })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a part of a text matches; `None` for an expression that is not understood.
    pub fn matches(&self, text: &str) -> Option<bool> {
        self.machine.as_ref().map(|machine| machine.accepts(text))
    }

    /// The texts it matches, if it is understood.
    pub(super) fn machine(&self) -> Option<&Machine> {
        self.machine.as_ref()
    }
}

fn machine(text: &str) -> Option<Machine> {
    let chars: Vec<char> = text.chars().collect();
    let mut places = Vec::new();
    let mut at = 0;
    if chars.first() == Some(&'^') {
        at = 1;
    } else {
        places.push(Place::run());
    }
    let mut open_end = true;
    while at < chars.len() {
        if chars[at] == '$' && at + 1 == chars.len() {
            open_end = false;
            break;
        }
        let on = class(&chars, &mut at)?;
        let (least, most) = quantity(&chars, &mut at)?;
        if most.unwrap_or(least).max(least) + places.len() > MOST_PLACES || most.is_some_and(|most| most < least) {
            return None;
        }
        let place = |repeats, optional| Place { on: on.clone(), repeats, optional };
        places.extend((0..least).map(|_| place(false, false)));
        match most {
            None => places.push(place(true, true)),
            Some(most) => places.extend((least..most).map(|_| place(false, true))),
        }
    }
    if open_end {
        places.push(Place::run());
    }
    Some(Machine::new(places))
}

/// One character, or one of a set.
fn class(chars: &[char], at: &mut usize) -> Option<Class> {
    let c = *chars.get(*at)?;
    *at += 1;
    match c {
        '.' => Some(Class::any()),
        '\\' => escaped(chars, at),
        '[' => bracketed(chars, at),
        '^' | '$' | '?' | ']' | '{' | '}' | '|' | '*' | '+' => None,
        c => Some(Class::one(c)),
    }
}

fn escaped(chars: &[char], at: &mut usize) -> Option<Class> {
    let c = *chars.get(*at)?;
    *at += 1;
    let ranges = match c.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        's' => vec![(' ', ' '), ('\t', '\t'), ('\n', '\n')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('_', '_'), ('0', '9')],
        'x' if c == 'x' => {
            let digit = |c: Option<&char>| c.and_then(|c| c.to_digit(16));
            let code = digit(chars.get(*at))? * 16 + digit(chars.get(*at + 1))?;
            *at += 2;
            return char::from_u32(code).filter(char::is_ascii).map(Class::one);
        }
        _ if c.is_ascii_alphanumeric() => return None,
        _ => return Some(Class::one(c)),
    };
    Some(Class { ranges, negated: c.is_ascii_uppercase() })
}

fn bracketed(chars: &[char], at: &mut usize) -> Option<Class> {
    let mut class = Class { ranges: Vec::new(), negated: false };
    if chars.get(*at) == Some(&'^') {
        class.negated = true;
        *at += 1;
    }
    loop {
        let one = |at: &mut usize| {
            let c = *chars.get(*at)?;
            *at += 1;
            match c {
                '\\' => escaped(chars, at),
                '[' => None,
                c => Some(Class::one(c)),
            }
        };
        if chars.get(*at) == Some(&']') {
            *at += 1;
            return (!class.ranges.is_empty()).then_some(class);
        }
        let first = one(at)?;
        if chars.get(*at) == Some(&'-') && chars.get(*at + 1) != Some(&']') {
            *at += 1;
            let last = one(at)?;
            let (&[(from, start)], &[(end, to)]) = (&*first.ranges, &*last.ranges) else { return None };
            if from != start || end != to || from > to {
                return None;
            }
            class.ranges.push((from, to));
        } else if first.negated {
            return None;
        } else {
            class.ranges.extend(first.ranges);
        }
    }
}

/// How often, at least and at most.
fn quantity(chars: &[char], at: &mut usize) -> Option<(usize, Option<usize>)> {
    let quantity = match chars.get(*at) {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        Some('{') => {
            let length = chars[*at..].iter().position(|c| *c == '}')?;
            let inside: String = chars[*at + 1..*at + length].iter().filter(|c| **c != ' ').collect();
            *at += length;
            let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number <= MOST_PLACES);
            match inside.split_once(',') {
                None => (number(&inside)?, Some(number(&inside)?)),
                Some(("", most)) => (0, Some(number(most)?)),
                Some((least, "")) => (number(least)?, None),
                Some((least, most)) => (number(least)?, Some(number(most)?)),
            }
        }
        _ => return Some((1, Some(1))),
    };
    *at += 1;
    // A second quantity would be about how eagerly to match, or nonsense.
    (!matches!(chars.get(*at), Some('*' | '+' | '?' | '{'))).then_some(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching<'a>(regex: &str, texts: &[&'a str]) -> Vec<&'a str> {
        let regex = Regex::new(regex).unwrap();
        texts.iter().filter(|text| regex.matches(text).unwrap()).copied().collect()
    }

    #[test]
    fn the_examples_of_the_guide_match_what_it_says() {
        assert_eq!(matching("^[hc]at", &["hat", "cat", "that", "bat"]), ["hat", "cat"]);
        assert_eq!(matching("[hc]at$", &["that", "cats"]), ["that"]);
        assert_eq!(matching("colou?r", &["color", "colour", "colouur"]), ["color", "colour"]);
        assert_eq!(matching("^a{3,5}$", &["aa", "aaa", "aaaaa", "aaaaaa"]), ["aaa", "aaaaa"]);
        assert_eq!(matching("ab*c", &["ac", "abbbc", "adc"]), ["ac", "abbbc"]);
        assert_eq!(matching("ab+c", &["ac", "abbbc"]), ["abbbc"]);
        assert_eq!(matching("10\\.10\\.0\\.1", &["10.10.0.1", "10010,051"]), ["10.10.0.1"]);
        assert_eq!(matching("\\[.\\]", &["[a]", "[]", "[ ]"]), ["[a]", "[ ]"]);
        assert_eq!(matching("^\\D[\\dx-z]\\x3A$", &["a1:", "ay:", "11:", "aa:"]), ["a1:", "ay:"]);
        assert_eq!(matching("111\\.111\\.111\\.1[0-9]{1,2}", &["111.111.111.15", "111.111.111.1"]), ["111.111.111.15"]);
    }

    #[test]
    fn what_is_not_supported_is_refused_and_what_is_unclear_is_not_understood() {
        for refused in ["something!", "(a)", "", "é"] {
            assert_eq!(Regex::new(refused), None, "{refused}");
        }
        for unclear in ["gra|ey", "a**", "[", "a{2", "a{9999}", "[b-a]", "\\", "*", "a^b", "[]"] {
            assert_eq!(Regex::new(unclear).unwrap().matches("a"), None, "{unclear}");
        }
    }
}
