//! Whether patterns together match every event that another pattern matches: decided by what they mean.
//!
//! The pattern that is to be covered is taken apart into alternatives, each a list of conditions that are all true. An
//! alternative is covered when there can be no event for which its conditions are true and every filter is false. That
//! is looked for field by field, as a field's conditions are either compatible (then there is a value that shows it) or
//! not. Each answer must be the same in every [`Reading`] of what AWS leaves open.

use std::collections::BTreeMap;

use serde_json::Value;

use super::machine::{Machine, Patience, TooHard, common_text};
use super::{Condition, Expression, Operand, Pattern, Reading, Selector, Step, Test, Text};

/// Whether patterns together match every event that another one matches.
#[derive(Debug, Clone, PartialEq)]
pub enum Coverage {
    /// They do.
    Covered,
    /// They do not.
    NotCovered {
        /// The alternative of the pattern that is not covered: conditions which are all true.
        alternative: Vec<Condition>,
        /// An event that the pattern matches and none of the others does.
        example: Value,
    },
    /// It could not be told, and why.
    Undecided(String),
}

/// How much work one question is worth: a fraction of a second.
const PATIENCE: usize = 300_000;

/// A pattern with more alternatives than this is not taken apart.
const MOST_ALTERNATIVES: usize = 500;

/// Whether every event that `required` matches is matched by at least one of `filters`.
///
/// Never says [`Covered`](Coverage::Covered) or [`NotCovered`](Coverage::NotCovered) unless it is certain.
pub fn covers(required: &Pattern, filters: &[&Pattern]) -> Coverage {
    if filters.iter().any(|filter| **filter == Pattern::Everything || *filter == required) {
        return Coverage::Covered;
    }
    let Pattern::Json(wanted) = required else {
        return Coverage::Undecided("only patterns about the fields of JSON events are compared".to_owned());
    };
    let question = Question { filters: filters.iter().filter_map(|filter| filter.expression()).collect() };
    match question.answer(wanted, &mut Patience(PATIENCE)) {
        Err(TooHard) => Coverage::Undecided("the patterns are too intricate to be compared".to_owned()),
        Ok(Coverage::NotCovered { alternative, .. }) if question.filters.len() < filters.len() => {
            let others = filters.iter().filter(|filter| filter.expression().is_none());
            let others: Vec<String> = others.map(|filter| format!("`{filter}`")).collect();
            let alternative = text_of(&alternative);
            let others = others.join(", ");
            Coverage::Undecided(format!("whether {alternative} is matched depends on the event's text ({others})"))
        }
        Ok(answer) => answer,
    }
}

impl Pattern {
    fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Json(expression) => Some(expression),
            Self::Everything | Self::Terms(_) | Self::Words(_) => None,
        }
    }
}

fn text_of(conditions: &[Condition]) -> String {
    conditions.iter().map(Condition::to_string).collect::<Vec<_>>().join(" && ")
}

/// What is asked of an expression: whether these cover it.
struct Question<'a> {
    filters: Vec<&'a Expression>,
}

/// Whether an alternative is covered in one reading.
enum Found {
    /// There is no event that nothing matches.
    Nothing,
    /// There is one.
    Example(Value),
    /// There seems to be one, but it could not be shown.
    Unclear,
}

