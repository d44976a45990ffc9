//! What people sign: what it covers, what it never covers, and when somebody has to look at it again.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{fixture, stderr, stdout};

const EXCEPTIONS: &str = "exceptions.toml";
const ATTESTATIONS: &str = "attestations.toml";

fn run_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(folder).env_clear().output().unwrap()
}

fn folder_with(file: &str, text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    folder
}

fn scanned(folder: &Path, name: &str, args: &[&str]) -> (Value, Output) {
    let root = fixture(name);
    let from = ["scan", "--from", root.to_str().unwrap(), "--format", "json", "--now", "2026-11-25T12:00:00Z"];
    let output = run_in(folder, &[&from, args].concat());
    let document = serde_json::from_slice(&output.stdout);
    (document.unwrap_or_else(|error| panic!("{error}: {}", stderr(&output))), output)
}

fn findings<'a>(document: &'a Value, status: &str) -> Vec<&'a Value> {
    document["findings"].as_array().unwrap().iter().filter(|it| it["status"] == status).collect()
}

/// A check that fails in the fixture, with a resource for which it does.
fn failing() -> (String, String) {
    let bare = TempDir::new().unwrap();
    let (document, _) = scanned(bare.path(), "mixed", &[]);
    let first = findings(&document, "fail")[0];
    (first["check"].as_str().unwrap().to_owned(), first["resource"]["arn"].as_str().unwrap().to_owned())
}

fn exception(rest: &str) -> String {
    format!("[[exception]]\nowner = \"web\"\nreason = \"it is so\"\ndate = 2026-11-01\nexpires = 2027-03-31\n{rest}\n")
}

