//! Whole scans of recorded accounts: what is printed, what is exited with, what a damaged or hostile recording does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(name)
}

fn plimsoll(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("the program starts")
}

fn scan(root: &Path, args: &[&str]) -> Output {
    plimsoll(&[&["scan", "--from", root.to_str().unwrap()], args].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("errors are UTF-8")
}

fn json(root: &Path, args: &[&str]) -> Value {
    let output = scan(root, &[&["--format", "json"], args].concat());
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

fn findings(document: &Value) -> &Vec<Value> {
    document["findings"].as_array().expect("findings are a list")
}

/// A copy of a recording that may be changed.
fn copy_of(name: &str) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = TempDir::new().unwrap();
    copy(&fixture(name), folder.path());
    folder
}

fn account_file(root: &Path, file: &str) -> PathBuf {
    root.join("111122223333").join(file)
}

// ---- what is printed ----

#[test]
fn the_table_of_a_mixed_account_is_this() {
    insta::assert_snapshot!(stdout(&scan(&fixture("mixed"), &[])));
}

#[test]
fn the_table_of_a_clean_account_is_this() {
    insta::assert_snapshot!(stdout(&scan(&fixture("clean"), &[])));
}

#[test]
fn the_table_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(stdout(&scan(&fixture("denied"), &[])));
}

#[test]
fn the_json_of_a_few_checks_is_this() {
    insta::assert_snapshot!(stdout(&scan(&fixture("mixed"), &["--service", "kms", "--format", "json"])));
}

#[test]
fn no_line_of_a_table_is_wider_than_80_columns_or_coloured_off_a_terminal() {
    for name in ["mixed", "clean", "denied"] {
        for line in stdout(&scan(&fixture(name), &[])).lines() {
            assert!(line.width() <= 80, "{name}: {line}");
            assert!(!line.contains('\u{1b}'), "{name}: {line:?}");
        }
    }
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    for format in ["json", "ndjson", "table"] {
        let run = || scan(&fixture("mixed"), &["--format", format, "--now", "2026-12-01T00:00:00Z"]).stdout;
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn a_line_of_ndjson_is_a_finding_of_the_document() {
    let document = json(&fixture("mixed"), &[]);
    let lines = stdout(&scan(&fixture("mixed"), &["--format", "ndjson"]));
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(&lines, findings(&document));
}

#[test]
fn findings_have_ids_of_their_own() {
    let document = json(&fixture("mixed"), &[]);
    let mut ids: Vec<&str> = findings(&document).iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit())));
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_verdict_rests_on_calls_that_were_made() {
    for name in ["mixed", "clean", "denied"] {
        for finding in findings(&json(&fixture(name), &[])) {
            assert!(!finding["evidence"].as_array().unwrap().is_empty(), "{name}: {finding}");
        }
    }
}

#[test]
fn the_summary_counts_the_findings() {
    let document = json(&fixture("denied"), &[]);
    let of = |status: &str| findings(&document).iter().filter(|finding| finding["status"] == status).count();
    let summary = &document["summary"];
    for (status, key) in
        [("pass", "pass"), ("fail", "fail"), ("not-applicable", "not_applicable"), ("unknown", "unknown")]
    {
        assert_eq!(summary[key], of(status), "{status}");
        assert!(of(status) > 0, "the fixture has no {status}");
    }
    assert_eq!(summary["judgements"], findings(&document).len());
}

#[test]
fn what_was_denied_is_unknown_and_nothing_else_changed() {
    let sound = json(&fixture("mixed"), &[]);
    let denied = json(&fixture("denied"), &[]);
    let verdicts = |document: &Value| -> std::collections::BTreeMap<String, (String, String)> {
        let entry = |finding: &Value| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("id"), (text("status"), text("message")))
        };
        findings(document).iter().map(entry).collect()
    };
    let (sound, denied) = (verdicts(&sound), verdicts(&denied));
    for (id, (status, message)) in &denied {
        if status != "unknown" {
            assert_eq!(sound.get(id), Some(&(status.clone(), message.clone())), "{id}");
        }
    }
}

#[test]
fn a_kind_that_is_not_there_is_in_the_ledger_and_not_among_the_passes() {
    let document = json(&fixture("mixed"), &["--check", "guardduty-high-findings-resolved"]);
    assert!(findings(&document).iter().all(|finding| finding["region"] == "eu-west-1"));
    let ledger = document["ledger"].as_array().unwrap();
    let empty = ledger.iter().find(|entry| entry["region"] == "us-east-1" && entry["read"] == "guardduty/Detector");
    assert_eq!(empty.expect("the list is in the ledger")["note"], "no resources");
}