impl Question<'_> {
    fn answer(&self, wanted: &Expression, patience: &mut Patience) -> Result<Coverage, TooHard> {
        let readings = self.readings(wanted);
        let mut undecided = None;
        for alternative in alternatives(wanted)? {
            let mut examples = Vec::new();
            let mut unclear = false;
            for &reading in &readings {
                match self.find_uncovered(&alternative, reading, patience)? {
                    Found::Nothing => {}
                    Found::Example(event) => examples.push(event),
                    Found::Unclear => unclear = true,
                }
            }
            let named = || alternative.iter().map(|condition| (*condition).clone()).collect::<Vec<_>>();
            if examples.len() == readings.len() {
                return Ok(Coverage::NotCovered { alternative: named(), example: examples.swap_remove(0) });
            }
            let why = match (unclear, examples.is_empty()) {
                (false, true) => continue,
                (true, _) => "the conditions on it could not all be compared",
                (false, false) => "AWS does not say enough about != or * to tell",
            };
            undecided = Some(format!("whether {} is matched: {why}", text_of(&named())));
        }
        Ok(undecided.map_or(Coverage::Covered, Coverage::Undecided))
    }

    /// The readings that may make a difference.
    fn readings(&self, wanted: &Expression) -> Vec<Reading> {
        let all = || self.filters.iter().copied().chain([wanted]);
        let differs = all().any(|part| part.has(&|test| matches!(test, Test::Differs(_))));
        let star_within = all().any(|part| part.has(&Test::has_star_within));
        let matters =
            |reading: &Reading| (differs || !reading.missing_differs) && (star_within || !reading.star_within);
        Reading::ALL.into_iter().filter(matters).collect()
    }

    /// Looks for an event for which the conditions are all true and the filters all false.
    fn find_uncovered(
        &self,
        alternative: &[&Condition],
        reading: Reading,
        patience: &mut Patience,
    ) -> Result<Found, TooHard> {
        let mut facts = Facts { fields: BTreeMap::new(), reading };
        for condition in alternative {
            if !facts.add(Literal { test: &condition.test, holds: true }, &condition.selector, patience)? {
                return Ok(Found::Nothing);
            }
        }
        let mut clauses = Vec::new();
        for filter in &self.filters {
            if !facts.deny(filter, &mut clauses, patience)? {
                return Ok(Found::Nothing);
            }
        }
        let shown = |facts: &Facts| {
            facts.example().filter(|event| {
                let true_of = |condition: &&Condition| condition.matches(event, reading) == Some(true);
                alternative.iter().all(true_of)
                    && self.filters.iter().all(|filter| filter.matches(event, reading) == Some(false))
            })
        };
        solve(facts, clauses, shown, patience)
    }
}

impl Expression {
    fn has(&self, wanted: &dyn Fn(&Test) -> bool) -> bool {
        match self {
            Self::Is(condition) => wanted(&condition.test),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.has(wanted)),
        }
    }
}

impl Test {
    fn has_star_within(&self) -> bool {
        match self {
            Self::Equals(Operand::Text(Text(text))) | Self::Differs(Operand::Text(Text(text))) => {
                text.trim_matches('*').contains('*')
            }
            _ => false,
        }
    }
}

/// The lists of conditions of which one must be all true.
fn alternatives(expression: &Expression) -> Result<Vec<Vec<&Condition>>, TooHard> {
    let all = match expression {
        Expression::Is(condition) => vec![vec![condition]],
        Expression::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(alternatives(part)?);
            }
            all
        }
        Expression::All(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let others = alternatives(part)?;
                if all.len() * others.len() > MOST_ALTERNATIVES {
                    return Err(TooHard);
                }
                all = all
                    .iter()
                    .flat_map(|one| others.iter().map(move |other| [one.as_slice(), other].concat()))
                    .collect();
            }
            all
        }
    };
    if all.len() > MOST_ALTERNATIVES { Err(TooHard) } else { Ok(all) }
}

/// A list of expressions of which at least one is false.
type Clause<'a> = &'a [Expression];

/// Adds to the facts until every clause is true, and an event is `shown` for which they are.
///
/// A clause that leaves only one way is followed at once, one that is true already is dropped; only when there is
/// nothing else left is something tried.
fn solve<'a>(
    facts: Facts<'a>,
    clauses: Vec<Clause<'a>>,
    shown: impl Fn(&Facts) -> Option<Value>,
    patience: &mut Patience,
) -> Result<Found, TooHard> {
    let mut found = Found::Nothing;
    let mut open = vec![(facts, clauses)];
    'ways: while let Some((mut facts, mut clauses)) = open.pop() {
        loop {
            let mut choices: Vec<(Clause<'a>, Vec<&'a Expression>)> = Vec::new();
            let mut forced = Vec::new();
            let mut progress = false;
            for clause in clauses {
                patience.spend(1)?;
                if facts.some_are_false(clause, patience)? {
                    continue;
                }
                let mut possible = Vec::new();
                for part in clause {
                    if facts.may_be_false(part, patience)? {
                        possible.push(part);
                    }
                }
                match &*possible {
                    [] => continue 'ways,
                    [only] => {
                        progress = true;
                        if !facts.deny(only, &mut forced, patience)? {
                            continue 'ways;
                        }
                    }
                    _ => choices.push((clause, possible)),
                }
            }
            if progress {
                clauses = choices.into_iter().map(|(clause, _)| clause).chain(forced).collect();
                continue;
            }
            let Some(fewest) = (0..choices.len()).min_by_key(|&index| choices[index].1.len()) else {
                match shown(&facts) {
                    Some(event) => return Ok(Found::Example(event)),
                    None => found = Found::Unclear,
                }
                continue 'ways;
            };
            let (_, ways) = choices.swap_remove(fewest);
            for way in ways.into_iter().rev() {
                let mut facts = facts.clone();
                let mut clauses: Vec<Clause> = choices.iter().map(|(clause, _)| *clause).collect();
                patience.spend(1 + clauses.len())?;
                if facts.deny(way, &mut clauses, patience)? {
                    open.push((facts, clauses));
                }
            }
            continue 'ways;
        }
    }
    Ok(found)
}