fn state_of(folder: &Path, name: &str, list: &str, args: &[&str]) -> String {
    let (document, _) = scanned(folder, name, args);
    document[list][0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn an_exception_accepts_what_fails_of_its_check_and_resource_alone() {
    let (check, arn) = failing();
    let folder = folder_with(EXCEPTIONS, &exception(&format!("check = \"{check}\"\nresource = \"{arn}\"")));
    let bare = TempDir::new().unwrap();
    let (before, _) = scanned(bare.path(), "mixed", &[]);
    let (after, _) = scanned(folder.path(), "mixed", &[]);
    let excepted = findings(&after, "excepted");
    assert!(!excepted.is_empty());
    for finding in &excepted {
        assert_eq!((&finding["check"], &finding["resource"]["arn"]), (&Value::from(&*check), &Value::from(&*arn)));
        assert_eq!(finding["accepted"]["owner"], "web");
        assert_eq!(finding["accepted"]["line"], 1);
    }
    assert_eq!(findings(&after, "fail").len() + excepted.len(), findings(&before, "fail").len());
    for same in ["pass", "unknown", "not-applicable"] {
        assert_eq!(findings(&after, same).len(), findings(&before, same).len(), "{same}");
    }
    assert_eq!(after["summary"]["excepted"], excepted.len());
    assert_eq!(after["exceptions"][0]["state"], "holds");
    assert_eq!(after["exceptions"][0]["covers"], excepted.len());
}

#[test]
fn what_is_excepted_does_not_fail_the_scan_and_what_has_expired_does_again() {
    let (check, _) = failing();
    let args = ["--check", &*check];
    let folder = folder_with(EXCEPTIONS, &exception(&format!("check = \"{check}\"")));
    let (_, output) = scanned(folder.path(), "mixed", &args);
    assert_ne!(output.status.code(), Some(1));
    let expired = exception(&format!("check = \"{check}\"")).replace("2027-03-31", "2026-11-24");
    fs::write(folder.path().join(EXCEPTIONS), expired).unwrap();
    let (document, output) = scanned(folder.path(), "mixed", &args);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(document["exceptions"][0]["state"], "expired");
    assert!(findings(&document, "excepted").is_empty());
    assert!(stderr(&output).contains("exceptions.toml:1: exception for"), "{}", stderr(&output));
    let today = exception(&format!("check = \"{check}\"")).replace("2027-03-31", "2026-11-25");
    fs::write(folder.path().join(EXCEPTIONS), today).unwrap();
    assert_eq!(state_of(folder.path(), "mixed", "exceptions", &args), "holds", "the last day counts");
}

#[test]
fn an_exception_never_covers_what_is_unknown_nor_an_attestation_what_fails() {
    let everything = exception("check = \"*\"");
    let folder = folder_with(EXCEPTIONS, &everything);
    let bare = TempDir::new().unwrap();
    let (before, _) = scanned(bare.path(), "denied", &[]);
    let (after, output) = scanned(folder.path(), "denied", &[]);
    assert_eq!(findings(&after, "unknown").len(), findings(&before, "unknown").len());
    assert!(findings(&after, "fail").is_empty());
    assert_eq!(output.status.code(), Some(3));
    let attested =
        "[[attestation]]\ncheck = \"*\"\nstatement = \"We have looked\"\nowner = \"sec\"\nexpires = 2027-03-31\n";
    let folder = folder_with(ATTESTATIONS, attested);
    let (after, _) = scanned(folder.path(), "denied", &[]);
    assert_eq!(findings(&after, "fail").len(), findings(&before, "fail").len());
    assert!(findings(&after, "unknown").is_empty());
    assert_eq!(findings(&after, "attested").len(), findings(&before, "unknown").len());
    assert_eq!(after["summary"]["reached"], before["summary"]["reached"], "nobody has read it");
}

#[test]
fn what_matches_nothing_is_reopened_only_if_the_scan_looked_there() {
    let (check, _) = failing();
    let about = |rest: &str| exception(&format!("check = \"{check}\"\n{rest}"));
    let folder = folder_with(EXCEPTIONS, &about("resource = \"no-such-thing\""));
    let state = |text: &str, args: &[&str]| {
        fs::write(folder.path().join(EXCEPTIONS), text).unwrap();
        state_of(folder.path(), "mixed", "exceptions", args)
    };
    assert_eq!(state(&about("resource = \"no-such-thing\"\nregion = \"global\""), &["--check", &check]), "unmatched");
    assert_eq!(state(&about("account = \"999988887777\""), &[]), "untried", "that account was not scanned");
    let other = plimsoll_checks::checks().iter().find(|other| other.id != check).unwrap();
    assert_eq!(state(&about(""), &["--check", &other.id]), "untried", "that check was not made");
    let bare = TempDir::new().unwrap();
    let (document, _) = scanned(bare.path(), "denied", &[]);
    let unlisted = findings(&document, "unknown").into_iter().find(|it| it["resource"]["id"] == "*");
    let unlisted = unlisted.unwrap()["check"].as_str().unwrap();
    let hidden = exception(&format!("check = \"{unlisted}\"\nresource = \"no-such-thing\""));
    fs::write(folder.path().join(EXCEPTIONS), hidden).unwrap();
    assert_eq!(state_of(folder.path(), "denied", "exceptions", &[]), "untried", "the list could not be read");
}

#[test]
fn a_statement_is_contradicted_by_a_check_of_its_duty_that_fails() {
    let (check, _) = failing();
    let duty = plimsoll_checks::checks().iter().find(|it| it.id == check).unwrap().check.duty.as_str();
    let attestation = format!(
        "[[attestation]]\nduty = \"{duty}\"\nstatement = \"It is all well\"\nowner = \"sec\"\nexpires = 2027-03-31\n"
    );
    let folder = folder_with(ATTESTATIONS, &attestation);
    let (document, output) = scanned(folder.path(), "mixed", &[]);
    assert_eq!(document["attestations"][0]["state"], "contradicted");
    assert!(stderr(&output).contains("contradicted"), "{}", stderr(&output));
    // An exception that accepts the failure lets the statement stand.
    fs::write(folder.path().join(EXCEPTIONS), exception(&format!("duty = \"{duty}\""))).unwrap();
    assert_eq!(state_of(folder.path(), "mixed", "attestations", &[]), "holds");
}

#[test]
fn what_rests_on_a_file_that_has_changed_counts_no_more() {
    let (check, _) = failing();
    let sum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let text = exception(&format!("check = \"{check}\"\nevidence = \"proof.txt\"\nsha256 = \"{sum}\""));
    let folder = folder_with(EXCEPTIONS, &text);
    let proof = folder.path().join("proof.txt");
    assert_eq!(state_of(folder.path(), "mixed", "exceptions", &[]), "evidence-changed", "it is not there");
    fs::write(&proof, "hello").unwrap();
    assert_eq!(state_of(folder.path(), "mixed", "exceptions", &[]), "holds");
    fs::write(&proof, "hello!").unwrap();
    let (document, _) = scanned(folder.path(), "mixed", &[]);
    assert_eq!(document["exceptions"][0]["state"], "evidence-changed");
    assert!(findings(&document, "excepted").is_empty());
}

#[test]
fn all_that_is_wrong_with_both_files_is_told_at_once_before_anything_is_read() {
    let folder = folder_with(
        EXCEPTIONS,
        "[[exception]]\ncheck = \"s3_bucket_secure_transport_policy\"\nowner = \"a\"\nreasn = \"b\"\nexpires = \"soon\"\n\
         [[exception]]\nreason = \"b\"\nevidence = \"x.pdf\"\n",
    );
    fs::write(
        folder.path().join(ATTESTATIONS),
        "[[attestation]]\nstatement = \"iam-attest-acces-review-held\"\naccount = \"111122223333\"\n",
    )
    .unwrap();
    let output = run_in(folder.path(), &["scan", "--from", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(stderr(&output));
}

#[test]
fn the_table_tells_what_has_to_be_looked_at_again() {
    let (check, _) = failing();
    let expired = exception(&format!("check = \"{check}\"")).replace("2027-03-31", "2026-11-20");
    let folder = folder_with(EXCEPTIONS, &expired);
    let root = fixture("mixed");
    let args = ["scan", "--from", root.to_str().unwrap(), "--now", "2026-11-25T12:00:00Z"];
    let table = stdout(&run_in(folder.path(), &args));
    assert!(table.contains("SIGNED") && table.contains("expired 5 days ago"), "{table}");
}

#[test]
fn a_signed_statement_answers_for_the_controls_that_ask_for_it() {
    let id = "iam-attest-access-review-held";
    let attestation = format!("[[attestation]]\nstatement = \"{id}\"\nowner = \"sec\"\nexpires = 2027-03-31\n");
    let everything = exception("check = \"*\"");
    let folder = folder_with(ATTESTATIONS, &attestation);
    fs::write(folder.path().join(EXCEPTIONS), everything).unwrap();
    let root = fixture("clean");
    let standing = |folder: &Path| {
        let args = ["compliance", "iso27001_2022", "--from", root.to_str().unwrap(), "--format", "json"];
        let output = run_in(folder, &[&args[..], &["--now", "2026-11-25T12:00:00Z"]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let asks = |control: &&Value| control["attestations"].as_array().unwrap().iter().any(|it| it["id"] == id);
        let controls = document["controls"].as_array().unwrap().iter().filter(asks);
        controls.map(|control| control["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let bare = TempDir::new().unwrap();
    let (before, after) = (standing(bare.path()), standing(folder.path()));
    assert!(before.iter().any(|status| status == "needs-person"), "{before:?}");
    assert!(after.iter().any(|status| ["attested", "excepted"].contains(&&**status)), "{after:?}");
    assert!(!after.iter().any(|status| status == "pass"), "{after:?}");
}

#[test]
fn a_new_entry_is_added_whole_or_not_at_all() {
    let (check, _) = failing();
    let folder = TempDir::new().unwrap();
    let now = ["--now", "2026-11-25T12:00:00Z"];
    let add = |rest: &[&str]| run_in(folder.path(), &[&["attest", "new", "exception"], rest, &now].concat());
    let no_end = add(&["--check", &check, "--owner", "web", "--reason", "it is so"]);
    assert_eq!(no_end.status.code(), Some(2), "without an end");
    let no_owner = add(&["--check", &check, "--expires", "2027-01-31", "--reason", "it is so"]);
    assert_eq!(no_owner.status.code(), Some(2), "without an owner");
    let typo = add(&["--check", "no-such", "--owner", "web", "--reason", "so", "--expires", "2027-01-31"]);
    assert!(stderr(&typo).contains("there is no check"), "{}", stderr(&typo));
    assert!(!folder.path().join(EXCEPTIONS).exists());
    let by_hand = format!("# by hand\n{}", exception("check = \"kms-*\""));
    fs::write(folder.path().join(EXCEPTIONS), &by_hand).unwrap();
    fs::write(folder.path().join("proof.txt"), "hello").unwrap();
    let rest = ["--owner", "web", "--reason", "it is so", "--expires", "2027-01-31", "--evidence", "proof.txt"];
    let added = add(&[&["--check", &*check], &rest[..]].concat());
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    let text = fs::read_to_string(folder.path().join(EXCEPTIONS)).unwrap();
    assert!(text.starts_with(&by_hand), "what was there stays to the letter");
    assert!(text.contains("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"), "{text}");
    let listed = run_in(folder.path(), &[&["attest", "list", "--format", "json"], &now[..]].concat());
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["entries"][1]["days_left"], 67);
}

#[test]
fn a_check_of_the_lists_exits_with_1_if_one_has_to_be_looked_at_again() {
    let (check, _) = failing();
    let folder = folder_with(EXCEPTIONS, &exception(&format!("check = \"{check}\"")));
    let code = |args: &[&str]| run_in(folder.path(), &[&["attest", "check"], args].concat()).status.code();
    assert_eq!(code(&["--now", "2027-03-31T23:59:59Z"]), Some(0));
    assert_eq!(code(&["--now", "2027-04-01T00:00:00Z"]), Some(1));
    let mixed = fixture("mixed");
    let from = ["--now", "2026-11-25T12:00:00Z", "--from", mixed.to_str().unwrap()];
    assert_eq!(code(&from), Some(0));
    let nothing = exception(&format!("check = \"{check}\"\nresource = \"none\"\nregion = \"global\""));
    fs::write(folder.path().join(EXCEPTIONS), nothing).unwrap();
    assert_eq!(code(&from), Some(1), "it matches nothing");
    fs::write(folder.path().join(EXCEPTIONS), "[[exception]]\n").unwrap();
    assert_eq!(code(&from), Some(2));
}
