//! Whole scans of recorded accounts: what is printed, what is exited with, what a damaged or hostile recording does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::program::{account_file, copy_of, findings, fixture, json, plimsoll, scan, stderr, stdout};

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
    // Where no regions are laid down as allowed, that settles it without a call.
    let settled_by_settings =
        |finding: &Value| finding["check"] == "account-regions-allowed-only" && finding["status"] == "not-applicable";
    for name in ["mixed", "clean", "denied"] {
        for finding in findings(&json(&fixture(name), &[])).iter().filter(|finding| !settled_by_settings(finding)) {
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

// ---- outputs that fail, and readers that go away ----

#[test]
fn a_folder_in_the_place_of_an_output_is_noticed_before_anything_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("report.json");
    fs::create_dir(&path).unwrap();
    let output = scan(&fixture("clean"), &["--output", path.to_str().unwrap()]);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""));
    assert!(stderr(&output).contains("there is a folder of that name"), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_stdout_is_an_error_and_the_files_are_written_all_the_same() {
    for format in ["table", "json", "ndjson"] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("report.json");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["scan", "--from", fixture("mixed").to_str().unwrap(), "--format", format])
            .args(["--output", file.to_str().unwrap()])
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(stderr(&output).contains("writing to stdout: No space left on device"), "{}", stderr(&output));
        let document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(findings(&document), findings(&json(&fixture("mixed"), &[])));
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_takes_nothing_with_it() {
    for (format, other_output, code) in
        [("ndjson", true, 1), ("ndjson", false, 130), ("json", false, 1), ("table", false, 1)]
    {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("report.json");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(["scan", "--from", fixture("mixed").to_str().unwrap(), "--format", format]).stdout(writer);
        if other_output {
            command.args(["--output", file.to_str().unwrap()]);
        }
        let output = command.output().unwrap();
        // Never 0: nothing was said to be in order.
        assert_eq!(output.status.code(), Some(code), "{format}: {}", stderr(&output));
        assert!(!stderr(&output).contains("error") && !stderr(&output).contains("panicked"), "{}", stderr(&output));
        if other_output {
            let document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            assert_eq!(findings(&document), findings(&json(&fixture("mixed"), &[])));
        }
    }
}

#[cfg(unix)]
#[test]
fn it_does_not_matter_whether_anyone_hears_what_is_said() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["scan", "--from", fixture("clean").to_str().unwrap(), "--format", "json"])
        .stdout(std::process::Stdio::null())
        .stderr(writer)
        .status();
    assert_eq!(status.unwrap().code(), Some(0));
}

#[test]
fn a_file_holds_the_bytes_that_stdout_would() {
    let folder = copy_of("mixed");
    let volumes = account_file(folder.path(), "eu-west-1/ec2/Volume.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&volumes).unwrap()).unwrap();
    document["Records"][0]["Tags"] = serde_json::json!({ "odd": "a\u{7f}b\u{9b}31mc\u{1b}[31md" });
    fs::write(&volumes, document.to_string()).unwrap();
    for name in ["report.json", "report.ndjson"] {
        let file = folder.path().join(name);
        let format = name.split_once('.').unwrap().1;
        let output = scan(folder.path(), &["--format", format, "--output", file.to_str().unwrap()]);
        assert_eq!(fs::read_to_string(&file).unwrap(), stdout(&output), "{name}");
        assert!(stdout(&output).contains('\u{7f}') && stdout(&output).contains('\u{9b}'), "{name}");
    }
}

/// A recording that is never read to its end, because one of its files is a pipe that nobody writes to.
#[cfg(unix)]
fn endless() -> TempDir {
    let folder = copy_of("mixed");
    // Nothing that is judged before keys reads them.
    let file = account_file(folder.path(), "eu-west-1/kms/Key.json");
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    folder
}

#[cfg(unix)]
#[test]
fn either_signal_stops_a_scan_and_what_was_found_is_marked_partial() {
    for signal in ["-INT", "-TERM"] {
        let folder = endless();
        let file = folder.path().join("report.json");
        let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["scan", "--from", folder.path().to_str().unwrap(), "--format", "ndjson"])
            .args(["--output", file.to_str().unwrap()])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The first line says that it is under way.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        lines.next().unwrap().unwrap();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let said = lines.map(Result::unwrap).count() + 1;
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}: {}", stderr(&output));
        assert!(stderr(&output).contains("stopped before its end"), "{}", stderr(&output));
        let document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(findings(&document).len(), said);
        assert_eq!((&document["scan"]["partial"], &document["summary"]["partial"]), (&true.into(), &true.into()));
        let ledger = document["ledger"].as_array().unwrap();
        let keys = ledger.iter().find(|entry| entry["read"] == "kms/Key").expect("it was planned");
        assert_eq!(keys["missing"][0]["reason"], "interrupted");
    }
}

