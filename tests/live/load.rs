//! The load server answers as moto does, for any account, and fails as AWS does.

use std::path::Path;
use std::sync::{Arc, Mutex};

use plimsoll_load::{Exchange, SERVICES, operations, operations_of, record};

use crate::answers::{Amended, with_bucket_regions};
use crate::moto::{ACCOUNT, Moto, REGIONS, python, run};
use crate::scan::User;
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

/// Every request of a scan of the seeded account, in its two regions and one more, and what was answered.
async fn exchanges() -> Vec<Exchange> {
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let noted = exchanges.clone();
    let memory = Memory::amended(Moto::seeded().address, move |request, answer| {
        let answer = with_bucket_regions(request, Amended::Tidy.answer(request, answer));
        noted.lock().expect("no test panicked").push((request.clone(), answer.clone()));
        answer
    });
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let regions: Vec<&str> = REGIONS.iter().chain([&UNTOUCHED]).flat_map(|region| ["--region", region]).collect();
    let report = User::of(&wire.endpoint).scan(&regions).await.report();
    assert!(report.findings.len() > 400, "only {} findings", report.findings.len());
    let exchanges = exchanges.lock().expect("no test panicked");
    let recorded = |(request, _): &&Exchange| {
        request.service != "organizations" && !OF_ORGANIZATION.contains(&(request.service, &request.operation))
    };
    exchanges.iter().filter(recorded).cloned().collect()
}

#[tokio::test]
async fn every_operation_of_a_scan_is_recorded() {
    let exchanges = exchanges().await;
    if is_to_be_written() {
        record(&exchanges, ACCOUNT, UNTOUCHED);
    }
    assert_eq!(
        operations(),
        operations_of(&exchanges, UNTOUCHED),
        "left: recorded in load/answers; right: asked by a scan; {WRITE}=1 records them anew"
    );
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
