//! Scans of several recorded accounts: one report, every account in its table, nobody left out in silence.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::program::{copy_into, findings, fixture, json, plimsoll, scan, stderr, stdout};

pub const ONE: &str = "111122223333";
pub const OTHER: &str = "222233334444";
pub const MISSING: &str = "333344445555";
const SUSPENDED: &str = "444455556666";
const EXCLUDED: &str = "555566667777";

/// The recording of an organization: `mixed`, `clean` under another id, and three accounts that nobody has read.
pub fn organization() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    copy_into(&fixture("mixed"), &root.path().join("accounts").join(ONE));
    let other = root.path().join("accounts").join(OTHER);
    copy_into(&fixture("clean"), &other);
    fs::rename(other.join(ONE), other.join(OTHER)).unwrap();
    rename(&other);
    let refused = "AccessDenied: User: arn:aws:iam::111122223333:user/a is not authorized to perform: sts:AssumeRole";
    let roster = json!({
        "Schema": "plimsoll.organization/1",
        "Tool": "0.1.0",
        "Partition": "aws",
        "Organization": "o-abcdefghij",
        "Account": ONE,
        "Caller": "arn:aws:iam::111122223333:user/a",
        "Started": "2026-11-25T01:08:49Z",
        "Finished": "2026-11-25T01:09:49Z",
        "Accounts": [
            { "Id": ONE, "Name": "management" },
            { "Id": OTHER, "Name": "workload" },
            { "Id": MISSING, "Name": "=forgotten<b>", "Shut": { "State": "role-missing", "Unknown": {
                "Reason": "denied", "Action": "sts:AssumeRole", "Detail": refused } } },
            { "Id": SUSPENDED, "PassedOver": { "State": "suspended", "Because": "suspended, as Organizations says" } },
            { "Id": EXCLUDED, "PassedOver": { "State": "excluded", "Because": "by --exclude-account" } },
        ],
    });
    fs::write(root.path().join("organization.json"), roster.to_string()).unwrap();
    root
}

/// Writes the other id wherever a recording has the first.
fn rename(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            rename(&entry.path());
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            fs::write(entry.path(), text.replace(ONE, OTHER)).unwrap();
        }
    }
}

fn states(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = document["accounts"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["account"]), text(&row["state"]))).collect()
}

const NOW: [&str; 2] = ["--now", "2026-12-01T00:00:00Z"];

#[test]
fn every_account_is_in_the_table_and_those_that_were_read_are_found_as_by_themselves() {
    let root = organization();
    let document = json(root.path(), &NOW);
    let expected = [
        (ONE, "partial"),
        (OTHER, "scanned"),
        (MISSING, "role-missing"),
        (SUSPENDED, "suspended"),
        (EXCLUDED, "excluded"),
    ];
    assert_eq!(states(&document), expected.map(|(id, state)| (id.to_owned(), state.to_owned())));
    for (account, name) in [(ONE, "account management"), (OTHER, "account workload")] {
        let alone = json(&root.path().join("accounts").join(account), &NOW);
        let within: Vec<&Value> = findings(&document).iter().filter(|it| it["account"] == account).collect();
        // The organization knows an account by its name, by itself it is known by its alias.
        assert!(within.iter().all(|finding| finding["resource_owner"]["name"] == name), "{account}");
        let renamed = |finding: &Value| {
            let mut finding = finding.clone();
            finding["resource_owner"]["name"] = json!(name);
            finding
        };
        assert_eq!(
            within.into_iter().cloned().collect::<Vec<_>>(),
            findings(&alone).iter().map(renamed).collect::<Vec<_>>(),
            "{account}"
        );
        let row = document["accounts"].as_array().unwrap().iter().find(|row| row["account"] == account).unwrap();
        assert_eq!(row["requests"], alone["summary"]["requests"]);
        assert_eq!(row["findings"]["fail"], alone["summary"]["fail"]);
        let entries = |document: &Value| -> Vec<Value> {
            let ledger = document["ledger"].as_array().unwrap().iter();
            // The caller's own account is also who lists the accounts.
            ledger.filter(|entry| entry["account"] == account).cloned().collect()
        };
        assert_eq!(entries(&document), entries(&alone), "{account}");
    }
}

