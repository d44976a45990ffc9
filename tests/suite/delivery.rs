//! What leads into AWS is refused at the start where it cannot work, and is never among what a scan may do by itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt, ready};
use plimsoll::cli::memory::import;
use plimsoll::config::Config;
use plimsoll::delivery::{Answer, Delivery, Depot, Hub, Hubs, Page, Pile, Refusal, Tally, Whole};
use plimsoll::history::{History, Side};
use plimsoll::report::asff::AwsFinding;
use plimsoll_checks::contract::Unknown;
use serde_json::{Value, json};

use crate::program::{account_file, copy_of, fixture, plimsoll, scan, stderr, stdout};

/// What is said of a wrong flag, with the exit code 2 and before the recording is looked for.
fn refused(args: &[&str]) -> String {
    let output = plimsoll(&[&["scan", "--from", "nowhere"], args].concat());
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert_eq!(stdout(&output), "");
    stderr(&output)
}

#[test]
fn an_address_that_cannot_be_one_is_told_with_the_way_to_mend_it() {
    for (address, told) in [
        ("s3://", "the address of an object is s3://BUCKET/KEY"),
        ("s3://Reports/a.json", "\"Reports\" cannot be the name of a bucket: it has 3 to 63 lower-case letters"),
        ("s3://reports", "name the object, too: s3://reports/report.html"),
        ("s3://reports/2026/", "name the object, too: s3://reports/2026/report.html"),
        ("s3://reports/report", "the end of a file's name says the format, and must be .html, .htm, .json"),
        ("s3://reports/report.pdf", "the end of a file's name says the format, and must be .html, .htm, .json"),
        ("gs://reports/a.json", "a report goes to a file or to s3://BUCKET/KEY, and not to gs://"),
    ] {
        let said = refused(&["--output", address]);
        assert!(said.contains(&format!("--output {address}: {told}")), "{said}");
    }
}

#[test]
fn flags_for_what_is_not_uploaded_are_refused() {
    let file = ["--output", "report.json"];
    for (flag, value) in [("--sse", "AES256"), ("--expected-bucket-owner", "111122223333")] {
        let said = refused(&[&file[..], &[flag, value]].concat());
        assert!(said.contains(&format!("{flag}: nothing is uploaded; give an --output s3://BUCKET/KEY")), "{said}");
    }
    assert!(refused(&["--sse-kms-key-id", "k"]).contains("--sse <HOW>"));
    assert!(refused(&["--expected-bucket-owner", "acme"]).contains("an account's id has twelve digits"));
}

#[test]
fn a_recording_is_judged_without_a_profile_unless_its_report_is_uploaded() {
    let output = scan(&fixture("clean"), &["--profile", "reports"]);
    assert_eq!(output.status.code(), Some(2));
    let told = "--profile: a recording is judged without credentials; only an --output to s3:// asks for them";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
}

#[cfg(not(feature = "live"))]
#[test]
fn without_the_sdk_nothing_leads_into_aws_and_the_way_around_is_told() {
    let said = refused(&["--output", "s3://reports/report.json"]);
    let told = "--output s3://reports/report.json: this build has no AWS SDK in it (feature `live`); write a file";
    assert!(said.contains(told), "{said}");
    let said = refused(&["--security-hub"]);
    assert!(said.contains("--security-hub: this build has no AWS SDK in it (feature `live`)"), "{said}");
}

#[cfg(feature = "live")]
#[test]
fn what_is_recorded_is_not_imported() {
    let said = refused(&["--security-hub"]);
    assert!(said.contains("--security-hub: a recording is judged without credentials"), "{said}");
    let said = refused(&["--output", "s3://reports/a.json", "--sse", "AES256", "--sse-kms-key-id", "k"]);
    assert!(said.contains("--sse-kms-key-id: AES256 uses no key of KMS"), "{said}");
}

