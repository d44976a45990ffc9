//! The configuration file: where it is found, what it does, what is said of a wrong one.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use plimsoll::config::{SETTINGS, json_schema};
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Agreements, Regions, Settings, Trust};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{fixture, stderr, stdout};

/// Runs the program in a folder.
fn run_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(folder).env_clear().output().unwrap()
}

fn folder_with(config: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("plimsoll.toml"), config).unwrap();
    folder
}

fn scan_in(folder: &Path, args: &[&str]) -> Value {
    let clean = fixture("mixed");
    let from = ["scan", "--from", clean.to_str().unwrap(), "--format", "json"];
    let output = run_in(folder, &[&from, args].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

#[test]
fn every_setting_of_the_file_is_one_of_the_program_and_the_other_way_round() {
    let full = Settings {
        agreements: Agreements { required: Some(Vec::new()) },
        regions: Regions { allowed: Some(Vec::new()) },
        trust: Trust { accounts: Some(Vec::new()), organizations: Some(Vec::new()) },
        ..Settings::default()
    };
    let full = serde_json::to_value(full).unwrap();
    let tables = full.as_object().unwrap().iter();
    let known: Vec<(&str, &str)> = tables
        .flat_map(|(table, settings)| settings.as_object().unwrap().keys().map(move |key| (&**table, &**key)))
        .collect();
    let mut listed: Vec<(&str, &str)> = SETTINGS.iter().map(|setting| (setting.table, setting.key)).collect();
    listed.sort_unstable();
    assert_eq!(known, listed);
}

#[test]
fn the_file_is_found_upward_and_another_may_be_named() {
    let folder = folder_with("[days]\naccess-key-age = 1000\n");
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let age = |args: &[&str]| scan_in(&below, args)["scan"]["config"]["settings"]["days"]["access-key-age"].clone();
    assert_eq!(age(&[]), 1000);
    fs::write(folder.path().join("a/plimsoll.toml"), "[days]\naccess-key-age = 500\n").unwrap();
    assert_eq!(age(&[]), 500, "the nearest");
    assert_eq!(age(&["--config", "../../plimsoll.toml"]), 1000);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", below.join("plimsoll.toml")).unwrap();
        let broken = run_in(&below, &["checks"]);
        assert!(
            stderr(&broken).starts_with("error: reading plimsoll.toml: "),
            "a file that is gone is not passed over"
        );
        assert_eq!(broken.status.code(), Some(2));
    }
    let bare = TempDir::new().unwrap();
    assert_eq!(scan_in(bare.path(), &[])["scan"]["config"]["file"], Value::Null);
    let missing = run_in(bare.path(), &["checks", "--config", "none.toml"]);
    assert!(stderr(&missing).starts_with("error: reading none.toml: "), "{}", stderr(&missing));
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_severity_that_is_laid_down_counts_everywhere() {
    let folder = folder_with("[severity]\nkms-key-rotation-enabled = \"critical\"\n");
    let scanned = scan_in(folder.path(), &["--severity", "critical", "--service", "kms"]);
    let rotation = |finding: &&Value| finding["check"] == "kms-key-rotation-enabled";
    let finding = scanned["findings"].as_array().unwrap().iter().find(rotation).unwrap();
    assert_eq!(finding["severity"], "critical");
    let listed = run_in(folder.path(), &["checks", "--check", "kms-key-rotation-enabled", "--format", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["checks"][0]["severity"], "critical");
}

#[test]
fn a_check_that_is_off_is_in_the_ledger_with_its_reason() {
    let folder = folder_with("\n[off]\nkms-key-rotation-enabled = \"keys are replaced by hand\"\n");
    let scanned = scan_in(folder.path(), &["--service", "kms"]);
    let of = |finding: &&Value| finding["check"] == "kms-key-rotation-enabled";
    assert!(!scanned["findings"].as_array().unwrap().iter().any(|finding| of(&finding)));
    let entry = scanned["ledger"].as_array().unwrap().iter().find(of).unwrap();
    assert_eq!(entry["state"], "not examined by configuration");
    assert_eq!(entry["reason"], "keys are replaced by hand");
    assert_eq!((entry["file"].as_str(), entry["line"].as_u64()), (Some("plimsoll.toml"), Some(3)));
    let mixed = fixture("mixed");
    let table = run_in(folder.path(), &["scan", "--service", "kms", "--from", mixed.to_str().unwrap()]);
    let told = stdout(&table).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("not examined by configuration kms-key-rotation-enabled"), "{told}");
    assert!(told.contains("by plimsoll.toml:3: keys are replaced by hand"), "{told}");
    let none = run_in(folder.path(), &["checks", "--check", "kms-key-rotation-enabled"]);
    let why = "error: no check is left: what is selected is off by configuration (plimsoll.toml:3)\n";
    assert_eq!(stderr(&none), why);
    let permitted = run_in(folder.path(), &["permissions", "--service", "kms"]);
    assert!(!stdout(&permitted).contains("GetKeyRotationStatus"), "what is off asks for nothing");
}

#[test]
fn all_that_is_wrong_with_a_file_is_told_at_once() {
    let folder = folder_with("[days]\nacces-key-age = 3\n[severity]\nkms-key-rotation-enabled = \"hihg\"\n");
    let refused = run_in(folder.path(), &["checks"]);
    insta::assert_snapshot!(stderr(&refused));
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(run_in(folder.path(), &["config", "schema"]).status.code(), Some(0), "the schema helps to mend it");
}

#[test]
fn the_configuration_is_shown_in_the_form_of_its_file() {
    let text = "[days]\naccess-key-age = 30\n[trust]\naccounts = [\"444455556666\"]\n\
                [severity]\nkms-key-rotation-enabled = \"low\"\n[off]\ns3-bucket-tls-required = \"a \\\"proxy\\\" does\"\n";
    let folder = folder_with(text);
    let shown = stdout(&run_in(folder.path(), &["config", "show"]));
    insta::assert_snapshot!(shown);
    let again = folder_with(&shown);
    let without_the_name = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let shown_again = stdout(&run_in(again.path(), &["config", "show"]));
    assert_eq!(without_the_name(&shown_again), without_the_name(&shown), "what is shown can be read again");
}

#[test]
fn the_schema_knows_every_setting_and_every_check() {
    let schema = json_schema();
    for setting in SETTINGS {
        let described = &schema["properties"][setting.table]["properties"][setting.key]["description"];
        assert_eq!(described, setting.about);
    }
    for table in ["severity", "off"] {
        let known = schema["properties"][table]["properties"].as_object().unwrap();
        assert!(checks().iter().all(|check| known.contains_key(&check.id)) && known.len() == checks().len());
    }
}
