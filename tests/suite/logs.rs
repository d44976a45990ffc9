//! What holds for every filter pattern, not only for those that somebody has thought of.

use plimsoll_checks::logs::{
    Comparison, Condition, Coverage, Expression, Number, Operand, Pattern, Reading, Regex, Selector, Step, Term, Test,
    Text, covers,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Few fields and values, so that conditions meet often.
fn selector() -> impl Strategy<Value = Selector> {
    let name = |name: &str| Step::Name(name.to_owned());
    select(vec![
        vec![name("a")],
        vec![name("a")],
        vec![name("b")],
        vec![name("c"), name("d e")],
        vec![name("c"), Step::Index(1)],
        vec![name("c"), Step::AnyIndex],
        vec![Step::AnyName],
    ])
    .prop_map(|steps| Selector { steps })
}

fn text() -> impl Strategy<Value = String> {
    select(vec!["x", "xy", "x*", "*y", "x*y", "*", "", "5", "5*", "true", "z\"\\'z"]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Number> {
    select(vec!["5", "-1", "1e1", "+7.5"]).prop_map(|text| Number::new(text).unwrap())
}

fn regex() -> impl Strategy<Value = Regex> {
    select(vec!["x", "^x.?$", "[^y]$", "x|y"]).prop_map(|text| Regex::new(text).unwrap())
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        4 => text().prop_map(|text| Operand::Text(Text(text))),
        1 => number().prop_map(Operand::Number),
        1 => regex().prop_map(Operand::Regex),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let comparison = select(vec![Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast]);
    prop_oneof![
        4 => operand().prop_map(Test::Equals),
        3 => operand().prop_map(Test::Differs),
        1 => (comparison, number()).prop_map(|(comparison, number)| Test::Compares(comparison, number)),
        1 => any::<bool>().prop_map(Test::IsBool),
        1 => Just(Test::IsNull),
        2 => Just(Test::NotExists),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    (selector(), test()).prop_map(|(selector, test)| Condition { selector, test })
}

/// A condition about fields that do not lie within each other, with values that are all understood.
fn clear_condition() -> impl Strategy<Value = Condition> {
    let unclear = |condition: &Condition| {
        let text = condition.to_string();
        condition.selector.is_wild() || text.starts_with("$.c[") || text.contains('|')
    };
    condition().prop_filter("clear", move |condition| !unclear(condition))
}

fn expression_of(condition: impl Strategy<Value = Condition> + 'static) -> impl Strategy<Value = Expression> {
    condition.prop_map(Expression::Is).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![vec(inner.clone(), 2..4).prop_map(Expression::All), vec(inner, 2..4).prop_map(Expression::Any),]
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    expression_of(condition())
}

fn terms() -> impl Strategy<Value = Pattern> {
    let term = prop_oneof![
        "[a-z \"\\\\-]{1,5}x".prop_map(Term::Has),
        "[a-z \"\\\\-]{0,5}".prop_map(Term::Lacks),
        "[a-z \"\\\\-]{0,5}".prop_map(Term::Perhaps),
        regex().prop_map(Term::Matches),
    ];
    vec(term, 1..4).prop_map(Pattern::Terms)
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let word = select(vec!["w1", "...", "w2 = \"a,]\" && w2 != %x,%", "", "status = 4*"]).prop_map(str::to_owned);
    prop_oneof![
        1 => Just(Pattern::Everything),
        6 => expression().prop_map(Pattern::Json),
        2 => terms(),
        1 => vec(word, 1..4).prop_map(Pattern::Words),
    ]
}

/// An event with the fields that the selectors are about.
fn event() -> impl Strategy<Value = Value> {
    let value = select(vec![
        json!("x"),
        json!("xy"),
        json!("xzy"),
        json!("y"),
        json!(""),
        json!("x*y"),
        json!("5"),
        json!("true"),
        json!(5),
        json!(8.5),
        json!(-3),
        json!(50),
        json!(true),
        json!(false),
        json!(null),
        json!([]),
    ]);
    let inner = prop_oneof![
        option::of(value.clone()).prop_map(|value| match value {
            Some(value) => json!({ "d e": value }),
            None => json!({}),
        }),
        vec(value.clone(), 0..4).prop_map(Value::Array),
        value.clone(),
    ];
    (option::of(value.clone()), option::of(value), option::of(inner)).prop_map(|(a, b, c)| {
        let fields = [("a", a), ("b", b), ("c", c)];
        Value::Object(
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>(),
        )
    })
}

fn json_pattern() -> impl Strategy<Value = Pattern> {
    expression().prop_map(Pattern::Json)
}

/// The same, with everything changed that does not matter: order and parentheses.
fn rewritten(expression: &Expression) -> Expression {
    let parts = |parts: &[Expression]| -> Vec<Expression> { parts.iter().rev().map(rewritten).collect() };
    match expression {
        Expression::Is(_) => expression.clone(),
        Expression::All(all) => nested(parts(all), Expression::All),
        Expression::Any(any) => nested(parts(any), Expression::Any),
    }
}

/// `a && b && c` as `a && (b && c)`.
fn nested(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    let last = parts.pop().unwrap();
    parts.into_iter().rev().fold(last, |inner, part| join(vec![part, inner]))
}

/// What is said of it, without the words.
fn kind(coverage: &Coverage) -> &'static str {
    match coverage {
        Coverage::Covered => "covered",
        Coverage::NotCovered { .. } => "not covered",
        Coverage::Undecided(_) => "undecided",
    }
}

fn answer(required: &Pattern, filters: &[Pattern]) -> Coverage {
    covers(required, &filters.iter().collect::<Vec<_>>())
}

/// With or without quotes around what needs none.
fn unquoted(pattern: &Pattern) -> String {
    let mut text = pattern.to_string();
    for word in ["x", "xy", "x*", "*y", "x*y", "*"] {
        text = text.replace(&format!("= \"{word}\""), &format!("={word} "));
    }
    text.replace(" && ", "&&").replace('(', " (\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_pattern_is_read_as_the_same(pattern in pattern()) {
        let printed = pattern.to_string();
        prop_assert_eq!(Pattern::parse(&printed).unwrap(), pattern, "{}", printed);
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error_at_a_place_within(text in "[{}\\[\\]()$.a*=!<>&|%\"' ISNOTEXV5e+-]{0,40}") {
        match Pattern::parse(&text) {
            Ok(pattern) => prop_assert_eq!(Pattern::parse(&pattern.to_string()).unwrap(), pattern),
            Err(error) => prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1),
        }
    }

    #[test]
    fn what_is_covered_is_matched_whatever_the_event(
        required in json_pattern(),
        filters in vec(json_pattern(), 1..4),
        events in vec(event(), 1..40),
    ) {
        match answer(&required, &filters) {
            Coverage::Covered => for event in &events {
                for reading in Reading::ALL {
                    let wanted = required.matches(event, reading);
                    let matched = filters.iter().any(|filter| filter.matches(event, reading) != Some(false));
                    prop_assert!(wanted != Some(true) || matched, "{} by {}", event, filters[0]);
                }
            },
            Coverage::NotCovered { example, .. } => {
                let shown = Reading::ALL.into_iter().any(|reading| {
                    required.matches(&example, reading) == Some(true)
                        && filters.iter().all(|filter| filter.matches(&example, reading) == Some(false))
                });
                prop_assert!(shown, "{}", example);
            }
            Coverage::Undecided(_) => {}
        }
    }

    #[test]
    fn what_is_matched_by_nothing_is_never_covered(
        required in json_pattern(),
        filters in vec(json_pattern(), 0..3),
        event in event(),
    ) {
        let missed = Reading::ALL.into_iter().any(|reading| {
            required.matches(&event, reading) == Some(true)
                && filters.iter().all(|filter| filter.matches(&event, reading) == Some(false))
        });
        prop_assert!(!missed || answer(&required, &filters) != Coverage::Covered, "{} by {:?}", required, filters);
    }

    #[test]
    fn a_pattern_covers_itself_and_its_parts(wide in expression(), more in expression()) {
        let pattern = Pattern::Json(wide.clone());
        let narrower = Pattern::Json(Expression::All(vec![more.clone(), wide.clone()]));
        let wider = Pattern::Json(Expression::Any(vec![more, wide.clone()]));
        let rewritten = Pattern::Json(rewritten(&wide));
        // Only what is too intricate may be left open.
        for (required, filter) in [(&pattern, &rewritten), (&rewritten, &pattern), (&narrower, &pattern), (&pattern, &wider)] {
            let answer = covers(required, &[filter]);
            prop_assert!(!matches!(answer, Coverage::NotCovered { .. }), "{} by {}", required, filter);
        }
        prop_assert_eq!(covers(&pattern, &[&rewritten]), Coverage::Covered);
        prop_assert_eq!(covers(&narrower, &[&pattern]), Coverage::Covered);
        prop_assert_eq!(covers(&pattern, &[&wider]), Coverage::Covered);
    }

    #[test]
    fn how_it_is_written_does_not_change_the_answer(
        required in expression_of(clear_condition()),
        filters in vec(expression_of(clear_condition()), 1..3),
    ) {
        let before = answer(&Pattern::Json(required.clone()), &filters.iter().cloned().map(Pattern::Json).collect::<Vec<_>>());
        let other: Vec<Pattern> = filters
            .iter()
            .rev()
            .map(|filter| Pattern::parse(&unquoted(&Pattern::Json(rewritten(filter)))).unwrap())
            .collect();
        let after = answer(&Pattern::Json(rewritten(&required)), &other);
        prop_assert_eq!(kind(&before), kind(&after), "{:?} for {} {:?}", after, required, other);
        // Several filters are one with alternatives.
        if let [one, two] = &*filters {
            let joined = Pattern::Json(Expression::Any(vec![one.clone(), two.clone()]));
            prop_assert_eq!(kind(&before), kind(&answer(&Pattern::Json(required), &[joined])));
        }
    }

    #[test]
    fn one_more_alternative_never_uncovers(
        required in json_pattern(),
        filters in vec(expression(), 1..3),
        more in expression(),
    ) {
        let before = answer(&required, &filters.iter().cloned().map(Pattern::Json).collect::<Vec<_>>());
        let mut wider: Vec<Expression> = filters;
        wider[0] = Expression::Any(vec![wider[0].clone(), more]);
        let after = answer(&required, &wider.into_iter().map(Pattern::Json).collect::<Vec<_>>());
        prop_assert!(before != Coverage::Covered || after == Coverage::Covered);
    }

    #[test]
    fn one_more_condition_never_covers(
        required in json_pattern(),
        filter in expression(),
        more in expression(),
    ) {
        let before = covers(&required, &[&Pattern::Json(filter.clone())]);
        let narrower = Pattern::Json(Expression::All(vec![filter, more]));
        prop_assert!(before == Coverage::Covered || covers(&required, &[&narrower]) != Coverage::Covered);
    }
}
