//! The formats for other programs: what they hold of recorded accounts, and that no account makes them what they are not.
//! `tests/readers/` has them read by those programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::hostile::{HARM, NAMES, hostile};
use crate::program::{findings, fixture, json, scan, stderr, stdout};

const FEW: [&str; 2] = ["--service", "kms"];
const FORMATS: [&str; 6] = ["csv", "markdown", "sarif", "github-sarif", "junit", "prometheus"];

/// What a scan prints in a format, without the program's version, which changes with every release.
fn printed(root: &Path, format: &str, args: &[&str]) -> String {
    let output = scan(root, &[&["--format", format], args].concat());
    assert!(!output.stdout.is_empty(), "{format}: {}", stderr(&output));
    stdout(&output).replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// The name of a megabyte would fill the snapshot; so much of it is enough.
fn shortened(text: &str) -> String {
    let shortened = |line: &str| match line.find(&"long ".repeat(20)) {
        Some(at) => format!("{}[and so on]", &line[..at + 20]),
        None => line.to_owned(),
    };
    text.lines().map(shortened).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_csv_of_a_few_checks_is_this() {
    insta::assert_snapshot!(printed(&fixture("mixed"), "csv", &FEW));
}

#[test]
fn the_csv_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(printed(&fixture("denied"), "csv", &FEW));
}

#[test]
fn the_csv_of_a_hostile_account_is_this() {
    let root = hostile();
    insta::assert_snapshot!(shortened(&printed(root.path(), "csv", &["--check", "s3-bucket-tls-required"])));
}

#[test]
fn the_digest_of_a_mixed_account_is_this() {
    insta::assert_snapshot!(printed(&fixture("mixed"), "markdown", &[]));
}

#[test]
fn the_digest_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(printed(&fixture("denied"), "markdown", &[]));
}

#[test]
fn the_digest_of_a_hostile_account_is_this() {
    let root = hostile();
    insta::assert_snapshot!(printed(root.path(), "markdown", &["--service", "s3"]));
}

#[test]
fn the_sarif_of_a_few_checks_is_this() {
    insta::assert_snapshot!(printed(&fixture("mixed"), "sarif", &FEW));
}

#[test]
fn the_sarif_for_github_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(printed(&fixture("denied"), "github-sarif", &FEW));
}

#[test]
fn the_sarif_of_a_hostile_account_is_this() {
    let root = hostile();
    insta::assert_snapshot!(printed(root.path(), "sarif", &["--check", "s3-bucket-tls-required"]));
}

#[test]
fn the_junit_of_a_few_checks_is_this() {
    insta::assert_snapshot!(printed(&fixture("mixed"), "junit", &FEW));
}

#[test]
fn the_junit_of_an_account_that_could_not_be_seen_well_is_this() {
    insta::assert_snapshot!(printed(&fixture("denied"), "junit", &FEW));
}

#[test]
fn the_junit_of_a_hostile_account_is_this() {
    let root = hostile();
    insta::assert_snapshot!(printed(root.path(), "junit", &["--check", "s3-bucket-tls-required"]));
}

#[test]
fn the_numbers_of_a_mixed_account_are_these() {
    insta::assert_snapshot!(printed(&fixture("mixed"), "prometheus", &FEW));
}

#[test]
fn the_numbers_of_an_account_that_could_not_be_seen_well_are_these() {
    insta::assert_snapshot!(printed(&fixture("denied"), "prometheus", &FEW));
}

#[test]
fn nothing_of_a_hostile_account_is_in_the_numbers() {
    let numbers = printed(hostile().path(), "prometheus", &[]);
    assert!(numbers.lines().count() > 100, "{numbers}");
    for (_, name) in NAMES {
        assert!(!numbers.contains(name), "{name}");
    }
    assert!(!numbers.contains(HARM) && !numbers.contains("long long"));
}

