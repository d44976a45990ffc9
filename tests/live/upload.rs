//! Reports that go to S3: they arrive whole, or not at all, and are never lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll::cli::formats::Format;
use plimsoll_load::{Request, header};
use serde_json::{Value, json};

use crate::moto::{ACCOUNT, Moto, python};
use crate::scan::{Ran, User};
use crate::wire::{Act, Memory, Wire};

/// A suffix for each format.
const SUFFIXES: [&str; 14] = [
    "html",
    "json",
    "ndjson",
    "csv",
    "md",
    "sarif",
    "github.sarif",
    "junit.xml",
    "prom",
    "ocsf.json",
    "ocsf.ndjson",
    "asff.json",
    "oscal.json",
    "txt",
];

/// When reports of the recordings are said to be made.
const NOW: [&str; 2] = ["--now", "2027-01-01T00:00:00Z"];

/// What is below these lines in a script of Python: clients of a server, and its arguments.
const CLIENTS: &str = "
import boto3, json, sys
who = dict(aws_access_key_id='test', aws_secret_access_key='test', endpoint_url=sys.argv[1])
def client(service, region='us-east-1'): return boto3.client(service, region_name=region, **who)
s3 = client('s3')
";

/// What a script says, as JSON.
pub fn boto(endpoint: &str, script: &str, args: &[&str]) -> Value {
    let output = python().args(["-c", &format!("{CLIENTS}{script}"), endpoint]).args(args).output();
    let Output { stdout, stderr, status } = output.expect("Python starts");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).expect("it prints JSON")
}

/// A server with two buckets: one where the user is at home, one elsewhere that encrypts with a key of KMS.
fn server() -> Moto {
    let moto = Moto::start();
    let made = "
s3.create_bucket(Bucket='reports')
s3.create_bucket(Bucket='elsewhere', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
key = client('kms', 'eu-west-1').create_key()['KeyMetadata']['Arn']
s3.put_bucket_encryption(Bucket='elsewhere', ServerSideEncryptionConfiguration={'Rules': [{
    'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': key}}]})
print(json.dumps(key))
";
    boto(&moto.endpoint, made, &[]);
    moto
}

/// What S3 tells of an object, its text among it; null if there is none.
fn object(moto: &Moto, bucket: &str, key: &str) -> Value {
    let script = "
try:
    found = s3.get_object(Bucket=sys.argv[2], Key=sys.argv[3])
    told = {name: found.get(name) for name in ('ServerSideEncryption', 'SSEKMSKeyId', 'ContentType', 'ETag')}
    print(json.dumps({**told, 'Body': found['Body'].read().decode()}))
except s3.exceptions.NoSuchKey:
    print('null')
";
    boto(&moto.endpoint, script, &[bucket, key])
}

/// How many uploads in parts S3 knows that have not come to their end.
fn unfinished(moto: &Moto, bucket: &str) -> Value {
    let script = "print(json.dumps(len(s3.list_multipart_uploads(Bucket=sys.argv[2]).get('Uploads', []))))";
    boto(&moto.endpoint, script, &[bucket])
}

fn mixed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/mixed")
}

/// A recorded account whose report has more than one part: with so many keys that nobody has read.
fn large(user: &User) -> PathBuf {
    let folder = user.path("large");
    let lists = folder.join("111122223333/eu-west-1/kms");
    std::fs::create_dir_all(&lists).expect("a new folder");
    std::fs::copy(mixed().join("manifest.json"), folder.join("manifest.json")).expect("it is there");
    let key = |number: usize| {
        let id = format!("00000000-0000-0000-0000-{number:012}");
        json!({"KeyArn": format!("arn:aws:kms:eu-west-1:111122223333:key/{id}"), "KeyId": id})
    };
    let keys: Vec<Value> = (0..6_000).map(key).collect();
    let call = json!({"Action": "kms:ListKeys", "At": "2026-11-25T01:08:50Z", "Region": "eu-west-1",
        "RequestId": "r", "Requests": 60});
    let list = json!({"Calls": [call], "Records": keys}).to_string();
    std::fs::write(lists.join("Key.json"), list).expect("a new file");
    folder
}

