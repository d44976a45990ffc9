//! Filter patterns from text. What is not in the grammar is an error, never passed over in silence.

use super::print::is_name_char;
use super::{Comparison, Condition, Expression, Number, Operand, Pattern, Regex, Selector, Step, Term, Test, Text};

/// Why a filter pattern is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {expected} was expected")]
pub struct PatternError {
    /// Where, counted in characters from 1.
    pub at: usize,
    /// What should be there.
    pub expected: String,
}

/// Parentheses nested deeper than this are not followed. AWS allows 1,024 characters in all.
const DEEPEST: usize = 64;

impl Pattern {
    /// Understands a filter pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut reader = Reader { chars: text.chars().collect(), at: 0 };
        reader.skip_space();
        match reader.peek() {
            None => Ok(Self::Everything),
            Some('{') => {
                reader.at += 1;
                let expression = reader.any(0)?;
                reader.skip_space();
                reader.expect('}', "&&, || or a closing brace")?;
                reader.expect_end()?;
                Ok(Self::Json(expression))
            }
            Some('[') => {
                reader.at += 1;
                let words = reader.words()?;
                reader.expect_end()?;
                Ok(Self::Words(words))
            }
            Some(_) => match &*reader.terms()? {
                [Term::Has(blank)] if blank.trim().is_empty() => Ok(Self::Everything),
                terms => Ok(Self::Terms(terms.to_vec())),
            },
        }
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn rest(&self) -> &[char] {
        &self.chars[self.at..]
    }

    fn error<T>(&self, expected: &str) -> Result<T, PatternError> {
        Err(PatternError { at: self.at + 1, expected: expected.to_owned() })
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn expect(&mut self, c: char, expected: &str) -> Result<(), PatternError> {
        if self.peek() != Some(c) {
            return self.error(expected);
        }
        self.at += 1;
        Ok(())
    }

    fn expect_end(&mut self) -> Result<(), PatternError> {
        self.skip_space();
        if self.peek().is_some() { self.error("the end of the pattern") } else { Ok(()) }
    }

    /// Passes over `symbol`, if it is next.
    fn takes(&mut self, symbol: &str) -> bool {
        let length = symbol.chars().count();
        let found = self.rest().iter().take(length).copied().eq(symbol.chars());
        self.at += if found { length } else { 0 };
        found
    }

    /// Passes over `word`, in whatever case, if it is next.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let next: String = self.rest().iter().take_while(|c| is_name_char(**c)).collect();
        let found = next.eq_ignore_ascii_case(word);
        self.at += if found { next.len() } else { 0 };
        found
    }

