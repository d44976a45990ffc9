//! Frameworks lead to checks, people and duties that exist; and no check leads nowhere.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Attestation, Control, Framework, Model, Rivals, controls_of, natural};

fn ids() -> BTreeSet<&'static str> {
    checks().iter().map(|check| &*check.id).collect()
}

fn controls() -> impl Iterator<Item = (&'static Framework, &'static Control)> {
    Framework::all().iter().flat_map(|framework| framework.controls.iter().map(move |control| (framework, control)))
}

#[test]
fn every_check_that_a_control_names_exists() {
    let ids = ids();
    let named: BTreeSet<_> = controls().flat_map(|(_, control)| &control.checks).collect();
    let unresolved: Vec<_> = named.into_iter().filter(|check| !ids.contains(check.as_str())).collect();
    assert!(unresolved.is_empty(), "no such checks: {unresolved:#?}");
}

#[test]
fn every_check_that_is_planned_is_still_to_be_written() {
    let ids = ids();
    for (framework, control) in controls() {
        for planned in &control.planned {
            let place = format!("{} {}", framework.id, control.id);
            assert!(!ids.contains(planned.as_str()), "{place}: {planned} is a check by now; move it to checks");
        }
    }
}

#[test]
fn every_check_serves_a_control() {
    let idle: Vec<_> = ids().into_iter().filter(|check| controls_of(check).is_empty()).collect();
    assert!(idle.is_empty(), "no control of any framework names them: {idle:#?}");
}

#[test]
fn every_control_says_who_decides() {
    for (framework, control) in controls() {
        assert!(!control.is_bare(), "{} {}", framework.id, control.id);
        if let Some(reason) = &control.manual {
            assert!(!reason.is_empty() && !reason.ends_with('.'), "{} {}: {reason}", framework.id, control.id);
        }
    }
}

#[test]
fn every_attestation_and_duty_that_a_control_names_exists() {
    for (framework, control) in controls() {
        let place = format!("{} {}", framework.id, control.id);
        for id in &control.attestations {
            assert!(Attestation::get(id).is_some(), "{place}: no attestation {id}");
        }
        for id in &control.provider {
            assert!(Model::get().provider_duty(id).is_some(), "{place}: no duty of the provider {id}");
        }
    }
}

#[test]
fn every_attestation_is_one_statement_that_a_control_asks_for() {
    let asked: BTreeSet<_> = controls().flat_map(|(_, control)| &control.attestations).collect();
    let (mut known, mut statements) = (BTreeSet::new(), BTreeSet::new());
    for attestation in Attestation::all() {
        let Attestation { id, statement, .. } = attestation;
        assert!(known.insert(id), "{id} is there twice");
        assert!(statements.insert(statement), "{statement:?} is there twice");
        assert!(!statement.is_empty() && !statement.ends_with('.'), "{id}");
        assert!(statement.starts_with(char::is_uppercase), "{id}");
        assert!(asked.contains(id), "no control asks for {id}");
    }
    let ids = ids();
    assert!(known.iter().all(|id| !ids.contains(id.as_str())), "an attestation has the id of a check");
}

#[test]
fn every_control_is_under_a_heading_and_every_heading_has_controls() {
    for framework in Framework::all() {
        let mut controls_under: BTreeMap<_, usize> = BTreeMap::new();
        for control in &framework.controls {
            let mut sections = framework.sections_of(control).peekable();
            assert!(sections.peek().is_some(), "{} {} is under no heading", framework.id, control.id);
            sections.for_each(|section| *controls_under.entry(&section.id).or_default() += 1);
        }
        assert_eq!(controls_under.len(), framework.sections.len(), "{}: a heading is empty or twice", framework.id);
    }
}

const SHORT: &str = r#"
id = "ours"
name = "House rules"
version = "3"
controls = [
    { id = "1", title = "Root has no keys", checks = ["iam-root-access-key-absent"] },
    { id = "2", title = "Doors are locked", provider = ["datacenter-security"] },
    { id = "3", title = "Owners are known", attestations = ["iam-attest-machine-identity-register"], level = 2 },
    { id = "4", title = "Later", planned = ["s3-bucket-tls-required", "not-written-yet"] },
]
"#;

fn parsed(text: &str) -> Result<Framework, String> {
    Framework::parse(text, "ours.toml", checks()).map_err(|error| error.to_string())
}

