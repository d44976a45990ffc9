//! What can not start says why and what to do; what is stopped reports what it has.

use std::time::Duration;

use tokio::process::Command;

use crate::moto::{Moto, REGIONS};
use crate::scan::{Ran, User};
use crate::wire::{Act, Memory, Wire};

async fn run(user: &User, args: &[&str]) -> Ran {
    Ran::of(user.command(args).spawn().expect("the program can be started")).await
}

#[tokio::test]
async fn without_credentials_it_says_where_it_looked_and_what_to_do() {
    let user = User::nobody();
    let ran = run(&user, &["scan", "--region", "us-east-1", "--format", "json"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    for word in
        ["credentials", "AWS_ACCESS_KEY_ID", "~/.aws/config", "web identity", "ECS", "EC2", "--profile", "--from"]
    {
        assert!(ran.stderr.contains(word), "no {word:?} in:\n{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_not_replaced_by_another() {
    let user = User::of(&Moto::seeded().endpoint);
    let ran = run(&user, &["scan", "--profile", "plimsol", "--region", "us-east-1"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("\"plimsol\"") && ran.stderr.contains("plimsoll"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let ran = User::of("http://127.0.0.1:1").scan(&["--region", "us-east-1"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("who is calling") && ran.stderr.contains("unreachable"), "{}", ran.stderr);
}

#[tokio::test]
async fn an_interrupted_scan_reports_what_it_has_and_that_it_is_partial() {
    let memory = Memory::of(Moto::seeded().address);
    let wire = Wire::new(&memory, |request| if request.service == "kms" { Act::Hang } else { Act::Answer }).await;
    let user = User::of(&wire.endpoint);
    let child = user.start(&["--region", REGIONS[0], "--service", "iam", "--service", "kms"]);
    let pid = child.id().expect("it is running").to_string();
    let waiting = async {
        while wire.count(|request, _| request.service == "kms") == 0
            || wire.count(|request, _| request.service == "iam") < 3
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("the scan asks for keys");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.expect("kill is there").success());
    let ran = Ran::of(child).await;
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    let report = ran.report();
    assert!(report.scan.partial);
    assert!(report.findings.iter().any(|finding| finding.check.starts_with("iam-") && finding.status == "fail"));
    let verdicts_on_keys = report.findings.iter().filter(|it| it.check.starts_with("kms-") && it.status != "unknown");
    assert_eq!(verdicts_on_keys.count(), 0);
}
