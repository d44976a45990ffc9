//! What an entry is about: tags, what is taken out, several files, several accounts, and when it does not count yet.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hostile::HARM;
use crate::organization::{MISSING, ONE, OTHER, organization};
use crate::program::{findings, fixture, plimsoll, stderr, stdout};

const NOW: [&str; 2] = ["--now", "2026-11-25T12:00:00Z"];

fn entry(rest: &str) -> String {
    format!("[[exception]]\nowner = \"web\"\nreason = \"so it is\"\nexpires = 2027-03-31\n{rest}\n")
}

/// Files of a folder, each with its text.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The document of a scan with these exceptions.
fn scanned(root: &Path, exceptions: &[&Path]) -> Value {
    let files: Vec<&str> = exceptions.iter().flat_map(|path| ["--exceptions", path.to_str().unwrap()]).collect();
    let from = ["scan", "--format", "json", "--from", root.to_str().unwrap()];
    let output = plimsoll(&[&from[..], &NOW, &files].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

fn with(root: &Path, exceptions: &str) -> Value {
    let folder = folder(&[("exceptions.toml", exceptions)]);
    scanned(root, &[&folder.path().join("exceptions.toml")])
}

/// Check, region and id of what is excepted, or fails.
fn standing(document: &Value, statuses: &[&str]) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = findings(document).iter().filter(|it| statuses.contains(&it["status"].as_str().unwrap()));
    found.map(|it| [text(&it["check"]), text(&it["region"]), text(&it["resource"]["id"])]).collect()
}

/// What is wrong with exceptions.
fn wrong(text: &str) -> String {
    let folder = folder(&[("exceptions.toml", text)]);
    let path = folder.path().join("exceptions.toml");
    let output = plimsoll(&["attest", "check", "--exceptions", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    stderr(&output).replace(&format!("{}/", folder.path().display()), "")
}

/// A recording in which a failing network ACL has tags.
fn tagged() -> (TempDir, String) {
    let copy = crate::program::copy_of("mixed");
    let path = crate::program::account_file(copy.path(), "eu-west-1/ec2/NetworkAcl.json");
    let failing = standing(&with(copy.path(), ""), &["fail"]);
    let [_, _, id] = failing
        .iter()
        .find(|[check, region, _]| check == "ec2-nacl-admin-ports-closed" && region == "eu-west-1")
        .expect("a network ACL fails");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for record in file["Records"].as_array_mut().unwrap() {
        if record["NetworkAclId"] == **id {
            record["Tags"] = json!({"stage": "test-1", "team": "web"});
        }
    }
    fs::write(&path, file.to_string()).unwrap();
    (copy, id.clone())
}

#[test]
fn tags_are_asked_for_by_key_or_as_they_are_written() {
    let (root, id) = tagged();
    let excepted = |tags: &str| {
        let about = format!("check = \"ec2-nacl-*\"\nregion = \"eu-west-1\"\n{tags}");
        standing(&with(root.path(), &entry(&about)), &["excepted"]).into_iter().map(|[.., id]| id).collect::<Vec<_>>()
    };
    let all = excepted("");
    assert!(all.contains(&id), "{all:?}");
    for fits in [
        "tags = { stage = \"test-*\" }",
        "tags = { stage = \"test-1\", team = \"w?b\" }",
        "tags = [\"stage=test-*\"]",
        "tags = [\"*=web\", \"st*=*1\"]",
        "tags = [\"{stage=x,team=web}\"]",
    ] {
        assert_eq!(excepted(fits), [&*id], "{fits}");
    }
    for fits_nothing in [
        "tags = { stage = \"test\" }",
        "tags = { Stage = \"*\" }",
        "tags = { stage = \"*\", owner = \"*\" }",
        "tags = [\"stage=test-*\", \"team=ops\"]",
        "tags = [\"test-1\"]",
    ] {
        assert_eq!(excepted(fits_nothing), Vec::<String>::new(), "{fits_nothing}");
    }
    let others: Vec<&String> = all.iter().filter(|other| **other != id).collect();
    assert_eq!(excepted("except = { tags = { stage = \"test-*\" } }").iter().collect::<Vec<_>>(), others);
    assert_eq!(excepted("except = [{ tags = [\"team=web\"] }]").iter().collect::<Vec<_>>(), others);
}

#[test]
fn what_is_taken_out_fails_as_before() {
    let root = fixture("mixed");
    let about = "check = \"ec2-*\"\n";
    let all = standing(&with(&root, &entry(about)), &["excepted"]);
    let of = |rest: &str| standing(&with(&root, &entry(&format!("{about}{rest}"))), &["excepted"]);
    let expected =
        |holds: &dyn Fn(&[String; 3]) -> bool| all.iter().filter(|it| holds(it)).cloned().collect::<Vec<_>>();
    let elsewhere = expected(&|[_, region, _]| region != "eu-west-1");
    assert!(!elsewhere.is_empty() && elsewhere.len() < all.len());
    assert_eq!(of("except = { region = \"eu-west-1\" }"), elsewhere);
    let but_groups = expected(&|[_, region, id]| region != "eu-west-1" || !id.starts_with("sg-"));
    assert_eq!(of("except = { region = \"eu-*\", resource = \"sg-*\" }"), but_groups, "all that is given must fit");
    let neither = expected(&|[_, region, id]| region != "eu-west-1" && !id.starts_with("sg-"));
    assert_eq!(of("[[exception.except]]\nregion = \"eu-*\"\n[[exception.except]]\nresource = \"sg-*\"\n"), neither);
    assert_eq!(of("except = { account = \"999988887777\" }"), all);
    assert_eq!(of("except = { account = \"1*\" }"), Vec::<[String; 3]>::new());
}

#[test]
fn what_cannot_be_taken_out_is_said_when_the_file_is_read() {
    let told = wrong(&entry("check = \"kms-*\"\nexcept = { tags = { stage = \"prod\" } }"));
    assert!(told.contains("exceptions.toml:6:19: tags take nothing out of kms-"), "{told}");
    let told = wrong(&entry("check = \"ec2-*\"\nexcept = {}"));
    assert!(told.contains("takes out everything"), "{told}");
    let told = wrong(&entry("check = \"ec2-*\"\nexcept = { regoin = \"eu-*\" }"));
    assert!(told.contains("except has no \"regoin\"; there are account, region, resource, tags"), "{told}");
    let told = wrong(&entry("check = \"ec2-*\"\nexcept = \"eu-*\""));
    assert!(told.contains("except takes a table"), "{told}");
    let told = wrong(&entry("check = \"ec2-*\"\ntags = \"stage=test\""));
    assert!(told.contains("tags takes a table"), "{told}");
}

#[test]
fn a_pattern_is_of_arns_only_if_it_begins_as_one() {
    let root = fixture("mixed");
    let excepted = |resource: &str| {
        let about = format!("check = \"kms-key-rotation-enabled\"\nresource = \"{resource}\"");
        standing(&with(&root, &entry(&about)), &["excepted"]).len()
    };
    let all = excepted("*");
    assert!(all > 0);
    assert_eq!(excepted("arn:aws:kms:*"), all);
    assert_eq!(excepted("*:kms:*"), 0, "every key's ARN has this in it");
    assert_eq!(excepted("*key/*"), 0);
}

#[test]
fn several_files_count_together_and_what_is_wrong_with_each_is_told() {
    let root = fixture("mixed");
    let files = folder(&[
        ("kms.toml", &entry("check = \"kms-*\"")),
        ("ec2.toml", &entry("check = [\"ec2-*\", \"kms-*\"]").replace("\"web\"", "\"ops\"")),
    ]);
    let [kms, ec2] = ["kms.toml", "ec2.toml"].map(|name| files.path().join(name));
    let document = scanned(&root, &[&kms, &ec2]);
    for finding in findings(&document).iter().filter(|it| it["status"] == "excepted") {
        let owner = if finding["service"] == "kms" { "web" } else { "ops" };
        assert_eq!(finding["accepted"]["owner"], owner, "the first that fits counts");
        let file = if finding["service"] == "kms" { &kms } else { &ec2 };
        assert_eq!(finding["accepted"]["file"], file.to_str().unwrap());
    }
    let services: Vec<&str> = ["kms", "ec2"].to_vec();
    let failing = standing(&document, &["fail"]);
    assert!(
        failing.iter().all(|[check, ..]| !services.iter().any(|service| check.starts_with(service))),
        "{failing:?}"
    );
    assert_eq!(document["exceptions"].as_array().unwrap().len(), 2);
    fs::write(&kms, "[[exception]]\nchekc = 1\n").unwrap();
    fs::write(&ec2, "[[exception]]\nduty = \"nothing\"\n").unwrap();
    let (kms, ec2) = (kms.to_str().unwrap(), ec2.to_str().unwrap());
    let output = plimsoll(&["attest", "check", "--exceptions", kms, "--exceptions", ec2]);
    let told = stderr(&output);
    assert!(told.contains("kms.toml:2") && told.contains("ec2.toml:2"), "{told}");
    let twice = plimsoll(&["attest", "check", "--exceptions", kms, "--exceptions", "/nowhere/e.toml"]);
    assert!(stderr(&twice).contains("/nowhere/e.toml"), "{}", stderr(&twice));
}

#[test]
fn what_is_signed_for_a_day_that_is_yet_to_come_does_not_count_before() {
    let root = fixture("mixed");
    let text = entry("check = \"kms-*\"\ndate = 2026-11-26");
    let document = with(&root, &text);
    assert_eq!(document["exceptions"][0]["state"], "not-yet");
    assert!(standing(&document, &["excepted"]).is_empty());
    let today = with(&root, &text.replace("2026-11-26", "2026-11-25"));
    assert_eq!(today["exceptions"][0]["state"], "holds");
    let files = folder(&[("exceptions.toml", &text)]);
    let path = files.path().join("exceptions.toml");
    let check =
        |now: &str| plimsoll(&["attest", "check", "--now", now, "--exceptions", path.to_str().unwrap()]).status.code();
    assert_eq!((check("2026-11-25T23:59:59Z"), check("2026-11-26T00:00:00Z")), (Some(1), Some(0)));
}

#[test]
fn what_holds_for_long_or_rests_on_an_address_is_warned_of_and_counts() {
    let text = "[[exception]]\ncheck = \"kms-*\"\nowner = \"web\"\nreason = \"so\"\ndate = 2026-11-25\n\
                expires = 2027-11-27\nevidence = \"https://wiki.example/review\"\n\
                [[exception]]\ncheck = \"s3-*\"\nowner = \"web\"\nreason = \"so\"\ndate = 2026-11-25\nexpires = 2027-11-26\n";
    let files = folder(&[("exceptions.toml", text)]);
    let path = files.path().join("exceptions.toml");
    let args = ["--exceptions", path.to_str().unwrap()];
    let output = plimsoll(&[&["attest", "check"], &NOW[..], &args].concat());
    assert_eq!(output.status.code(), Some(0), "a warning reopens nothing");
    let told = stderr(&output);
    assert!(told.contains("exceptions.toml:1: holds for 367 days"), "{told}");
    assert!(told.contains("https://wiki.example/review is not fetched"), "{told}");
    assert!(!told.contains("exceptions.toml:8"), "366 days are a year: {told}");
    let listed = plimsoll(&[&["attest", "list", "--format", "json"], &NOW[..], &args].concat());
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["entries"][0]["warnings"].as_array().unwrap().len(), 2);
    assert_eq!(listed["entries"][1]["warnings"], json!([]));
}

#[test]
fn the_schema_of_a_file_knows_every_key_that_the_file_may_have_and_no_other() {
    for kind in ["exception", "attestation"] {
        let output = plimsoll(&["attest", "schema", kind]);
        assert_eq!(output.status.code(), Some(0));
        let schema: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let entry = &schema["properties"][kind]["items"];
        assert_eq!(schema["$id"], format!("urn:plimsoll:{kind}s:1"));
        assert_eq!(entry["additionalProperties"], false);
        let keys: Vec<&String> = entry["properties"].as_object().unwrap().keys().collect();
        // The reader lists its keys when it sees one that is near to none of them.
        let folder = folder(&[("file.toml", &format!("[[{kind}]]\nqqqqqqqqqqqqqqqqqqqq = 1\n"))]);
        let (path, flag) = (folder.path().join("file.toml"), format!("--{kind}s"));
        let output = plimsoll(&["attest", "check", &flag, path.to_str().unwrap()]);
        let told = stderr(&output);
        let listed = told.split_once("; there are ").unwrap().1.lines().next().unwrap();
        let mut listed: Vec<&str> = listed.split(", ").collect();
        listed.sort_unstable();
        assert_eq!(keys, listed, "{kind}");
    }
}

#[test]
fn in_an_organization_an_entry_is_about_the_accounts_it_names_and_is_tried_where_they_were_read() {
    let root = organization();
    let text = [
        entry(&format!("check = \"kms-key-rotation-enabled\"\naccount = \"{ONE}\"")),
        entry(&format!("check = \"*\"\naccount = \"{OTHER}\"\nresource = \"no-such-thing\"\nregion = \"global\"")),
        entry(&format!("check = \"*\"\naccount = \"{MISSING}\"")),
        entry("check = \"*\"\naccount = \"999988887777\""),
        entry(&format!("check = \"ec2-*\"\nexcept = {{ account = \"{ONE}\" }}")),
    ]
    .concat();
    let document = with(root.path(), &text);
    let excepted: Vec<&Value> = findings(&document).iter().filter(|it| it["status"] == "excepted").collect();
    assert!(!excepted.is_empty());
    for finding in excepted {
        let expected = if finding["service"] == "kms" { ONE } else { OTHER };
        assert_eq!(finding["account"], expected);
    }
    let states: Vec<&str> =
        document["exceptions"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states[0], "holds");
    assert_eq!(states[2..4], ["untried", "untried"], "nobody read one, and the other is not of the organization");
    let because = document["exceptions"][2]["because"].as_str().unwrap();
    assert!(because.contains("was not read") || because.contains("sts:AssumeRole"), "{because}");
}

#[test]
fn nothing_that_people_have_signed_comes_to_life_on_the_page() {
    let root = fixture("mixed");
    let nasty = format!("</script><script>{HARM}</script><img src=x onerror={HARM}>\\u202E\\u001b[31m");
    let text = format!(
        "[[exception]]\ncheck = \"kms-*\"\nowner = \"{nasty}\"\nreason = \"{nasty}\"\nticket = \"{nasty}\"\n\
         approver = \"{nasty}\"\nevidence = \"javascript://{nasty}\"\nexpires = 2027-03-31\n"
    );
    let files = folder(&[("exceptions.toml", &text), ("tame.toml", &entry("check = \"kms-*\""))]);
    let page = |exceptions: &str| {
        let (page, list) = (files.path().join("report.html"), files.path().join(exceptions));
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["scan", "--fail-on", "never", "--from", root.to_str().unwrap(), "--output"])
            .arg(&page)
            .arg("--exceptions")
            .arg(list)
            .args(NOW)
            .env_clear()
            .output()
            .unwrap();
        assert!(!stdout(&output).contains('\u{1b}') && !stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
        fs::read_to_string(&page).unwrap()
    };
    let (hostile, tame) = (page("exceptions.toml"), page("tame.toml"));
    assert!(!hostile.contains(HARM));
    let (told, outside) = crate::html::blocks(&hostile);
    assert_eq!(outside, crate::html::blocks(&tame).1, "outside of its data the page is the same");
    let head = crate::html::unpacked(told.iter().find(|(name, _)| *name == "head").unwrap().1);
    assert!(head["signed"].to_string().contains(HARM), "it is told, as text");
}