#[test]
fn what_imports_is_permitted_by_statements_of_their_own_and_only_if_that_is_asked_for() {
    let statements = |args: &[&str]| -> Vec<Value> {
        let policy: Value = serde_json::from_str(&stdout(&plimsoll(&[&["permissions"], args].concat()))).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    };
    let (alone, importing) = (statements(&[]), statements(&["--security-hub"]));
    assert_eq!(alone.len(), 1);
    assert!(!alone[0].to_string().contains("securityhub:BatchImportFindings"));
    assert_eq!(importing[..1], alone);
    let product = "arn:*:securityhub:*:*:product/*/default";
    let expected = [
        json!({"Sid": "PlimsollImportsFindings", "Effect": "Allow", "Action": ["securityhub:BatchImportFindings"],
            "Resource": product}),
        json!({"Sid": "PlimsollReadsWhatItImported", "Effect": "Allow", "Action": ["securityhub:GetFindings"],
            "Resource": "*"}),
    ];
    assert_eq!(importing[1..], expected);
    let template = |args: &[&str]| stdout(&plimsoll(&[&["permissions", "--format", "cloudformation"], args].concat()));
    assert!(!template(&[]).contains("BatchImportFindings"));
    let with = template(&["--security-hub"]);
    assert!(with.contains("        - !Ref Imports\n"), "{with}");
    let policy = with.split_once("  Imports:\n").unwrap().1;
    assert!(
        policy.contains(&format!("Resource: \"{product}\"\n            Action:\n              - securityhub:Batch"))
    );
}

const ACCOUNT: &str = "111122223333";

/// A Security Hub that holds findings, and takes what is imported.
#[derive(Clone, Default)]
struct Held(Arc<Mutex<BTreeMap<String, Value>>>);

impl Hubs for Held {
    fn of<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn Hub>, Unknown>> {
        ready(Ok(Box::new(self.clone()) as Box<dyn Hub>)).boxed()
    }
}

impl Hub for Held {
    /// Pages of seven; the token says how many were given.
    fn active<'a>(&'a self, region: &'a str, page: Option<String>) -> BoxFuture<'a, Result<Page, Refusal>> {
        let given: usize = page.map_or(0, |page| page.parse().unwrap());
        let held = self.0.lock().unwrap();
        let here = held.values().filter(|finding| finding["Region"] == region);
        let findings: Vec<AwsFinding> =
            here.skip(given).take(7).map(|finding| serde_json::from_value(finding.clone()).unwrap()).collect();
        let next = (findings.len() == 7).then(|| (given + 7).to_string());
        ready(Ok(Page { findings, next })).boxed()
    }

    fn import<'a>(&'a self, _: &'a str, findings: Vec<AwsFinding>) -> BoxFuture<'a, Result<Answer, Refusal>> {
        let imported = findings.len();
        assert!(imported <= 100);
        for finding in findings {
            let finding = serde_json::to_value(&finding).unwrap();
            self.0.lock().unwrap().insert(finding["Id"].as_str().unwrap().to_owned(), finding);
        }
        ready(Ok(Answer { imported, rejected: Vec::new() })).boxed()
    }
}

impl Held {
    /// Scans a recording, and imports as the program does.
    fn import_scan_of(&self, root: &Path, now: &str) -> Tally {
        let asff = scan(root, &["--format", "asff"]);
        let findings: Vec<AwsFinding> = serde_json::from_slice(&asff.stdout).unwrap();
        let depot = Depot::new().unwrap();
        for finding in findings {
            let status = finding.own_field("Status").unwrap().to_owned();
            if !["pass", "not-applicable"].contains(&&*status) {
                let (finding, json) = finding.into_import().unwrap();
                depot.add(Pile::Open, &finding, &json).unwrap();
            }
        }
        let mut history = History::temporary().unwrap();
        let id = import(root, &mut history, &Config::default()).unwrap();
        let side = Side::of(&history, &history.scan(id).unwrap().unwrap()).unwrap();
        let delivery = Delivery { depot: &depot, history: &history, side, now: now.parse().unwrap() };
        let regions = ["eu-west-1", "us-east-1"].map(str::to_owned).to_vec();
        futures::executor::block_on(delivery.deliver(self, vec![Whole { account: ACCOUNT, regions }])).unwrap()
    }

