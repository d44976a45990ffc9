//! A scan of the seeded accounts says what follows from what was seeded, and nothing else.

use std::collections::BTreeSet;

use plimsoll_checks::checks;

use crate::answers::{AGREEMENT, Amended, HOLLOW, macie_denies, unconfirmed, with_bucket_regions};
use crate::moto::{ACCOUNT, Expected, Moto, REGIONS};
use crate::scan::{Document, User};
use crate::wire::{Act, Memory, Wire};

/// The account nobody has touched, and the one with a few settings of its own.
const OTHER_ACCOUNTS: [&str; 2] = ["222222222222", "333333333333"];

/// Checks of which moto can not hold both a resource that passes and one that fails, and what it cannot answer. Which
/// resource passes in the tidy account of `answers.rs` and fails in the untidy one is told by its id.
const AMENDED: [(&str, &str, &str); 16] = [
    ("macie-enabled", "123456789012 eu-west-1", "GetMacieSession answers with times that no SDK reads"),
    ("account-contact-details-present", ACCOUNT, "GetContactInformation is missing"),
    ("iam-root-access-key-absent", ACCOUNT, "GetAccountSummary is fixed: there are no root keys"),
    ("iam-root-mfa-enabled", ACCOUNT, "GetAccountSummary is fixed: root has no MFA, and perhaps no password"),
    ("iam-root-not-used-recently", ACCOUNT, "the credential report has no row for root"),
    ("ec2-public-sharing-blocked", "123456789012 us-east-1", "the states of both blocks are missing"),
    ("ec2-ebs-snapshot-not-public", "", "GetSnapshotBlockPublicAccessState is missing, which overrules the attribute"),
    ("config-recorder-active", "123456789012 eu-west-1", "DescribeDeliveryChannelStatus is missing"),
    ("rds-backup-retention-adequate", "aurora-untidy", "ListProtectedResources is missing"),
    ("guardduty-high-findings-resolved", "", "ListFindings is missing"),
    ("accessanalyzer-external-analyzer-active", "123456789012 us-east-1", "IAM Access Analyzer is missing"),
    ("iam-root-credentials-centrally-managed", ACCOUNT, "ListOrganizationsFeatures is missing"),
    ("iam-root-hardware-mfa-enabled", ACCOUNT, "GetAccountSummary is fixed: root has no MFA, and perhaps no password"),
    ("iam-server-certificate-not-expired", "www", "all certificates expired in 2012"),
    ("s3-bucket-mfa-delete-enabled", "plimsoll-tidy", "GetBucketVersioning answers under a wrong name"),
    (
        "cloudtrail-delivers-to-cloudwatch-logs",
        "arn:aws:cloudtrail:eu-west-1:123456789012:trail/organization",
        "GetTrailStatus tells nothing of deliveries to CloudWatch Logs",
    ),
];

/// The check that fails only in accounts without an organization, whose other accounts might do what it asks for.
const ALONE: &str = "accessanalyzer-external-analyzer-active";

/// The check that is settled by what the user lays down.
const LAID_DOWN: &str = "account-regions-allowed-only";
/// So is this one, and moto does not know the service that it asks.
const REQUIRED: &str = "artifact-required-agreements-active";

fn regions() -> Vec<&'static str> {
    REGIONS.iter().flat_map(|region| ["--region", region]).collect()
}

fn found(report: &Document, check: &str) -> Expected {
    Expected {
        pass: report.ids(check, "pass"),
        fail: report.ids(check, "fail"),
        not_applicable: report.ids(check, "not-applicable"),
        unknown: report.ids(check, "unknown"),
    }
}

fn sorted(expected: &Expected) -> Expected {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    Expected {
        pass: sorted(&expected.pass),
        fail: sorted(&expected.fail),
        not_applicable: sorted(&expected.not_applicable),
        unknown: sorted(&expected.unknown),
    }
}

/// A user who takes a role in another account, as the profile says.
fn in_account(moto: &Moto, account: &str) -> User {
    let role = format!(
        "role_arn = arn:aws:iam::{account}:role/audit\nsource_profile = source\n\n[profile source]\nregion = us-east-1\nendpoint_url = {}\n",
        moto.endpoint
    );
    let user = User::with(&moto.endpoint, &role);
    let credentials = "[source]\naws_access_key_id = test\naws_secret_access_key = test\n";
    std::fs::write(user.path("credentials"), credentials).expect("the file can be written");
    user
}

