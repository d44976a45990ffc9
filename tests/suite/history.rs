//! Memory between scans: every way that a finding can go from one scan to another, and what a history makes of many.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{account_file, copy_of, findings, fixture, json, plimsoll, scan, stderr, stdout};

const FAILING: &str = "fail";
const ROTATION: &str = "kms-key-rotation-enabled";

// ---- transitions, between two documents ----

/// What the diff of two documents says.
fn diff(old: &Value, new: &Value) -> Value {
    let folder = TempDir::new().unwrap();
    let [old, new] = [("old.json", old), ("new.json", new)].map(|(name, document)| {
        let path = folder.path().join(name);
        fs::write(&path, document.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let output = plimsoll(&["diff", &old, &new, "--format", "json"]);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

/// Each change in one word, with why it is said.
fn changes(old: &Value, new: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let diff = diff(old, new);
    diff["changes"].as_array().unwrap().iter().map(|it| (text(&it["change"]), text(&it["why"]))).collect()
}

/// The only change there is.
fn change(old: &Value, new: &Value) -> String {
    let changes = changes(old, new);
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes[0].0.clone()
}

/// The only change there is, and why that is said.
fn change_and_why(old: &Value, new: &Value) -> (String, String) {
    let mut changes = changes(old, new);
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

/// The keys of the recorded account, by one check.
fn keys() -> Value {
    json(&fixture("mixed"), &["--check", ROTATION])
}

/// A document in which the first finding that fails stands otherwise.
fn with(edit: impl FnOnce(&mut Value)) -> Value {
    let mut document = keys();
    let all = document["findings"].as_array_mut().unwrap();
    edit(all.iter_mut().find(|finding| finding["status"] == FAILING).unwrap());
    document
}

fn standing(status: &str) -> Value {
    with(|finding| {
        finding["status"] = json!(status);
        finding["message"] = json!(format!("it is {status}"));
        if status == "unknown" || status == "attested" {
            finding["unknown"] = json!({"reason": "denied", "action": "kms:GetKeyRotationStatus", "detail": "no"});
        }
    })
}

/// A document without the first finding that fails.
fn without() -> Value {
    let mut document = keys();
    let all = document["findings"].as_array_mut().unwrap();
    let at = all.iter().position(|finding| finding["status"] == FAILING).unwrap();
    all.remove(at);
    document["summary"]["judgements"] = json!(all.len());
    document
}

/// A document without any.
fn empty() -> Value {
    let mut document = keys();
    document["findings"] = json!([]);
    document["summary"]["judgements"] = json!(0);
    document
}

fn region_of_the_first() -> String {
    let document = keys();
    let failing = findings(&document).iter().find(|finding| finding["status"] == FAILING).unwrap();
    failing["region"].as_str().unwrap().to_owned()
}

fn edited(mut document: Value, edit: impl FnOnce(&mut Value)) -> Value {
    edit(&mut document);
    document
}

#[test]
fn nothing_has_changed_between_a_document_and_itself() {
    assert_eq!(changes(&keys(), &keys()), []);
}

#[test]
fn a_verdict_that_turns_is_fixed_or_new() {
    assert_eq!(change(&standing("fail"), &standing("pass")), "fixed");
    assert_eq!(change(&standing("fail"), &standing("not-applicable")), "fixed");
    assert_eq!(change(&standing("pass"), &standing("fail")), "new");
    assert_eq!(change(&standing("not-applicable"), &standing("fail")), "new");
    assert_eq!(change(&standing("pass"), &standing("not-applicable")), "changed");
}

#[test]
fn what_cannot_be_seen_any_more_is_not_fixed_and_what_can_is_not_new() {
    for seen in ["pass", "fail", "not-applicable", "excepted"] {
        assert_eq!(change(&standing(seen), &standing("unknown")), "no-longer-visible", "{seen}");
        assert_eq!(change(&standing("unknown"), &standing(seen)), "became-visible", "{seen}");
        assert_eq!(change(&standing(seen), &standing("attested")), "no-longer-visible", "{seen}");
        assert_eq!(change(&standing("attested"), &standing(seen)), "became-visible", "{seen}");
    }
}

#[test]
fn what_is_accepted_is_not_fixed_and_what_runs_out_is_reopened() {
    assert_eq!(change(&standing("fail"), &standing("excepted")), "accepted");
    assert_eq!(change(&standing("pass"), &standing("excepted")), "accepted");
    assert_eq!(change(&standing("excepted"), &standing("fail")), "reopened");
    assert_eq!(change(&standing("excepted"), &standing("pass")), "fixed");
    assert_eq!(change(&standing("unknown"), &standing("attested")), "accepted");
    assert_eq!(change(&standing("attested"), &standing("unknown")), "reopened");
    assert_eq!(change(&without(), &standing("excepted")), "accepted");
}

#[test]
fn a_resource_is_new_or_gone_only_if_the_list_was_read_whole() {
    assert_eq!(change(&without(), &standing("fail")), "new");
    assert_eq!(change(&without(), &standing("pass")), "appeared");
    assert_eq!(change(&without(), &standing("unknown")), "appeared");
    for was in ["fail", "pass", "unknown", "excepted"] {
        assert_eq!(change(&standing(was), &without()), "resource-gone", "{was}");
    }
}

#[test]
fn what_was_not_looked_at_is_neither_gone_nor_new() {
    let region = region_of_the_first();
    let unread = edited(without(), |document| {
        let lines = document["ledger"].as_array_mut().unwrap();
        let line = lines.iter_mut().find(|line| line["read"] == "kms/Key" && line["region"] == *region).unwrap();
        line["state"] = json!("partial");
        line["missing"] = json!([{"reason": "throttled", "action": "kms:ListKeys", "detail": "slow down"}]);
    });
    let no_list = edited(without(), |document| {
        document["ledger"].as_array_mut().unwrap().retain(|line| line["read"] != "kms/Key");
    });
    let elsewhere = edited(without(), |document| {
        document["accounts"][0]["regions"].as_array_mut().unwrap().retain(|it| *it != *region);
    });
    let nobody = edited(without(), |document| document["accounts"] = json!([]));
    let shut = edited(without(), |document| {
        document["accounts"][0]["regions"] = Value::Null;
        document["accounts"][0]["state"] = json!("role-missing");
    });
    let stopped = edited(without(), |document| document["scan"]["partial"] = json!(true));
    for (blind, why) in [
        (unread, "kms/Key was not read whole: throttled kms:ListKeys"),
        (no_list, "kms/Key was not read"),
        (elsewhere, &*format!("{region} was not looked at")),
        (nobody, "account 111122223333 was not looked at"),
        (shut, "account 111122223333 was not read: role missing"),
        (stopped, "the scan was stopped before its end"),
    ] {
        assert_eq!(change_and_why(&standing("fail"), &blind), ("no-longer-visible".to_owned(), why.to_owned()));
        assert_eq!(change_and_why(&blind, &standing("fail")), ("became-visible".to_owned(), why.to_owned()));
        // What was unknown before, and is not looked at now, has not changed.
        assert_eq!(changes(&standing("unknown"), &blind), []);
        assert_eq!(change(&blind, &standing("unknown")), "appeared");
    }
}

#[test]
fn a_list_that_cannot_be_read_hides_what_is_in_it() {
    let [mixed, denied] = ["mixed", "denied"].map(|name| json(&fixture(name), &[]));
    let count = |diff: &Value, kind: &str| diff["summary"]["changes"][kind].as_u64().unwrap();
    let blinded = diff(&mixed, &denied);
    for never in ["fixed", "resource-gone", "new", "check-not-made", "became-visible"] {
        assert_eq!(count(&blinded, never), 0, "{never}");
    }
    assert!(count(&blinded, "no-longer-visible") > 100);
    let unlisted = blinded["changes"].as_array().unwrap().iter().filter(|it| it["resource"]["id"] == "*");
    assert!(unlisted.clone().count() > 0);
    assert!(unlisted.clone().all(|it| it["change"] == "no-longer-visible"));
    let sighted = diff(&denied, &mixed);
    for never in ["fixed", "resource-gone", "new", "check-new", "no-longer-visible"] {
        assert_eq!(count(&sighted, never), 0, "{never}");
    }
    assert!(count(&sighted, "became-visible") > 100);
}

#[test]
fn a_check_that_is_not_made_tells_nothing_of_its_findings() {
    let not_chosen = edited(empty(), |document| document["scan"]["selection"]["checks"] = json!([]));
    let off = edited(not_chosen.clone(), |document| {
        let line =
            json!({"check": ROTATION, "state": "not examined by configuration", "reason": "-", "file": "a", "line": 1});
        document["ledger"].as_array_mut().unwrap().push(line);
    });
    for (unmade, why) in [(not_chosen, "the check was not chosen"), (off, "the check is off by configuration")] {
        let (went, came) = (changes(&keys(), &unmade), changes(&unmade, &keys()));
        assert_eq!(went.len(), findings(&keys()).len());
        assert!(went.iter().all(|it| *it == ("check-not-made".to_owned(), why.to_owned())), "{went:?}");
        assert!(came.iter().all(|it| *it == ("check-new".to_owned(), why.to_owned())), "{came:?}");
    }
}

#[test]
fn what_stands_as_it_did_by_other_values_has_changed() {
    let field = |value: Value| {
        with(|finding| {
            let evidence = finding["evidence"].as_array_mut().unwrap();
            evidence.last_mut().unwrap()["fields"] = json!({"Field": value});
        })
    };
    assert_eq!(change(&field(json!(1)), &field(json!(2))), "changed");
    let long = |end: &str| field(json!(format!("{}{end}", "x".repeat(100_000))));
    assert_eq!(change(&long("a"), &long("b")), "changed");
    assert_eq!(changes(&long("a"), &long("a")), []);
    let severe = with(|finding| finding["severity"] = json!("critical"));
    assert_eq!(change(&keys(), &severe), "changed");
    assert_eq!(diff(&keys(), &severe)["summary"]["newly_failing"], json!({"critical": 1}));
    assert_eq!(change(&keys(), &with(|finding| finding["message"] = json!("is otherwise"))), "changed");
    let other = edited(standing("unknown"), |document| {
        let all = document["findings"].as_array_mut().unwrap();
        let unknown = all.iter_mut().find(|finding| finding["message"] == "it is unknown").unwrap();
        unknown["unknown"]["reason"] = json!("throttled");
    });
    assert_eq!(change(&standing("unknown"), &other), "changed");
    // Others in each scan, and no change.
    let requested = with(|finding| {
        for evidence in finding["evidence"].as_array_mut().unwrap() {
            evidence["request_id"] = json!("another");
            evidence["at"] = json!("2027-01-01T00:00:00Z");
        }
    });
    assert_eq!(changes(&keys(), &requested), []);
}

#[test]
fn a_verdict_that_changes_together_with_its_rule_is_not_put_down_to_the_account() {
    let newer = |document| edited(document, |it: &mut Value| it["tool"]["version"] = json!("9.0.0"));
    let stricter = |document| {
        edited(document, |it: &mut Value| it["scan"]["config"]["settings"]["days"]["access-key-age"] = json!(1))
    };
    let retitled = |document| {
        edited(document, |it: &mut Value| {
            for finding in it["findings"].as_array_mut().unwrap() {
                finding["title"] = json!("Something else is true");
            }
        })
    };
    let rules: [(&dyn Fn(Value) -> Value, &str); 3] = [
        (&newer, "plimsoll 0.1.0 became 9.0.0"),
        (&stricter, "other settings are laid down"),
        (&retitled, "the check says something else"),
    ];
    for (rule, words) in rules {
        assert_eq!(changes(&keys(), &rule(keys())), [], "{words}");
        for (old, new) in [("fail", "pass"), ("pass", "fail")] {
            let (kind, why) = change_and_why(&standing(old), &rule(standing(new)));
            assert_eq!((&*kind, &*why), ("rule-changed", &*format!("{words}; the values are the same")));
        }
        // What cannot be seen is not visible by any rule.
        assert_eq!(change(&standing("fail"), &rule(standing("unknown"))), "no-longer-visible");
        assert_eq!(change(&standing("fail"), &rule(standing("excepted"))), "accepted");
    }
}

#[test]
fn a_document_that_leaves_something_out_is_not_compared() {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole.json");
    fs::write(&whole, keys().to_string()).unwrap();
    for (wrong, words) in [
        (edited(empty(), |document| document["summary"]["judgements"] = json!(7)), "it holds 0 of 7 findings"),
        (
            edited(keys(), |document| document["schema"] = json!("plimsoll.scan/9")),
            "this version reads plimsoll.scan/1",
        ),
        (json!({"findings": []}), "missing field `schema`"),
    ] {
        let path = folder.path().join("wrong.json");
        fs::write(&path, wrong.to_string()).unwrap();
        let output = plimsoll(&["diff", whole.to_str().unwrap(), path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(words), "{words}: {}", stderr(&output));
    }
}

// ---- histories ----

/// A recording that began on a day of November 2026.
fn recorded_on(day: u32) -> TempDir {
    let folder = copy_of("mixed");
    begun_on(folder.path(), day);
    folder
}

fn begun_on(folder: &Path, day: u32) {
    edit(&folder.join("manifest.json"), |manifest| {
        manifest["Started"] = json!(format!("2026-11-{day:02}T01:00:00Z"));
        manifest["Finished"] = json!(format!("2026-11-{day:02}T01:10:00Z"));
    });
}

fn edit(path: &Path, edit: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    edit(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

/// The rotation of the first key whose rotation is on.
fn rotation(folder: &Path, edit_entry: impl FnOnce(&mut Value)) {
    edit(&account_file(folder, "eu-west-1/kms/KeyRotationStatus.json"), |entries| {
        let entries = entries.as_object_mut().unwrap();
        let on = entries.values_mut().find(|entry| entry["Record"]["KeyRotationEnabled"] == json!(true));
        edit_entry(on.unwrap());
    });
}

struct Memory {
    folder: TempDir,
}

impl Memory {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("history.sqlite")
    }

    fn scan(&self, root: &Path, args: &[&str]) -> Output {
        let path = self.path();
        scan(root, &[&["--history", path.to_str().unwrap(), "--format", "ndjson"], args].concat())
    }

    /// Remembers the account as it was on a day.
    fn day(&self, day: u32, edit: impl FnOnce(&Path)) -> Output {
        let folder = recorded_on(day);
        edit(folder.path());
        let output = self.scan(folder.path(), &["--fail-on", "never"]);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", stderr(&output));
        output
    }

    fn run(&self, command: &str, args: &[&str]) -> Output {
        let path = self.path();
        plimsoll(&[&[command, "--history", path.to_str().unwrap()], args].concat())
    }

    fn json(&self, command: &str, args: &[&str]) -> Value {
        let output = self.run(command, &[&["--format", "json"], args].concat());
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
    }

    fn count(&self, sql: &str) -> i64 {
        Connection::open(self.path()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn off(entry: &mut Value) {
    entry["Record"]["KeyRotationEnabled"] = json!(false);
}

fn denied(entry: &mut Value) {
    entry.as_object_mut().unwrap().remove("Record");
    entry["Unknown"] = json!({"Reason": "denied", "Action": "kms:GetKeyRotationStatus", "Detail": "no"});
}

#[test]
fn a_scan_that_finds_all_as_it_was_adds_no_findings_to_a_history() {
    let memory = Memory::new();
    memory.day(1, |_| ());
    let before = memory.count("SELECT count(*) FROM state");
    assert_eq!(before, i64::try_from(findings(&json(&fixture("mixed"), &[])).len()).unwrap());
    // Ages are counted to another day; that is no change.
    let output = memory.day(3, |_| ());
    assert!(
        stderr(&output).contains("since the scan of 2026-11-01T01:00:00Z: nothing has changed"),
        "{}",
        stderr(&output)
    );
    assert_eq!(memory.count("SELECT count(*) FROM state"), before);
    memory.day(5, |folder| rotation(folder, off));
    assert!(memory.count("SELECT count(*) FROM state") - before < 5);
    assert_eq!(memory.json("diff", &["1", "2"])["changes"], json!([]));
    for args in [&["2", "3"][..], &["--since", "2026-11-04"], &[]] {
        let diff = memory.json("diff", args);
        assert_eq!(diff["summary"]["changes"]["new"], json!(1), "{args:?}");
        assert_eq!(diff["changes"][0]["check"], json!(ROTATION), "{args:?}");
    }
    assert_eq!(memory.json("diff", &["3", "1"])["summary"]["changes"]["fixed"], json!(1), "backwards");
}

#[test]
fn the_tallies_of_a_history_are_those_of_its_scans() {
    let memory = Memory::new();
    memory.day(1, |_| ());
    let document = json(recorded_on(1).path(), &[]);
    let history = memory.json("history", &[]);
    for (duty, standing) in document["summary"]["duties"].as_object().unwrap() {
        for status in ["fail", "pass", "unknown", "not_applicable"] {
            let remembered = &history["series"][0]["scans"][0]["duties"][duty][status];
            assert_eq!(remembered.as_u64().unwrap_or(0), standing[status].as_u64().unwrap(), "{duty} {status}");
        }
    }
    assert_eq!(history["series"][0]["failing"].as_array().unwrap().len(), 181);
}

#[test]
fn only_what_is_new_is_reported_and_counts() {
    let memory = Memory::new();
    memory.day(1, |_| ());
    let folder = recorded_on(2);
    rotation(folder.path(), off);
    let args = ["--new-only", "--fail-on-new", "low"];
    let output = memory.scan(folder.path(), &args);
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{}", stdout(&output));
    assert_eq!((&lines[0]["check"], &lines[0]["status"]), (&json!(ROTATION), &json!("fail")));
    assert_eq!(output.status.code(), Some(1), "it fails and did not");
    assert_eq!(memory.scan(folder.path(), &["--fail-on-new", "critical"]).status.code(), Some(0), "not so severe");
    // The same scan again takes its own place, and is compared with the one before.
    assert_eq!(memory.count("SELECT count(*) FROM scan"), 2);
    assert_eq!(memory.scan(folder.path(), &args).status.code(), Some(1));
    let next = recorded_on(3);
    rotation(next.path(), off);
    let output = memory.scan(next.path(), &args);
    assert_eq!((output.status.code(), &*stdout(&output)), (Some(0), ""), "it failed before");
    let blind = recorded_on(4);
    rotation(blind.path(), denied);
    assert_eq!(memory.scan(blind.path(), &args).status.code(), Some(3), "it cannot be seen any more");
}

#[test]
fn a_recording_or_a_document_is_a_baseline_too() {
    let folder = copy_of("mixed");
    rotation(folder.path(), off);
    let document = TempDir::new().unwrap().keep().join("baseline.json");
    scan(&fixture("mixed"), &["--output", document.to_str().unwrap()]);
    for baseline in [fixture("mixed"), document.clone()] {
        let args =
            ["--baseline", baseline.to_str().unwrap(), "--new-only", "--fail-on-new", "low", "--format", "ndjson"];
        let output = scan(folder.path(), &args);
        assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
        assert_eq!(output.status.code(), Some(1));
    }
    fs::remove_dir_all(document.parent().unwrap()).unwrap();
}

#[test]
fn without_anything_to_compare_with_that_is_an_error_or_all_is_new() {
    for flag in [&["--new-only"][..], &["--fail-on-new", "high"]] {
        let output = scan(&fixture("mixed"), flag);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("new since when?"), "{}", stderr(&output));
    }
    let memory = Memory::new();
    let output = memory.scan(&fixture("mixed"), &["--new-only", "--fail-on-new", "low"]);
    assert_eq!(stdout(&output).lines().count(), findings(&json(&fixture("mixed"), &[])).len());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("everything is new"), "{}", stderr(&output));
}

#[test]
fn an_age_is_as_long_as_was_seen_and_a_time_to_fix_counts_only_if_all_of_it_was() {
    let memory = Memory::new();
    memory.day(1, |_| ());
    memory.day(2, |folder| rotation(folder, off));
    memory.day(3, |folder| rotation(folder, denied));
    memory.day(4, |folder| rotation(folder, off));
    let history = memory.json("history", &[]);
    let failing = history["series"][0]["failing"].as_array().unwrap();
    let age = |since: &str| failing.iter().find(|it| it["check"] == ROTATION && it["since"] == *since).cloned();
    let own = age("2026-11-02T01:00:00Z").unwrap();
    assert_eq!((&own["scans_unseen"], &own["began_in_sight"]), (&json!(1), &json!(true)));
    let old = age("2026-11-01T01:00:00Z").unwrap();
    assert_eq!((&old["scans_unseen"], &old["began_in_sight"]), (&json!(0), &json!(false)), "it may be older");
    // Mended, but one scan between did not see it.
    memory.day(5, |_| ());
    let severity = own["severity"].as_str().unwrap().to_owned();
    let fixed = |history: &Value| history["series"][0]["mean_time_to_fix"][&severity].clone();
    assert_eq!(fixed(&memory.json("history", &[])), json!({"seconds": null, "fixed": 0, "left_out": 1}));
    memory.day(6, |folder| rotation(folder, off));
    memory.day(8, |_| ());
    let two_days = 2 * 24 * 60 * 60;
    assert_eq!(fixed(&memory.json("history", &[])), json!({"seconds": two_days, "fixed": 1, "left_out": 1}));
    let shown = stdout(&memory.run("history", &[]));
    assert!(shown.contains("2 days, of 1 that were fixed; 1 left out"), "{shown}");
}

#[test]
fn what_is_no_history_or_from_a_newer_version_is_left_alone() {
    let memory = Memory::new();
    let refused = |words: &str| {
        let output = memory.scan(&fixture("mixed"), &[]);
        assert_eq!((output.status.code(), &*stdout(&output)), (Some(2), ""), "nothing is read before");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    };
    assert!(stderr(&memory.run("history", &[])).contains("there is no such history"));
    fs::write(memory.path(), "these are not the bytes that you are looking for".repeat(100)).unwrap();
    refused("this is not a history of plimsoll");
    fs::remove_file(memory.path()).unwrap();
    Connection::open(memory.path()).unwrap().execute_batch("CREATE TABLE theirs (id)").unwrap();
    refused("this is not a history of plimsoll");
    fs::remove_file(memory.path()).unwrap();
    memory.day(9, |_| ());
    let older = memory.scan(recorded_on(8).path(), &[]);
    assert_eq!(older.status.code(), Some(2));
    assert!(stderr(&older).contains("scans are added in the order of time"), "{}", stderr(&older));
    Connection::open(memory.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    refused("written by a newer plimsoll (schema 99; this one knows 1)");
}

#[test]
fn a_history_keeps_accounts_apart_and_waits_for_whoever_writes() {
    let memory = Memory::new();
    memory.day(2, |_| ());
    let writer = Connection::open(memory.path()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let path = memory.path();
    let waiting = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["scan", "--quiet", "--fail-on", "never", "--from", recorded_on(3).keep().to_str().unwrap(), "--history"])
        .arg(path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(3));
    assert_eq!(memory.count("SELECT count(*) FROM scan"), 2);
}

#[test]
fn a_scan_that_is_killed_while_it_writes_leaves_the_history_as_it_was() {
    let memory = Memory::new();
    let folder = recorded_on(1);
    let file = account_file(folder.path(), "eu-west-1/kms/Key.json");
    edit(&file, |list| {
        let record = list["Records"][0].clone();
        for number in 0..20_000 {
            let mut record = record.clone();
            record["KeyId"] = json!(format!("key-{number}"));
            record["KeyArn"] = json!(format!("arn:aws:kms:eu-west-1:111122223333:key/key-{number}"));
            list["Records"].as_array_mut().unwrap().push(record);
        }
    });
    memory.day(1, |_| ());
    let remembered = memory.json("history", &[]);
    begun_on(folder.path(), 2);
    let write_ahead = memory.folder.path().join("history.sqlite-wal");
    // The log stays beside the history while somebody has it open, so its growth is that of the scan.
    let open = Connection::open(memory.path()).unwrap();
    open.query_row("SELECT count(*) FROM scan", [], |row| row.get::<_, i64>(0)).unwrap();
    let size = || fs::metadata(&write_ahead).map_or(0, |file| file.len());
    let before = size();
    let mut scan = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["scan", "--service", "kms", "--from", folder.path().to_str().unwrap(), "--history"])
        .arg(memory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while size() < before + 100_000 && scan.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    scan.kill().unwrap();
    let status = scan.wait().unwrap();
    assert_eq!(status.code(), None, "it was killed while it wrote, and not after");
    drop(open);
    assert_eq!(memory.json("history", &[]), remembered);
    let sound: String =
        Connection::open(memory.path()).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    memory.day(3, |_| ());
    assert_eq!(memory.count("SELECT count(*) FROM scan"), 2, "and it goes on from there");
}

// ---- what people are shown ----

#[test]
fn a_diff_is_shown_within_80_columns_and_names_of_strangers_do_no_harm() {
    let hostile = crate::hostile::hostile();
    for format in ["table", "markdown", "json"] {
        let from = fixture("mixed");
        let output = plimsoll(&["diff", from.to_str().unwrap(), hostile.path().to_str().unwrap(), "--format", format]);
        let shown = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') || format == "json", "{format}");
        if format == "markdown" {
            assert!(!shown.contains('<'), "{format}: mark-up");
        }
    }
}

#[test]
fn exit_codes_of_a_diff_are_as_documented() {
    let [mixed, denied] = ["mixed", "denied"].map(fixture);
    let code = |args: &[&str]| plimsoll(&[&["diff"], args].concat()).status.code();
    let (mixed, denied) = (mixed.to_str().unwrap(), denied.to_str().unwrap());
    assert_eq!(code(&[mixed, denied]), Some(0));
    assert_eq!(code(&[mixed, denied, "--fail-on-new", "low"]), Some(3), "nothing newly fails, much cannot be seen");
    assert_eq!(code(&[denied, mixed, "--fail-on-new", "critical"]), Some(1), "what became visible fails");
    assert_eq!(code(&[mixed, "/nowhere"]), Some(2));
    assert_eq!(code(&["1", "2"]), Some(2));
    assert_eq!(code(&[]), Some(2));
}
