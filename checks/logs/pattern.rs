//! The parts of a filter pattern.

use super::Regex;

/// Which log events to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// The empty pattern, or a blank in quotes: every event.
    Everything,
    /// `{ … }`: events that are JSON objects, by their fields.
    Json(Expression),
    /// Words, phrases and regular expressions: events by their text.
    Terms(Terms),
    /// `[a, b = 1, ...]`: events by the words they are made of. Each entry is one field as it is written.
    Words(Vec<String>),
}

/// The terms of a text pattern, in the order they are written.
pub type Terms = Vec<Term>;

/// One term of a text pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// `ERROR` or `"a phrase"`: the event's text has it.
    Has(String),
    /// `-ERROR`: the event's text does not have it.
    Lacks(String),
    /// `?ERROR`: the event's text has at least one of those so marked.
    Perhaps(String),
    /// `%ERR.R%`: a part of the event's text matches it.
    Matches(Regex),
}

/// What must be true of an event's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One condition.
    Is(Condition),
    /// `… && …`: all of two or more.
    All(Vec<Self>),
    /// `… || …`: at least one of two or more.
    Any(Vec<Self>),
}

/// What must be true of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which field.
    pub selector: Selector,
    /// What must be true of it.
    pub test: Test,
}

/// A field, by the way that leads to it from the event: `$.userIdentity.type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// One step or more.
    pub steps: Vec<Step>,
}

/// One step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// `.name` or `.['a name']`: an object's field.
    Name(String),
    /// `[3]`: an array's element, counted from 0.
    Index(usize),
    /// `.*`: any of an object's fields.
    AnyName,
    /// `[*]`: any of an array's elements.
    AnyIndex,
}

/// What must be true of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `= value`
    Equals(Operand),
    /// `!= value`
    Differs(Operand),
    /// `< 5` and the like.
    Compares(Comparison, Number),
    /// `IS TRUE`, `IS FALSE`
    IsBool(bool),
    /// `IS NULL`
    IsNull,
    /// `NOT EXISTS`
    NotExists,
}

/// How a field's number stands to the pattern's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What a field is equal to, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// `name`, `"a name"`, `name*`
    Text(Text),
    /// `400`, `-1.5e3`
    Number(Number),
    /// `%na.e%`
    Regex(Regex),
}

/// A text in which `*` stands for any other text, at its beginning and its end.
///
/// What `*` means in the midst of other characters AWS has said both ways; see
/// [`Reading::star_within`](super::Reading::star_within).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

/// A number, as it is written.
#[derive(Debug, Clone)]
pub struct Number {
    text: String,
    value: f64,
}

impl Number {
    /// The number that a text is: digits with an optional sign, fraction and exponent, within the range of a double.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
            None => (unsigned, None),
        };
        let whole = match mantissa.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(mantissa),
        };
        if !whole || !exponent.is_none_or(digits) {
            return None;
        }
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        Some(Self { text, value })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As a number.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Number {}

impl Selector {
    /// Whether it may stand for several fields at once.
    pub fn is_wild(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::AnyName | Step::AnyIndex))
    }
}

impl Comparison {
    /// Whether it is true of two numbers.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}
