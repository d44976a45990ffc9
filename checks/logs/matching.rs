//! Whether a pattern matches an event.

use serde_json::Value;

use super::machine::{Machine, Place};
use super::{Condition, Expression, Operand, Pattern, Selector, Step, Term, Test, Text};

/// One way to take what AWS leaves open about the meaning of patterns. An answer that must be right has to be the same
/// in [all of them](Self::ALL).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whether `!=` is true of a field that is absent, null, or of a kind that the value is not compared with.
    pub missing_differs: bool,
    /// Whether `*` in the midst of other characters stands for any text. The guide says today that it does, and
    /// said before that it stands for itself.
    pub star_within: bool,
    /// Whether numbers and booleans of an event are compared with texts as if they were texts, and texts with numbers.
    pub kinds_mix: bool,
}

impl Reading {
    /// All ways.
    pub const ALL: [Self; 8] = {
        let mut all = [Self { missing_differs: false, star_within: false, kinds_mix: false }; 8];
        let mut index = 0;
        while index < 8 {
            all[index] =
                Self { missing_differs: index & 1 != 0, star_within: index & 2 != 0, kinds_mix: index & 4 != 0 };
            index += 1;
        }
        all
    };
}

impl Pattern {
    /// Whether it matches an event, in one reading of what AWS leaves open; `None` if that cannot be told: for an
    /// expression that is not understood, and for patterns about an event's words.
    pub fn matches(&self, event: &Value, reading: Reading) -> Option<bool> {
        match self {
            Self::Everything => Some(true),
            Self::Json(expression) => expression.matches(event, reading),
            Self::Terms(terms) => matches_text(terms, &event.to_string()),
            Self::Words(_) => None,
        }
    }
}

/// Whether a text has the terms. Those that are marked `?` do nothing beside others.
fn matches_text(terms: &[Term], text: &str) -> Option<bool> {
    let optional = |term: &Term| matches!(term, Term::Perhaps(_));
    if terms.iter().all(optional) {
        return Some(terms.iter().any(|term| matches!(term, Term::Perhaps(word) if text.contains(&**word))));
    }
    all_of(terms.iter().map(|term| match term {
        Term::Has(word) => Some(text.contains(&**word)),
        Term::Lacks(word) => Some(!text.contains(&**word)),
        Term::Perhaps(_) => Some(true),
        Term::Matches(regex) => regex.matches(text),
    }))
}

/// Whether all are true, where some may be unknown.
fn all_of(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// Whether any is true, where some may be unknown.
fn any_of(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all_of(answers.map(|answer| answer.map(|answer| !answer))).map(|none| !none)
}

impl Expression {
    /// Whether it is true of an event; see [`Pattern::matches`].
    pub fn matches(&self, event: &Value, reading: Reading) -> Option<bool> {
        match self {
            Self::Is(condition) => condition.matches(event, reading),
            Self::All(parts) => all_of(parts.iter().map(|part| part.matches(event, reading))),
            Self::Any(parts) => any_of(parts.iter().map(|part| part.matches(event, reading))),
        }
    }
}

impl Condition {
    /// Whether it is true of an event; see [`Pattern::matches`].
    pub fn matches(&self, event: &Value, reading: Reading) -> Option<bool> {
        let fields = self.selector.fields_of(event);
        if fields.is_empty() {
            return self.test.holds(None, reading);
        }
        // A selector that stands for several fields is content with one of them.
        any_of(fields.into_iter().map(|field| self.test.holds(Some(field), reading)))
    }
}

impl Selector {
    fn fields_of<'a>(&self, event: &'a Value) -> Vec<&'a Value> {
        self.steps.iter().fold(vec![event], |fields, step| {
            fields
                .into_iter()
                .flat_map(|field| -> Vec<&Value> {
                    match (step, field) {
                        (Step::Name(name), Value::Object(object)) => object.get(name).into_iter().collect(),
                        (Step::Index(index), Value::Array(array)) => array.get(*index).into_iter().collect(),
                        (Step::AnyName, Value::Object(object)) => object.values().collect(),
                        (Step::AnyIndex, Value::Array(array)) => array.iter().collect(),
                        _ => Vec::new(),
                    }
                })
                .collect()
        })
    }
}

impl Test {
    /// Whether it is true of a field with this value, or of one that is absent.
    ///
    /// Objects and arrays are compared with nothing, not even by `!=`, as the guide says.
    pub(super) fn holds(&self, field: Option<&Value>, reading: Reading) -> Option<bool> {
        match self {
            Self::NotExists => Some(field.is_none()),
            Self::IsNull => Some(field == Some(&Value::Null)),
            Self::IsBool(wanted) => Some(field == Some(&Value::Bool(*wanted))),
            Self::Compares(comparison, number) => Some(match field.and_then(Value::as_f64) {
                Some(value) => comparison.holds(value, number.value()),
                None => false,
            }),
            Self::Equals(operand) => match equal(operand, field, reading) {
                Ok(equal) => equal,
                Err(NotCompared) => Some(false),
            },
            Self::Differs(operand) => match (equal(operand, field, reading), field) {
                (_, Some(Value::Array(_) | Value::Object(_))) => Some(false),
                (Ok(equal), _) => equal.map(|equal| !equal),
                (Err(NotCompared), _) => Some(reading.missing_differs),
            },
        }
    }
}