#[test]
fn an_account_that_nobody_got_into_is_unknown_for_every_check_and_others_for_none() {
    let root = organization();
    let document = json(root.path(), &NOW);
    let of = |account: &str| findings(&document).iter().filter(move |it| it["account"] == account).collect::<Vec<_>>();
    let missing = of(MISSING);
    assert_eq!(missing.len(), plimsoll_checks::checks().len());
    for finding in missing {
        assert_eq!(finding["status"], "unknown");
        assert_eq!(finding["unknown"]["action"], "sts:AssumeRole");
    }
    assert!(of(SUSPENDED).is_empty() && of(EXCLUDED).is_empty());
    let entry = document["ledger"].as_array().unwrap().iter().find(|entry| entry["account"] == MISSING).unwrap();
    assert_eq!((&entry["state"], &entry["read"]), (&json!("unread"), &json!("session/Account")));
    assert_eq!(document["scan"]["account"], Value::Null);
    assert_eq!(document["scan"]["organization"], "o-abcdefghij");
}

#[test]
fn the_ids_of_findings_of_all_accounts_differ() {
    let document = json(organization().path(), &NOW);
    let mut ids: Vec<&str> = findings(&document).iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn accounts_can_be_named_and_left_out_again() {
    let root = organization();
    let document = json(root.path(), &["--account", ONE]);
    let excluded = states(&document).into_iter().filter(|(_, state)| state == "excluded").count();
    assert_eq!(excluded, 3, "{:?}", states(&document));
    assert!(findings(&document).iter().all(|finding| finding["account"] == ONE));
    let document = json(root.path(), &["--exclude-account", &format!("{ONE},{MISSING}")]);
    assert!(findings(&document).iter().all(|finding| finding["account"] == OTHER));
    let wrong = scan(root.path(), &["--account", "999999999999"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(stderr(&wrong).trim(), "error: --account 999999999999: there is no such account among the 5 there are");
    let alone = scan(&fixture("mixed"), &["--account", ONE]);
    assert!(stderr(&alone).contains("is the recording of one account"), "{}", stderr(&alone));
}

#[test]
fn the_table_of_accounts_is_this() {
    let root = organization();
    let table = stdout(&scan(root.path(), &NOW));
    let (_, accounts) = table.split_once("ACCOUNTS\n").expect("there is a table of accounts");
    insta::assert_snapshot!(accounts);
    for line in table.lines() {
        assert!(line.width() <= 80, "{line}");
    }
}

#[test]
fn the_same_accounts_give_the_same_bytes() {
    let root = organization();
    for format in ["json", "ndjson", "table"] {
        let run = || scan(root.path(), &[&NOW[..], &["--format", format]].concat()).stdout;
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn a_control_fails_if_it_fails_in_one_account_and_says_in_which() {
    let root = organization();
    let compliance = |from: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["compliance", "cis_3_0", "--format", "json", "--from", from.to_str().unwrap()])
            .env_clear()
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let all = compliance(root.path());
    let alone = compliance(&root.path().join("accounts").join(ONE));
    let control = |document: &Value, id: &str| {
        document["controls"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap().clone()
    };
    for failing in alone["controls"].as_array().unwrap().iter().filter(|control| control["status"] == "fail") {
        let within = control(&all, failing["id"].as_str().unwrap());
        assert_eq!(within["status"], "fail");
        assert!(within["offending"].as_array().unwrap().iter().any(|it| it["account"] == ONE));
    }
    // Nobody has seen the account whose role is missing, so nothing passes.
    let passing = all["controls"].as_array().unwrap().iter().filter(|control| control["status"] == "pass");
    assert_eq!(passing.count(), 0);
}

#[test]
fn the_duties_of_several_accounts_stand_as_their_scan_says() {
    let root = organization();
    let told = plimsoll(&["duties", "--format", "json", "--from", root.path().to_str().unwrap()]);
    let duties: Value =
        serde_json::from_slice(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&told)));
    let text = duties.to_string();
    let summary = &json(root.path(), &[])["summary"];
    let standing = &summary["duties"]["authorization"];
    assert!(text.contains(&format!("\"fail\":{}", standing["fail"])), "{standing}: {text}");
    assert!(text.contains(&format!("\"unknown\":{}", standing["unknown"])), "{standing}: {text}");
}

#[test]
fn a_roster_that_is_not_understood_is_told_with_its_place() {
    let root = organization();
    let path = root.path().join("organization.json");
    let sound = fs::read_to_string(&path).unwrap();
    for (from, to, told) in [
        ("\"Tool\"", "\"Tol\"", "unknown field `Tol`"),
        (OTHER, "../../etc", "is no account's id, which has twelve digits"),
        ("plimsoll.organization/1", "plimsoll.organization/9", "this version reads plimsoll.organization/1"),
        ("\"aws\"", "\"moon\"", "which is none"),
    ] {
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        let output = scan(root.path(), &[]);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("organization.json") && said.contains(told), "{said}");
    }
}

#[test]
fn an_account_whose_recording_is_gone_or_damaged_is_unknown_and_the_others_are_not() {
    let root = organization();
    fs::remove_dir_all(root.path().join("accounts").join(ONE)).unwrap();
    fs::write(root.path().join("accounts").join(OTHER).join("manifest.json"), "{").unwrap();
    let document = json(root.path(), &NOW);
    let states = states(&document);
    assert_eq!((&*states[0].1, &*states[1].1), ("unreached", "unreached"));
    let reasons: Vec<&Value> = findings(&document)
        .iter()
        .filter(|finding| finding["account"] == OTHER)
        .map(|finding| &finding["unknown"]["reason"])
        .collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| *reason == "malformed"));
}

