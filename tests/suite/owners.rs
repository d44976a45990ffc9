//! Whom resources belong to: the same in every report, whoever says so.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{account_file, copy_of, findings, fixture, plimsoll, stderr, stdout};

/// Scans the mixed account with a file of owners.
fn scanned(folder: &TempDir, owners: &str, args: &[&str]) -> std::process::Output {
    let file = folder.path().join("OWNERS");
    fs::write(&file, owners).unwrap();
    let root = fixture("mixed");
    let given = ["scan", "--from", root.to_str().unwrap(), "--owners", file.to_str().unwrap()];
    plimsoll(&[&given, args].concat())
}

#[test]
fn every_report_names_the_same_owner_and_how_he_is_known() {
    let folder = TempDir::new().unwrap();
    let owners = "* @platform\n*/*/s3 @storage\n*/*/AWS::KMS::Key @keys\narn:aws:iam::*:user/* iam@example.com\n";
    let [csv, asff, ocsf] = ["x.csv", "x.asff.json", "x.ocsf.ndjson"].map(|name| folder.path().join(name));
    let paths = [&csv, &asff, &ocsf].map(|path| path.to_str().unwrap());
    let output = scanned(
        &folder,
        owners,
        &["--format", "json", "--output", paths[0], "--output", paths[1], "--output", paths[2]],
    );
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let names = |kind: &str| {
        let of_kind =
            findings(&document).iter().filter(|it| it["resource"]["type"] == kind && it["resource"]["id"] != "*");
        let mut names: Vec<&Value> = of_kind.map(|finding| &finding["resource_owner"]).collect();
        names.dedup();
        names
    };
    let file = folder.path().join("OWNERS").display().to_string();
    let owner = |name: &str, line: usize| json!({"name": name, "from": "file", "place": format!("{file}:{line}")});
    assert_eq!(names("AWS::S3::Bucket"), [&owner("@storage", 2)]);
    assert_eq!(names("AWS::KMS::Key"), [&owner("@keys", 3)]);
    assert_eq!(names("AWS::IAM::User"), [&owner("iam@example.com", 4)]);
    assert_eq!(names("AWS::EC2::VPC"), [&owner("@platform", 1)]);
    // The same in the others.
    let everywhere: Vec<&str> =
        findings(&document).iter().map(|it| it["resource_owner"]["name"].as_str().unwrap()).collect();
    let mut rows = csv::Reader::from_path(csv).unwrap();
    let at = rows.headers().unwrap().iter().position(|name| name == "resource_owner").unwrap();
    let cells: Vec<String> = rows.records().map(|row| row.unwrap()[at].trim_start_matches('\'').to_owned()).collect();
    assert_eq!(cells, everywhere);
    let asff: Vec<Value> = serde_json::from_str(&fs::read_to_string(asff).unwrap()).unwrap();
    assert!(asff.iter().map(|it| &it["ProductFields"]["Plimsoll/ResourceOwner"]).eq(everywhere.iter().copied()));
    let lines = fs::read_to_string(ocsf).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(events.map(|it| it["unmapped"]["resource_owner"]["name"].clone()).eq(everywhere.iter().copied()));
}

#[test]
fn without_a_file_tags_say_it_and_then_the_account() {
    let folder = copy_of("mixed");
    let file = account_file(folder.path(), "eu-west-1/kms/Key.json");
    let text = fs::read_to_string(&file).unwrap();
    let root = folder.path().to_str().unwrap();
    let names = |args: &[&str]| {
        let check = ["--check", "kms-key-rotation-enabled", "--region", "eu-west-1", "--format", "json"];
        let output = plimsoll(&[&["scan", "--from", root], &check[..], args].concat());
        let document: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let name = |finding: &Value| finding["resource_owner"]["name"].as_str().unwrap().to_owned();
        findings(&document).iter().map(name).collect::<Vec<_>>()
    };
    let alias = "account acme-prod";
    assert!(names(&[]).iter().all(|name| name == alias), "{:?} {text}", names(&[]));
    let config = folder.path().join("plimsoll.toml");
    fs::write(&config, "[owners]\nfile = \"OWNERS\"\ntags = [\"team\"]\n").unwrap();
    fs::write(folder.path().join("OWNERS"), "*/*/kms @keys\n").unwrap();
    assert!(names(&["--config", config.to_str().unwrap()]).iter().all(|name| name == "@keys"));
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_lines_before_anything_is_read() {
    let folder = TempDir::new().unwrap();
    let output = scanned(&folder, "* @all\ns3/web-* @web\n", &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("OWNERS:2:1: ") && told.contains("is */*/s3/web-* meant?"), "{told}");
    assert_eq!(stdout(&output), "");
    let missing = plimsoll(&["scan", "--from", "nowhere", "--owners", "no-such-file"]);
    assert!(stderr(&missing).contains("reading no-such-file: "), "{}", stderr(&missing));
}

#[test]
fn lines_that_fit_nothing_are_told_at_the_end() {
    let folder = TempDir::new().unwrap();
    let output = scanned(&folder, "* @all\n999988887777 @other\n*/*/s3/no-such-* @x\n", &["--format", "ndjson"]);
    let told = stderr(&output);
    assert!(
        told.contains("OWNERS:2: 999988887777 fits nothing that this scan has looked at; nor does line 3"),
        "{told}"
    );
    let fits = scanned(&folder, "* @all\n", &["--format", "ndjson"]);
    assert!(!stderr(&fits).contains("fits nothing"), "{}", stderr(&fits));
}

#[test]
fn settings_of_owners_that_have_no_meaning_are_told() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("plimsoll.toml");
    fs::write(&config, "[owners]\nfiles = \"x\"\ntags = \"Owner\"\nfile = 3\n").unwrap();
    let output = plimsoll(&["config", "show", "--config", config.to_str().unwrap()]);
    let told = stderr(&output);
    assert!(told.contains(":2:1: [owners] has no setting \"files\"; did you mean file?"), "{told}");
    assert!(told.contains(":3:8: tags takes a list of keys of tags"), "{told}");
    assert!(told.contains(":4:8: file takes the name of a file beside this one"), "{told}");
}
