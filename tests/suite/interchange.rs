//! OCSF, ASFF and OSCAL: what is in them is what the JSON report says. That they are valid is for others to say, in
//! tests/readers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hostile::hostile;
use crate::program::{findings, fixture, scan, stderr, stdout};

/// What a recorded account comes to, in each format.
struct Written {
    ours: Value,
    ocsf: Value,
    lines: String,
    asff: Value,
    oscal: String,
}

fn written(root: &Path) -> Written {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = ["a.ocsf.json", "a.ocsf.ndjson", "a.asff.json", "a.oscal.json"].map(path);
    let outputs: Vec<&str> = names.iter().flat_map(|name| ["--output", name]).collect();
    let output = scan(root, &[&["--format", "json"], &*outputs].concat());
    let [ocsf, lines, asff, oscal] =
        names.map(|name| fs::read_to_string(&name).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output))));
    Written {
        ours: serde_json::from_str(&stdout(&output)).unwrap(),
        ocsf: serde_json::from_str(&ocsf).unwrap(),
        lines,
        asff: serde_json::from_str(&asff).unwrap(),
        oscal,
    }
}

impl Written {
    fn oscal(&self) -> Value {
        let document: Value = serde_json::from_str(&self.oscal).unwrap();
        document["assessment-results"]["results"][0].clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Id to status, as a format tells them.
fn told(list: &Value, id: impl Fn(&Value) -> String, status: impl Fn(&Value) -> String) -> BTreeMap<String, String> {
    let list = list.as_array().unwrap();
    let told: BTreeMap<String, String> = list.iter().map(|it| (id(it), status(it))).collect();
    assert_eq!(told.len(), list.len(), "an id is there twice");
    told
}

fn property(of: &Value, name: &str) -> String {
    let property = of["props"].as_array().unwrap().iter().find(|it| it["name"] == name);
    text(&property.unwrap_or_else(|| panic!("no {name} in {of}"))["value"])
}

fn ocsf_status(event: &Value) -> String {
    let ids = (event["status_id"].as_u64().unwrap(), event["compliance"]["status_id"].as_u64().unwrap());
    match ids {
        (99, 1) => "pass",
        (1, 3) => "fail",
        (99, 99) => "not-applicable",
        (0, 0) => "unknown",
        _ => panic!("{ids:?}"),
    }
    .to_owned()
}

fn asff_status(finding: &Value) -> String {
    let reason = finding["Compliance"]["StatusReasons"][0]["ReasonCode"].as_str();
    match (&*text(&finding["Compliance"]["Status"]), reason) {
        ("PASSED", None) => "pass",
        ("FAILED", None) => "fail",
        ("NOT_AVAILABLE", Some("PLIMSOLL_NOT_APPLICABLE")) => "not-applicable",
        ("NOT_AVAILABLE", Some(reason)) if reason.starts_with("PLIMSOLL_UNKNOWN_") => "unknown",
        other => panic!("{other:?}"),
    }
    .to_owned()
}

fn every_format_says_the_same(root: &Path) {
    let written = written(root);
    let ours = told(&written.ours["findings"], |it| text(&it["id"]), |it| text(&it["status"]));
    assert_eq!(told(&written.ocsf, |it| text(&it["finding_info"]["uid"]), ocsf_status), ours);
    let asff_id = |it: &Value| text(&it["Id"]).strip_prefix("plimsoll/").unwrap().to_owned();
    assert_eq!(told(&written.asff, asff_id, asff_status), ours);
    let oscal = written.oscal();
    let status = |it: &Value| property(it, "status");
    assert_eq!(told(&oscal["observations"], |it| property(it, "finding-id"), status), ours);
    let lines: Vec<Value> = written.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), written.ocsf, "one a line, and in an array");
}

#[test]
fn every_format_says_the_same_of_a_mixed_account() {
    every_format_says_the_same(&fixture("mixed"));
}

#[test]
fn every_format_says_the_same_where_much_is_denied() {
    every_format_says_the_same(&fixture("denied"));
}

#[test]
fn every_format_says_the_same_of_an_account_that_means_harm() {
    every_format_says_the_same(hostile().path());
}

/// The first finding of each status, by id.
fn chosen(ours: &Value) -> BTreeMap<String, String> {
    let mut chosen = BTreeMap::new();
    for finding in findings(ours) {
        chosen.entry(text(&finding["status"])).or_insert_with(|| text(&finding["id"]));
    }
    assert_eq!(chosen.keys().collect::<Vec<_>>(), ["fail", "not-applicable", "pass", "unknown"]);
    chosen
}

