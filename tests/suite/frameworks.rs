//! Frameworks and rivals' names lead to checks that exist.

use std::collections::BTreeSet;

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Framework, Rivals, controls_of, natural};

fn ids() -> BTreeSet<&'static str> {
    checks().iter().map(|check| &*check.id).collect()
}

#[test]
fn every_check_that_a_control_names_exists() {
    let ids = ids();
    let mut unresolved = BTreeSet::new();
    for framework in Framework::all() {
        for control in &framework.controls {
            unresolved.extend(control.checks.iter().filter(|check| !ids.contains(check.as_str())));
        }
    }
    assert!(unresolved.is_empty(), "no such checks: {unresolved:#?}");
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
