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

#[tokio::test]
async fn a_region_that_never_answers_is_found_out_in_seconds_and_the_others_are_judged() {
    let memory = Memory::of(Moto::seeded().address);
    let [silent, sound] = [REGIONS[0], REGIONS[1]];
    let wire = Wire::new(&memory, move |request| if request.region == silent { Act::Hang } else { Act::Answer }).await;
    let user = User::of(&wire.endpoint);
    let config = format!("[profile plimsoll]\nregion = {sound}\nendpoint_url = {}\n", wire.endpoint);
    std::fs::write(user.path("config"), config).expect("a new file");
    let args = ["--region", silent, "--region", sound, "--service", "kms"];
    // The SDK alone would wait a minute and a half for each read.
    let ran = tokio::time::timeout(Duration::from_mins(1), user.scan(&args)).await.expect("the region is given up");
    let report = ran.report();
    assert!(!report.scan.partial, "{}", ran.stderr);
    let of = |region: &str| report.findings.iter().filter(|it| it.region == region).collect::<Vec<_>>();
    let unreachable = |it: &&crate::scan::Finding| it.unknown.as_ref().is_some_and(|it| it.reason == "unreachable");
    assert!(!of(silent).is_empty() && of(silent).iter().all(unreachable), "{:?}", of(silent));
    assert!(of(sound).iter().any(|it| it.status == "pass" || it.status == "fail"));
}

#[tokio::test]
async fn at_its_deadline_a_scan_reports_what_it_has() {
    let memory = Memory::of(Moto::seeded().address);
    let wire = Wire::new(&memory, |request| if request.service == "kms" { Act::Hang } else { Act::Answer }).await;
    let user = User::of(&wire.endpoint);
    let ran = user.scan(&["--region", REGIONS[0], "--service", "kms", "--deadline", "4s"]).await;
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stderr.contains("stopped at its deadline"), "{}", ran.stderr);
    assert!(ran.report().scan.partial);
}

#[tokio::test]
async fn a_plan_asks_who_is_calling_and_which_regions_there_are_and_nothing_else() {
    let memory = Memory::of(Moto::seeded().address);
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let user = User::of(&wire.endpoint);
    let ran = run(&user, &["plan", "--profile", "plimsoll", "--region", REGIONS[0], "--format", "json"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let plan: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(plan["account"], "123456789012");
    assert!(plan["requests_at_least"].as_u64().expect("a number") > 30);
    assert!(plan["seconds_at_least"].as_u64().expect("a number") > 0);
    assert_eq!(plan["api_share"], "50%");
    let asked: Vec<String> = wire.counts().into_keys().map(|(_, operation)| operation).collect();
    assert_eq!(asked, ["DescribeRegions", "ListAccountAliases", "GetCallerIdentity"]);
}