#[test]
fn the_same_recording_gives_the_same_bytes_in_every_format() {
    for format in FORMATS {
        let run = || scan(&fixture("mixed"), &["--format", format, "--now", "2026-12-01T00:00:00Z"]).stdout;
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn a_file_says_what_stdout_does() {
    let folder = tempfile::TempDir::new().unwrap();
    let suffixes = ["csv", "md", "sarif", "github.sarif", "xml", "prom"];
    for (format, suffix) in FORMATS.into_iter().zip(suffixes) {
        let file = folder.path().join(format!("report.{suffix}"));
        let output = scan(&fixture("denied"), &["--format", format, "--output", file.to_str().unwrap()]);
        assert_eq!(fs::read(&file).unwrap(), output.stdout, "{format}");
    }
}

#[cfg(unix)]
#[test]
fn numbers_may_be_read_by_the_collector_and_other_reports_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().unwrap();
    for (name, mode) in [("report.prom", 0o644), ("report.csv", 0o600)] {
        let file = folder.path().join(name);
        scan(&fixture("clean"), &["--output", file.to_str().unwrap()]);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn github_is_told_what_fails_and_what_could_not_be_seen_and_of_everything_else_nothing() {
    for name in ["mixed", "denied", "clean"] {
        let log: Value = serde_json::from_str(&printed(&fixture(name), "github-sarif", &[])).unwrap();
        let told = log["runs"][0]["results"].as_array().unwrap();
        let document = json(&fixture(name), &[]);
        let open = |finding: &&Value| finding["status"] == "fail" || finding["status"] == "unknown";
        assert_eq!(told.len(), findings(&document).iter().filter(open).count(), "{name}");
        assert!(told.iter().all(|result| result["kind"] == "fail" || result["kind"] == "open"), "{name}");
    }
}

#[test]
fn nothing_unknown_is_a_pass_or_nothing_in_any_format() {
    let root = fixture("denied");
    let document = json(&root, &[]);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings(&document) {
        *counts.entry(finding["status"].as_str().unwrap()).or_default() += 1;
    }
    let unknown = counts["unknown"];
    assert!(unknown > 10, "{counts:?}");
    let occurrences = |format: &str, what: &str| printed(&root, format, &[]).matches(what).count();
    assert_eq!(occurrences("junit", "<error "), unknown);
    assert_eq!(occurrences("sarif", "\"kind\":\"open\""), unknown);
    assert_eq!(occurrences("github-sarif", "\"kind\":\"open\""), unknown);
    assert_eq!(occurrences("csv", ",unknown,"), unknown);
    assert_eq!(occurrences("markdown", &format!("| {unknown} | 0 | 0 |")), 1);
}

/// What people have signed: an exception for some keys, and a statement for what could not be seen of others.
const EXCEPTIONS: &str = "[[exception]]\ncheck = \"kms-key-rotation-enabled\"\nregion = \"eu-west-1\"\nowner = \"web@example.com\"\n\
                          reason = \"The vendor <rotates> it, \\\"soon\\\"\"\nticket = \"SEC-17\"\napprover = \"ciso\"\n\
                          date = 2026-11-01\nexpires = 2027-03-31\n\
                          [[exception]]\ncheck = \"kms-*\"\nowner = \"old\"\nreason = \"once\"\nexpires = 2026-11-02\n";
const ATTESTATIONS: &str = "[[attestation]]\ncheck = \"kms-*\"\nstatement = \"=We have looked, all keys\"\n\
                            owner = \"ops@example.com\"\ndate = 2026-11-01\nexpires = 2027-03-31\n";

/// Where a document has something that people have signed: the path to each such text, and the text.
fn signed_in(value: &Value, path: &str, told: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("@example.com") => told.push(format!("{path} = {text}")),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| signed_in(item, &format!("{path}[{at}]"), told));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| signed_in(value, &format!("{path}.{key}"), told));
        }
        _ => {}
    }
}

#[test]
fn what_is_signed_looks_like_this_in_every_format() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("exceptions.toml"), EXCEPTIONS).unwrap();
    fs::write(folder.path().join("attestations.toml"), ATTESTATIONS).unwrap();
    let whole = ["table", "json", "ndjson", "csv", "markdown", "sarif", "github-sarif", "junit", "prometheus"];
    // Long documents, of which only this part is told.
    let parts = ["ocsf", "ocsf-ndjson", "asff", "oscal"];
    for format in whole.into_iter().chain(parts) {
        let mut all = String::new();
        for name in ["mixed", "denied"] {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_plimsoll"))
                .args([
                    "scan",
                    "--check",
                    "kms-key-rotation-enabled",
                    "--now",
                    "2026-11-25T12:00:00Z",
                    "--format",
                    format,
                ])
                .arg("--from")
                .arg(fixture(name))
                .current_dir(folder.path())
                .env_clear()
                .output()
                .unwrap();
            assert!(!output.stdout.is_empty(), "{format}: {}", stderr(&output));
            let mut printed = stdout(&output).replace(env!("CARGO_PKG_VERSION"), "VERSION");
            if parts.contains(&format) {
                let mut told = Vec::new();
                for (at, document) in serde_json::Deserializer::from_str(&printed).into_iter::<Value>().enumerate() {
                    signed_in(&document.unwrap(), &at.to_string(), &mut told);
                }
                assert!(!told.is_empty(), "{format}: nothing that is signed is told of {name}");
                printed = told.join("\n");
            }
            all.extend(["==== ", name, "\n", &printed, "\n"]);
        }
        insta::assert_snapshot!(format!("signed_{format}"), all);
    }
}
