//! Findings that go into Security Hub: each into its account and region, and archived there only if seen to be resolved.

use std::sync::{Arc, Mutex};

use plimsoll_load::{Request, Response};
use serde_json::{Value, json};

use crate::moto::{ACCOUNT, Moto};
use crate::scan::{Ran, User};
use crate::upload::boto;
use crate::wire::{Act, Memory, Wire};

const ROTATION: [&str; 4] = ["--region", "us-east-1", "--check", "kms-key-rotation-enabled"];
const BOTH: [&str; 6] =
    ["--region", "us-east-1", "--check", "kms-key-rotation-enabled", "--check", "s3-bucket-tls-required"];

/// Runs a scan that imports.
async fn import(user: &User, args: &[&str]) -> Ran {
    user.scan(&[args, &["--security-hub", "--fail-on", "never"]].concat()).await
}

/// Makes so many keys and a bucket; the ids of the keys.
fn seed(moto: &Moto, keys: usize) -> Vec<String> {
    let made = "
kms = client('kms')
keys = [kms.create_key()['KeyMetadata']['KeyId'] for _ in range(int(sys.argv[2]))]
s3.create_bucket(Bucket='open-bucket')
print(json.dumps(keys))
";
    serde_json::from_value(boto(&moto.endpoint, made, &[&keys.to_string()])).expect("a list of ids")
}

/// Everything that Security Hub holds in an account, in us-east-1.
fn held(moto: &Moto, account: &str) -> Vec<Value> {
    let get = "
if sys.argv[2] != '123456789012':
    role = client('sts').assume_role(RoleArn=f'arn:aws:iam::{sys.argv[2]}:role/reader', RoleSessionName='test')
    role = role['Credentials']
    who.update(aws_access_key_id=role['AccessKeyId'], aws_secret_access_key=role['SecretAccessKey'],
               aws_session_token=role['SessionToken'])
pages = client('securityhub').get_paginator('get_findings').paginate()
print(json.dumps([finding for page in pages for finding in page['Findings']]))
";
    serde_json::from_value(boto(&moto.endpoint, get, &[account])).expect("a list")
}

/// How the finding about a resource stands there: its record state, its status, and the code of the reason.
fn stands(held: &[Value], resource: &str) -> [String; 3] {
    let of = |finding: &&Value| finding["ProductFields"]["Plimsoll/ResourceId"] == resource;
    let found: Vec<&Value> = held.iter().filter(of).collect();
    let [finding] = found[..] else { panic!("{} findings about {resource}: {held:#?}", found.len()) };
    let compliance = &finding["Compliance"];
    let reason = compliance["StatusReasons"][0]["ReasonCode"].as_str().unwrap_or("");
    let text = |value: &Value| value.as_str().expect("it is there").to_owned();
    [text(&finding["RecordState"]), text(&compliance["Status"]), reason.to_owned()]
}

fn of(held: &[Value], resource: &str, name: &str) -> Value {
    let of = |finding: &&Value| finding["ProductFields"]["Plimsoll/ResourceId"] == resource;
    held.iter().find(of).expect("it is there")[name].clone()
}