/// The value and the field are of kinds that are not compared.
struct NotCompared;

fn equal(operand: &Operand, field: Option<&Value>, reading: Reading) -> Result<Option<bool>, NotCompared> {
    let mixed = |text: String| if reading.kinds_mix { Ok(text) } else { Err(NotCompared) };
    let text = match (field, operand) {
        (Some(Value::Number(value)), Operand::Number(number)) => {
            return Ok(Some(value.as_f64() == Some(number.value())));
        }
        (Some(Value::String(text)), Operand::Text(_) | Operand::Regex(_)) => text.clone(),
        (Some(Value::String(text)), Operand::Number(_)) => mixed(text.clone())?,
        (Some(Value::Number(value)), _) => mixed(value.to_string())?,
        (Some(Value::Bool(value)), _) => mixed(value.to_string())?,
        (None | Some(Value::Null | Value::Array(_) | Value::Object(_)), _) => return Err(NotCompared),
    };
    Ok(match operand {
        Operand::Text(wanted) => Some(wanted.machine(reading).accepts(&text)),
        Operand::Number(number) => Some(number.as_str() == text),
        Operand::Regex(regex) => regex.matches(&text),
    })
}

impl Text {
    /// The texts it stands for.
    pub(super) fn machine(&self, reading: Reading) -> Machine {
        let stars = |text: &mut dyn Iterator<Item = char>| text.take_while(|c| *c == '*').count();
        let length = self.0.chars().count();
        let begin = stars(&mut self.0.chars());
        let end = length - stars(&mut self.0.chars().rev());
        let place = |(index, c): (usize, char)| {
            let outside = index < begin || index >= end;
            if c == '*' && (outside || reading.star_within) { Place::run() } else { Place::char(c) }
        };
        Machine::new(self.0.chars().enumerate().map(place).collect())
    }

    /// The only text it stands for, if there is only one.
    pub(super) fn plain(&self, reading: Reading) -> Option<&str> {
        let outside = self.0.starts_with('*') || self.0.ends_with('*');
        (!outside && (!reading.star_within || !self.0.contains('*'))).then_some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
            "objectList": [{ "name": "a", "id": 1 }, { "name": "b", "id": 2 }],
            "SomeObject": null, "ThisFlag": true, "cluster.name": "c", "latency": 55.5,
        })
    }

    /// What every reading answers, or nothing if they differ.
    fn answer(pattern: &str) -> Option<bool> {
        let pattern = Pattern::parse(pattern).unwrap();
        let mut answers = Reading::ALL.map(|reading| pattern.matches(&event(), reading)).into_iter();
        let first = answers.next().unwrap();
        answers.all(|answer| answer == first).then_some(first).flatten()
    }

    #[test]
    fn the_guides_own_events_are_matched_as_it_says() {
        for (pattern, expected) in [
            ("{ $.eventType = \"UpdateTrail\" }", true),
            ("{ $.eventType = %Trail% }", true),
            ("{ $.eventType = Update* && $.eventType = *Trail }", true),
            ("{ $.eventType = updatetrail }", false),
            ("{ $.sourceIPAddress != 123.123.* }", true),
            ("{ $.arrayKey[0] = \"value\" }", true),
            ("{ $.arrayKey[*] = %val.{2}% }", true),
            ("{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", true),
            ("{ $.['cluster.name'] = \"c\" }", true),
            ("{ $.objectList[1].id = 2 }", true),
            ("{ $.objectList[1].number = 2 }", false),
            ("{ $.SomeObject IS NULL }", true),
            ("{ $.SomeOtherObject IS NULL }", false),
            ("{ $.SomeOtherObject NOT EXISTS }", true),
            ("{ $.SomeObject NOT EXISTS }", false),
            ("{ $.ThisFlag IS TRUE }", true),
            ("{ $.ThisFlag IS FALSE }", false),
            ("{ $.latency > 55 && $.latency <= 5.55e1 && $.latency != 55 }", true),
            ("{ $.arrayKey = 1 || $.arrayKey != 1 || $.arrayKey != \"value\" }", false),
            ("", true),
            ("UpdateTrail -nothing", true),
            ("?nothing ?Trail", true),
            ("?nothing UpdateTrail", true),
        ] {
            assert_eq!(answer(pattern), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn what_aws_leaves_open_has_no_one_answer() {
        for open in [
            "{ $.absent != \"x\" }",
            "{ $.SomeObject != \"x\" }",
            "{ $.eventType = Up*Trail }",
            "{ $.latency = \"55.5\" }",
            "{ $.eventType = %a|b% }",
            "[a, b]",
        ] {
            assert_eq!(answer(open), None, "{open}");
        }
    }
}