    /// Record state and status of all findings about a resource, by check.
    fn about(&self, resource: &str) -> Vec<[String; 3]> {
        let held = self.0.lock().unwrap();
        let about = held.values().filter(|it| it["ProductFields"]["Plimsoll/ResourceId"] == resource);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut all: Vec<[String; 3]> =
            about.map(|it| [&it["GeneratorId"], &it["RecordState"], &it["Compliance"]["Status"]].map(text)).collect();
        all.sort_unstable();
        all
    }

    fn count(&self, state: &str) -> usize {
        self.0.lock().unwrap().values().filter(|finding| finding["RecordState"] == state).count()
    }
}

const KEYS: &str = "eu-west-1/kms/Key.json";

#[test]
fn what_is_gone_from_a_list_that_was_read_whole_is_archived_and_what_was_not_read_is_not() {
    let hub = Held::default();
    let root = copy_of("mixed");
    let first = hub.import_scan_of(root.path(), "2026-12-01T00:00:00Z");
    let all = hub.count("ACTIVE");
    assert!(first.imported == all as u64 && all > 20, "{first:?}");
    assert_eq!((first.archived, first.troubles()), (0, Vec::<String>::new()));
    // Nothing has changed.
    let again = hub.import_scan_of(root.path(), "2026-12-02T00:00:00Z");
    assert_eq!((again.imported, again.archived), (first.imported, 0));

    // A list that was not read says nothing of what is not in it.
    let file = account_file(root.path(), KEYS);
    let text = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let unread = hub.import_scan_of(root.path(), "2026-12-03T00:00:00Z");
    assert_eq!(unread.archived, 0, "{unread:?}");
    assert_eq!(hub.count("ARCHIVED"), 0);

    // Nor does one that broke off.
    let mut list: Value = serde_json::from_str(&text).unwrap();
    let keys = list["Records"].as_array_mut().unwrap();
    let ids: Vec<String> = keys.iter().map(|key| key["KeyId"].as_str().unwrap().to_owned()).collect();
    let open: Vec<&String> = ids.iter().filter(|id| !hub.about(id).is_empty()).collect();
    let gone = open[0];
    keys.retain(|key| key["KeyId"] != **gone);
    let mut cut_off = list.clone();
    cut_off["Unknown"] = json!({"Reason": "throttled", "Action": "kms:ListKeys", "Detail": "so it is"});
    fs::write(&file, cut_off.to_string()).unwrap();
    let before = hub.about(gone);
    hub.import_scan_of(root.path(), "2026-12-04T00:00:00Z");
    assert_eq!(hub.about(gone), before);
    assert!(before.iter().all(|[_, state, _]| state == "ACTIVE"), "{before:?}");

    // One that was read whole does.
    fs::write(&file, list.to_string()).unwrap();
    let whole = hub.import_scan_of(root.path(), "2026-12-05T00:00:00Z");
    assert!(whole.archived >= before.len() as u64, "{whole:?}");
    let archived = hub.about(gone);
    assert!(
        archived.iter().all(|[_, state, status]| (&**state, &**status) == ("ARCHIVED", "NOT_AVAILABLE")),
        "{archived:?}"
    );
    assert!(hub.about(open[1]).iter().all(|[_, state, _]| state == "ACTIVE"), "{:?}", hub.about(open[1]));
}

#[test]
fn what_is_imported_again_is_as_old_as_it_was_and_its_workflow_is_left_alone() {
    let hub = Held::default();
    hub.import_scan_of(&fixture("mixed"), "2026-12-01T00:00:00Z");
    let first = hub.0.lock().unwrap().clone();
    for finding in hub.0.lock().unwrap().values_mut() {
        finding["CreatedAt"] = "2025-01-01T00:00:00Z".into();
        finding["FirstObservedAt"] = "2025-01-02T00:00:00Z".into();
    }
    hub.import_scan_of(&fixture("mixed"), "2026-12-02T00:00:00Z");
    let second = hub.0.lock().unwrap().clone();
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (id, finding) in second {
        let times = ["CreatedAt", "FirstObservedAt", "UpdatedAt"].map(|name| finding[name].as_str().unwrap());
        assert_eq!(times, ["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "2026-12-02T00:00:00Z"], "{id}");
        assert!(finding.get("Workflow").is_none(), "{id}");
    }
}