/// What is known of an event so far.
#[derive(Clone)]
struct Facts<'a> {
    fields: BTreeMap<&'a Selector, Known<'a>>,
    reading: Reading,
}

/// What is known of one field, and a value it can have.
#[derive(Clone)]
struct Known<'a> {
    literals: Vec<Literal<'a>>,
    field: Field,
}

/// A test that is true or false of a field.
#[derive(Clone, Copy)]
struct Literal<'a> {
    test: &'a Test,
    holds: bool,
}

/// What a field can be.
#[derive(Clone)]
enum Field {
    Absent,
    Is(Value),
    /// Nothing speaks against it, but no value was found to show that.
    Unclear,
}

impl<'a> Facts<'a> {
    /// Learns that a test is true or false of a field. Tells whether that can be.
    fn add(&mut self, literal: Literal<'a>, selector: &'a Selector, patience: &mut Patience) -> Result<bool, TooHard> {
        let Some(field) = self.field_with(literal, selector, patience)? else { return Ok(false) };
        let known = self.fields.entry(selector).or_insert_with(|| Known { literals: Vec::new(), field: Field::Absent });
        known.literals.push(literal);
        known.field = field;
        Ok(true)
    }

    /// What a field can be if a test is true or false of it, too.
    fn field_with(
        &self,
        literal: Literal<'a>,
        selector: &Selector,
        patience: &mut Patience,
    ) -> Result<Option<Field>, TooHard> {
        patience.spend(1)?;
        let mut literals = Vec::new();
        if let Some(known) = self.fields.get(selector) {
            if !selector.is_wild() && literal.is_true_of(&known.field, self.reading) {
                return Ok(Some(known.field.clone()));
            }
            literals.clone_from(&known.literals);
        }
        literals.push(literal);
        patience.spend(literals.len())?;
        if literals.iter().any(|other| other.holds != literal.holds && other.test == literal.test) {
            return Ok(None);
        }
        // What stands for several fields can be true and false of one each.
        if selector.is_wild() { Ok(Some(Field::Unclear)) } else { find_field(&literals, self.reading, patience) }
    }