#[tokio::test]
async fn what_is_open_is_imported_and_archived_when_it_is_seen_to_be_resolved() {
    let moto = Moto::start();
    let keys = seed(&moto, 2);
    let [mended, left] = [&*keys[0], &*keys[1]];
    let user = User::of(&moto.endpoint);
    let ran = import(&user, &BOTH).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told = "Security Hub: 3 imported, 0 archived as resolved; regions looked at: 1";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let first = held(&moto, ACCOUNT);
    assert_eq!(first.len(), 3, "{first:#?}");
    for resource in [mended, left, "open-bucket"] {
        assert_eq!(stands(&first, resource), ["ACTIVE", "FAILED", ""]);
    }
    let arn = format!("arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default");
    assert_eq!(of(&first, left, "ProductArn"), arn);
    assert_eq!(of(&first, left, "AwsAccountId"), ACCOUNT);
    assert!(of(&first, left, "Workflow").is_null(), "it is for whoever works there");

    let mend = "
client('kms').enable_key_rotation(KeyId=sys.argv[2])
s3.delete_bucket(Bucket='open-bucket')
print('null')
";
    boto(&moto.endpoint, mend, &[mended]);
    // A scan that does not look says nothing.
    let ran = import(&user, &["--region", "us-east-1", "--check", "efs-*"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(held(&moto, ACCOUNT), first);

    let ran = import(&user, &BOTH).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 imported, 2 archived as resolved"), "{}", ran.stderr);
    let second = held(&moto, ACCOUNT);
    assert_eq!(stands(&second, mended), ["ARCHIVED", "PASSED", ""]);
    assert_eq!(stands(&second, "open-bucket"), ["ARCHIVED", "NOT_AVAILABLE", "PLIMSOLL_GONE"]);
    assert_eq!(stands(&second, left), ["ACTIVE", "FAILED", ""]);
    // It is as old as it was, and was looked at again.
    for name in ["CreatedAt", "FirstObservedAt"] {
        assert_eq!(of(&second, left, name), of(&first, left, name), "{name}");
    }
    assert!(of(&second, left, "UpdatedAt").as_str() > of(&first, left, "UpdatedAt").as_str());

    // What is archived is let be.
    let ran = import(&user, &BOTH).await;
    assert!(ran.stderr.contains("1 imported, 0 archived as resolved"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_cannot_be_seen_any_more_stays_active() {
    let moto = Moto::start();
    let keys = seed(&moto, 2);
    let memory = Memory::of(moto.address);
    let user = User::of(&moto.endpoint);
    assert_eq!(import(&user, &ROTATION).await.code, Some(0));
    let denying = async |operation: &'static str| {
        Wire::new(&memory, move |request| if request.operation == operation { Act::Deny } else { Act::Answer }).await
    };
    // Mended, but nobody may look.
    boto(&moto.endpoint, "print(json.dumps(bool(client('kms').enable_key_rotation(KeyId=sys.argv[2]))))", &[&keys[0]]);
    let wire = denying("ListKeys").await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 imported, 0 archived"), "{}", ran.stderr);
    let unlisted = held(&moto, ACCOUNT);
    for key in &keys {
        assert_eq!(stands(&unlisted, key), ["ACTIVE", "FAILED", ""]);
    }
    assert_eq!(stands(&unlisted, "*"), ["ACTIVE", "NOT_AVAILABLE", "PLIMSOLL_UNKNOWN_DENIED"]);

    let wire = denying("GetKeyRotationStatus").await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert!(ran.stderr.contains("2 imported, 1 archived"), "{}", ran.stderr);
    let unread = held(&moto, ACCOUNT);
    for key in &keys {
        assert_eq!(stands(&unread, key), ["ACTIVE", "NOT_AVAILABLE", "PLIMSOLL_UNKNOWN_DENIED"]);
    }
    // The list is whole again.
    assert_eq!(stands(&unread, "*")[0], "ARCHIVED");

    assert_eq!(import(&user, &ROTATION).await.code, Some(0));
    let seen = held(&moto, ACCOUNT);
    assert_eq!(stands(&seen, &keys[0]), ["ARCHIVED", "PASSED", ""]);
    assert_eq!(stands(&seen, &keys[1]), ["ACTIVE", "FAILED", ""]);
}

fn is_import(request: &Request) -> bool {
    request.target.starts_with("/findings/import")
}

#[tokio::test]
async fn many_findings_go_in_batches_and_those_that_are_rejected_are_told() {
    let moto = Moto::start();
    seed(&moto, 120);
    let batches = Arc::new(Mutex::new(Vec::new()));
    let noted = batches.clone();
    let memory = Memory::amended(moto.address, move |request, answer| {
        if !is_import(request) {
            return answer;
        }
        let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
        let findings = asked["Findings"].as_array().expect("a list");
        noted.lock().expect("no test panicked").push(findings.len());
        let failed = json!([{"Id": findings[0]["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "so it is"}]);
        let told = json!({"FailedCount": 1, "SuccessCount": findings.len() - 1, "FailedFindings": failed});
        Response::new(200, "application/json", told.to_string())
    });
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert_eq!(*batches.lock().expect("no test panicked"), [100, 20]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("118 imported, 0 archived"), "{}", ran.stderr);
    let told =
        "--security-hub: Security Hub rejects with InvalidInput (findings: 2, in 123456789012/us-east-1): so it is";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(ran.report().findings.len(), 120);
}

/// Security Hub's words where it is not on.
fn off() -> Response {
    let message = "Account 123456789012 is not subscribed to AWS Security Hub";
    let mut answer = Response::new(403, "application/json", json!({"Message": message}).to_string());
    answer.headers.push(("x-amzn-errortype".to_owned(), "InvalidAccessException".to_owned()));
    answer
}

#[tokio::test]
async fn where_security_hub_is_off_or_refuses_that_is_told_and_the_report_is_whole() {
    let moto = Moto::start();
    seed(&moto, 2);
    let is_of_findings = |request: &Request| request.target.starts_with("/findings");
    let memory =
        Memory::amended(moto.address, move |request, answer| if is_of_findings(request) { off() } else { answer });
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let told = "--security-hub: Security Hub is not on (findings: 2, in 123456789012/us-east-1)\n";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(ran.report().findings.len(), 2);

    let memory = Memory::of(moto.address);
    let wire = Wire::new(&memory, |request| if is_import(request) { Act::Deny } else { Act::Answer }).await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let told = "--security-hub: denied: securityhub:BatchImportFindings (findings: 2, in 123456789012/us-east-1)";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);

    // What may be written and not read is imported, and nothing archived.
    let reads = |request: &Request| request.target.starts_with("/findings") && !is_import(request);
    let wire = Wire::new(&memory, move |request| if reads(request) { Act::Deny } else { Act::Answer }).await;
    let ran = import(&User::of(&wire.endpoint), &ROTATION).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 imported, 0 archived"), "{}", ran.stderr);
    assert!(ran.stderr.contains("what is resolved could not be looked for: denied: securityhub:GetFindings"));
    assert_eq!(held(&moto, ACCOUNT).len(), 2);
}

#[tokio::test]
async fn each_account_imports_its_own_findings_with_its_own_credentials() {
    let moto = Moto::start();
    let [reached, closed] = ["222222222222", "333333333333"];
    let wire = Wire::new(&Memory::of(moto.address), move |request| {
        let is_closed = request.operation == "AssumeRole" && String::from_utf8_lossy(&request.body).contains(closed);
        if is_closed { Act::Deny } else { Act::Answer }
    })
    .await;
    let user = User::of(&wire.endpoint);
    let list = user.path("accounts.toml");
    let accounts = [ACCOUNT, reached, closed].map(|id| format!("[[account]]\nid = \"{id}\"\n"));
    std::fs::write(&list, accounts.concat()).expect("a new file");
    let list = list.to_str().expect("UTF-8");
    let args = ["--accounts-file", list, "--org-role", "reader", "--region", "us-east-1"];
    let ran = import(&user, &[&args[..], &["--check", "ec2-ebs-default-encryption-on"]].concat()).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    for account in [ACCOUNT, reached] {
        let held = held(&moto, account);
        assert_eq!(held.len(), 1, "{account}: {held:#?}");
        assert_eq!((&held[0]["AwsAccountId"], &held[0]["RecordState"]), (&account.into(), &"ACTIVE".into()));
    }
    let told =
        format!("--security-hub: nobody gets into the account (findings: 1, in {closed}): denied: sts:AssumeRole");
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 imported, 0 archived as resolved; regions looked at: 2"));
}