// ---- recordings that are out to do harm, or edited with a slip ----

fn edit(path: &Path, from: &str, to: &str) -> String {
    let text = fs::read_to_string(path).unwrap();
    let edited = text.replacen(from, to, 1);
    assert_ne!(text, edited);
    fs::write(path, &edited).unwrap();
    edited
}

#[test]
fn no_name_leads_out_of_a_recording() {
    // A manifest that points elsewhere is refused.
    for (from, to) in [
        ("\"Account\": \"111122223333\"", "\"Account\": \"../../etc\""),
        ("\"eu-west-1\"", "\"../../../etc\""),
        ("\"eu-west-1\"", "\"global\""),
    ] {
        let folder = copy_of("clean");
        edit(&folder.path().join("manifest.json"), from, to);
        let output = scan(folder.path(), &[]);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""), "{to}: {}", stderr(&output));
        assert!(stderr(&output).contains("manifest.json: "), "{}", stderr(&output));
    }
    // A bucket may say that it lives anywhere; its policy is then not looked for there.
    let folder = copy_of("mixed");
    let elsewhere = folder.path().join("s3");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("BucketPolicy.json"), "{ not JSON: it would be said if this was read").unwrap();
    edit(&account_file(folder.path(), "global/s3/Bucket.json"), "\"eu-west-1\"", "\"..\"");
    let output = scan(folder.path(), &["--check", "s3-bucket-tls-required", "--format", "json"]);
    assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let led_out = findings(&document).iter().find(|finding| finding["region"] == "..").expect("it is judged");
    assert_eq!(led_out["unknown"]["reason"], "not-recorded");
}

#[test]
fn a_recording_without_regions_is_not_judged_in_silence() {
    let folder = copy_of("clean");
    let path = folder.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    manifest["Regions"] = serde_json::json!([]);
    fs::write(&path, manifest.to_string()).unwrap();
    let output = scan(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("one region or more"), "{}", stderr(&output));
}

#[test]
fn a_region_that_is_recorded_twice_is_judged_once() {
    let folder = copy_of("clean");
    let path = folder.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let regions = manifest["Regions"].as_array_mut().unwrap();
    regions.push(regions[0].clone());
    fs::write(&path, manifest.to_string()).unwrap();
    assert_eq!(findings(&json(folder.path(), &[])), findings(&json(&fixture("clean"), &[])));
}

#[test]
fn an_entry_that_stands_twice_is_an_error_and_not_the_last_one_wins() {
    let folder = copy_of("mixed");
    let file = account_file(folder.path(), "eu-west-1/s3/BucketPolicy.json");
    let entries: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let name = entries.as_object().unwrap().keys().next().unwrap().clone();
    let denied = r#"{"Unknown": {"Reason": "denied", "Action": "a", "Detail": "b"}}"#;
    edit(&file, "{", &format!("{{ \"{name}\": {denied},"));
    let output = scan(folder.path(), &["--check", "s3-bucket-tls-required", "--format", "json"]);
    assert!(stderr(&output).contains(&format!("{name:?} is there twice")), "{}", stderr(&output));
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let of_name = findings(&document).iter().find(|finding| finding["resource"]["id"] == name.as_str());
    assert_eq!(of_name.expect("it is judged")["unknown"]["reason"], "malformed");
}

#[test]
fn a_detail_that_is_wrong_is_named_with_its_own_line_also_if_it_looks_like_others() {
    for wrong in [r#"{"Calls": [], "Record": {}}"#, r#"{"Calls": []}"#] {
        let folder = copy_of("mixed");
        let file = account_file(folder.path(), "eu-west-1/kms/KeyMetadata.json");
        let mut entries: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let last = entries.as_object().unwrap().keys().next_back().unwrap().clone();
        entries[&last] = serde_json::json!("HERE");
        // One that nobody asks for, earlier in the file and the same letter for letter.
        entries["0"] = serde_json::json!("HERE");
        let text = serde_json::to_string_pretty(&entries).unwrap().replace("\"HERE\"", wrong);
        fs::write(&file, &text).unwrap();
        let line = text.lines().enumerate().filter(|(_, line)| line.contains(wrong)).last().unwrap().0 + 1;
        let output = scan(folder.path(), &["--check", "kms-key-not-pending-deletion", "--format", "json"]);
        assert!(stderr(&output).contains(&format!("{}:{line}: ", file.display())), "{}", stderr(&output));
    }
}