async fn judge(user: &User, recording: &Path, more: &[&str]) -> Ran {
    let recording = recording.to_str().expect("UTF-8");
    let args = ["scan", "--from", recording, "--profile", "plimsoll", "--format", "ndjson", "--fail-on", "never"];
    let args = [&args[..], &NOW, more].concat();
    Ran::of(user.command(&args).spawn().expect("the program can be started")).await
}

#[tokio::test]
async fn a_report_of_each_format_arrives_whole_and_encrypted() {
    assert_eq!(SUFFIXES.len(), Format::all().len());
    let (moto, folder) = (server(), tempfile::tempdir().expect("a temporary folder"));
    let user = User::of(&moto.endpoint);
    let file = |suffix: &str| folder.path().join(format!("report.{suffix}")).to_str().expect("UTF-8").to_owned();
    let outputs: Vec<String> = SUFFIXES
        .iter()
        .flat_map(|suffix| [file(suffix), format!("s3://reports/a/b c/report.{suffix}")])
        .flat_map(|output| ["--output".to_owned(), output])
        .collect();
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let ran = judge(&user, &mixed(), &[&outputs[..], &["--sse", "AES256"]].concat()).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    for suffix in SUFFIXES {
        let object = object(&moto, "reports", &format!("a/b c/report.{suffix}"));
        assert_eq!(object["ServerSideEncryption"], "AES256", "{suffix}");
        let written = std::fs::read_to_string(file(suffix)).expect("it is written");
        assert!(object["Body"] == written && !written.is_empty(), "{suffix}");
        let told = format!("uploaded s3://reports/a/b c/report.{suffix}, encrypted with AES256\n");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    }
    let media = |suffix: &str| object(&moto, "reports", &format!("a/b c/report.{suffix}"))["ContentType"].clone();
    assert_eq!([media("html"), media("asff.json")], ["text/html; charset=utf-8", "application/json"]);
}

#[tokio::test]
async fn a_bucket_is_found_in_its_region_and_encrypts_as_it_says_or_as_the_user_says() {
    let moto = server();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let wire = Wire::new(&Memory::of(moto.address), move |request: &Request| {
        let owner = header(&request.headers, "x-amz-expected-bucket-owner").map(str::to_owned);
        let sum = header(&request.headers, "x-amz-checksum-crc32").is_some();
        noted.lock().expect("no test panicked").push((request.method.clone(), request.region.clone(), owner, sum));
        Act::Answer
    })
    .await;
    let user = User::of(&wire.endpoint);
    let ran =
        judge(&user, &mixed(), &["--output", "s3://elsewhere/report.csv", "--expected-bucket-owner", ACCOUNT]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("encrypted with aws:kms\n"), "{}", ran.stderr);
    assert_eq!(object(&moto, "elsewhere", "report.csv")["ServerSideEncryption"], "aws:kms");
    let (home, elsewhere) = ("us-east-1".to_owned(), "eu-west-1".to_owned());
    let look = ("HEAD".to_owned(), home, None, false);
    let put = ("PUT".to_owned(), elsewhere, Some(ACCOUNT.to_owned()), true);
    assert_eq!(*asked.lock().expect("no test panicked"), [look.clone(), look, put]);

    let key = ["--sse", "aws:kms", "--sse-kms-key-id", "alias/reports"];
    let ran = judge(&user, &mixed(), &[&["--output", "s3://reports/report.csv"], &key[..]].concat()).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let found = object(&moto, "reports", "report.csv");
    assert_eq!((&found["ServerSideEncryption"], &found["SSEKMSKeyId"]), (&"aws:kms".into(), &"alias/reports".into()));
}

