//! What holds for every IAM policy, not only for those that somebody has thought of.

use plimsoll_checks::policy::{
    Actions, Condition, Document, Effect, Operator, Pattern, Policy, Principal, Principals, Quantifier, Resources,
    Statement, Test, Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Few letters, so that patterns meet often.
fn pattern_text() -> impl Strategy<Value = String> {
    vec(select(vec!['a', 'b', '*', '?']), 0..6).prop_map(String::from_iter)
}

/// Every text of up to five letters of the patterns' alphabet and one that no pattern has.
fn texts() -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut longest = texts.clone();
    for _ in 0..5 {
        longest = longest.iter().flat_map(|text| ['a', 'b', 'z'].map(|letter| format!("{text}{letter}"))).collect();
        texts.extend(longest.clone());
    }
    texts
}

/// The textbook way to match, written independently of the program's.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|skipped| matches(&pattern[1..], &text[skipped..])),
        Some('?') => !text.is_empty() && matches(&pattern[1..], &text[1..]),
        Some(letter) => text.starts_with(letter) && matches(&pattern[1..], &text[1..]),
    }
}

fn resource(text: &str) -> Pattern {
    Pattern::resource(text)
}

fn principal() -> impl Strategy<Value = Principal> {
    select(vec![
        Principal::Everyone,
        Principal::Aws("111122223333".to_owned()),
        Principal::Aws("arn:aws:iam::444455556666:role/reader".to_owned()),
        Principal::Aws("AROAEXAMPLEEXAMPLE123".to_owned()),
        Principal::CanonicalUser("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be".to_owned()),
        Principal::Federated("cognito-identity.amazonaws.com".to_owned()),
        Principal::Service("sns.amazonaws.com".to_owned()),
    ])
}

/// In the order that documents give them: by kind.
fn principals() -> impl Strategy<Value = Principals> {
    let kind = |principal: &Principal| match principal {
        Principal::Everyone | Principal::Aws(_) => 0,
        Principal::CanonicalUser(_) => 1,
        Principal::Federated(_) => 2,
        Principal::Service(_) => 3,
    };
    (any::<bool>(), vec(principal(), 0..4)).prop_map(move |(only, mut list)| {
        list.sort_by_key(kind);
        if only { Principals::Only(list) } else { Principals::AllBut(list) }
    })
}

fn operator() -> impl Strategy<Value = Operator> {
    let quantifier = option::of(select(vec![Quantifier::ForAllValues, Quantifier::ForAnyValue]));
    (quantifier, select(Test::ALL), any::<bool>()).prop_map(|(quantifier, test, if_exists)| Operator {
        quantifier,
        test,
        if_exists: if_exists && test != Test::Null,
    })
}

fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let key = select(vec!["aws:SourceIp", "aws:PrincipalOrgID", "aws:SecureTransport", "kms:CallerAccount"]);
    let value = select(vec!["true", "false", "*", "o-a1b2c3d4e5", "111122223333", "203.0.113.0/24", "${aws:username}"]);
    let condition = (operator(), key, vec(value.prop_map(str::to_owned), 0..3))
        .prop_map(|(operator, key, values)| Condition { operator, key: key.to_owned(), values });
    vec(condition, 0..4).prop_map(|mut conditions| {
        conditions.sort_by(|a, b| (a.operator, &a.key).cmp(&(b.operator, &b.key)));
        conditions.dedup_by(|a, b| a.operator == b.operator && a.key == b.key);
        conditions
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    let action = select(vec!["*", "s3:GetObject", "S3:get*", "kms:Decrypt", "s3:*"]).prop_map(Pattern::action);
    let actions = (any::<bool>(), vec(action, 0..3))
        .prop_map(|(only, list)| if only { Actions::Only(list) } else { Actions::AllBut(list) });
    let arn = select(vec!["*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::a/${aws:username}"]);
    let resources = (0..3_u8, vec(arn.prop_map(Pattern::resource), 0..3)).prop_map(|(which, list)| match which {
        0 => Resources::Absent,
        1 => Resources::Only(list),
        _ => Resources::AllBut(list),
    });
    let sid = option::of("[A-Za-z0-9]{0,8}");
    let effect = select(vec![Effect::Allow, Effect::Deny]);
    (sid, effect, option::of(principals()), actions, resources, conditions()).prop_map(
        |(sid, effect, principals, actions, resources, conditions)| Statement {
            sid,
            effect,
            principals,
            actions,
            resources,
            conditions,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    (option::of("[a-z\"\\\\é]{0,8}"), vec(statement(), 0..4)).prop_map(|(id, statements)| Policy {
        version: Some(Version::V2012),
        id,
        statements,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_policy_is_read_as_the_same(policy in policy()) {
        let printed = policy.to_string();
        prop_assert_eq!(Policy::parse(&printed).unwrap(), policy.clone());
        // And through a recording.
        let recorded = serde_json::to_value(Document::new(&*printed)).unwrap();
        prop_assert!(recorded.is_object());
        let replayed: Document = serde_json::from_value(recorded).unwrap();
        prop_assert_eq!(Policy::parse(&replayed.to_string()).unwrap(), policy);
    }

    #[test]
    fn a_document_of_any_text_survives_a_recording(text in any::<String>()) {
        let document = Document::new(text);
        let recorded = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&recorded).unwrap(), document);
    }

    #[test]
    fn one_more_allow_never_makes_a_public_policy_private(policy in policy(), more in statement(), at in any::<proptest::sample::Index>()) {
        let was_public = policy.is_public();
        let mut wider = policy;
        wider.statements.insert(at.index(wider.statements.len() + 1), Statement { effect: Effect::Allow, ..more });
        prop_assert!(!was_public || wider.is_public());
    }

    #[test]
    fn one_more_deny_never_makes_a_private_policy_public(policy in policy(), more in statement()) {
        let was_public = policy.is_public();
        let mut narrower = policy;
        narrower.statements.push(Statement { effect: Effect::Deny, ..more });
        prop_assert!(was_public || !narrower.is_public());
    }

    #[test]
    fn one_more_condition_never_lets_anyone_else_in(statement in statement(), more in conditions()) {
        let before = statement.is_public();
        let mut narrower = statement;
        narrower.conditions.extend(more);
        prop_assert!(before || !narrower.is_public());
    }

    #[test]
    fn a_public_statement_reaches_everyone_and_only_a_statement_for_everyone_is_public(statement in statement()) {
        if statement.is_public() {
            prop_assert!(statement.is_for_everyone());
            let outsiders = statement.reaches_other_accounts("111122223333");
            prop_assert!(outsiders.contains(&plimsoll_checks::policy::Outsider::Everyone));
        }
    }

    #[test]
    fn a_pattern_covers_a_text_exactly_when_it_matches(pattern in pattern_text(), text in "[abz]{0,6}") {
        let (pattern_read, text_read) = (resource(&pattern), resource(&text));
        prop_assert_eq!(pattern_read.includes(&text_read), matches(&pattern, &text));
        prop_assert_eq!(pattern_read.overlaps(&text_read), matches(&pattern, &text));
    }

    #[test]
    fn patterns_overlap_exactly_when_a_text_matches_both(a in pattern_text(), b in pattern_text()) {
        let meet = texts().iter().any(|text| matches(&a, text) && matches(&b, text));
        let overlap = resource(&a).overlaps(&resource(&b));
        // What is longer than the texts tried may still overlap.
        prop_assert!(!meet || overlap);
        if a.len() + b.len() <= 5 {
            prop_assert_eq!(meet, overlap);
        }
        prop_assert_eq!(overlap, resource(&b).overlaps(&resource(&a)));
    }

    #[test]
    fn patterns_cover_a_pattern_exactly_when_they_match_all_its_texts(
        wide in vec(pattern_text(), 0..4),
        narrow in pattern_text(),
    ) {
        let all_match = texts().iter().filter(|text| matches(&narrow, text)).all(|text| wide.iter().any(|wide| matches(wide, text)));
        let wide: Vec<Pattern> = wide.iter().map(|wide| resource(wide)).collect();
        let included = Pattern::any_includes(&wide, &resource(&narrow));
        prop_assert!(!included || all_match);
        // The shortest text that tells the difference has at most as many letters as the patterns have states.
        if narrow.len() + wide.iter().map(|wide| wide.as_str().len()).sum::<usize>() <= 5 {
            prop_assert_eq!(included, all_match);
        }
    }
}

#[test]
fn patterns_made_to_be_hard_are_answered_in_time() {
    let hard: Vec<Pattern> =
        (0..40).map(|n| Pattern::action(format!("*{}*a?????????*", char::from(b'a' + n % 26)))).collect();
    assert!(!Pattern::any_includes(&hard, &Pattern::action("?*:?*")));
    let all = format!("{}*", "*a".repeat(60));
    assert!(Pattern::action(&*all).includes(&Pattern::action(&*all)));
}
