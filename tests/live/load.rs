//! The load server answers as moto does, for any account.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use plimsoll_load::{Exchange, MANAGEMENT, Options, SERVICES, Server, operations, operations_of, record, recorded_at};
use tokio::sync::OnceCell;

use crate::answers::{Amended, with_bucket_regions};
use crate::moto::{ACCOUNT, Moto, REGIONS, python, run};
use crate::scan::{Document, User};
use crate::wire::{Act, Memory, Wire};

/// Set to write anew what is made from moto and its packages: `load/api.json` and `load/answers`.
const WRITE: &str = "PLIMSOLL_RECORD_ANSWERS";
/// A region in which nothing is seeded.
const UNTOUCHED: &str = "eu-central-1";

/// Answered from the organization, and so not recorded.
const OF_ORGANIZATION: [(&str, &str); 3] =
    [("ec2", "DescribeRegions"), ("iam", "ListAccountAliases"), ("sts", "GetCallerIdentity")];

fn is_to_be_written() -> bool {
    std::env::var_os(WRITE).is_some()
}

/// A scan of the seeded account, in its two regions and one more.
struct Seeded {
    /// Every request but those that are answered from the organization, and what was answered.
    exchanges: Vec<Exchange>,
    report: Document,
}

async fn seeded() -> &'static Seeded {
    static SEEDED: OnceCell<Seeded> = OnceCell::const_new();
    SEEDED
        .get_or_init(|| async {
            let exchanges = Arc::new(Mutex::new(Vec::new()));
            let noted = exchanges.clone();
            let memory = Memory::amended(Moto::seeded().address, move |request, answer| {
                let answer = with_bucket_regions(request, Amended::Tidy.answer(request, answer));
                noted.lock().expect("no test panicked").push((request.clone(), answer.clone()));
                answer
            });
            let wire = Wire::new(&memory, |_| Act::Answer).await;
            let regions: Vec<&str> = REGIONS.iter().chain([&UNTOUCHED]).flat_map(|it| ["--region", it]).collect();
            let report = User::of(&wire.endpoint).scan(&regions).await.report();
            let exchanges = exchanges.lock().expect("no test panicked");
            let is_recorded = |(request, _): &&Exchange| {
                request.service != "organizations" && !OF_ORGANIZATION.contains(&(request.service, &request.operation))
            };
            Seeded { exchanges: exchanges.iter().filter(is_recorded).cloned().collect(), report }
        })
        .await
}

/// How often a check says something, by region: what resources are called differs from seed to seed.
fn verdicts(report: &Document) -> BTreeMap<(&str, &str, &str), usize> {
    let mut verdicts = BTreeMap::new();
    for it in &report.findings {
        *verdicts.entry((it.check.as_str(), it.region.as_str(), it.status.as_str())).or_default() += 1;
    }
    verdicts
}

#[tokio::test]
async fn every_operation_of_a_scan_is_recorded() {
    let seeded = seeded().await;
    if is_to_be_written() {
        record(&seeded.exchanges, ACCOUNT, UNTOUCHED);
    }
    assert_eq!(
        operations(),
        operations_of(&seeded.exchanges, UNTOUCHED),
        "left: recorded in load/answers; right: asked by a scan; {WRITE}=1 records them anew"
    );
}

#[tokio::test]
async fn a_synthetic_account_is_judged_as_the_seeded_one() {
    let server = Server::start(Options::of(3).in_regions(&[REGIONS[0], REGIONS[1], UNTOUCHED]));
    let now = recorded_at().to_string();
    let scan = ["--now", now.as_str()];
    let report = User::of(&server.endpoint).scan(&scan).await.report();
    assert_eq!(server.missed(), Vec::<String>::new());
    assert_eq!(report.scan.account, MANAGEMENT);
    assert!(report.findings.len() > 400, "only {} findings", report.findings.len());
    assert!(report.findings.iter().all(|finding| finding.status != "unknown"));
    assert_eq!(verdicts(&report), verdicts(&seeded().await.report));

    // A member has the same, but for what only the management account knows; and nothing of another account.
    let member = "200000000001";
    let role = format!(
        "role_arn = arn:aws:iam::{member}:role/audit\nsource_profile = source\n\n[profile source]\n\
         region = us-east-1\nendpoint_url = {}\n",
        server.endpoint
    );
    let user = User::with(&server.endpoint, &role);
    let credentials = "[source]\naws_access_key_id = test\naws_secret_access_key = test\n";
    std::fs::write(user.path("credentials"), credentials).expect("the file can be written");
    let ran = user.scan(&scan).await;
    let of_member = ran.report();
    assert_eq!(server.missed(), Vec::<String>::new());
    assert_eq!(of_member.scan.account, member);
    assert!(of_member.scan.caller.starts_with(&format!("arn:aws:sts::{member}:assumed-role/audit/")));
    assert!(of_member.findings.iter().all(|it| it.account == member && !it.resource.arn.contains(MANAGEMENT)));
    assert_eq!(of_member.findings.len(), report.findings.len());
    let unknown = of_member.findings.iter().filter_map(|finding| Some((&*finding.check, finding.unknown.as_ref()?)));
    let unknown: Vec<(&str, &str)> = unknown.map(|(check, unknown)| (check, &*unknown.reason)).collect();
    let seen_there = [("organizations-scp-guardrails-attached", "other-account")];
    assert_eq!(unknown, seen_there, "{}", ran.stderr);
    let calls = server.calls();
    assert!(calls.count(|call| call.api.account == member) > 200);
}

#[tokio::test]
async fn a_role_that_is_missing_is_refused_as_aws_does() {
    let mut options = Options::of(3);
    options.organization.accounts[1].has_role = false;
    options.organization.accounts[2].is_suspended = true;
    let server = Server::start(options);
    for account in ["200000000001", "200000000002", "999999999999", MANAGEMENT] {
        let role = format!("arn:aws:iam::{account}:role/audit");
        let ran = User::of(&server.endpoint).scan(&["--role-arn", &role]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{account}");
        assert!(ran.stderr.contains("not authorized to perform: sts:AssumeRole"), "{account}: {}", ran.stderr);
    }
}

#[test]
fn the_operations_are_as_the_sdk_for_python_knows_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("load");
    let told = run(python().arg(folder.join("api.py")).args(SERVICES));
    if is_to_be_written() {
        std::fs::write(folder.join("api.json"), &told).expect("the folder can be written to");
    }
    let written = std::fs::read(folder.join("api.json")).expect("the file is there");
    assert!(written == told, "load/api.json is not what load/api.py prints; {WRITE}=1 writes it anew");
}