#[test]
fn outputs_appear_in_the_formats_of_their_extensions() {
    let folder = TempDir::new().unwrap();
    let files = ["a.json", "b.ndjson", "c.txt"].map(|name| folder.path().join(name));
    let args: Vec<&str> = files.iter().flat_map(|file| ["--output", file.to_str().unwrap()]).collect();
    let output = scan(&fixture("clean"), &args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_str(&fs::read_to_string(&files[0]).unwrap()).unwrap();
    assert_eq!(fs::read_to_string(&files[1]).unwrap().lines().count(), findings(&document).len());
    assert_eq!(fs::read_to_string(&files[2]).unwrap(), stdout(&output));
}

#[test]
fn regions_of_a_recording_can_be_picked() {
    let document = json(&fixture("mixed"), &["--region", "us-east-1", "--service", "ec2"]);
    assert!(findings(&document).iter().all(|finding| finding["region"] == "us-east-1"));
    assert!(!findings(&document).is_empty());
}

#[test]
fn later_is_older() {
    let keys = |now: &str| {
        let document = json(&fixture("mixed"), &["--check", "iam-access-key-rotated", "--now", now]);
        findings(&document).iter().filter(|finding| finding["status"] == "fail").count()
    };
    assert!(keys("2026-11-25T00:00:00Z") < keys("2027-11-25T00:00:00Z"));
}

// ---- what is exited with ----

#[test]
fn exit_codes_say_how_it_went() {
    let code = |name: &str, args: &[&str]| scan(&fixture(name), args).status.code().unwrap();
    assert_eq!(code("clean", &[]), 0);
    assert_eq!(code("mixed", &[]), 1);
    assert_eq!(code("mixed", &["--service", "rds", "--fail-on", "never"]), 0);
    assert_eq!(code("mixed", &["--check", "kms-key-rotation-enabled"]), 1);
    assert_eq!(code("mixed", &["--check", "kms-key-rotation-enabled", "--fail-on", "critical"]), 0);
    assert_eq!(code("denied", &["--check", "guardduty-high-findings-resolved", "--fail-on", "critical"]), 3);
    assert_eq!(code("mixed", &["--region", "mars-north-1"]), 2);
    assert_eq!(code("nowhere", &[]), 2);
    assert_eq!(code("clean", &["--output", "report.docx"]), 2);
    assert_eq!(code("clean", &["--fail-on", "hihg"]), 2);
    assert_eq!(plimsoll(&["scan", "--form", "x"]).status.code(), Some(2));
}

#[test]
fn what_cannot_start_says_why_and_what_to_do() {
    let said = |args: &[&str]| stderr(&plimsoll(args));
    let nowhere = said(&["scan", "--from", "nowhere"]);
    assert!(nowhere.contains("nowhere/manifest.json") && nowhere.contains("--record"), "{nowhere}");
    let mixed = fixture("mixed");
    let mars = said(&["scan", "--from", mixed.to_str().unwrap(), "--region", "mars-north-1"]);
    assert!(mars.contains("mars-north-1") && mars.contains("eu-west-1, us-east-1"), "{mars}");
    let check = said(&["scan", "--from", mixed.to_str().unwrap(), "--check", "s3-bucket-tls-require"]);
    assert!(check.contains("s3-bucket-tls-required"), "{check}");
}

// ---- damage ----

#[test]
fn a_truncated_file_is_named_with_its_line_and_the_rest_is_judged() {
    let folder = copy_of("mixed");
    let file = account_file(folder.path(), "eu-west-1/kms/Key.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    let lines = text[..text.len() / 2].lines().count();
    let output = scan(folder.path(), &["--format", "json"]);
    let said = stderr(&output);
    assert!(said.contains(&format!("{}:{lines}: ", file.display())), "{said}");
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let sound = json(&fixture("mixed"), &[]);
    let elsewhere = |document: &Value| -> Vec<Value> {
        let is_elsewhere = |finding: &&Value| !(finding["service"] == "kms" && finding["region"] == "eu-west-1");
        findings(document).iter().filter(is_elsewhere).cloned().collect()
    };
    assert_eq!(elsewhere(&document), elsewhere(&sound));
    let lost: Vec<&Value> = findings(&document)
        .iter()
        .filter(|finding| finding["service"] == "kms" && finding["region"] == "eu-west-1")
        .collect();
    assert_eq!(lost.len(), 3, "one unknown for each check of the kind");
    assert!(lost.iter().all(|finding| finding["unknown"]["reason"] == "malformed"));
}

#[test]
fn a_record_that_is_wrong_is_named_with_its_line_and_its_neighbours_are_judged() {
    let folder = copy_of("mixed");
    let file = account_file(folder.path(), "eu-west-1/ec2/Volume.json");
    let text = fs::read_to_string(&file).unwrap();
    let wrong = text.replacen("\"Encrypted\": true", "\"Encrypted\": \"yes\"", 1);
    assert_ne!(text, wrong);
    fs::write(&file, &wrong).unwrap();
    let line = wrong.lines().position(|line| line.contains("\"yes\"")).unwrap() + 1;
    let output = scan(folder.path(), &["--check", "ec2-ebs-volume-encrypted", "--format", "json"]);
    assert!(stderr(&output).contains(&format!("{}:{line}: ", file.display())), "{}", stderr(&output));
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let sound = json(&fixture("mixed"), &["--check", "ec2-ebs-volume-encrypted"]);
    assert_eq!(findings(&document).len(), findings(&sound).len(), "the lost one is there as the unknown rest");
    assert!(findings(&document).iter().any(|finding| finding["status"] == "unknown"));
}

#[test]
fn what_was_not_recorded_is_unknown_and_never_empty() {
    let folder = copy_of("clean");
    fs::remove_dir_all(account_file(folder.path(), "eu-west-1/ec2")).unwrap();
    let document = json(folder.path(), &["--service", "ec2"]);
    assert!(!findings(&document).is_empty());
    for finding in findings(&document) {
        assert_eq!(finding["unknown"]["reason"], "not-recorded", "{finding}");
    }
}

#[test]
fn a_foreign_manifest_is_refused() {
    let folder = copy_of("clean");
    let manifest = folder.path().join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replace("plimsoll.recording/1", "plimsoll.recording/9");
    fs::write(&manifest, text).unwrap();
    let output = scan(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("plimsoll.recording/9"), "{}", stderr(&output));
}

// ---- strangers' text ----

#[test]
fn names_and_tags_do_nothing_to_a_terminal() {
    let hostile = [
        "\u{1b}]0;owned\u{7}\u{1b}[2J",
        "\u{202e}gpj.exe",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "line\r\nbreak\u{2028}",
        &"long ".repeat(2_000),
        &"\u{1f600}".repeat(500),
    ];
    let folder = copy_of("mixed");
    let file = account_file(folder.path(), "eu-west-1/ec2/Volume.json");
    let mut volumes: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let records = volumes["Records"].as_array_mut().unwrap();
    let attached = records.iter().find(|volume| volume["Encrypted"] == false && volume["Attachments"] != Value::Null);
    let template = attached.expect("a volume fails").clone();
    for name in hostile {
        let mut volume = template.clone();
        volume["VolumeId"] = name.into();
        volume["Tags"] = serde_json::json!({ name: name });
        records.push(volume);
    }
    fs::write(&file, volumes.to_string()).unwrap();

    let args = ["--check", "ec2-ebs-volume-encrypted"];
    let table = stdout(&scan(folder.path(), &args));
    for line in table.lines() {
        assert!(line.width() <= 80, "{} columns: {line:?}", line.width());
        assert!(line.chars().all(|c| !c.is_control() && !('\u{2028}'..='\u{202e}').contains(&c)), "{line:?}");
    }
    let document = json(folder.path(), &args);
    for name in hostile {
        let finding = findings(&document).iter().find(|finding| finding["resource"]["id"] == name);
        assert_eq!(finding.expect("every resource is judged")["resource"]["tags"][name], name);
    }
    let lines = stdout(&scan(folder.path(), &[&args[..], &["--format", "ndjson"]].concat()));
    assert_eq!(lines.lines().count(), findings(&document).len());
}

// ---- the map of duties ----

#[test]
fn the_map_says_of_each_duty_how_a_recorded_account_stands() {
    let root = fixture("mixed");
    let map = stdout(&plimsoll(&["duties", "--from", root.to_str().unwrap()]));
    insta::assert_snapshot!(map);
    let map = stdout(&plimsoll(&["duties", "--from", root.to_str().unwrap(), "--format", "json"]));
    let map: Value = serde_json::from_str(&map).unwrap();
    let document = json(&root, &[]);
    for group in map["groups"].as_array().unwrap() {
        for duty in group["duties"].as_array().unwrap() {
            let told = &document["summary"]["duties"][duty["id"].as_str().unwrap()];
            if *told != Value::Null {
                assert_eq!(&duty["standing"], told);
            }
        }
    }
}
