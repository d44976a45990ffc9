//! What credentials are permitted, found out by IAM's simulation and by calls; and what a scan then sees of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use plimsoll_load::{Request, Response};
use serde_json::Value;

use crate::moto::{Moto, REGIONS};
use crate::scan::{Ran, User};
use crate::wire::{Act, Memory, Wire};

/// What the scripted simulation says of an action beside `allowed`.
type Says = BTreeMap<&'static str, &'static str>;

/// The ARN of a user whose name moto has not been told, as AWS would write it.
fn with_user(request: &Request, mut from_server: Response) -> Response {
    if request.operation == "GetCallerIdentity" {
        let body = String::from_utf8_lossy(&from_server.body);
        from_server.body = body.replace("arn:aws:sts::123456789012:user/moto", CALLER).into_bytes();
    }
    from_server
}

const CALLER: &str = "arn:aws:iam::123456789012:user/audit";

/// The seeded server, whose IAM also simulates policies: moto does not, so the answer is the one of the API Reference,
/// in two pages.
fn simulating(says: Says) -> Arc<Memory> {
    Memory::amended(Moto::seeded().address, move |request: &Request, from_server: Response| {
        let from_server = with_user(request, from_server);
        if (request.service, request.operation.as_str()) != ("iam", "SimulatePrincipalPolicy") {
            return from_server;
        }
        let body = String::from_utf8_lossy(&request.body).replace("%3A", ":");
        let asked = |key: &str| {
            body.split('&')
                .filter_map(|pair| pair.split_once('='))
                .filter(move |it| it.0.starts_with(key))
                .map(|it| it.1.to_owned())
                .collect::<Vec<_>>()
        };
        let actions = asked("ActionNames.member.");
        let is_second = !asked("Marker").is_empty();
        let (first, second) = actions.split_at(actions.len() / 2);
        let mut results = String::new();
        for action in if is_second { second } else { first } {
            let decision = says.get(&**action).copied().unwrap_or("<EvalDecision>allowed</EvalDecision>");
            write!(results, "<member><EvalActionName>{action}</EvalActionName>{decision}</member>")
                .expect("memory takes it");
        }
        let more = if is_second {
            "<IsTruncated>false</IsTruncated>"
        } else {
            "<IsTruncated>true</IsTruncated><Marker>m</Marker>"
        };
        let result = format!("<EvaluationResults>{results}</EvaluationResults>{more}");
        let operation = "SimulatePrincipalPolicy";
        let namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
        let result = format!("<{operation}Result>{result}</{operation}Result>");
        Response::new(
            200,
            "text/xml",
            format!(r#"<{operation}Response xmlns="{namespace}">{result}</{operation}Response>"#),
        )
    })
}

async fn run(user: &User, flags: &[&str]) -> Ran {
    let args = [&["preflight", "--profile", "plimsoll"], flags].concat();
    Ran::of(user.command(&args).spawn().expect("the program can be started")).await
}

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

/// The actions of a state, with why.
fn actions(document: &Value, state: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let all = document["actions"].as_array().expect("actions").iter().filter(|action| action["state"] == state);
    all.map(|action| (text(&action["action"]), text(&action["because"]))).collect()
}

const JSON: [&str; 4] = ["--region", REGIONS[0], "--format", "json"];

#[tokio::test]
async fn what_iam_permits_costs_no_call_to_what_is_scanned() {
    let explicit = "<EvalDecision>explicitDeny</EvalDecision>";
    let implicit = "<EvalDecision>implicitDeny</EvalDecision>";
    let organization = "<EvalDecision>implicitDeny</EvalDecision><OrganizationsDecisionDetail>\
                        <AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>";
    let boundary = "<EvalDecision>implicitDeny</EvalDecision><PermissionsBoundaryDecisionDetail>\
                    <AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let unsure = "<EvalDecision>explicitDeny</EvalDecision><MissingContextValues><member>aws:RequestedRegion</member>\
                  </MissingContextValues>";
    let says = Says::from([
        ("kms:GetKeyPolicy", explicit),
        ("s3:GetBucketPolicy", implicit),
        ("rds:DescribeDBInstances", organization),
        ("elasticfilesystem:DescribeFileSystems", implicit),
        ("sns:ListSubscriptionsByTopic", boundary),
        ("kms:ListKeys", unsure),
    ]);
    let refused = ["GetKeyPolicy", "GetBucketPolicy", "DescribeDBInstances", "ListSubscriptionsByTopic"];
    let deny = move |request: &Request| if refused.contains(&&*request.operation) { Act::Deny } else { Act::Answer };
    let wire = Wire::new(&simulating(says), deny).await;
    let user = User::of(&wire.endpoint);
    let ran = run(&user, &JSON).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let document = document(&ran);
    assert_eq!(document["schema"], "plimsoll.preflight/1");
    assert_eq!(document["simulation"]["principal"], CALLER);
    let refused = actions(&document, "refused");
    assert_eq!(
        refused.keys().collect::<Vec<_>>(),
        ["kms:GetKeyPolicy", "rds:DescribeDBInstances", "s3:GetBucketPolicy", "sns:ListSubscriptionsByTopic"]
    );
    assert!(refused["sns:ListSubscriptionsByTopic"].contains("permissions boundary"), "{refused:?}");
    let unknown = actions(&document, "unknown");
    assert_eq!(unknown.keys().collect::<Vec<_>>(), ["elasticfilesystem:DescribeFileSystems"]);
    assert!(unknown["elasticfilesystem:DescribeFileSystems"].ends_with("yet a call was answered"), "{unknown:?}");
    assert!(actions(&document, "allowed").contains_key("kms:ListKeys"), "it was tried");
    let statement = &document["policy"]["Statement"];
    assert_eq!(statement[0]["Action"], serde_json::json!(["s3:GetBucketPolicy"]), "only where it helps");
    let called: BTreeSet<String> = wire.counts().into_keys().map(|(_, operation)| operation).collect();
    assert!(called.is_subset(&EXPECTED.map(str::to_owned).into()), "{called:?}");
}

/// Opening the account, the simulation, and what it did not permit, with the lists of what that is about.
const EXPECTED: [&str; 13] = [
    "DescribeDBInstances",
    "DescribeFileSystems",
    "DescribeRegions",
    "GetBucketLocation",
    "GetBucketPolicy",
    "GetCallerIdentity",
    "GetKeyPolicy",
    "ListAccountAliases",
    "ListBuckets",
    "ListKeys",
    "ListSubscriptionsByTopic",
    "DescribeAlarms",
    "SimulatePrincipalPolicy",
];

/// As the caller, and as a role with a path, which its sessions do not tell.
#[tokio::test]
async fn a_session_is_simulated_as_its_role() {
    let wire =
        Wire::new(
            &simulating(Says::new()),
            |request| {
                if request.operation == "GetRole" { Act::Deny } else { Act::Answer }
            },
        )
        .await;
    let user = User::of(&wire.endpoint);
    let role = ["--role-arn", "arn:aws:iam::444455556666:role/auditor"];
    let ran = run(&user, &[&role[..], &JSON, &["--service", "kms"]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(document(&ran)["simulation"]["principal"], "arn:aws:iam::444455556666:role/auditor");
}

#[tokio::test]
async fn without_a_simulation_each_action_is_tried_and_told_as_a_scan_tells_it() {
    let refused = ["GetKeyPolicy", "DescribeDBInstances", "GetAccountAuthorizationDetails", "ListAccountAliases"];
    let deny = move |request: &Request| {
        let is_refused = refused.contains(&&*request.operation) || request.operation == "SimulatePrincipalPolicy";
        if is_refused { Act::Deny } else { Act::Answer }
    };
    let wire = Wire::new(&Memory::amended(Moto::seeded().address, with_user), deny).await;
    let user = User::of(&wire.endpoint);
    let services = ["--service", "kms", "--service", "rds", "--service", "iam", "--service", "efs"];
    let ran = run(&user, &[&JSON[..], &services].concat()).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let told = document(&ran);
    assert!(told["simulation"]["unknown"].as_str().unwrap().contains("iam:SimulatePrincipalPolicy"), "{told}");
    let refused: BTreeSet<String> = actions(&told, "refused").into_keys().collect();
    let expected =
        ["iam:GetAccountAuthorizationDetails", "iam:ListAccountAliases", "kms:GetKeyPolicy", "rds:DescribeDBInstances"];
    assert_eq!(refused, expected.map(str::to_owned).into());
    assert_eq!(told["policy"]["Statement"][0]["Action"], serde_json::json!(expected));

    // No check that sees all it needs was said to be blind, and none that does not was said to see.
    let scan = user.scan(&[&["--region", REGIONS[0]][..], &services].concat()).await.report();
    let denied = scan.findings.iter().filter(|it| it.unknown.as_ref().is_some_and(|it| it.reason == "denied"));
    let denied: BTreeSet<&str> = denied.map(|finding| finding.check.as_str()).collect();
    let blind: BTreeSet<&str> = told["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|action| action["state"] == "refused")
        .flat_map(|action| action["checks"].as_array().unwrap())
        .map(|check| check.as_str().unwrap())
        .collect();
    assert!(denied.len() > 5 && denied.is_subset(&blind), "{:?}", denied.difference(&blind));

    let people = run(&user, &[&["--region", REGIONS[0]][..], &services].concat()).await;
    assert!(people.stdout.contains("NOT PERMITTED\n") && !people.stdout.contains('\u{1b}'), "{}", people.stdout);
}

#[tokio::test]
async fn where_the_regions_cannot_be_listed_that_is_told_and_not_the_end() {
    let deny = |request: &Request| if request.operation == "DescribeRegions" { Act::Deny } else { Act::Answer };
    let wire = Wire::new(&simulating(Says::new()), deny).await;
    let ran = run(&User::of(&wire.endpoint), &["--format", "json"]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let document = document(&ran);
    assert_eq!(actions(&document, "refused").into_keys().collect::<Vec<_>>(), ["ec2:DescribeRegions"]);
    assert_eq!(document["policy"]["Statement"][0]["Action"], serde_json::json!(["ec2:DescribeRegions"]));
}
