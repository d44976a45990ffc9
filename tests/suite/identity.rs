//! Ids of findings: one for each, and the same for ever.

use std::collections::BTreeMap;
use std::fmt::Write;

use plimsoll::scan::{Chosen, Finding, ResourceOwner, Subject};
use plimsoll_checks::contract::{Identity, Partition, Place, pass};
use proptest::prelude::*;
use serde_json::Value;

use crate::program::{findings, fixture, json};

/// What an id is made of, as a document tells it.
fn parts(finding: &Value) -> String {
    let resource = &finding["resource"];
    let parts = [
        &finding["partition"],
        &finding["account"],
        &finding["region"],
        &finding["check"],
        &resource["type"],
        &resource["arn"],
        &resource["id"],
    ];
    parts.map(|part| part.as_str().unwrap()).join(" ")
}

#[test]
fn no_two_findings_of_any_recording_share_an_id_and_one_keeps_its_own() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for name in ["mixed", "clean", "denied"] {
        for finding in findings(&json(&fixture(name), &[])) {
            let id = finding["id"].as_str().unwrap().to_owned();
            let before = known.insert(id.clone(), parts(finding));
            assert!(before.is_none_or(|before| before == parts(finding)), "{name}: {id}: {}", parts(finding));
        }
    }
    let mut of: Vec<&String> = known.values().collect();
    of.sort_unstable();
    of.dedup();
    assert_eq!(of.len(), known.len(), "a finding has two ids");
}

#[test]
fn ids_are_what_they_were_in_every_version_before() {
    let mut lines: Vec<String> = Vec::new();
    for name in ["mixed", "denied"] {
        lines.extend(
            findings(&json(&fixture(name), &[]))
                .iter()
                .map(|finding| format!("{} {}", finding["id"].as_str().unwrap(), parts(finding))),
        );
    }
    lines.sort_unstable();
    lines.dedup();
    let text = lines.into_iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    });
    // A line may be added with a check or a fixture; one that changes breaks every history there is.
    insta::assert_snapshot!(text);
}

fn finding(check: usize, account: &str, region: &str, arn: &str, id: &str) -> Finding {
    let check = Chosen::from(&plimsoll_checks::checks()[check]);
    let read = check.check.over[0].read;
    let place = Place::global(Partition::Aws, account).at(region);
    Finding {
        check,
        owner: ResourceOwner::of(&place),
        place,
        resource_type: read.resource_type.unwrap(),
        kind: read.name,
        subject: Subject::Resource(Identity::new(arn, id)),
        answer: Ok(pass("is as it should be")),
        evidence: Vec::new(),
        accepted: None,
    }
}

/// Short texts of few letters, so that many are the same when they run together.
fn text() -> impl Strategy<Value = String> {
    "[a:/\u{0}é]{0,4}"
}

proptest! {
    #[test]
    fn findings_share_an_id_only_if_they_share_every_part(
        one in (0..4_usize, text(), text(), text(), text()),
        other in (0..4_usize, text(), text(), text(), text()),
        shared in any::<[bool; 5]>(),
    ) {
        let mut other = other;
        if shared[0] { other.0 = one.0; }
        if shared[1] { other.1.clone_from(&one.1); }
        if shared[2] { other.2.clone_from(&one.2); }
        if shared[3] { other.3.clone_from(&one.3); }
        if shared[4] { other.4.clone_from(&one.4); }
        let id = |it: &(usize, String, String, String, String)| finding(it.0, &it.1, &it.2, &it.3, &it.4).id();
        prop_assert_eq!(one == other, id(&one) == id(&other));
    }
}
