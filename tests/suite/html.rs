//! The page: what is in it is what the other reports say, and none of it is markup.

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::hostile::{HARM, NAMES, hostile};
use crate::program::{findings, fixture, json as document, plimsoll, scan, stderr, stdout};

/// Scans a recorded account into a page.
fn page(root: &Path, args: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("report.html");
    let output = scan(root, &[&["--output", path.to_str().unwrap(), "--format", "json"], args].concat());
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

const BLOCK: &str = "<script type=\"application/gzip+base64\" id=\"";

/// The blocks of data of a page, by name and in its order; and what is left of the page without them.
pub fn blocks(page: &str) -> (Vec<(&str, &str)>, String) {
    let mut parts = page.split(BLOCK);
    let mut rest = parts.next().unwrap().to_owned();
    let mut blocks = Vec::new();
    for part in parts {
        let (name, part) = part.split_once("\">").unwrap();
        let (data, after) = part.split_once("</script>\n").unwrap();
        assert!(data.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)), "{name} is not base64 alone");
        blocks.push((name, data));
        rest.push_str(after);
    }
    (blocks, rest)
}

pub fn unpacked(data: &str) -> Value {
    let bytes = STANDARD.decode(data).unwrap();
    let mut text = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn block(blocks: &[(&str, &str)], wanted: &str) -> Value {
    unpacked(blocks.iter().find(|(name, _)| *name == wanted).unwrap_or_else(|| panic!("no {wanted}")).1)
}

fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The findings of a page, as far as the JSON report tells the same.
fn told(page: &str) -> Vec<Value> {
    let (blocks, _) = blocks(page);
    let head = block(&blocks, "head");
    let (numbers, texts) = (block(&blocks, "numbers-0"), block(&blocks, "texts-0"));
    let details = blocks.iter().filter(|(name, _)| name.starts_with("detail-"));
    let details: Vec<Value> = details.flat_map(|(_, data)| unpacked(data).as_array().unwrap().clone()).collect();
    let rows = numbers.as_array().unwrap().chunks(6).zip(texts.as_array().unwrap().chunks(4));
    assert_eq!(index(&head["findings"]), details.len());
    assert_eq!(rows.len(), details.len());
    rows.zip(details)
        .map(|((numbers, texts), detail)| {
            let check = &head["checks"][index(&numbers[0])];
            json!({
                "id": detail["id"], "check": check["id"], "title": check["title"], "severity": check["severity"],
                "duty": check["duty"], "service": check["service"], "controls": check["controls"],
                "status": head["statuses"][index(&numbers[1])],
                "account": head["account_ids"][index(&numbers[2])],
                "region": head["regions"][index(&numbers[3])],
                "partition": head["partitions"][index(&numbers[5])],
                "resource": {
                    "type": head["types"][index(&numbers[4])], "id": texts[0], "arn": texts[1], "tags": detail["tags"],
                },
                "message": texts[2], "unknown": detail["unknown"], "evidence": detail["evidence"],
                "accepted": detail["accepted"],
                "resource_owner": {
                    "name": texts[3], "from": detail["resource_owner"]["from"],
                    "place": detail["resource_owner"]["place"],
                },
            })
        })
        .collect()
}

/// The findings of the JSON report, without what follows from the model.
fn reported(root: &Path) -> Vec<Value> {
    let document = document(root, &[]);
    let mut findings = findings(&document).clone();
    for finding in &mut findings {
        for follows in ["group", "owner", "domain", "service_model"] {
            finding.as_object_mut().unwrap().remove(follows).unwrap();
        }
    }
    findings
}

#[test]
fn the_page_holds_every_finding_as_the_json_report_has_it() {
    for name in ["mixed", "denied", "clean"] {
        let (told, reported) = (told(&page(&fixture(name), &[])), reported(&fixture(name)));
        assert_eq!(told.len(), reported.len());
        for (told, reported) in told.iter().zip(&reported) {
            assert_eq!(told, reported);
        }
    }
    let hostile = hostile();
    assert_eq!(told(&page(hostile.path(), &[])), reported(hostile.path()));
}

#[test]
fn nothing_of_an_account_is_outside_the_blocks() {
    let hostile = hostile();
    let wild = page(hostile.path(), &[]);
    let (_, rest) = blocks(&wild);
    for name in ["mixed", "clean"] {
        assert_eq!(blocks(&page(&fixture(name), &[])).1, rest, "whichever account it is");
    }
    for (_, name) in NAMES {
        assert!(!wild.contains(name), "{name}");
    }
    assert!(!wild.contains(HARM));
}

#[test]
fn the_policy_of_the_page_lets_its_own_script_and_style_run_and_nothing_else() {
    let page = page(&fixture("clean"), &[]);
    let hash = |before: &str, after: &str| {
        let (_, text) = page.rsplit_once(before).unwrap();
        let (text, _) = text.split_once(after).unwrap();
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
    };
    let script = hash("<script type=\"module\">", "</script>");
    let style = hash("<style>", "</style>");
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {script}; style-src \
         {style}; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'\">"
    );
    assert!(page.contains(&policy), "{policy}");
    let (_, rest) = blocks(&page);
    assert_eq!(rest.matches("<script").count(), 1);
    assert_eq!(rest.matches("<style").count(), 1);
    for forbidden in [" style=\"", " onclick", " src=\"", "http://", "https://"] {
        let places: Vec<&str> =
            rest.match_indices(forbidden).map(|(at, _)| &rest[at..rest.len().min(at + 40)]).collect();
        let outside = |place: &&str| !place.starts_with("http://www.w3.org/2000/svg");
        assert!(!places.iter().any(outside), "{places:?}");
    }
}