#[test]
fn a_framework_of_a_user_is_read_as_ours_are() {
    let framework = parsed(SHORT).expect("a framework");
    assert_eq!(framework.controls.len(), 4);
    let named: Vec<_> = framework.checks(checks()).map(|check| &*check.id).collect();
    assert_eq!(named, ["iam-root-access-key-absent", "s3-bucket-tls-required"], "what was planned and is there counts");
    let later = framework.control("4").expect("a control");
    assert_eq!(
        (&*later.checks, &*later.planned),
        (&["s3-bucket-tls-required".into()][..], &["not-written-yet".into()][..])
    );
    let tables = "id = 'a'\nname = 'A'\nversion = '1'\n[[controls]]\nid = '1'\ntitle = 'T'\nmanual = 'look at it'\n";
    assert_eq!(parsed(tables).expect("tables do as well").controls.len(), 1);
}

#[test]
fn a_fault_in_a_framework_is_told_with_its_place_and_what_was_meant() {
    let with = |from: &str, to: &str| {
        assert!(SHORT.contains(from), "{from}");
        parsed(&SHORT.replacen(from, to, 1)).map(|_| ()).expect_err(to)
    };
    insta::assert_snapshot!(
        [
            with("iam-root-access-key-absent", "iam-root-access-key"),
            with("iam-root-access-key-absent", "nothing like it"),
            with("iam-root-access-key-absent", "iam_no_root_access_key"),
            with("iam-attest-machine-identity-register", "iam-attest-machine-identity"),
            with("datacenter-security", "data-center-security"),
            with("provider =", "provder ="),
            with("version =", "edition ="),
            with("id = \"4\"", "id = \"1\""),
            with("id = \"ours\"", "id = \"cis_7_0\""),
            with("id = \"ours\"", "id = \"my own\""),
            with("level = 2", "level = 3"),
            with("level = 2", "level = \"2\""),
            with("title = \"Later\", ", ""),
            with(", provider = [\"datacenter-security\"]", ""),
            with("\"Later\",", "\"Later\""),
            with("[\"datacenter-security\"]", "\"datacenter-security\""),
            parsed("id = 'a'\nname = 'A'\nversion = '1'\ncontrols = []").map(|_| ()).expect_err("no controls"),
            parsed("").map(|_| ()).expect_err("nothing"),
        ]
        .join("\n")
    );
}

#[test]
fn what_a_framework_says_to_people_is_there_and_moves_no_terminal() {
    for (from, to, problem) in [
        ("title = \"Later\"", "title = \" \"", "title is empty"),
        ("id = \"4\"", "id = \"\"", "id is empty"),
        ("title = \"Later\"", r#"title = "La\u001b[2Jter""#, r"title holds the control character \u{1b}"),
        ("title = \"Later\"", r#"title = "Later\nand later""#, r"title holds the control character \u{a}"),
        ("name = \"House rules\"", r#"name = "\u0007""#, r"name holds the control character \u{7}"),
        ("planned = [\"s3", r#"manual = "", planned = ["s3"#, "manual is empty"),
    ] {
        assert!(SHORT.contains(from), "{from}");
        let error = parsed(&SHORT.replacen(from, to, 1)).map(|_| ()).expect_err(to);
        assert!(error.ends_with(problem), "{error}");
    }
    let lines = SHORT.replacen("planned = [\"s3", "manual = \"one\\ntwo\", planned = [\"s3", 1);
    assert!(parsed(&lines).is_ok(), "a reason may have several lines");
}

#[test]
fn every_check_that_rivals_have_a_name_for_exists() {
    let ids = ids();
    let unresolved: Vec<_> = Rivals::all().map(|(check, _)| check).filter(|check| !ids.contains(check)).collect();
    assert!(unresolved.is_empty(), "no such checks: {unresolved:#?}");
}

#[test]
fn framework_ids_and_their_control_ids_are_unique() {
    let mut frameworks = BTreeSet::new();
    for framework in Framework::all() {
        assert!(frameworks.insert(&framework.id), "{} is there twice", framework.id);
        assert!(!framework.controls.is_empty(), "{} asks for nothing", framework.id);
        let mut controls = BTreeSet::new();
        for control in &framework.controls {
            assert!(controls.insert(&control.id), "{} has {} twice", framework.id, control.id);
            assert!(!control.title.is_empty() && !control.title.ends_with('.'), "{} {}", framework.id, control.id);
            let checks: BTreeSet<_> = control.checks.iter().collect();
            assert_eq!(checks.len(), control.checks.len(), "{} {} names a check twice", framework.id, control.id);
        }
    }
    assert_eq!(frameworks.len(), 10);
}

#[test]
fn the_controls_of_a_check_are_in_natural_order() {
    for check in checks() {
        for (framework, controls) in controls_of(&check.id) {
            assert!(Framework::get(framework).is_some());
            assert!(controls.is_sorted_by(|a, b| natural(a, b).is_lt()), "{}: {framework} {controls:?}", check.id);
        }
    }
}