#[tokio::test]
async fn the_seeded_account_gets_the_verdicts_it_should() {
    let moto = Moto::seeded();
    let ran = User::of(&moto.endpoint).scan(&regions()).await;
    let report = ran.report();
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(report.schema, "plimsoll.scan/1");
    assert_eq!((report.scan.account.as_str(), report.scan.alias.as_deref()), (ACCOUNT, Some("plimsoll-live")));
    assert_eq!(report.scan.regions, REGIONS);
    assert!(report.scan.caller.starts_with("arn:aws:"), "{}", report.scan.caller);
    assert!(!report.scan.partial);
    assert_eq!(report.summary["judgements"], report.findings.len());
    let known = |region: &str| region == "global" || REGIONS.contains(&region);
    assert!(report.ledger.iter().all(|entry| known(&entry.region) || entry.region == "session"), "{:?}", report.ledger);
    let mut wrong = Vec::new();
    for (check, expected) in moto.expected_of(ACCOUNT) {
        let (expected, found) = (sorted(expected), found(&report, check));
        if expected == Expected::default() {
            let only_unknown = Expected {
                unknown: found.unknown.clone(),
                not_applicable: found.not_applicable.clone(),
                ..Expected::default()
            };
            if found.unknown.is_empty() || found != only_unknown {
                wrong.push(format!("{check} cannot be answered by moto, but: {found:#?}"));
            }
        } else if expected != found {
            wrong.push(format!("{check}\n  {}", differences(&expected, &found, &report, check)));
        }
    }
    let expected: BTreeSet<&str> = moto.expected_of(ACCOUNT).keys().map(String::as_str).collect();
    wrong.extend(report.checks().difference(&expected).map(|check| format!("{check} is not in seed.py")));
    wrong.extend(checks().iter().filter(|it| !expected.contains(&*it.id)).map(|it| format!("{} is not seeded", it.id)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(expected: &Expected, found: &Expected, report: &Document, check: &str) -> String {
    let statuses = [
        ("pass", &expected.pass, &found.pass),
        ("fail", &expected.fail, &found.fail),
        ("not-applicable", &expected.not_applicable, &found.not_applicable),
        ("unknown", &expected.unknown, &found.unknown),
    ];
    let mut told = Vec::new();
    for (status, expected, found) in statuses {
        for id in expected.iter().filter(|id| !found.contains(id)) {
            let instead: Vec<String> = report
                .findings
                .iter()
                .filter(|finding| finding.check == check && finding.resource.id == *id)
                .map(|finding| format!("{}: {}", finding.status, finding.message))
                .collect();
            told.push(format!("{id} should be {status}, is {instead:?}"));
        }
        for id in found.iter().filter(|id| !expected.contains(id)) {
            told.push(format!("{id} is {status}, which is not expected"));
        }
    }
    if told.is_empty() {
        told.push(format!("the same id is judged another number of times: {expected:?} {found:?}"));
    }
    told.join("\n  ")
}

#[tokio::test]
async fn other_accounts_are_judged_by_what_is_theirs() {
    let moto = Moto::seeded();
    for account in OTHER_ACCOUNTS {
        let ran = in_account(moto, account).scan(&regions()).await;
        let report = ran.report();
        assert_eq!(report.scan.account, account);
        for finding in &report.findings {
            assert_eq!(finding.account, account, "{finding:?}");
            assert!(!finding.resource.arn.contains(ACCOUNT), "{finding:?}");
        }
        for (check, expected) in moto.expected_of(account) {
            let found = found(&report, check);
            for (expected, found) in [(&expected.pass, found.pass), (&expected.fail, found.fail)] {
                for id in expected {
                    assert!(found.contains(id), "{account}, {check}: {id} is not among {found:?}");
                }
            }
        }
        for check in ["efs-file-system-encrypted", "rds-tls-required", "ec2-instance-imdsv2-required"] {
            assert_eq!(found(&report, check), Expected::default(), "nothing of the kind was made in {account}");
        }
    }
}

#[tokio::test]
async fn keys_and_passwords_grow_old() {
    let moto = Moto::seeded();
    let checks = ["iam-access-key-rotated", "iam-user-unused-credentials-disabled"];
    let later = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 100)).to_string();
    let args = ["--region", "us-east-1", "--now", &later, "--check", checks[0], "--check", checks[1]];
    let report = User::of(&moto.endpoint).scan(&args).await.report();
    for check in checks {
        let (now, then) = (sorted(&moto.expected_of(ACCOUNT)[check]), found(&report, check));
        assert!(!now.pass.is_empty());
        assert_eq!((then.fail, then.not_applicable), (now.pass, now.not_applicable), "{check}");
        assert_eq!((then.pass, then.unknown), (vec![], vec![]), "{check}");
    }
}

#[tokio::test]
async fn what_moto_cannot_answer_is_judged_by_answers_as_aws_documents_them() {
    let moto = Moto::seeded();
    for (account, status, other) in
        [(Amended::Tidy, "pass", "fail"), (Amended::Untidy, "fail", "pass"), (Amended::Alone, "fail", "pass")]
    {
        let memory = Memory::amended(moto.address, move |request, answer| account.answer(request, answer));
        let wire = Wire::new(&memory, |_| Act::Answer).await;
        let checks: Vec<&str> = AMENDED.iter().flat_map(|(check, _, _)| ["--check", check]).collect();
        let report = User::of(&wire.endpoint).scan(&[regions(), checks].concat()).await.report();
        let of_account = |check: &str| match account {
            Amended::Tidy => true,
            Amended::Untidy => check != ALONE,
            Amended::Alone => check == ALONE,
        };
        for (check, id, _) in AMENDED.into_iter().filter(|(check, _, _)| of_account(check)) {
            let unknown = moto.expected_of(ACCOUNT).get(check).map_or(vec![], |expected| expected.unknown.clone());
            let ids = if id.is_empty() { unknown } else { vec![id.to_owned()] };
            let (found, others) = (report.ids(check, status), report.ids(check, other));
            let why: Vec<_> = report.findings.iter().filter(|it| it.check == check).map(|it| &it.unknown).collect();
            assert!(!found.is_empty(), "{account:?} {check}: {:?} {why:?}", self::found(&report, check));
            for id in ids {
                assert!(found.contains(&id) && !others.contains(&id), "{account:?} {check} {id}: {found:?} {others:?}");
            }
            assert_eq!(report.ids(check, "unknown"), Vec::<String>::new(), "{account:?} {check}");
        }
        if account == Amended::Untidy {
            let unknown =
                report.findings.iter().find(|finding| finding.check == ALONE).and_then(|it| it.unknown.clone());
            assert_eq!(unknown.map(|unknown| unknown.reason).as_deref(), Some("other-account"));
        }
    }
}

#[tokio::test]
async fn macie_that_is_off_says_so_with_the_code_of_a_denial() {
    let moto = Moto::seeded();
    for (message, status) in [("Macie is not enabled.", "fail"), ("You are not authorized to do this.", "unknown")] {
        let memory = Memory::amended(moto.address, move |request, answer| {
            if request.operation == "GetMacieSession" { macie_denies(message) } else { answer }
        });
        let wire = Wire::new(&memory, |_| Act::Answer).await;
        let args = [&regions()[..], &["--check", "macie-enabled"]].concat();
        let report = User::of(&wire.endpoint).scan(&args).await.report();
        assert_eq!(report.ids("macie-enabled", status).len(), REGIONS.len(), "{message} {:?}", report.findings);
    }
}

#[tokio::test]
async fn nobody_hears_of_an_alarm_whose_subscription_was_not_confirmed() {
    let moto = Moto::seeded();
    let memory = Memory::amended(moto.address, unconfirmed);
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let check = "cloudwatch-alarm-vpc-changes";
    let report = User::of(&wire.endpoint).scan(&[&regions()[..], &["--check", check]].concat()).await.report();
    let told: Vec<(&str, &str)> = report.findings.iter().map(|it| (&*it.status, &*it.message)).collect();
    let way = "trail organization → log group trails → filter vpc-changes → alarm vpc-changes → topic security";
    assert_eq!(told, [("fail", &*format!("{way}: nobody has confirmed a subscription"))]);
}

#[tokio::test]
async fn what_an_answer_lacks_is_not_made_up() {
    let moto = Moto::seeded();
    for (operation, hollow, check) in HOLLOW {
        let memory = Memory::amended(moto.address, move |request, answer| {
            let mut answer = Amended::Tidy.answer(request, answer);
            if request.operation == operation {
                answer.body = hollow.into();
            }
            answer
        });
        let wire = Wire::new(&memory, |_| Act::Answer).await;
        let report = User::of(&wire.endpoint).scan(&[&regions()[..], &["--check", check]].concat()).await.report();
        let made_up = ["pass", "fail"].map(|status| report.ids(check, status));
        let unknown: Vec<_> = report.findings.iter().filter_map(|finding| finding.unknown.as_ref()).collect();
        assert!(!unknown.is_empty(), "{operation} {hollow}: {made_up:?}");
        for unknown in unknown {
            assert_eq!(unknown.reason, "malformed", "{operation} {hollow}: {unknown:?}");
            assert!(unknown.action.ends_with(operation) && unknown.detail.contains("lacks"), "{unknown:?}");
        }
        // Trails without such a bucket are judged all the same.
        if check != "cloudtrail-bucket-access-logged" {
            assert_eq!(made_up, [vec![], Vec::<String>::new()], "{operation} {hollow}");
        }
    }
}

#[tokio::test]
async fn regions_that_are_not_laid_down_as_allowed_are_to_be_empty() {
    let moto = Moto::seeded();
    let user = User::of(&moto.endpoint);
    std::fs::write(user.path("plimsoll.toml"), "[regions]\nallowed = [\"eu-west-1\"]\n").expect("a new file");
    let config = user.path("plimsoll.toml").to_str().expect("UTF-8").to_owned();
    let report = user.scan(&[&regions()[..], &["--config", &config, "--check", LAID_DOWN]].concat()).await.report();
    let only = |region: &str| vec![format!("{ACCOUNT} {region}")];
    let expected = Expected { pass: only("eu-west-1"), fail: only("us-east-1"), ..Expected::default() };
    assert_eq!(found(&report, LAID_DOWN), expected);
}

#[tokio::test]
async fn agreements_that_are_laid_down_as_required_are_to_be_active() {
    let moto = Moto::seeded();
    for (account, status) in [(Amended::Tidy, "pass"), (Amended::Untidy, "fail")] {
        let memory = Memory::amended(moto.address, move |request, answer| account.answer(request, answer));
        let wire = Wire::new(&memory, |_| Act::Answer).await;
        let user = User::of(&wire.endpoint);
        let text = format!("[agreements]\nrequired = [{AGREEMENT:?}]\n");
        std::fs::write(user.path("plimsoll.toml"), text).expect("a new file");
        let config = user.path("plimsoll.toml").to_str().expect("UTF-8").to_owned();
        let report = user.scan(&["--region", "eu-west-1", "--config", &config, "--check", REQUIRED]).await.report();
        assert_eq!(report.ids(REQUIRED, status), [ACCOUNT], "{:?}", report.findings);
        let nothing = ["--region", "eu-west-1", "--check", REQUIRED];
        let report = User::of(&wire.endpoint).scan(&nothing).await.report();
        assert_eq!(report.ids(REQUIRED, "not-applicable"), [ACCOUNT], "{:?}", report.findings);
    }
}

#[tokio::test]
async fn buckets_whose_region_is_in_the_list_are_not_asked_for_it() {
    let moto = Moto::seeded();
    let memory = Memory::amended(moto.address, with_bucket_regions);
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    let report = User::of(&wire.endpoint).scan(&[&regions()[..], &["--service", "s3"]].concat()).await.report();
    assert_eq!(wire.count(|request, _| request.operation == "GetBucketLocation"), 0);
    for check in report.checks() {
        assert_eq!(found(&report, check), sorted(&moto.expected_of(ACCOUNT)[check]), "{check}");
    }
}

#[test]
fn every_check_meets_a_resource_that_passes_and_one_that_fails() {
    let moto = Moto::seeded();
    let aged = ["iam-access-key-rotated", "iam-user-unused-credentials-disabled"];
    let mut wrong = Vec::new();
    for check in checks().iter().filter(|check| ![LAID_DOWN, REQUIRED].contains(&&*check.id)) {
        let seeded: Vec<&Expected> = moto.expected.values().filter_map(|account| account.get(&check.id)).collect();
        let passes = seeded.iter().any(|expected| !expected.pass.is_empty());
        let fails = seeded.iter().any(|expected| !expected.fail.is_empty()) || aged.contains(&&*check.id);
        let amended = AMENDED.iter().any(|(id, _, _)| *id == check.id);
        match (passes && fails, amended) {
            (true, false) | (false, true) => {}
            (true, true) => wrong.push(format!("{}: moto can hold both by now", check.id)),
            (false, false) => wrong.push(format!("{}: seeded to pass {passes}, to fail {fails}", check.id)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_enabled_region_is_looked_at_through_the_one_endpoint() {
    let moto = Moto::seeded();
    let args = ["--check", "ec2-ebs-default-encryption-on", "--check", "s3-*", "--check", "guardduty-enabled"];
    let report = User::of(&moto.endpoint).scan(&args).await.report();
    assert!(report.scan.regions.len() > 10, "{:?}", report.scan.regions);
    for check in ["ec2-ebs-default-encryption-on", "guardduty-enabled"] {
        let regions: Vec<&str> =
            report.findings.iter().filter(|finding| finding.check == check).map(|finding| &*finding.region).collect();
        assert_eq!(regions, report.scan.regions, "{check}");
        assert_eq!(found(&report, check).unknown, Vec::<String>::new(), "{check}");
    }
    // Buckets in the path, the account id in front of S3 Control's host: both reach the endpoint's address.
    let is_amended = |check: &str| AMENDED.iter().any(|(amended, _, _)| *amended == check);
    for check in report.checks().into_iter().filter(|check| check.starts_with("s3-") && !is_amended(check)) {
        assert_eq!(found(&report, check).unknown, Vec::<String>::new(), "{check}");
    }
    let other_name = moto.endpoint.replace("127.0.0.1", "localhost");
    let named = User::of(&other_name).scan(&["--region", "us-east-1", "--service", "s3"]).await.report();
    let unknown = named.findings.iter().find(|finding| finding.status == "unknown" && !is_amended(&finding.check));
    assert_eq!(unknown, None);
}