#[test]
fn the_page_tells_of_frameworks_what_the_compliance_report_tells() {
    let page = page(&fixture("denied"), &[]);
    let head = block(&blocks(&page).0, "head");
    for framework in head["frameworks"].as_array().unwrap() {
        let id = framework["id"].as_str().unwrap();
        let from = fixture("denied");
        let args = ["compliance", id, "--from", from.to_str().unwrap(), "--format", "json"];
        let output = plimsoll(&args);
        let report: Value =
            serde_json::from_str(&stdout(&output)).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)));
        let of = |controls: &Value| -> Vec<Value> {
            let controls = controls.as_array().unwrap().iter();
            controls.map(|control| json!([control["id"], control["status"], control["because"]])).collect()
        };
        let own = &framework["controls"];
        let theirs = &report["controls"];
        assert!(!own.as_array().unwrap().is_empty());
        assert_eq!(of(own), of(theirs), "{id}");
    }
}

#[test]
fn the_page_tells_what_was_not_seen_and_what_would_show_it() {
    let head = block(&blocks(&page(&fixture("denied"), &[])).0, "head");
    let document = document(&fixture("denied"), &[]);
    let summary = &document["summary"];
    assert_eq!(head["coverage"]["to_allow"], summary["to_allow"]);
    assert_eq!(head["coverage"]["unknown"], summary["unknown_because"]);
    assert_eq!(head["coverage"]["sentence"], summary["coverage"]);
    let missing = |entries: &Value| -> Vec<Value> {
        let entries = entries.as_array().unwrap().iter();
        let entries = entries.filter(|entry| entry["missing"].as_array().is_some_and(|missing| !missing.is_empty()));
        entries.map(|entry| json!([entry["read"], entry["region"], entry["records"]])).collect()
    };
    assert_eq!(missing(&head["ledger"]), missing(&document["ledger"]));
    assert!(missing(&head["ledger"]).len() > 10);
}

#[test]
fn what_is_missing_of_many_resources_is_one_line_of_the_pages_ledger_with_their_number() {
    let head = block(&blocks(&page(&fixture("denied"), &[])).0, "head");
    let document = document(&fixture("denied"), &[]);
    let groups = head["ledger"].as_array().unwrap().iter().flat_map(|entry| entry["missing"].as_array().unwrap());
    let counted: usize = groups.map(|group| index(&group["resources"])).sum();
    let entries = document["ledger"].as_array().unwrap().iter().filter_map(|entry| entry["missing"].as_array());
    assert_eq!(counted, entries.flatten().filter(|missing| missing["resource"].is_string()).count());
    assert!(counted > 0);
}

#[test]
fn a_check_that_is_off_is_on_the_page_with_its_reason() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("plimsoll.toml");
    fs::write(&config, "[off]\ns3-bucket-mfa-delete-enabled = \"Object Lock instead\"\n").unwrap();
    let page = page(&fixture("mixed"), &["--config", config.to_str().unwrap()]);
    let head = block(&blocks(&page).0, "head");
    let off = &head["off"][0];
    assert_eq!([&off["check"], &off["reason"]], ["s3-bucket-mfa-delete-enabled", "Object Lock instead"]);
    let control = head["frameworks"].as_array().unwrap().iter().find(|it| it["id"] == "cis_3_0").unwrap();
    let control = control["controls"].as_array().unwrap().iter().find(|it| it["id"] == "2.1.2").unwrap();
    assert_eq!(control["status"], "incomplete");
}

#[test]
fn the_same_recording_makes_the_same_page() {
    assert!(page(&fixture("mixed"), &[]) == page(&fixture("mixed"), &[]), "two pages differ");
}

#[test]
fn a_page_is_small() {
    let page = page(&fixture("mixed"), &[]);
    assert!(page.len() < 400_000, "{} bytes", page.len());
}

