//! The proxy does what the other tests rely on.

use std::time::{Duration, Instant};

use plimsoll_load::{Request, Response, SECOND_PAGE, api};

use crate::moto::{ACCOUNT, Moto};
use crate::wire::{Act, Memory, Wire, ask};

/// A request signed in name only: moto does not check.
fn request(service: &str, region: &str, method: &str, target: &str, target_header: &str, body: &str) -> Request {
    let scope = format!("test/20261124/{region}/{service}/aws4_request");
    let mut headers = vec![
        ("host".to_owned(), "127.0.0.1:5000".to_owned()),
        ("content-length".to_owned(), body.len().to_string()),
        ("authorization".to_owned(), format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")),
    ];
    if body.starts_with("Action=") {
        headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    if !target_header.is_empty() {
        headers.push(("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()));
        headers.push(("x-amz-target".to_owned(), target_header.to_owned()));
    }
    Request::new(method, target, headers, body.as_bytes().to_vec())
}

fn one_of_each_protocol() -> Vec<Request> {
    vec![
        request("iam", "us-east-1", "POST", "/", "", "Action=ListUsers&Version=2010-05-08"),
        request("ec2", "eu-west-1", "POST", "/", "", "Action=DescribeVolumes&Version=2016-11-15"),
        request("rds", "eu-west-1", "POST", "/", "", "Action=DescribeDBInstances&Version=2014-10-31"),
        request("kms", "eu-west-1", "POST", "/", "TrentService.ListKeys", "{}"),
        request("guardduty", "eu-west-1", "GET", "/detector", "", ""),
        request("s3", "us-east-1", "GET", "/?x-id=ListBuckets", "", ""),
    ]
}

async fn through(wire: &Wire, request: &Request) -> std::io::Result<Response> {
    ask(wire.endpoint.trim_start_matches("http://").parse().expect("an address"), request).await
}

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

#[test]
fn requests_are_recognised() {
    let name = |request: &Request| format!("{}:{} {}", request.service, request.operation, request.region);
    let recognised: Vec<_> = one_of_each_protocol().iter().map(name).collect();
    let expected = [
        "iam:ListUsers us-east-1",
        "ec2:DescribeVolumes eu-west-1",
        "rds:DescribeDBInstances eu-west-1",
        "kms:ListKeys eu-west-1",
        "guardduty:ListDetectors eu-west-1",
        "s3:ListBuckets us-east-1",
    ];
    assert_eq!(recognised, expected);
    let get = |service, target| name(&request(service, "eu-west-1", "GET", target, "", ""));
    assert_eq!(get("s3", "/acme-logs?policy&x-id=GetBucketPolicy"), "s3:GetBucketPolicy eu-west-1");
    assert_eq!(get("s3", "/acme-logs/?acl"), "s3:GetBucketAcl eu-west-1");
    assert_eq!(get("s3", "/acme-logs?policyStatus"), "s3:GetBucketPolicyStatus eu-west-1");
    assert_eq!(get("s3", "/v20180820/configuration/publicAccessBlock"), "s3control:GetPublicAccessBlock eu-west-1");
    assert_eq!(get("guardduty", "/detector/12abc34d567e8fa901bc2d34e56789f0"), "guardduty:GetDetector eu-west-1");
    assert_eq!(get("backup", "/resources/?nextToken=x"), "backup:ListProtectedResources eu-west-1");
}

#[tokio::test]
async fn a_closed_memory_answers_without_the_server() {
    let moto = Moto::seeded();
    let memory = Memory::of(moto.address);
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let before: Vec<_> = futures::future::join_all(one_of_each_protocol().iter().map(|it| through(&wire, it))).await;
    assert_eq!(memory.len(), 6);
    assert!(text(before[0].as_ref().expect("an answer")).contains("bob-no-mfa"));
    memory.close();
    let cut_off = Memory::of("127.0.0.1:1".parse().expect("an address"));
    cut_off.learn_from(&memory);
    cut_off.close();
    let wire = Wire::new(&cut_off, |_| Act::Answer).await;
    for (request, before) in one_of_each_protocol().iter().zip(before) {
        assert_eq!(through(&wire, request).await.expect("remembered"), before.expect("an answer"));
    }
    // The same question in another region is another question.
    let elsewhere = request("ec2", "us-east-1", "POST", "/", "", "Action=DescribeVolumes&Version=2016-11-15");
    assert!(through(&wire, &elsewhere).await.is_err());
    assert_eq!(wire.total(), 7);
    assert_eq!(wire.counts()[&("ec2", "DescribeVolumes".to_owned())], 2);
}

#[tokio::test]
async fn faults_are_told_in_each_services_own_words() {
    let moto = Moto::seeded();
    let memory = Memory::of(moto.address);
    let denied = Wire::new(&memory, |_| Act::Deny).await;
    let words =
        ["<Code>AccessDenied<", "<Code>UnauthorizedOperation<", "<Code>AccessDenied<", "\"AccessDeniedException\""];
    for (request, word) in one_of_each_protocol().iter().zip(words) {
        let answer = through(&denied, request).await.expect("an answer");
        assert!(matches!(answer.status, 400 | 403) && text(&answer).contains(word), "{request:?}: {answer:?}");
    }
    let empty = Wire::new(&memory, |_| Act::Empty).await;
    let broken = Wire::new(&memory, |_| Act::Malformed).await;
    let reset = Wire::new(&memory, |_| Act::Reset).await;
    for request in one_of_each_protocol() {
        let answer = through(&empty, &request).await.expect("an answer");
        assert!(answer.status == 200 && answer.body.is_empty());
        let answer = through(&broken, &request).await.expect("an answer");
        assert!(answer.status == 200 && !answer.body.is_empty());
        assert!(through(&reset, &request).await.is_err());
    }
    assert_eq!(memory.len(), 0);
}

#[tokio::test]
async fn a_page_turned_is_promised_and_then_refused() {
    let memory = Memory::of(Moto::seeded().address);
    let wire = Wire::new(&memory, |_| Act::TurnPage).await;
    for mut request in one_of_each_protocol() {
        let first = through(&wire, &request).await.expect("an answer");
        assert_eq!(first.status, 200, "{}", text(&first));
        assert!(text(&first).contains(SECOND_PAGE), "{}: {}", request.operation, text(&first));
        assert!(api().is_paged(request.service, &request.operation));
        let separator = if request.target.contains('?') { '&' } else { '?' };
        request.target = format!("{}{separator}token={SECOND_PAGE}", request.target);
        let second = through(&wire, &request).await.expect("an answer");
        assert!(matches!(second.status, 400 | 403), "{}", second.status);
    }
}

#[tokio::test]
async fn an_answer_takes_its_time_and_a_hanging_one_never_comes() {
    let memory = Memory::of(Moto::seeded().address);
    let request = &one_of_each_protocol()[0];
    let slow = Wire::with_latency(&memory, Duration::from_millis(200), |_| Act::Deny).await;
    let began = Instant::now();
    through(&slow, request).await.expect("an answer");
    assert!(began.elapsed() >= Duration::from_millis(200));
    let hanging = Wire::new(&memory, |_| Act::Hang).await;
    assert!(tokio::time::timeout(Duration::from_millis(200), through(&hanging, request)).await.is_err());
}

#[test]
fn the_seed_expects_something_of_its_account() {
    assert!(Moto::seeded().expected_of(ACCOUNT).contains_key("s3-bucket-tls-required"));
}