#[test]
fn json_that_is_deep_huge_or_endless_is_damage_and_nothing_worse() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for (field, value) in
        [("Encrypted", deep.as_str()), ("VolumeId", &deep), ("Encrypted", "1e999"), ("Encrypted", "-0")]
    {
        let folder = copy_of("mixed");
        let file = account_file(folder.path(), "eu-west-1/ec2/Volume.json");
        let text = fs::read_to_string(&file).unwrap();
        let begin = text.find(&format!("\"{field}\": ")).unwrap() + field.len() + 4;
        let end = begin + text[begin..].find(['\n', ',']).unwrap();
        fs::write(&file, format!("{}{value}{}", &text[..begin], &text[end..])).unwrap();
        let output = scan(folder.path(), &["--check", "ec2-ebs-volume-encrypted", "--format", "json"]);
        assert!(matches!(output.status.code(), Some(1 | 3)), "{field}: {:?} {}", output.status, stderr(&output));
        let said = stderr(&output);
        assert!(said.contains("Volume.json:") && said.len() < 2_000, "{} bytes: {said:.500}", said.len());
    }
}

#[test]
fn what_a_recording_says_of_itself_does_nothing_to_a_terminal() {
    let folder = copy_of("mixed");
    let volumes = account_file(folder.path(), "eu-west-1/ec2/Volume.json");
    edit(&volumes, "\"Encrypted\"", "\"\\u001b]0;owned\\u0007\": 1, \"Encrypted\"");
    let mut keys: Value = serde_json::from_str(
        &fs::read_to_string(account_file(folder.path(), "eu-west-1/kms/KeyMetadata.json")).unwrap(),
    )
    .unwrap();
    let first = keys.as_object().unwrap().keys().next().unwrap().clone();
    keys[&first] = serde_json::json!({
        "Unknown": { "Reason": "denied", "Action": "kms:\u{1b}[2JDescribeKey", "Detail": "\u{1b}[31m" }
    });
    fs::write(account_file(folder.path(), "eu-west-1/kms/KeyMetadata.json"), keys.to_string()).unwrap();
    for format in ["table", "ndjson"] {
        let output = scan(folder.path(), &["--format", format]);
        for text in [stdout(&output), stderr(&output)] {
            assert!(text.contains("DescribeKey") || text.contains("owned"), "{text}");
            assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
        }
    }
}

#[test]
fn the_plan_of_a_scan_is_this() {
    let root = fixture("clean");
    let from = ["plan", "--from", root.to_str().unwrap()];
    insta::assert_snapshot!(stdout(&plimsoll(&[&from[..], &["--service", "kms", "--service", "cloudtrail"]].concat())));
}

#[test]
fn where_a_service_is_not_offered_the_ledger_says_so_and_no_finding_does() {
    let root = copy_of("mixed");
    let keys = root.path().join("111122223333/us-east-1/kms/Key.json");
    let told = r#"{"Reason": "not-in-region", "Action": "kms:ListKeys", "Detail": "UnknownOperationException: no"}"#;
    fs::write(&keys, format!(r#"{{"Calls": [], "Unknown": {told}, "Records": []}}"#)).unwrap();
    let document = json(root.path(), &["--check", "kms-key-rotation-enabled"]);
    let regions: BTreeSet<&str> = findings(&document).iter().map(|it| it["region"].as_str().unwrap()).collect();
    assert!(!regions.contains("us-east-1") && regions.contains("eu-west-1"), "{regions:?}");
    let mut ledger = document["ledger"].as_array().unwrap().iter();
    let entry = ledger.find(|entry| entry["read"] == "kms/Key" && entry["region"] == "us-east-1").unwrap();
    assert_eq!((&entry["state"], &entry["missing"][0]["reason"]), (&"unread".into(), &"not-in-region".into()));
    assert_eq!(document["accounts"][0]["state"], "scanned", "nothing was missed");

    // Of what is global it is another matter, and unknown.
    let users = root.path().join("111122223333/global/iam/User.json");
    fs::write(&users, format!(r#"{{"Calls": [], "Unknown": {told}, "Records": []}}"#)).unwrap();
    let document = json(root.path(), &["--check", "iam-user-console-mfa-enabled"]);
    assert_eq!(document["summary"]["unknown"], 1);
}
