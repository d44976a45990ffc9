//! Every case of every check answers as stated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_checks::checks;

use crate::case::{CaseSource, Deaf, cases_of, judge_case, path_of, written};

#[tokio::test]
async fn every_case_answers_as_stated() {
    let mut wrong = Vec::new();
    for check in checks() {
        for case in cases_of(check) {
            let case = Arc::new(case);
            let answers = judge_case(check, &case, Arc::new(CaseSource(case.clone())), Arc::new(Deaf)).await;
            let found: BTreeMap<_, _> = answers.iter().map(|(id, answer)| (id.clone(), written(answer))).collect();
            let ids: BTreeSet<_> = found.keys().chain(case.expect.keys()).collect();
            for id in ids {
                let (expected, found) = (case.expect.get(id), found.get(id));
                if expected != found {
                    wrong.push(format!(
                        "{}, {:?}, {id}:\n  expected {expected:?}\n  found    {found:?}",
                        path_of(check).display(),
                        case.case
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_case_that_passes_and_one_that_fails() {
    for check in checks() {
        let cases = cases_of(check);
        for status in ["pass: ", "fail: "] {
            let expected = cases.iter().flat_map(|case| case.expect.values());
            assert!(
                expected.into_iter().any(|answer| answer.starts_with(status)),
                "{} has no case of {status}",
                check.id
            );
        }
    }
}