/// What a list has for the first finding of each status.
fn shown(list: &Value, ours: &Value, id: impl Fn(&Value) -> String) -> String {
    let of = |wanted: &String| list.as_array().unwrap().iter().find(|it| id(it) == *wanted).unwrap();
    let shown: BTreeMap<String, &Value> = chosen(ours).iter().map(|(status, id)| (status.clone(), of(id))).collect();
    // The program's version changes with every release.
    serde_json::to_string_pretty(&shown).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_finding_of_each_status_looks_so() {
    let written = written(&fixture("mixed"));
    let ours = &written.ours;
    insta::assert_snapshot!("ocsf", shown(&written.ocsf, ours, |it| text(&it["finding_info"]["uid"])));
    insta::assert_snapshot!("asff", shown(&written.asff, ours, |it| text(&it["Id"]).replace("plimsoll/", "")));
    let oscal = written.oscal();
    insta::assert_snapshot!("oscal", shown(&oscal["observations"], ours, |it| property(it, "finding-id")));
}

#[test]
fn a_control_is_satisfied_only_by_what_was_seen_to_be_true() {
    for account in ["mixed", "denied", "clean"] {
        let oscal = written(&fixture(account)).oscal();
        let statuses = told(&oscal["observations"], |it| text(&it["uuid"]), |it| property(it, "status"));
        let mut seen = BTreeSet::new();
        for control in oscal["findings"].as_array().unwrap() {
            let related = control["related-observations"].as_array().map_or(&[][..], Vec::as_slice);
            let related: Vec<&str> = related.iter().map(|it| &*statuses[&text(&it["observation-uuid"])]).collect();
            let status = &control["target"]["status"];
            let is_satisfied = status["state"] == "satisfied";
            let is_seen = related.contains(&"pass") && !related.iter().any(|it| ["fail", "unknown"].contains(it));
            assert!(!is_satisfied || is_seen, "{control}");
            assert_eq!(status["reason"] == "fail", related.contains(&"fail"), "{control}");
            assert!(is_satisfied || !text(&status["remarks"]).is_empty(), "{control}");
            seen.insert((text(&status["state"]), text(&status["reason"])));
        }
        let expected = [("not-satisfied", "fail"), ("not-satisfied", "other"), ("satisfied", "pass")];
        let expected = BTreeSet::from(expected.map(|(state, reason)| (state.to_owned(), reason.to_owned())));
        assert!(account == "clean" || seen == expected, "{account}: {seen:?}");
    }
}

#[test]
fn the_same_recording_gives_the_same_oscal() {
    assert_eq!(written(&fixture("mixed")).oscal, written(&fixture("mixed")).oscal);
}

#[test]
fn asff_keeps_within_what_aws_takes_and_shows_what_it_cut() {
    let written = written(hostile().path());
    let long = |it: &&Value| text(&it["ProductFields"]["Plimsoll/ResourceId"]).starts_with("long long");
    let all = written.asff.as_array().unwrap();
    let finding = all.iter().find(long).unwrap();
    for (part, most) in [
        (&finding["Description"], 1024),
        (&finding["Resources"][0]["Id"], 512),
        (&finding["ProductFields"]["Plimsoll/ResourceId"], 2048),
        (&finding["ProductFields"]["Plimsoll/ResourceArn"], 2048),
    ] {
        let part = text(part);
        assert!(part.chars().count() <= most, "{part}");
    }
    assert!(text(&finding["Resources"][0]["Id"]).ends_with('…'));
    assert!(all.iter().all(|it| it.to_string().len() <= 240_000));
}

#[test]
fn an_account_without_findings_still_gives_whole_documents() {
    let folder = TempDir::new().unwrap();
    let names = ["a.ocsf.json", "a.asff.json", "a.oscal.json"].map(|name| folder.path().join(name));
    let outputs: Vec<&str> = names.iter().flat_map(|name| ["--output", name.to_str().unwrap()]).collect();
    let checks = ["--check", "iam-server-certificate-not-expired"];
    let output = scan(&fixture("clean"), &[&checks[..], &outputs].concat());
    let [ocsf, asff, oscal] = names.map(|name| {
        let text = fs::read_to_string(name).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
        serde_json::from_str::<Value>(&text).unwrap()
    });
    assert_eq!((ocsf, asff), (json!([]), json!([])));
    let result = &oscal["assessment-results"]["results"][0];
    assert!(result.get("observations").is_none(), "OSCAL takes no empty list");
    assert!(!result["findings"].as_array().unwrap().is_empty());
}