    fn any(&mut self, depth: usize) -> Result<Expression, PatternError> {
        self.joined("||", Expression::Any, |reader| reader.all(depth))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, PatternError> {
        self.joined("&&", Expression::All, |reader| reader.unit(depth))
    }

    fn joined(
        &mut self,
        operator: &str,
        join: fn(Vec<Expression>) -> Expression,
        part: impl Fn(&mut Self) -> Result<Expression, PatternError>,
    ) -> Result<Expression, PatternError> {
        let first = part(self)?;
        let mut parts = vec![first];
        loop {
            self.skip_space();
            if !self.takes(operator) {
                break;
            }
            parts.push(part(self)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
    }

    fn unit(&mut self, depth: usize) -> Result<Expression, PatternError> {
        self.skip_space();
        if self.peek() != Some('(') {
            return Ok(Expression::Is(self.condition()?));
        }
        if depth == DEEPEST {
            return self.error(&format!("no more than {DEEPEST} parentheses within each other"));
        }
        self.at += 1;
        let inner = self.any(depth + 1)?;
        self.skip_space();
        self.expect(')', "&&, || or a closing parenthesis")?;
        Ok(inner)
    }

    fn condition(&mut self) -> Result<Condition, PatternError> {
        let selector = self.selector()?;
        self.skip_space();
        let test = self.test()?;
        Ok(Condition { selector, test })
    }

    fn selector(&mut self) -> Result<Selector, PatternError> {
        self.expect('$', "a field ($.name) or an opening parenthesis")?;
        let mut steps = Vec::new();
        while let Some(step) = self.step()? {
            steps.push(step);
        }
        if steps.is_empty() { self.error("a dot and the name of a field") } else { Ok(Selector { steps }) }
    }

    fn step(&mut self) -> Result<Option<Step>, PatternError> {
        let dot = self.takes(".");
        if dot && self.takes("*") {
            return Ok(Some(Step::AnyName));
        }
        if !self.takes("[") {
            let name: String = self.rest().iter().take_while(|c| is_name_char(**c)).collect();
            return match (dot, name.is_empty()) {
                (false, _) => Ok(None),
                (true, true) => self.error("the name of a field"),
                (true, false) => {
                    self.at += name.len();
                    Ok(Some(Step::Name(name)))
                }
            };
        }
        let step = match self.peek() {
            Some(quote @ ('\'' | '"')) => Step::Name(self.quoted(quote)?),
            Some('*') if !dot => {
                self.at += 1;
                Step::AnyIndex
            }
            Some('0'..='9') if !dot => {
                let digits: String = self.rest().iter().take_while(|c| c.is_ascii_digit()).collect();
                let Ok(index) = digits.parse() else { return self.error("a smaller number") };
                self.at += digits.len();
                Step::Index(index)
            }
            _ if dot => return self.error("the name of a field in quotes"),
            _ => return self.error("a number, * or the name of a field in quotes"),
        };
        self.expect(']', "a closing bracket")?;
        Ok(Some(step))
    }

    fn test(&mut self) -> Result<Test, PatternError> {
        // Longer symbols first, since some begin with others.
        if self.takes("!=") {
            return Ok(Test::Differs(self.operand()?));
        }
        for (symbol, comparison) in [
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.takes(symbol) {
                self.skip_space();
                let at = self.at;
                let Operand::Number(number) = self.operand()? else {
                    self.at = at;
                    return self.error("a number");
                };
                return Ok(Test::Compares(comparison, number));
            }
        }
        if self.takes("=") {
            return Ok(Test::Equals(self.operand()?));
        }
        if self.takes_word("IS") {
            return match () {
                () if self.takes_word("TRUE") => Ok(Test::IsBool(true)),
                () if self.takes_word("FALSE") => Ok(Test::IsBool(false)),
                () if self.takes_word("NULL") => Ok(Test::IsNull),
                () => self.error("TRUE, FALSE or NULL"),
            };
        }
        if self.takes_word("NOT") {
            return if self.takes_word("EXISTS") { Ok(Test::NotExists) } else { self.error("EXISTS") };
        }
        self.error("=, !=, <, <=, >, >=, IS or NOT EXISTS")
    }

    fn operand(&mut self) -> Result<Operand, PatternError> {
        self.skip_space();
        match self.peek() {
            Some('"') => Ok(Operand::Text(Text(self.quoted('"')?))),
            Some('%') => Ok(Operand::Regex(self.regex()?)),
            _ => {
                let bare: String = self.rest().iter().take_while(|c| is_bare_char(**c)).collect();
                if bare.is_empty() {
                    return self.error("a value");
                }
                self.at += bare.chars().count();
                Ok(match Number::new(&*bare) {
                    Some(number) => Operand::Number(number),
                    None => Operand::Text(Text(bare)),
                })
            }
        }
    }

    /// What is between two quotes, the first of which is next.
    fn quoted(&mut self, quote: char) -> Result<String, PatternError> {
        let opening = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match (self.peek(), self.chars.get(self.at + 1)) {
                (Some(c), _) if c == quote => break,
                (Some('\\'), Some(&c)) if c == quote || c == '\\' => {
                    text.push(c);
                    self.at += 2;
                }
                (Some('\\'), _) => return self.error("a quote or a backslash after the backslash"),
                (Some(c), _) => {
                    text.push(c);
                    self.at += 1;
                }
                (None, _) => {
                    self.at = opening;
                    return self.error("a closing quote to this one");
                }
            }
        }
        self.at += 1;
        Ok(text)
    }

    /// What is between two percent signs, the first of which is next.
    fn regex(&mut self) -> Result<Regex, PatternError> {
        let inside: String = self.rest().iter().skip(1).take_while(|c| **c != '%').collect();
        let length = inside.chars().count();
        if self.chars.get(self.at + 1 + length) != Some(&'%') {
            return self.error("a closing percent sign to this one");
        }
        let Some(regex) = Regex::new(inside) else {
            return self.error("a regular expression of letters, digits and the symbols that AWS supports");
        };
        self.at += length + 2;
        Ok(regex)
    }

    fn terms(&mut self) -> Result<Vec<Term>, PatternError> {
        let mut terms = Vec::new();
        loop {
            self.skip_space();
            let term: fn(String) -> Term = match self.peek() {
                None => return Ok(terms),
                Some('%') => {
                    terms.push(Term::Matches(self.regex()?));
                    continue;
                }
                Some('-') => Term::Lacks,
                Some('?') => Term::Perhaps,
                Some(_) => Term::Has,
            };
            self.at += usize::from(matches!(self.peek(), Some('-' | '?')));
            if self.peek() == Some('"') {
                terms.push(term(self.quoted('"')?));
                continue;
            }
            let word: String = self.rest().iter().take_while(|c| !c.is_whitespace() && **c != '"').collect();
            if word.is_empty() {
                return self.error("a word or a phrase in quotes");
            }
            self.at += word.chars().count();
            terms.push(term(word));
        }
    }

    /// The fields between brackets, the first of which is passed already.
    fn words(&mut self) -> Result<Vec<String>, PatternError> {
        let mut words = Vec::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                None => return self.error("a closing bracket"),
                Some('"') => {
                    self.quoted('"')?;
                }
                Some('%') => {
                    self.regex()?;
                }
                Some(c) => {
                    if c == ',' || c == ']' {
                        let word: String = self.chars[start..self.at].iter().collect();
                        words.push(word.trim().to_owned());
                        start = self.at + 1;
                    }
                    self.at += 1;
                    if c == ']' {
                        return Ok(words);
                    }
                }
            }
        }
    }
}