#[tokio::test]
async fn what_is_larger_than_a_part_goes_in_several_and_leaves_nothing_behind() {
    let moto = server();
    let user = User::of(&moto.endpoint);
    let local = user.path("report.json");
    let outputs =
        ["--output", local.to_str().expect("UTF-8"), "--output", "s3://reports/report.json", "--sse", "AES256"];
    let ran = judge(&user, &large(&user), &outputs).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let written = std::fs::read_to_string(&local).expect("it is written");
    let parts = written.len().div_ceil(8 << 20);
    assert!(parts > 1, "{} bytes are one part", written.len());
    let found = object(&moto, "reports", "report.json");
    assert!(found["Body"] == written, "it differs");
    assert_eq!(found["ServerSideEncryption"], "AES256");
    assert!(found["ETag"].as_str().expect("it has one").ends_with(&format!("-{parts}\"")), "{}", found["ETag"]);
    assert_eq!(unfinished(&moto, "reports"), 0);
}

/// Whether a request is one of those that a test breaks.
fn is(request: &Request, step: &str) -> bool {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    match step {
        "part" => request.method == "PUT" && query.contains("partNumber=2"),
        "complete" => request.method == "POST" && query.contains("uploadId="),
        "abort" => request.method == "DELETE" && query.contains("uploadId="),
        "begin" => request.method == "POST" && !query.contains("uploadId="),
        "put" => request.method == "PUT" && !query.contains("uploadId="),
        other => unreachable!("{other}"),
    }
}

/// The path that an error names, of the report that stays.
fn kept(stderr: &str) -> PathBuf {
    let (_, rest) = stderr.split_once("the report is in ").unwrap_or_else(|| panic!("{stderr}"));
    PathBuf::from(rest.split_once("; `aws s3 cp ").unwrap_or_else(|| panic!("{stderr}")).0)
}

#[tokio::test]
async fn an_upload_that_breaks_leaves_the_old_object_no_parts_and_the_report_here() {
    let moto = server();
    let memory = Memory::of(moto.address);
    let put = "print(json.dumps(bool(s3.put_object(Bucket='reports', Key='report.json', Body=b'the old one'))))";
    boto(&moto.endpoint, put, &[]);
    for step in ["put", "begin", "part", "complete"] {
        let wire = Wire::new(&memory, move |request| if is(request, step) { Act::Deny } else { Act::Answer }).await;
        let user = User::of(&wire.endpoint);
        let recording = if step == "put" { mixed() } else { large(&user) };
        let local = user.path("report.json");
        // What cannot be uploaded takes nothing else with it.
        let outputs = ["s3://reports/report.json", local.to_str().expect("UTF-8"), "s3://reports/other.md"];
        let outputs: Vec<&str> = outputs.into_iter().flat_map(|output| ["--output", output]).collect();
        let ran = judge(&user, &recording, if step == "put" { &outputs[..4] } else { &outputs }).await;
        assert_eq!(ran.code, Some(2), "{step}: {}", ran.stderr);
        assert!(ran.stderr.contains("--output s3://reports/report.json: denied: s3:"), "{step}: {}", ran.stderr);
        let kept = kept(&ran.stderr);
        assert!(kept.to_string_lossy().ends_with("-report.json"), "{}", kept.display());
        let (stays, written) = (std::fs::read(&kept).expect("it stays"), std::fs::read(&local).expect("it is written"));
        std::fs::remove_file(&kept).expect("it is there");
        assert!(stays == written && !written.is_empty(), "{step}");
        assert!(!ran.stdout.is_empty(), "{step}");
        assert_eq!(object(&moto, "reports", "report.json")["Body"], "the old one", "{step}");
        assert_eq!(unfinished(&moto, "reports"), 0, "{step}");
        assert_eq!(object(&moto, "reports", "other.md").is_null(), step == "put", "{step}");
    }
}