/// Has the trails of the other account deliver to a bucket of the first.
fn deliver_to(bucket: &str, root: &Path) -> usize {
    let trails = root.join("accounts").join(OTHER).join(OTHER).join("eu-west-1/cloudtrail/Trail.json");
    let mut list: Value = serde_json::from_str(&fs::read_to_string(&trails).unwrap()).unwrap();
    let records = list["Records"].as_array_mut().unwrap();
    for trail in records.iter_mut() {
        trail["S3BucketName"] = bucket.into();
    }
    let count = records.len();
    fs::write(trails, list.to_string()).unwrap();
    count
}

#[test]
fn what_lies_in_another_account_of_the_scan_is_judged_there_and_cited_with_its_account() {
    let root = organization();
    assert!(deliver_to("acme-trail-public", root.path()) > 0, "there is a trail");
    let check = ["--check", "cloudtrail-bucket-access-logged", "--region", "eu-west-1"];
    let of_other = |document: &Value| -> Vec<Value> {
        findings(document).iter().filter(|finding| finding["account"] == OTHER).cloned().collect()
    };
    let within = json(root.path(), &[&NOW[..], &check].concat());
    for finding in of_other(&within) {
        assert_eq!(finding["message"], "delivers to bucket acme-trail-public, which logs no accesses");
        let evidence = finding["evidence"].as_array().unwrap();
        let elsewhere: Vec<&Value> = evidence.iter().filter(|call| call["account"] == ONE).collect();
        let actions: Vec<&str> = elsewhere.iter().map(|call| call["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["s3:ListBuckets", "s3:GetBucketLocation", "s3:GetBucketLogging"], "{finding}");
        assert_eq!(elsewhere[2]["fields"], json!({ "TargetBucket": null }), "{finding}");
    }
    let asked = within["ledger"].as_array().unwrap().iter();
    let logging = asked.filter(|entry| entry["read"] == "s3/BucketLogging" && entry["account"] == ONE);
    let beside: Vec<bool> = logging.map(|entry| entry["beside"] == true).collect();
    assert_eq!(beside, [false, true], "once for the account's own trails, once for the other's: {}", within["ledger"]);

    // The account that the scan began in may be asked, though it is not looked at.
    let only = json(root.path(), &[&NOW[..], &check, &["--account", OTHER]].concat());
    assert_eq!(of_other(&only), of_other(&within));
    // By itself, the account does not show it.
    let alone = json(&root.path().join("accounts").join(OTHER), &[&NOW[..], &check].concat());
    let alone = of_other(&alone);
    assert_eq!(alone.len(), of_other(&within).len());
    assert!(alone.iter().all(|finding| finding["unknown"]["reason"] == "other-account"), "{alone:?}");
}

#[test]
fn what_was_recorded_for_the_sake_of_other_accounts_answers_for_them_again() {
    let root = organization();
    deliver_to("acme-trail-public", root.path());
    // What the account was asked beside its own scan is of another moment, and is what counts.
    let beside = root.path().join("beside").join(ONE);
    copy_into(&fixture("mixed"), &beside);
    let buckets = beside.join(ONE).join("global/s3/Bucket.json");
    fs::write(&buckets, r#"{ "Calls": [], "Records": [] }"#).unwrap();
    let check = ["--check", "cloudtrail-bucket-access-logged", "--region", "eu-west-1"];
    let document = json(root.path(), &[&NOW[..], &check].concat());
    let mut of_other = findings(&document).iter().filter(|finding| finding["account"] == OTHER);
    assert!(of_other.all(|finding| finding["unknown"]["reason"] == "other-account"));
    let mut of_one = findings(&document).iter().filter(|finding| finding["account"] == ONE);
    assert!(of_one.any(|finding| finding["status"] != "unknown"), "its own scan is as it was");
}

#[test]
fn what_is_asked_of_an_account_for_others_is_no_sight_of_its_own() {
    let before = organization();
    deliver_to("acme-trail-public", before.path());
    let after = organization();
    deliver_to("acme-trail-public", after.path());
    // Its own scan lists no bucket any more; for the sake of the other account, its buckets are seen.
    copy_into(&fixture("mixed"), &after.path().join("beside").join(ONE));
    let denied = json!({ "Calls": [], "Records": [], "Unknown": {
        "Reason": "denied", "Action": "s3:ListAllMyBuckets", "Detail": "no identity-based policy allows it" } });
    let own = after.path().join("accounts").join(ONE).join(ONE).join("global/s3/Bucket.json");
    fs::write(own, denied.to_string()).unwrap();
    let documents = tempfile::tempdir().unwrap();
    let written = [("old", before.path()), ("new", after.path())].map(|(name, root)| {
        let path = documents.path().join(format!("{name}.json"));
        fs::write(&path, stdout(&scan(root, &["--format", "json"]))).unwrap();
        path
    });
    for sides in [[before.path(), after.path()], [written[0].as_path(), written[1].as_path()]] {
        let sides = sides.map(|side| side.to_str().unwrap());
        let diff = plimsoll(&[&["diff", "--format", "json"], &sides[..]].concat());
        let told: Value = serde_json::from_str(&stdout(&diff)).unwrap_or_else(|_| panic!("{}", stderr(&diff)));
        let changes = told["changes"].as_array().unwrap().iter();
        let buckets = changes.filter(|it| it["account"] == ONE && it["resource"]["type"] == "AWS::S3::Bucket");
        let buckets: Vec<&Value> = buckets.filter(|it| it["resource"]["id"] != "*").collect();
        assert!(!buckets.is_empty(), "{told}");
        assert!(buckets.iter().all(|it| it["change"] == "no-longer-visible"), "{buckets:?}");
    }
}