    /// Learns that an expression is false. Tells whether that can be; what remains to be settled goes to `clauses`.
    fn deny(
        &mut self,
        expression: &'a Expression,
        clauses: &mut Vec<Clause<'a>>,
        patience: &mut Patience,
    ) -> Result<bool, TooHard> {
        match expression {
            Expression::Is(Condition { selector, test }) => {
                self.add(Literal { test, holds: false }, selector, patience)
            }
            Expression::All(parts) => {
                clauses.push(parts);
                Ok(true)
            }
            Expression::Any(parts) => {
                for part in parts {
                    if !self.deny(part, clauses, patience)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    /// Whether an expression can be false; not all its parts are looked at together.
    fn may_be_false(&self, expression: &'a Expression, patience: &mut Patience) -> Result<bool, TooHard> {
        match expression {
            Expression::Is(Condition { selector, test }) => {
                Ok(self.field_with(Literal { test, holds: false }, selector, patience)?.is_some())
            }
            Expression::Any(parts) => {
                for part in parts {
                    if !self.may_be_false(part, patience)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::All(parts) => {
                for part in parts {
                    if self.may_be_false(part, patience)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Whether an expression is false for certain.
    fn is_false(&self, expression: &'a Expression, patience: &mut Patience) -> Result<bool, TooHard> {
        match expression {
            Expression::Is(Condition { selector, test }) => {
                Ok(self.field_with(Literal { test, holds: true }, selector, patience)?.is_none())
            }
            Expression::Any(parts) => {
                for part in parts {
                    if !self.is_false(part, patience)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::All(parts) => self.some_are_false(parts, patience),
        }
    }

    fn some_are_false(&self, parts: &'a [Expression], patience: &mut Patience) -> Result<bool, TooHard> {
        for part in parts {
            if self.is_false(part, patience)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An event for which all of it is true, if one can be built.
    fn example(&self) -> Option<Value> {
        let mut event = Value::Object(serde_json::Map::new());
        for (selector, known) in &self.fields {
            match &known.field {
                Field::Is(value) => put(&mut event, &selector.steps, value)?,
                Field::Absent | Field::Unclear => {}
            }
        }
        Some(event)
    }
}

fn put(place: &mut Value, steps: &[Step], value: &Value) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        let free = place.is_null();
        *place = value.clone();
        return free.then_some(());
    };
    let next = match step {
        Step::Name(name) => {
            if place.is_null() {
                *place = Value::Object(serde_json::Map::new());
            }
            place.as_object_mut()?.entry(name).or_insert(Value::Null)
        }
        Step::Index(index) => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let array = place.as_array_mut()?;
            // A longer example would help nobody.
            if *index >= 100 {
                return None;
            }
            array.resize(array.len().max(index + 1), Value::Null);
            array.get_mut(*index)?
        }
        Step::AnyName | Step::AnyIndex => return None,
    };
    put(next, rest, value)
}

impl Literal<'_> {
    fn is_true_of(&self, field: &Field, reading: Reading) -> bool {
        match field {
            Field::Absent => self.test.holds(None, reading) == Some(self.holds),
            Field::Is(value) => self.test.holds(Some(value), reading) == Some(self.holds),
            Field::Unclear => false,
        }
    }
}

/// What a field can be, if all of this is true of it.
fn find_field(literals: &[Literal], reading: Reading, patience: &mut Patience) -> Result<Option<Field>, TooHard> {
    let fits = |field: &Field| literals.iter().all(|literal| literal.is_true_of(field, reading));
    if fits(&Field::Absent) {
        return Ok(Some(Field::Absent));
    }
    if let Some(text) = find_text(literals, reading, patience)? {
        return Ok(Some(text));
    }
    let constants = [Value::Bool(true), Value::Bool(false), Value::Null, Value::Array(Vec::new())];
    let simple = constants.into_iter().chain(numbers(literals)).map(Field::Is).find(fits);
    if simple.is_some() {
        return Ok(simple);
    }
    // In this reading texts are compared with the digits of numbers, and whether some number fits all is left open: unless
    // none fits what is said of numbers as such.
    let by_text = |literal: &&Literal| literal.may_tell_numbers_by_text();
    let open = reading.kinds_mix
        && literals.iter().any(|literal| by_text(&literal))
        && !literals.iter().any(|literal| literal.settles_numbers(reading))
        && numbers(literals).into_iter().map(Field::Is).any(|number| {
            literals.iter().filter(|literal| !by_text(literal)).all(|literal| literal.is_true_of(&number, reading))
        });
    Ok(open.then_some(Field::Unclear))
}

impl Literal<'_> {
    /// Whether no number fits, or at most one that [`numbers`] has.
    fn settles_numbers(&self, reading: Reading) -> bool {
        let (operand, equal) = match self.test {
            Test::Equals(operand) => (operand, self.holds),
            Test::Differs(operand) => (operand, !self.holds),
            Test::NotExists | Test::IsNull | Test::IsBool(_) => return self.holds,
            Test::Compares(..) => return false,
        };
        match operand {
            Operand::Text(text) if equal => !text.may_be_digits() || text.plain(reading).is_some(),
            Operand::Text(text) => text.0.contains('*') && text.0.chars().all(|c| c == '*'),
            Operand::Number(_) => equal,
            Operand::Regex(_) => false,
        }
    }

    fn may_tell_numbers_by_text(&self) -> bool {
        match self.test {
            Test::Equals(operand) | Test::Differs(operand) => match operand {
                Operand::Text(text) => text.may_be_digits() && text.0.contains(|c| c != '*'),
                Operand::Regex(_) => true,
                Operand::Number(_) => false,
            },
            _ => false,
        }
    }
}

impl Text {
    /// Whether the digits of some number may match.
    fn may_be_digits(&self) -> bool {
        self.0.chars().all(|c| "0123456789+-.eE*".contains(c))
    }
}

/// The text of a field that may have almost any; it reads better in an example than the shortest.
const ANYTHING: &str = "anything";

/// A text that a field can be, if all of this is true of it.
fn find_text(literals: &[Literal], reading: Reading, patience: &mut Patience) -> Result<Option<Field>, TooHard> {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    let mut unclear = false;
    for literal in literals {
        let (operand, in_set) = match literal.test {
            Test::Equals(operand) => (operand, literal.holds),
            Test::Differs(operand) => (operand, !literal.holds),
            _ if literal.holds => return Ok(None),
            _ => continue,
        };
        match operand {
            Operand::Number(_) if !reading.kinds_mix => {
                if literal.test.holds(Some(&Value::String(String::new())), reading) != Some(literal.holds) {
                    return Ok(None);
                }
            }
            _ => {
                // The only text that is left is as good as any.
                if let Some(only) = operand.plain(reading).filter(|_| in_set) {
                    let value = Value::String(only.to_owned());
                    let against = |other: &Literal| {
                        other.test.holds(Some(&value), reading).is_some_and(|holds| holds != other.holds)
                    };
                    return Ok((!literals.iter().any(against)).then_some(Field::Is(value)));
                }
                match operand.machine(reading) {
                    Some(machine) if in_set => wanted.push(machine),
                    Some(machine) => unwanted.push((machine, operand.plain(reading))),
                    None => unclear = true,
                }
            }
        }
    }
    // A single text that is not wanted anyway need not be kept out.
    let matters = |plain: Option<&str>| plain.is_none_or(|plain| wanted.iter().all(|machine| machine.accepts(plain)));
    let unwanted: Vec<Machine> =
        unwanted.into_iter().filter(|(_, plain)| matters(*plain)).map(|(machine, _)| machine).collect();
    let free = wanted.is_empty() && unwanted.iter().all(|machine| !machine.accepts(ANYTHING));
    let text = if free { Some(ANYTHING.to_owned()) } else { common_text(&wanted, &unwanted, patience)? };
    Ok(text.map(|text| if unclear { Field::Unclear } else { Field::Is(Value::String(text)) }))
}

impl Operand {
    fn plain(&self, reading: Reading) -> Option<&str> {
        match self {
            Self::Text(text) => text.plain(reading),
            Self::Number(number) => Some(number.as_str()),
            Self::Regex(_) => None,
        }
    }

    fn machine(&self, reading: Reading) -> Option<Machine> {
        match self {
            Self::Text(text) => Some(text.machine(reading)),
            Self::Number(number) => Some(Text(number.as_str().to_owned()).machine(reading)),
            Self::Regex(regex) => regex.machine().cloned(),
        }
    }
}

/// One number of each kind that the tests tell apart: those they name, and one between each two.
fn numbers(literals: &[Literal]) -> Vec<Value> {
    let mut named = Vec::new();
    let mut written = Vec::new();
    for literal in literals {
        match literal.test {
            Test::Compares(_, number)
            | Test::Equals(Operand::Number(number))
            | Test::Differs(Operand::Number(number)) => named.push(number.value()),
            Test::Equals(Operand::Text(Text(text))) | Test::Differs(Operand::Text(Text(text))) => {
                written.extend(serde_json::from_str::<serde_json::Number>(text).ok());
            }
            _ => {}
        }
    }
    named.extend(written.iter().filter_map(serde_json::Number::as_f64));
    named.sort_by(f64::total_cmp);
    let between = named.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0);
    let beyond = match (named.first(), named.last()) {
        (Some(first), Some(last)) => [first - first.abs() - 1.0, last + last.abs() + 1.0],
        _ => [1.0, 2.0],
    };
    let all = named.iter().copied().chain(between).chain(beyond);
    written.into_iter().map(Value::Number).chain(all.filter_map(number_json)).collect()
}

/// A number as JSON writes it: whole numbers without a fraction.
fn number_json(value: f64) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Some(Value::from(value as i64));
    }
    serde_json::Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    fn coverage(required: &str, filters: &[&str]) -> Coverage {
        covers(&Pattern::parse(required).unwrap(), &parsed(filters).iter().collect::<Vec<_>>())
    }

    #[track_caller]
    fn covered(required: &str, filters: &[&str]) {
        assert_eq!(coverage(required, filters), Coverage::Covered);
    }

    #[track_caller]
    fn not_covered(required: &str, filters: &[&str], expected: &str) {
        match coverage(required, filters) {
            Coverage::NotCovered { alternative, .. } => assert_eq!(text_of(&alternative), expected),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn undecided(required: &str, filters: &[&str], expected: &str) {
        assert_eq!(coverage(required, filters), Coverage::Undecided(expected.to_owned()));
    }

    const EITHER: &str = "{ $.name = A || $.name = B }";

    #[test]
    fn what_is_written_otherwise_is_the_same() {
        covered(EITHER, &["{ ($.name = \"B\") || (($.name=A)) }"]);
        covered(EITHER, &["{ $.name = B }", "{ $.name = A }"]);
        covered(EITHER, &["{ $.x = 1 && $.name = C || $.name = B || $.name = A || $.y NOT EXISTS }"]);
        covered("{ $.s = k && ($.n = A || $.n = B) }", &["{ ($.s = k && $.n = A) || ($.n = B && $.s = k) }"]);
        covered("{ $.a = 1 && $.b = 2 || $.a = 1 && $.c = 3 }", &["{ $.a = 1 && ($.b = 2 || $.c = 3) }"]);
        covered("{ $.s = k && $.n = A }", &["{ $.n = A }"]);
        covered(EITHER, &[""]);
    }

    #[test]
    fn what_is_narrower_does_not_cover() {
        not_covered(EITHER, &["{ $.name = A }"], "$.name = \"B\"");
        not_covered(EITHER, &[], "$.name = \"A\"");
        not_covered("{ $.name = A }", &["{ $.name = A && $.errorCode NOT EXISTS }"], "$.name = \"A\"");
        not_covered("{ $.name = A }", &["{ $.name = a }"], "$.name = \"A\"");
        not_covered("{ $.name = A }", &["{ $.name = A && $.who != \"ci\" }"], "$.name = \"A\"");
        not_covered("{ $.n = A || $.n = B && $.s = k }", &["{ ($.n = A || $.n = B) && $.s = k }"], "$.n = \"A\"");
    }

    #[test]
    fn the_event_that_nothing_matches_is_shown() {
        let answer = coverage(
            "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.n[1] = *x }",
            &["{ $.userIdentity.type = Root && $.n[1] != x }", "{ $.n[1] = x && $.userIdentity.arn = * }"],
        );
        let Coverage::NotCovered { example, .. } = answer else { panic!("{answer:?}") };
        assert_eq!(example, json!({ "userIdentity": { "type": "Root" }, "n": [null, "x"] }));
    }

    #[test]
    fn stars_cover_what_begins_or_ends_alike() {
        covered("{ $.n = DeleteGroupPolicy || $.n = DeletePolicy }", &["{ $.n = Delete* }"]);
        covered("{ $.n = DeleteGroupPolicy }", &["{ $.n = *Policy && $.n != Put* }"]);
        covered("{ $.e = AccessDenied* }", &["{ $.e = Access* }"]);
        covered("{ $.e = AccessDenied* }", &["{ $.e = AccessDenied || $.e = AccessDenied* && $.e != AccessDenied }"]);
        covered("{ $.e = *Denied* }", &["{ $.e = * }"]);
        not_covered("{ $.e = AccessDenied* }", &["{ $.e = AccessDenied }"], "$.e = \"AccessDenied*\"");
        not_covered("{ $.e = AccessDenied* }", &["{ $.e = AccessDeniedE* }"], "$.e = \"AccessDenied*\"");
        covered("{ $.n = DeleteTrail }", &["{ $.n = %^Delete% }"]);
        covered("{ $.n = DeleteTrail }", &["{ $.n = %[Tt]rail$% }"]);
    }

    #[test]
    fn differences_are_compared() {
        covered("{ $.m != Yes }", &["{ $.m != Yes }"]);
        covered("{ $.m != Yes && $.m != Y* }", &["{ $.m != Yes }"]);
        covered("{ $.i != x && $.e = A }", &["{ $.e = A && ($.i != x || $.i != y) }"]);
        covered("{ $.e = A }", &["{ $.e = A && $.e != B }"]);
        not_covered("{ $.m != Yes }", &["{ $.m = No }"], "$.m != \"Yes\"");
    }

    #[test]
    fn numbers_are_compared() {
        covered("{ $.l > 500 }", &["{ $.l >= 500 }"]);
        covered("{ $.l >= 400 && $.l < 600 }", &["{ $.l < 5e2 }", "{ $.l = 500 }", "{ $.l > 500 }"]);
        not_covered("{ $.l >= 500 }", &["{ $.l > 500 }"], "$.l >= 500");
        not_covered("{ $.l > 1 && $.l < 2 }", &["{ $.l = 1.5 }"], "$.l > 1 && $.l < 2");
        covered("{ $.l = 1000 && $.l >= 0 }", &["{ $.l = 1e3 }"]);
    }

    #[test]
    fn what_depends_on_the_reading_is_not_decided() {
        undecided(
            "{ $.name = DeleteGroupPolicy }",
            &["{ $.name = Delete*Policy }"],
            "whether $.name = \"DeleteGroupPolicy\" is matched: AWS does not say enough about != or * to tell",
        );
        undecided(
            "{ $.name = A && $.x NOT EXISTS }",
            &["{ $.name = A && $.x != B }"],
            "whether $.name = \"A\" && $.x NOT EXISTS is matched: AWS does not say enough about != or * to tell",
        );
        undecided(
            "{ $.name = grey }",
            &["{ $.name = %gra|ey% }"],
            "whether $.name = \"grey\" is matched: the conditions on it could not all be compared",
        );
        undecided("{ $.name = A }", &["A"], "whether $.name = \"A\" is matched depends on the event's text (`\"A\"`)");
        covered("{ $.name = %gra|ey% }", &["{ $.name = %gra|ey% || $.x = 1 }"]);
    }

    #[test]
    fn wild_selectors_cover_only_themselves() {
        covered("{ $.list[*] = a && $.b = 1 }", &["{ $.list[*] = a }"]);
        not_covered("{ $.name = A }", &["{ $.list[*] = A }"], "$.name = \"A\"");
        assert!(matches!(coverage("{ $.name = A }", &["{ $.* = A }"]), Coverage::Undecided(_)));
    }

    #[test]
    fn patterns_made_to_be_hard_are_answered_in_time() {
        let began = std::time::Instant::now();
        let both = |n: usize| format!("($.a{n} = x || $.b{n} = x) && ($.a{n} = y || $.c{n} = y)");
        let joined = |parts: &mut dyn Iterator<Item = String>, operator: &str| {
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(operator))
        };
        let filter = joined(&mut (0..20).map(both), " || ");
        let required = joined(&mut (0..20).map(both), " && ");
        assert!(matches!(coverage(&required, &[&filter]), Coverage::Undecided(_)));
        // Eight pigeons in seven holes: some two share one, but that is long in proving.
        let pairs = (0..8).flat_map(|p| (0..p).map(move |q| (p, q)));
        let mut shared =
            pairs.flat_map(|(p, q)| (0..7).map(move |hole| format!("$.p{p} = h{hole} && $.p{q} = h{hole}")));
        let mut homeless = (0..8).map(|p| (0..7).map(|h| format!("$.p{p} != h{h}")).collect::<Vec<_>>().join(" && "));
        let pigeons = [joined(&mut shared, " || "), joined(&mut homeless, " || ")];
        let all = joined(&mut (0..8).map(|p| format!("$.p{p} = h*")), " && ");
        let answer = coverage(&all, &pigeons.each_ref().map(String::as_str));
        assert!(matches!(answer, Coverage::Undecided(_)), "{answer:?}");
        let stars = |range: std::ops::Range<usize>| joined(&mut range.map(|n| format!("$.n = *{n}*a*b*")), " || ");
        let (required, filters) = (stars(0..30), [stars(30..60), stars(60..90)]);
        coverage(&required, &filters.each_ref().map(String::as_str));
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