/// What a value may be made of without quotes. AWS asks for quotes around all but letters, digits and `_`, yet its own
/// patterns have `kms.amazonaws.com` and `123.123.*` without.
fn is_bare_char(c: char) -> bool {
    c.is_alphanumeric() || "_.-*:/@#+~?".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Pattern::parse(text).unwrap().to_string()
    }

    fn error(text: &str) -> String {
        Pattern::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_patterns_of_the_guide_are_understood() {
        for (written, meant) in [
            ("{ $.eventType = \"UpdateTrail\" }", "{ $.eventType = \"UpdateTrail\" }"),
            ("{$.sourceIPAddress != 123.123.* }", "{ $.sourceIPAddress != \"123.123.*\" }"),
            ("{ $.arrayKey[0] = \"value\" }", "{ $.arrayKey[0] = \"value\" }"),
            ("{ $.arrayKey[*] = %val.{2}% }", "{ $.arrayKey[*] = %val.{2}% }"),
            ("{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", "{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }"),
            ("{ $.['cluster.name'] = \"c\" }", "{ $.['cluster.name'] = \"c\" }"),
            ("{ $[\"a'b\"] IS NULL }", "{ $.['a\\'b'] IS NULL }"),
            ("{ $.ThisFlag is true }", "{ $.ThisFlag IS TRUE }"),
            ("{ $.SomeOtherObject NOT EXISTS }", "{ $.SomeOtherObject NOT EXISTS }"),
            ("{ $.number[0] = 1e+3 && $.x!=-1.5 }", "{ $.number[0] = 1e+3 && $.x != -1.5 }"),
            ("{ $.latency >= 500 || $.latency<+5 }", "{ $.latency >= 500 || $.latency < +5 }"),
            ("{ (($.a=b)) }", "{ $.a = \"b\" }"),
            (
                "{ $.a = x || $.coordinates[0][1] = nonmatch && $.c = y }",
                "{ $.a = \"x\" || ($.coordinates[0][1] = \"nonmatch\" && $.c = \"y\") }",
            ),
            ("{ ($.a = x\n || $.b = y) && $.c = z }", "{ ($.a = \"x\" || $.b = \"y\") && $.c = \"z\" }"),
            ("", ""),
            (" ", ""),
            ("\" \"", ""),
            ("ERROR -\"exit now\" ?WARN %ab+%", "\"ERROR\" -\"exit now\" ?\"WARN\" %ab+%"),
            ("[w1=ERROR, w2,... , x = \"a,b\",]", "[w1=ERROR, w2, ..., x = \"a,b\", ]"),
        ] {
            assert_eq!(printed(written), meant, "{written}");
        }
    }

    #[test]
    fn an_error_names_the_place_and_what_is_missing() {
        for (text, expected) in [
            ("{ }", "at character 3: a field ($.name) or an opening parenthesis was expected"),
            ("{ $.a = }", "at character 9: a value was expected"),
            ("{ $.a = b", "at character 10: &&, || or a closing brace was expected"),
            ("{ ($.a = b }", "at character 12: &&, || or a closing parenthesis was expected"),
            ("{ $.a == b }", "at character 8: a value was expected"),
            ("{ $.a = b } x", "at character 13: the end of the pattern was expected"),
            ("{ $.a < b }", "at character 9: a number was expected"),
            ("{ $.a EXISTS }", "at character 7: =, !=, <, <=, >, >=, IS or NOT EXISTS was expected"),
            ("{ $.a IS NOT NULL }", "at character 10: TRUE, FALSE or NULL was expected"),
            ("{ $ = b }", "at character 4: a dot and the name of a field was expected"),
            ("{ $.a = \"b }", "at character 9: a closing quote to this one was expected"),
            ("{ $.a = 'b' }", "at character 9: a value was expected"),
            ("{ $.a[x] = b }", "at character 7: a number, * or the name of a field in quotes was expected"),
            ("[a, b", "at character 6: a closing bracket was expected"),
            ("ERROR - x", "at character 8: a word or a phrase in quotes was expected"),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
        let deep = format!("{{ {}$.a = b{} }}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(error(&deep), "at character 67: no more than 64 parentheses within each other was expected");
    }
}
