//! A whole organization in one command: accounts listed, roles taken on, one report, and nobody left out in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use plimsoll_load::{Request, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::moto::{ACCOUNT, Moto, python};
use crate::scan::{Ran, User, files_below};
use crate::schema::validate;
use crate::wire::{Act, Memory, Wire};

/// Makes an organization of six accounts in two units, with a trail, a bucket, a key and a user in each that is open.
const SEED: &str = r#"
import boto3, json, sys
endpoint = sys.argv[1]
def client(service, account=None):
    who = dict(aws_access_key_id="test", aws_secret_access_key="test")
    if account:
        sts = boto3.client("sts", region_name="us-east-1", endpoint_url=endpoint, **who)
        role = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/seed", RoleSessionName="seed")["Credentials"]
        who = dict(aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
                   aws_session_token=role["SessionToken"])
    return boto3.client(service, region_name="us-east-1", endpoint_url=endpoint, **who)
organizations = client("organizations")
organizations.create_organization(FeatureSet="ALL")
root = organizations.list_roots()["Roots"][0]["Id"]
unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
below = organizations.create_organizational_unit(ParentId=unit, Name="production")["OrganizationalUnit"]["Id"]
organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
guardrails = organizations.create_policy(Name="guardrails", Description="-", Type="SERVICE_CONTROL_POLICY", Content=json.dumps({
    "Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}},
        {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}))
organizations.attach_policy(PolicyId=guardrails["Policy"]["PolicySummary"]["Id"], TargetId=unit)
ids = {}
for name, parent in [("one", unit), ("two", below), ("forgotten", root), ("refused", root), ("closed", root)]:
    status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
    ids[name] = status["AccountId"]
    organizations.move_account(AccountId=ids[name], SourceParentId=root, DestinationParentId=parent)
for name in ("one", "two"):
    client("kms", ids[name]).create_key(Description=name)
    client("iam", ids[name]).create_user(UserName=name)
    client("s3", ids[name]).create_bucket(Bucket=f"{name}-bucket")
client("s3").create_bucket(Bucket="central")
client("s3").create_bucket(Bucket="accesses")
client("s3").put_bucket_policy(Bucket="accesses", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::accesses/*"}]}))
client("s3").put_bucket_logging(Bucket="central", BucketLoggingStatus={
    "LoggingEnabled": {"TargetBucket": "accesses", "TargetPrefix": ""}})
client("cloudtrail", ids["one"]).create_trail(Name="own", S3BucketName="central", IsMultiRegionTrail=True)
organizations.close_account(AccountId=ids["closed"])
print(json.dumps({"ids": ids, "unit": unit, "below": below}))
"#;

/// The organization, on a server of its own.
struct Organization {
    moto: Moto,
    seeded: Seeded,
}

#[derive(Deserialize)]
struct Seeded {
    ids: BTreeMap<String, String>,
    unit: String,
    below: String,
}

impl Organization {
    fn seeded() -> &'static Self {
        static SEEDED: OnceLock<Organization> = OnceLock::new();
        SEEDED.get_or_init(|| {
            let moto = Moto::start();
            let Output { stdout, stderr, status } =
                python().args(["-c", SEED]).arg(&moto.endpoint).output().expect("Python starts");
            assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
            Self { moto, seeded: serde_json::from_slice(&stdout).expect("it prints what it made") }
        })
    }

    fn id(&self, name: &str) -> &str {
        &self.seeded.ids[name]
    }

    /// A wire to it on which the role of one account is missing, and another account denies everything to whoever takes
    /// on its role.
    async fn wire(&'static self) -> Wire {
        let refused = Arc::new(Mutex::new(BTreeSet::<String>::new()));
        let noted = refused.clone();
        let amend = move |request: &Request, response: Response| {
            if is_into(request, self.id("refused")) {
                let body = String::from_utf8_lossy(&response.body).into_owned();
                let key = body.split("<AccessKeyId>").nth(1).and_then(|rest| rest.split('<').next());
                noted.lock().expect("no test panicked").extend(key.map(str::to_owned));
            }
            response
        };
        let memory = Memory::amended(self.moto.address, amend);
        Wire::new(&memory, move |request: &Request| {
            let denies = refused.lock().expect("no test panicked").contains(&request.key)
                && request.operation != "GetCallerIdentity";
            if denies || is_into(request, self.id("forgotten")) { Act::Deny } else { Act::Answer }
        })
        .await
    }
}

/// Whether a request takes on a role in an account.
fn is_into(request: &Request, account: &str) -> bool {
    request.operation == "AssumeRole" && String::from_utf8_lossy(&request.body).contains(account)
}

const QUICK: [&str; 8] = ["--region", "us-east-1", "--service", "kms", "--service", "efs", "--service", "iam"];

fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

fn states(document: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("it is there").to_owned();
    let rows = document["accounts"].as_array().expect("it is there").iter();
    rows.map(|row| (text(&row["account"]), text(&row["state"]))).collect()
}

/// What is said of an account, without what differs from run to run.
fn said(document: &Value, account: &str) -> Vec<[String; 3]> {
    let findings = document["findings"].as_array().expect("it is there").iter().filter(|it| it["account"] == account);
    findings
        .map(|it| ["id", "status", "message"].map(|key| it[key].as_str().expect("it is there").to_owned()))
        .collect()
}

#[tokio::test]
async fn every_account_is_scanned_or_told_why_not_and_found_as_by_itself() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let ran = user.scan(&[&["--org"][..], &QUICK].concat()).await;
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let all = document(&ran);
    validate(ran.stdout.as_bytes(), "document");
    let expected = [
        // moto does not know IAM's ListOrganizationsFeatures, which only the management account is asked.
        (ACCOUNT, "partial"),
        (organization.id("one"), "scanned"),
        (organization.id("two"), "scanned"),
        (organization.id("forgotten"), "role-missing"),
        (organization.id("refused"), "denied"),
        (organization.id("closed"), "suspended"),
    ];
    assert_eq!(states(&all), expected.map(|(id, state)| (id.to_owned(), state.to_owned())).into());
    assert!(ran.stderr.starts_with("scanning Organization o-"), "{}", ran.stderr);
    for name in ["one", "two"] {
        let id = organization.id(name);
        let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
        let alone = user.scan(&[&["--role-arn", &role][..], &QUICK].concat()).await;
        let (within, alone) = (said(&all, id), said(&document(&alone), id));
        assert!(within.len() > 10, "{name}: {within:?}");
        assert_eq!(within, alone, "{name}");
    }
    for name in ["forgotten", "refused"] {
        let within = said(&all, organization.id(name));
        assert!(!within.is_empty() && within.iter().all(|[_, status, _]| status == "unknown"), "{name}: {within:?}");
    }
}

#[tokio::test]
async fn what_lies_in_another_account_of_the_scan_is_judged_there() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let check = ["--region", "us-east-1", "--check", "cloudtrail-bucket-access-logged"];
    let now = ["--now", "2026-12-01T00:00:00Z"];
    let one = organization.id("one");
    let of_one = |document: &Value| -> Vec<Value> {
        let findings = document["findings"].as_array().expect("it is there").iter();
        findings.filter(|it| it["account"] == one && it["resource"]["id"] != "*").cloned().collect()
    };
    let role = format!("arn:aws:iam::{one}:role/OrganizationAccountAccessRole");
    let alone = of_one(&document(&user.scan(&[&["--role-arn", &role][..], &check, &now].concat()).await));
    assert_eq!(alone[0]["unknown"]["reason"], "other-account", "{alone:?}");

    let folder = user.path("recording");
    let recording = folder.to_str().unwrap();
    let ran = user.scan(&[&["--org", "--record", recording][..], &check, &now].concat()).await;
    let within = document(&ran);
    validate(ran.stdout.as_bytes(), "document");
    let found = of_one(&within);
    assert_eq!(found.len(), 1, "{found:?}");
    let message = "delivers to bucket central, which logs accesses to bucket accesses";
    assert_eq!((&found[0]["status"], &found[0]["message"]), (&"pass".into(), &message.into()));
    let cited = found[0]["evidence"].as_array().unwrap().iter().filter(|call| call["account"] == ACCOUNT).count();
    assert_eq!(cited, 3, "{found:?}");
    assert!(folder.join("beside").join(ACCOUNT).join("manifest.json").is_file());

    let replay = [&["scan", "--format", "json", "--from", recording][..], &check, &now].concat();
    let replayed = Ran::of(User::nobody().command(&replay).spawn().expect("it starts")).await;
    assert_eq!(document(&replayed)["findings"], within["findings"]);
}

#[tokio::test]
async fn policies_that_only_the_management_account_sees_hold_the_accounts_below_them() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let check = ["--region", "us-east-1", "--check", "organizations-scp-guardrails-attached"];
    let all = document(&user.scan(&[&["--org"][..], &check].concat()).await);
    let of = |account: &str| {
        let findings: Vec<&Value> = all["findings"].as_array().expect("it is there").iter().collect();
        let found = findings.into_iter().find(|it| it["account"] == account);
        found.unwrap_or_else(|| panic!("{account} is not told of: {all}")).clone()
    };
    for name in ["one", "two"] {
        let found = of(organization.id(name));
        let told = ["status", "message"].map(|key| found[key].as_str().expect("it is there"));
        assert_eq!(told, ["pass", "held by guardrails"], "{name}");
        let cited = found["evidence"].as_array().unwrap().iter().filter(|call| call["account"] == ACCOUNT);
        assert!(cited.count() >= 2, "the management account's answers are cited: {found}");
    }
    // The one that is being closed is no concern any more.
    let found = of(ACCOUNT);
    assert_eq!(found["status"], "fail", "{found}");
    let message = found["message"].as_str().expect("it is there");
    assert!(message.starts_with("no service control policy holds 2 of 4 member accounts: "), "{message}");
    for name in ["forgotten", "refused"] {
        assert!(message.contains(organization.id(name)), "{message}");
    }

    let role = format!("arn:aws:iam::{}:role/OrganizationAccountAccessRole", organization.id("one"));
    let alone = document(&user.scan(&[&["--role-arn", &role][..], &check].concat()).await);
    assert_eq!(alone["findings"][0]["unknown"]["reason"], "other-account", "{alone}");
}

#[tokio::test]
async fn a_member_that_organizations_tells_nothing_is_not_advised_to_allow_itself_more() {
    let refuse = |request: &Request, from_server: Response| match request.operation.as_str() {
        "ListDelegatedAdministrators" => {
            let words = "You don't have permissions to access this resource.";
            let body = format!(r#"{{"__type": "AccessDeniedException", "Message": "{words}"}}"#);
            Response::new(400, "application/x-amz-json-1.1", body)
        }
        _ => from_server,
    };
    let wire = Wire::new(&Memory::amended(Organization::seeded().moto.address, refuse), |_| Act::Answer).await;
    let user = User::of(&wire.endpoint);
    let args = ["preflight", "--profile", "plimsoll", "--region", "us-east-1", "--format", "json"];
    let check = ["--check", "accessanalyzer-external-analyzer-active"];
    let told = document(&Ran::of(user.command(&[&args[..], &check].concat()).spawn().expect("it starts")).await);
    let actions = told["actions"].as_array().expect("it is there");
    let action = actions.iter().find(|it| it["action"] == "organizations:ListDelegatedAdministrators");
    let action = action.unwrap_or_else(|| panic!("it is looked at: {told}"));
    assert_eq!(action["state"], "unknown", "{action}");
    assert!(!told["policy"].to_string().contains("ListDelegatedAdministrators"), "{told}");
}

#[tokio::test]
async fn accounts_and_units_can_be_chosen() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let looked_at = async |flags: &[&str]| -> BTreeSet<String> {
        let one = ["--org", "--region", "us-east-1", "--check", "iam-password-policy-min-length"];
        let states = states(&document(&user.scan(&[&one[..], flags].concat()).await));
        assert_eq!(states.len(), 6, "nobody is left out of the table: {states:?}");
        states.into_iter().filter(|(_, state)| state == "scanned").map(|(id, _)| id).collect()
    };
    let named = |names: &[&str]| names.iter().map(|name| organization.id(name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(looked_at(&["--ou", &organization.seeded.unit]).await, named(&["one", "two"]));
    assert_eq!(looked_at(&["--ou", &organization.seeded.below]).await, named(&["two"]));
    assert_eq!(looked_at(&["--account", organization.id("one")]).await, named(&["one"]));
    let exclude = ["--ou", &organization.seeded.unit, "--exclude-account", organization.id("two")];
    assert_eq!(looked_at(&exclude).await, named(&["one"]));

    let wrong = user.scan(&["--org", "--ou", "ou-aaaa-bbbbbbbb"]).await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("--ou ou-aaaa-bbbbbbbb: the organization has no such"), "{}", wrong.stderr);
    let wrong = user.scan(&["--org", "--account", "999999999999"]).await;
    assert!(wrong.stderr.contains("--account 999999999999: there is no such account among the 6"), "{}", wrong.stderr);
}

#[tokio::test]
async fn accounts_that_a_file_lists_are_scanned_without_asking_organizations() {
    let organization = Organization::seeded();
    let memory = Memory::of(organization.moto.address);
    let deny = |request: &Request| if request.service == "organizations" { Act::Deny } else { Act::Answer };
    let wire = Wire::new(&memory, deny).await;
    let user = User::of(&wire.endpoint);
    let (one, two) = (organization.id("one"), organization.id("two"));
    let list = format!(
        "[[account]]\nid = \"{one}\"\nname = \"first\"\n[[account]]\nid = \"{two}\"\nrole = \"arn:aws:iam::{two}:role/own\"\n"
    );
    let file = user.path("accounts.toml");
    std::fs::write(&file, list).expect("a new file");
    let flags = ["--accounts-file", file.to_str().unwrap(), "--org-role", "path/Reader"];
    let quick = ["--region", "us-east-1", "--check", "iam-password-policy-min-length"];
    let ran = user.scan(&[&flags[..], &quick].concat()).await;
    let report = document(&ran);
    let callers: Vec<&str> =
        report["accounts"].as_array().unwrap().iter().map(|row| row["caller"].as_str().unwrap()).collect();
    let mut expected = vec![
        format!("arn:aws:sts::{one}:assumed-role/Reader/plimsoll"),
        format!("arn:aws:sts::{two}:assumed-role/own/plimsoll"),
    ];
    expected.sort_unstable();
    let mut callers: Vec<String> = callers.into_iter().map(str::to_owned).collect();
    callers.sort_unstable();
    assert_eq!(callers, expected);
}

#[tokio::test]
async fn a_scan_of_an_organization_that_is_killed_goes_on_and_asks_nothing_twice() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let now = ["--now", "2026-12-01T00:00:00Z"];
    let whole = document(&user.scan(&[&["--org"][..], &QUICK, &now].concat()).await);

    let services = &QUICK[2..];
    let mut recorded_lists = 0;
    for kill_at in [12, 24, 36] {
        let folder = user.path(&format!("recording-{kill_at}"));
        let recording = folder.to_str().unwrap().to_owned();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let memory = Memory::of(organization.moto.address);
        let slow = Wire::with_latency(&memory, Duration::from_millis(5), move |request: &Request| {
            counted.fetch_add(1, Ordering::Relaxed);
            if is_into(request, organization.id("forgotten")) { Act::Deny } else { Act::Answer }
        })
        .await;
        let slow_user = User::of(&slow.endpoint);
        // Nobody reads what it prints, so that goes to a file: a full pipe would hold it up.
        let output = [&["--org", "--record", &recording, "--output", "out.json"][..], &QUICK].concat();
        let args = [&["scan", "--profile", "plimsoll", "--quiet"][..], &output].concat();
        let mut command = slow_user.command(&args);
        let mut child = command.stdout(Stdio::null()).current_dir(user.path("")).spawn().expect("it starts");
        while count.load(Ordering::Relaxed) < kill_at {
            assert!(child.try_wait().unwrap().is_none(), "it came to its end before the {kill_at}th request");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().await.expect("it can be killed");
        let recorded = lists_below(&folder);
        recorded_lists += recorded.len();

        let resumed = user.scan(&[&["--resume", &recording][..], services, &now].concat()).await;
        let report = document(&resumed);
        assert_eq!(states(&report)[organization.id("one")], "scanned", "{}", resumed.stderr);
        for id in [ACCOUNT, organization.id("one"), organization.id("two")] {
            assert_eq!(said(&report, id), said(&whole, id), "killed at {kill_at}");
        }
        // What was recorded whole stays as it was, with the times of its requests: it was not asked for again.
        let after: BTreeMap<PathBuf, String> = files_below(&folder).into_iter().collect();
        for (path, text) in recorded {
            assert_eq!(after[&path], text, "{}", path.display());
        }
        let replay = [&["scan", "--format", "json", "--from", &recording][..], services, &now].concat();
        let replayed = Ran::of(User::nobody().command(&replay).spawn().expect("it starts")).await;
        let replayed = document(&replayed);
        assert_eq!(states(&replayed), states(&report));
        assert_eq!(replayed["findings"], report["findings"]);
        let over = user.scan(&["--org", "--record", &recording]).await;
        assert!(over.stderr.contains("holds a recording"), "{}", over.stderr);
    }
    assert!(recorded_lists > 0, "each was killed before it had recorded anything");
}

/// The lists of a recording that are whole, as they are on the disk.
fn lists_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let is_list = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        value["Records"].is_array() && value["Unknown"].is_null()
    };
    let files = files_below(folder).into_iter();
    let json = files.filter(|(path, _)| path.extension().is_some_and(|it| it == "json"));
    json.filter(|(_, text)| is_list(text)).collect()
}

#[tokio::test]
async fn before_a_scan_every_door_is_tried_and_nothing_is_read_behind_it() {
    let organization = Organization::seeded();
    let wire = organization.wire().await;
    let user = User::of(&wire.endpoint);
    let preflight = async |user: &User, flags: &[&str]| {
        let quick =
            ["preflight", "--profile", "plimsoll", "--region", "us-east-1", "--service", "kms", "--format", "json"];
        let ran = Ran::of(user.command(&[&quick[..], flags].concat()).spawn().expect("it starts")).await;
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        document(&ran)
    };
    let told = preflight(&user, &["--org"]).await;
    let doors = told["accounts"].as_array().unwrap().iter();
    let doors: BTreeMap<&str, bool> =
        doors.map(|door| (door["account"].as_str().unwrap(), door["is_open"].as_bool().unwrap())).collect();
    let id = |name| organization.id(name);
    let expected =
        [(ACCOUNT, true), (id("one"), true), (id("two"), true), (id("forgotten"), false), (id("refused"), true)];
    assert_eq!(doors, expected.into());
    let state = |told: &Value, action: &str| {
        let actions = told["actions"].as_array().unwrap().clone();
        let found = actions.into_iter().find(|it| it["action"] == action);
        found.unwrap_or_else(|| panic!("{action} is not looked at"))["state"].as_str().unwrap().to_owned()
    };
    for action in ["organizations:ListAccounts", "sts:AssumeRole", "kms:ListKeys", "ec2:DescribeRegions"] {
        assert_eq!(state(&told, action), "allowed", "{action}");
    }
    assert_eq!(told["policy"], Value::Null, "a role that is not there is not mended by a policy");
    let listed = wire.count(|request, _| request.operation == "ListKeys");
    assert_eq!(listed, 1, "only the caller's own account is read");

    // Where the caller's own policies keep it from the roles, AWS says so, and that is what to allow.
    let refuse = |request: &Request, from_server: Response| {
        let words = "User: u is not authorized to perform: sts:AssumeRole because no identity-based policy allows the \
                     sts:AssumeRole action";
        let error = format!("<Error><Code>AccessDenied</Code><Message>{words}</Message></Error>");
        match request.operation.as_str() {
            "AssumeRole" => Response::new(403, "text/xml", format!("<ErrorResponse>{error}</ErrorResponse>")),
            _ => from_server,
        }
    };
    let wire = Wire::new(&Memory::amended(organization.moto.address, refuse), |_| Act::Answer).await;
    let user = User::of(&wire.endpoint);
    let told = preflight(&user, &["--org", "--org-role", "path/Reader"]).await;
    assert_eq!(state(&told, "sts:AssumeRole"), "refused");
    let statement = &told["policy"]["Statement"][0];
    assert_eq!(statement["Resource"], "arn:*:iam::*:role/path/Reader");
    assert_eq!(statement["Condition"]["StringEquals"]["aws:ResourceOrgID"], "${aws:PrincipalOrgID}");

    let file = user.path("accounts.toml");
    std::fs::write(&file, format!("[[account]]\nid = \"{}\"\n", id("one"))).expect("a new file");
    let told = preflight(&user, &["--accounts-file", file.to_str().unwrap()]).await;
    let role = format!("arn:aws:iam::{}:role/OrganizationAccountAccessRole", id("one"));
    assert_eq!(told["policy"]["Statement"][0]["Resource"], serde_json::json!([role]));
    let actions: Vec<&str> =
        told["actions"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["ec2:DescribeRegions", "iam:ListAccountAliases", "sts:AssumeRole"], "its own is not read");
}