#[test]
fn a_page_is_a_file_and_its_name_says_so() {
    let folder = TempDir::new().unwrap();
    for name in ["a.html", "b.HTM"] {
        let path = folder.path().join(name);
        let output = scan(&fixture("clean"), &["--output", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(fs::read_to_string(&path).unwrap().starts_with("<!doctype html>\n<html lang=\"en\""), "{name}");
    }
    assert_eq!(scan(&fixture("clean"), &["--format", "html"]).status.code(), Some(2), "not on a terminal");
    let refused = scan(&fixture("clean"), &["--output", "report.pdf"]);
    assert!(stderr(&refused).contains("must be .html, .htm, .json, "), "{}", stderr(&refused));
}

#[test]
fn a_page_shows_earlier_scans_only_if_the_scan_is_remembered() {
    let folder = TempDir::new().unwrap();
    let history = folder.path().join("history.sqlite");
    let past = |name: &str, args: &[&str]| {
        let page = page(&fixture(name), args);
        block(&blocks(&page).0, "head")["past"].clone()
    };
    assert_eq!(past("mixed", &[]), Value::Null);
    let remembered = ["--history", history.to_str().unwrap()];
    // Three scans of one account: everything, with much that could not be seen, and of one service alone.
    let first = past("mixed", &remembered);
    assert_eq!(first["scans"].as_array().unwrap().len(), 1);
    begun_on(folder.path(), "denied", 2);
    begun_on(folder.path(), "mixed", 3);
    let second = past_of(&folder.path().join("denied"), &remembered);
    let third = past_of(&folder.path().join("mixed"), &[&remembered[..], &["--service", "kms"]].concat());
    let scans = third["scans"].as_array().unwrap();
    assert_eq!(scans.len(), 3);
    assert_eq!(scans[..2], *second["scans"].as_array().unwrap(), "what was is not changed");
    let document = document(&fixture("mixed"), &[]);
    let failing: u64 = scans[0]["duties"].as_object().unwrap().values().filter_map(|it| it["fail"].as_u64()).sum();
    assert_eq!(document["summary"]["fail"], failing);
    // What a scan did not look at is missing from it, and no nought.
    let duties = |scan: &Value| scan["duties"].as_object().unwrap().len();
    assert!(duties(&scans[2]) < duties(&scans[0]), "{third}");
    assert!(scans[2]["checks"].as_u64() < scans[0]["checks"].as_u64(), "and that it did is told");
    assert_eq!(third["earlier"], 0);
    let oldest = third["oldest"].as_array().unwrap();
    assert!(!oldest.is_empty() && oldest.len() <= 10);
    let days: Vec<i64> = oldest.iter().map(|it| it["days"].as_i64().unwrap()).collect();
    assert!(days.is_sorted_by(|a, b| a >= b) && days[0] == 2, "{days:?}");
    assert_eq!(oldest[0]["began_in_sight"], false, "it failed when the history began");
    // The history's own words of the same.
    let told = plimsoll(&["history", "--history", history.to_str().unwrap(), "--format", "json"]);
    let told: Value = serde_json::from_str(&stdout(&told)).unwrap();
    assert_eq!(third["failing"], told["series"][0]["failing"].as_array().unwrap().len());
    assert_eq!(told["series"][0]["scans"].as_array().unwrap().len(), 3);
}

#[test]
fn a_page_of_many_scans_shows_the_last_and_says_how_many_it_leaves_out() {
    let folder = TempDir::new().unwrap();
    let history = folder.path().join("history.sqlite");
    let args = ["--history", history.to_str().unwrap(), "--check", "kms-key-rotation-enabled"];
    let mut last = Value::Null;
    for day in 1..=63 {
        begun_on(folder.path(), "mixed", day);
        last = past_of(&folder.path().join("mixed"), &args);
    }
    assert_eq!((last["scans"].as_array().unwrap().len(), &last["earlier"]), (60, &json!(3)));
    assert_eq!(last["scans"][0]["id"], 4);
}

/// A copy of a recording that began on another day, counted from 1.
fn begun_on(folder: &Path, name: &str, day: i64) {
    let copy = folder.join(name);
    crate::program::copy_into(&fixture(name), &copy);
    let path = copy.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let later = jiff::SignedDuration::from_hours(24 * (day - 1));
    for key in ["Started", "Finished"] {
        if let Some(at) = manifest[key].as_str() {
            manifest[key] = json!((at.parse::<jiff::Timestamp>().unwrap() + later).to_string());
        }
    }
    fs::write(&path, manifest.to_string()).unwrap();
}

fn past_of(root: &Path, args: &[&str]) -> Value {
    block(&blocks(&page(root, args)).0, "head")["past"].clone()
}