#[tokio::test]
async fn parts_that_cannot_be_taken_back_are_told_with_the_command_that_does() {
    let moto = server();
    let wire = Wire::new(&Memory::of(moto.address), |request| {
        if is(request, "part") || is(request, "abort") { Act::Deny } else { Act::Answer }
    })
    .await;
    let user = User::of(&wire.endpoint);
    let ran = judge(&user, &large(&user), &["--output", "s3://reports/report.json"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    std::fs::remove_file(kept(&ran.stderr)).expect("it stays");
    let (_, command) = ran.stderr.split_once("`aws s3api abort-multipart-upload ").expect("it names the command");
    let words: Vec<&str> = command.split('`').next().expect("it ends").split(' ').collect();
    assert_eq!(words[..4], ["--bucket", "reports", "--key", "report.json"]);
    assert_eq!(unfinished(&moto, "reports"), 1);
    let abort = "
s3.abort_multipart_upload(Bucket='reports', Key='report.json', UploadId=sys.argv[2])
print('null')
";
    boto(&moto.endpoint, abort, &[words[5]]);
    assert_eq!(unfinished(&moto, "reports"), 0);
}

#[tokio::test]
async fn whoever_is_killed_while_uploading_leaves_the_old_object() {
    let moto = server();
    let memory = Memory::of(moto.address);
    let put = "print(json.dumps(bool(s3.put_object(Bucket='reports', Key='report.json', Body=b'the old one'))))";
    boto(&moto.endpoint, put, &[]);
    for step in ["put", "part", "complete"] {
        let wire = Wire::new(&memory, move |request| if is(request, step) { Act::Hang } else { Act::Answer }).await;
        let user = User::of(&wire.endpoint);
        let recording = if step == "put" { mixed() } else { large(&user) };
        let recording = recording.to_str().expect("UTF-8");
        let args = ["scan", "--from", recording, "--profile", "plimsoll", "--output", "s3://reports/report.json"];
        let mut command = user.command(&args);
        command.env("TMPDIR", user.path("")).stdout(std::process::Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let hangs = async {
            while wire.count(|_, act| act == Act::Hang) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), hangs).await.expect("it uploads");
        child.kill().await.expect("it is ours");
        assert_eq!(object(&moto, "reports", "report.json")["Body"], "the old one", "{step}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_told_before_anything_is_read() {
    let moto = server();
    let wire = Wire::new(&Memory::of(moto.address), |_| Act::Answer).await;
    let user = User::of(&wire.endpoint);
    let ran = user.scan(&["--region", "us-east-1", "--service", "kms", "--output", "s3://report/report.json"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("--output s3://report/report.json: there is no bucket report"), "{}", ran.stderr);
    assert_eq!(wire.count(|request, _| request.service == "kms"), 0);
}

#[tokio::test]
async fn whoever_began_uploads_and_not_the_role_that_reads_and_nothing_else_is_written() {
    let moto = server();
    let wrote = Arc::new(Mutex::new(BTreeMap::<String, Vec<String>>::new()));
    let noted = wrote.clone();
    let wire = Wire::new(&Memory::of(moto.address), move |request: &Request| {
        let mut wrote = noted.lock().expect("no test panicked");
        let of = if request.service == "s3" { format!("s3 {}", request.method) } else { request.service.to_owned() };
        let keys = wrote.entry(of).or_default();
        if !keys.contains(&request.key) {
            keys.push(request.key.clone());
        }
        // May write, and not look.
        if request.method == "HEAD" { Act::Deny } else { Act::Answer }
    })
    .await;
    let user = User::of(&wire.endpoint);
    let role = "arn:aws:iam::222222222222:role/reader";
    let args = ["--role-arn", role, "--region", "us-east-1", "--service", "kms", "--output", "s3://reports/r.json"];
    let ran = user.scan(&args).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let object: Value =
        serde_json::from_str(object(&moto, "reports", "r.json")["Body"].as_str().expect("it is there")).expect("JSON");
    assert_eq!(object["scan"]["account"], "222222222222");
    let wrote = wrote.lock().expect("no test panicked");
    assert_eq!(wrote["s3 PUT"], ["test"]);
    assert_eq!(wrote["s3 HEAD"], ["test"]);
    assert!(!wrote["kms"].contains(&"test".to_owned()) && wrote["kms"].len() == 1, "{wrote:?}");
    assert_eq!(wrote.keys().filter(|of| of.starts_with("s3 ")).count(), 2, "{wrote:?}");
}
