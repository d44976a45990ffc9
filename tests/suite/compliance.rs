//! How frameworks stand: what is printed, and that every status can be derived by hand from the findings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use plimsoll_checks::contract::{Control, Framework};
use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::program::{account_file, copy_of, findings, fixture, json, plimsoll, stderr, stdout};

const ACCOUNTS: [&str; 3] = ["mixed", "clean", "denied"];

fn compliance(framework: &str, root: &Path, args: &[&str]) -> Output {
    plimsoll(&[&["compliance", framework, "--from", root.to_str().unwrap()], args].concat())
}

fn document(framework: &str, root: &Path, args: &[&str]) -> Value {
    let output = compliance(framework, root, &[&["--format", "json"], args].concat());
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

fn statuses(document: &Value) -> BTreeMap<String, String> {
    let controls = document["controls"].as_array().expect("controls are a list").iter();
    controls
        .map(|control| (control["id"].as_str().unwrap().to_owned(), control["status"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn the_tree_of_a_mixed_account_is_this() {
    insta::assert_snapshot!(stdout(&compliance("cis_7_0", &fixture("mixed"), &[])));
}

#[test]
fn the_tree_of_a_clean_account_is_this() {
    insta::assert_snapshot!(stdout(&compliance("cis_7_0", &fixture("clean"), &[])));
}

#[test]
fn the_tree_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(stdout(&compliance("cis_7_0", &fixture("denied"), &[])));
}

#[test]
fn the_rows_of_an_account_that_could_not_be_seen_well_are_these() {
    insta::assert_snapshot!(stdout(&compliance("cis_7_0", &fixture("denied"), &["--level", "1", "--format", "csv"])));
}

#[test]
fn no_line_of_a_tree_is_wider_than_80_columns_or_coloured_off_a_terminal() {
    for framework in Framework::all() {
        for line in stdout(&compliance(&framework.id, &fixture("mixed"), &[])).lines() {
            let unbroken = line.trim_start().split(' ').any(|word| word.width() > 40);
            assert!(line.width() <= 80 || unbroken, "{}: {line}", framework.id);
            assert!(!line.contains('\u{1b}'), "{}: {line:?}", framework.id);
        }
    }
}

/// The rule of docs/compliance.md, in the words of that page, over the findings as `scan --format json` prints them.
fn derived(control: &Control, findings: &[Value]) -> &'static str {
    let of_its_checks = |status: &str| {
        let its = findings.iter().filter(|finding| control.checks.iter().any(|check| finding["check"] == **check));
        its.filter(|finding| finding["status"] == status).count()
    };
    let asks_a_person = !control.attestations.is_empty() || control.manual.is_some();
    if of_its_checks("fail") > 0 {
        return "fail";
    }
    if of_its_checks("unknown") > 0 {
        return "incomplete";
    }
    if asks_a_person {
        return "needs-person";
    }
    if of_its_checks("pass") > 0 {
        return "pass";
    }
    match (control.checks.is_empty(), control.planned.is_empty()) {
        (false, _) => "not-applicable",
        (true, false) => "needs-person",
        (true, true) => "provider",
    }
}

#[test]
fn every_status_follows_from_the_findings() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for account in ACCOUNTS {
        let scanned = json(&fixture(account), &[]);
        for framework in Framework::all() {
            let told = statuses(&document(&framework.id, &fixture(account), &[]));
            assert_eq!(told.len(), framework.controls.len());
            for control in &framework.controls {
                let expected = derived(control, findings(&scanned));
                assert_eq!(told[&control.id], expected, "{account}: {} {}", framework.id, control.id);
                *seen.entry(expected).or_default() += 1;
            }
        }
    }
    assert_eq!(seen.len(), 6, "every status occurs: {seen:?}");
}

#[test]
fn the_findings_of_a_control_are_those_of_the_scan() {
    let scanned = json(&fixture("mixed"), &[]);
    let told = document("cis_7_0", &fixture("mixed"), &[]);
    let mut listed = 0;
    for control in told["controls"].as_array().unwrap() {
        for offending in control["offending"].as_array().unwrap() {
            let finding = findings(&scanned).iter().find(|finding| finding["id"] == offending["finding"]).unwrap();
            assert_eq!(finding["message"], offending["message"]);
            assert_eq!(finding["status"], offending["status"]);
            listed += 1;
        }
        let judgements = &control["judgements"];
        let offending = judgements["fail"].as_u64().unwrap() + judgements["unknown"].as_u64().unwrap();
        assert_eq!(control["offending"].as_array().unwrap().len() as u64, offending, "{}", control["id"]);
    }
    assert!(listed > 20, "only {listed}");
}

#[test]
fn nothing_that_was_not_seen_passes() {
    let empty = copy_of("clean");
    fs::remove_dir_all(empty.path().join("111122223333")).unwrap();
    for framework in Framework::all() {
        let told = statuses(&document(&framework.id, empty.path(), &[]));
        for control in &framework.controls {
            let status = &told[&control.id];
            assert_ne!(status, "pass", "{} {}", framework.id, control.id);
            // Nothing is laid down, so that there is nothing to read, either.
            let reads = |check: &String| check != "account-regions-allowed-only";
            if control.checks.iter().any(reads) {
                assert_eq!(status, "incomplete", "{} {}", framework.id, control.id);
            }
        }
    }
}

#[test]
fn a_level_leaves_out_the_controls_above_it() {
    let all = document("cis_7_0", &fixture("clean"), &[]);
    let first = document("cis_7_0", &fixture("clean"), &["--level", "1"]);
    let framework = Framework::get("cis_7_0").unwrap();
    assert_eq!(statuses(&first).len(), framework.at_level(1).count());
    assert_eq!(statuses(&all), statuses(&document("cis_7_0", &fixture("clean"), &["--level", "2"])));
    assert!(statuses(&first).iter().all(|(id, status)| statuses(&all)[id] == *status));
    assert_eq!(first["framework"]["level"], 1);
    let refused = compliance("pci_4_0", &fixture("clean"), &["--level", "1"]);
    assert_eq!(stderr(&refused), "error: --level: pci_4_0 has no levels\n");
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_scan_of_a_framework_makes_its_checks_and_no_others() {
    let scanned = json(&fixture("mixed"), &["--framework", "cis_7_0", "--level", "1"]);
    let framework = Framework::get("cis_7_0").unwrap();
    let named = |check: &Value| framework.at_level(1).any(|control| control.checks.iter().any(|it| check == &**it));
    let selected = scanned["scan"]["selection"]["checks"].as_array().unwrap();
    assert!(selected.iter().all(named) && selected.len() > 15, "{selected:?}");
}

#[test]
fn the_exit_code_says_how_the_worst_control_stands() {
    let code = |account: &str, framework: &str| compliance(framework, &fixture(account), &[]).status.code();
    assert_eq!(code("mixed", "cis_7_0"), Some(1));
    let own = TempDir::new().unwrap();
    let file = |controls: &str| {
        let path = own.path().join("own.toml");
        fs::write(&path, format!("id = \"own\"\nname = \"Ours\"\nversion = \"1\"\n{controls}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let person = "[[controls]]\nid = \"1\"\ntitle = \"A person looks\"\nmanual = \"look\"\n";
    assert_eq!(code("clean", &file(person)), Some(0), "what a person decides is no failure");
    let root = "[[controls]]\nid = \"1\"\ntitle = \"Root has no keys\"\nchecks = [\"iam-root-access-key-absent\"]\n";
    assert_eq!(code("clean", &file(root)), Some(0));
    let denied = copy_of("clean");
    fs::remove_file(account_file(denied.path(), "global/iam/AccountSummary.json")).unwrap();
    let output = compliance(&file(root), denied.path(), &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    assert!(stdout(&output).contains("incomplete"));
}

#[test]
fn a_framework_of_ones_own_stands_as_those_that_come_with_it() {
    let own = TempDir::new().unwrap();
    let path = own.path().join("house.toml");
    let text = "id = \"house\"\nname = \"House rules\"\nversion = \"3\"\nsections = [{ id = \"A\", title = \"Keys\" }]\n\
                [[controls]]\nid = \"A.1\"\ntitle = \"Keys rotate\"\nchecks = [\"kms-key-rotation-enabled\"]\n\
                [[controls]]\nid = \"A.2\"\ntitle = \"Somebody owns the keys\"\nmanual = \"ask the owners\"\n";
    fs::write(&path, text).unwrap();
    insta::assert_snapshot!(stdout(&compliance(path.to_str().unwrap(), &fixture("clean"), &[])));

    fs::write(&path, text.replace("rotation-enabled", "rotaton-enabled")).unwrap();
    let refused = compliance(path.to_str().unwrap(), &fixture("clean"), &[]);
    let place = format!("error: {}:8:11: there is no check \"kms-key-rotaton-enabled\"", path.display());
    assert!(stderr(&refused).starts_with(&place), "{}", stderr(&refused));
    assert_eq!(refused.status.code(), Some(2));

    let missing = compliance("no-such.toml", &fixture("clean"), &[]);
    assert!(stderr(&missing).starts_with("error: reading no-such.toml: "), "{}", stderr(&missing));
    let unknown = compliance("cis_7", &fixture("clean"), &[]);
    assert!(stderr(&unknown).contains("did you mean cis_7_0?"), "{}", stderr(&unknown));
}

#[test]
fn what_is_off_keeps_a_control_from_passing() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("plimsoll.toml");
    fs::write(&config, "[off]\niam-root-access-key-absent = \"we asked, they said so\"\n").unwrap();
    let told = document("cis_7_0", &fixture("clean"), &["--config", config.to_str().unwrap()]);
    let control = told["controls"].as_array().unwrap().iter().find(|control| control["id"] == "2.4").unwrap();
    assert_eq!(control["status"], "incomplete");
    let because = control["because"][0].as_str().unwrap();
    assert!(because.contains("not examined by configuration") && because.ends_with("we asked, they said so"));
}

#[test]
fn files_are_written_whole_in_the_format_of_their_names() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (tree, rows, whole) = (path("tree.txt"), path("rows.csv"), path("whole.json"));
    let outputs = ["--output", &*tree, "--output", &*rows, "--output", &*whole];
    let output = compliance("cis_7_0", &fixture("mixed"), &outputs);
    assert_eq!(fs::read(tree).unwrap(), output.stdout);
    let told: Value = serde_json::from_slice(&fs::read(whole).unwrap()).unwrap();
    assert_eq!(told["schema"], "plimsoll.compliance/1");
    let offending: usize =
        told["controls"].as_array().unwrap().iter().map(|it| it["offending"].as_array().unwrap().len()).sum();
    let mut reader = csv::Reader::from_path(rows).unwrap();
    assert_eq!(reader.records().map(Result::unwrap).count(), offending + statuses(&told).len());
    let refused = compliance("cis_7_0", &fixture("mixed"), &["--output", &path("x.pdf")]);
    assert!(stderr(&refused).contains("must be .json, .csv or .txt"), "{}", stderr(&refused));
}
