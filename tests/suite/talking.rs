//! What the program says on stderr: as much as was asked for, in the form that was asked for.

use std::process::{Command, Output};

use serde_json::Value;

use crate::program::{account_file, copy_of, fixture, json, plimsoll, scan, stderr, stdout};

/// The lines of a log.
fn lines(output: &Output) -> Vec<Value> {
    let object = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<Value> = stderr(output).lines().map(object).collect();
    for line in &lines {
        line["timestamp"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok()).expect("a time");
        assert!(line["level"].is_string() && (line["message"].is_string() || line["kind"].is_string()), "{line}");
    }
    lines
}

/// A scan that is asked for everything there is to log.
fn talkative(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["scan", "--from"]).arg(fixture("mixed")).args(args);
    command.env_clear().env("PLIMSOLL_LOG", "trace").output().expect("the program starts")
}

#[test]
fn a_quiet_scan_says_nothing_and_finds_the_same() {
    let loud = scan(&fixture("mixed"), &["--format", "json"]);
    let quiet = scan(&fixture("mixed"), &["--format", "json", "--quiet"]);
    assert!(stderr(&loud).contains("judgements reached"));
    assert_eq!(stderr(&quiet), "");
    assert_eq!((quiet.status, stdout(&quiet)), (loud.status, stdout(&loud)));
}

#[test]
fn a_quiet_scan_tells_what_failed() {
    let missing = plimsoll(&["--quiet", "scan", "--from", "nowhere"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).starts_with("error: "), "{}", stderr(&missing));
    let folder = copy_of("mixed");
    std::fs::write(account_file(folder.path(), "eu-west-1/kms/Key.json"), "{").unwrap();
    let damaged = scan(folder.path(), &["--quiet"]);
    assert!(stderr(&damaged).lines().all(|line| line.starts_with("error: ")), "{}", stderr(&damaged));
    assert!(stderr(&damaged).contains("Key.json"));
}

#[test]
fn a_log_tells_how_much_was_seen_in_words_and_numbers() {
    let output = scan(&fixture("mixed"), &["--log-format", "json"]);
    let lines = lines(&output);
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    assert_eq!(line["level"], "INFO");
    let report = json(&fixture("mixed"), &[]);
    let counted = &report["summary"];
    for status in ["pass", "fail", "unknown", "not_applicable"] {
        assert_eq!(line[status], counted[status], "{status}");
    }
    assert!(line["message"].as_str().unwrap().contains("judgements reached"), "{line}");
    let compliance =
        plimsoll(&["compliance", "cis_7_0", "--from", fixture("mixed").to_str().unwrap(), "--log-format", "json"]);
    assert_eq!(self::lines(&compliance).len(), 1);
}

#[test]
fn a_log_tells_what_failed_in_one_line() {
    let output = plimsoll(&["scan", "--from", "nowhere", "--log-format", "json"]);
    let lines = lines(&output);
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    assert_eq!(line["level"], "ERROR");
    assert!(line["message"].as_str().unwrap().contains("nowhere"), "{line}");
}

#[test]
fn what_plimsoll_log_asks_for_comes_in_the_form_of_the_rest() {
    let output = talkative(&["--check", "kms-key-rotation-enabled", "--log-format", "json"]);
    let lines = lines(&output);
    let read = lines.iter().find(|line| line["kind"] == "kms/Key").expect("the list of keys");
    assert_eq!((&read["level"], &read["target"]), (&"DEBUG".into(), &"plimsoll::cli::progress".into()));
    assert!(lines.last().unwrap()["message"].as_str().unwrap().contains("judgements reached"));
    assert!(stderr(&talkative(&[])).contains("kind=\"kms/Key\""));
    assert_eq!(stderr(&talkative(&["--quiet"])), "");
}

#[test]
fn a_wish_that_is_not_understood_is_told() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["scan", "--from"]).arg(fixture("mixed")).env_clear().env("PLIMSOLL_LOG", "plimsoll=loud");
    let output = command.output().expect("the program starts");
    assert!(stderr(&output).starts_with("note: PLIMSOLL_LOG: "), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1), "the scan is made all the same");
}

#[test]
fn there_are_no_colours_off_a_terminal() {
    for args in [&[][..], &["--log-format", "json"], &["--format", "ndjson"]] {
        let output = talkative(args);
        assert!(!stdout(&output).contains('\u{1b}') && !stderr(&output).contains('\u{1b}'), "{args:?}");
    }
}
