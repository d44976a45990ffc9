//! What the load server lets go wrong, by rule, by rate and by chance: a scan comes through what passes, and of what does
//! not pass says that, why, and nothing else.

use plimsoll_load::{Fault, Faults, Limit, Options, Outcome, Scope, Server, recorded_at};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::faults::wrongs;
use crate::limits::published;
use crate::scan::{Document, Finding, Ran, User};

/// The two seeded regions, and one as most are.
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];

async fn scan(server: &Server, more: &[&str]) -> Ran {
    let now = recorded_at().to_string();
    let ran = User::of(&server.endpoint).scan(&[&["--now", &now, "--fail-on", "never"], more].concat()).await;
    assert_eq!(server.missed(), Vec::<String>::new(), "{}", ran.stderr);
    ran
}

fn server(faults: Faults) -> Server {
    Server::start(Options::of(1).in_regions(&REGIONS).with(faults))
}

/// The scan that nothing befalls.
async fn calm() -> &'static Ran {
    static CALM: OnceCell<Ran> = OnceCell::const_new();
    CALM.get_or_init(|| async { scan(&server(Faults::default()), &[]).await }).await
}

/// The findings of a report, but for which requests they rest on, and when those were made.
fn findings(ran: &Ran) -> Vec<String> {
    let mut report: Value = serde_json::from_str(&ran.stdout).expect("a report");
    let findings = report["findings"].as_array_mut().expect("findings");
    for evidence in findings.iter_mut().filter_map(|finding| finding["evidence"].as_array_mut()).flatten() {
        let evidence = evidence.as_object_mut().expect("an object");
        assert!(evidence.remove("at").is_some(), "evidence has its time: {evidence:?}");
        evidence.remove("request_id");
    }
    findings.iter().map(Value::to_string).collect()
}

#[tokio::test]
async fn what_passes_leaves_no_trace_in_the_findings() {
    let calm = findings(calm().await);
    assert!(calm.len() > 400, "only {} findings", calm.len());
    for seed in 0..2 {
        let faults = Faults { at_most_in_a_row: Some(3), seed, ..Faults::default() }
            .sometimes(Fault::Throttled, Scope::all(), 0.20)
            .sometimes(Fault::Failing, Scope::all(), 0.05)
            .sometimes(Fault::Reset, Scope::all(), 0.05);
        let server = server(faults);
        let ran = scan(&server, &[]).await;
        assert_eq!(ran.code, Some(0), "seed {seed}: {}", ran.stderr);
        let stormy = findings(&ran);
        let differing = calm.iter().zip(&stormy).find(|(calm, stormy)| calm != stormy);
        assert!(differing.is_none(), "seed {seed}: {differing:#?}");
        assert_eq!(calm.len(), stormy.len());
        let calls = server.calls();
        for fault in [Fault::Throttled, Fault::Failing, Fault::Reset] {
            let met = calls.count(|call| call.outcome == Outcome::Met(fault));
            assert!(met > 5, "seed {seed}: only {met} calls met {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_rate_that_is_too_low_costs_no_verdict_but_those_it_keeps_from_being_read() {
    let limit = Limit { scope: Scope::all(), together: false, per_second: 4.0, burst: 2.0 };
    let server = server(Faults { limits: vec![limit], ..Faults::default() });
    let ran = scan(&server, &[]).await;
    let wrong = wrongs(&calm().await.report(), &ran.report(), &["throttled"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(server.calls().count(|call| call.outcome == Outcome::Met(Fault::Throttled)) > 0);
}

#[tokio::test]
async fn a_large_account_is_read_within_the_limits_that_aws_publishes() {
    let options = || Options::of(1).in_regions(&REGIONS).with_copies(20);
    let free = Server::start(options());
    let (calm, under_limits) = (scan(&free, &[]).await, Faults { limits: published(), ..Faults::default() });
    assert!(free.count() > 1500, "only {} calls", free.count());

    // Half of the limits is what a scan takes unless it is told to take more, and so AWS never has to say "too many".
    let limited = Server::start(options().with(under_limits));
    let ran = scan(&limited, &[]).await;
    assert_eq!(findings(&ran), findings(&calm));
    let calls = limited.calls();
    let throttled: Vec<_> = calls.iter().filter(|call| call.outcome != Outcome::Answered).collect();
    assert!(throttled.is_empty(), "{throttled:?}");

    // With a little less than it takes, it slows down and sees as much.
    let mut scarce = published();
    for limit in &mut scarce {
        (limit.per_second, limit.burst) = (limit.per_second * 0.45, (limit.burst * 0.45).max(1.0));
    }
    let scarce = Server::start(options().with(Faults { limits: scarce, ..Faults::default() }));
    let ran = scan(&scarce, &[]).await;
    assert_eq!(findings(&ran), findings(&calm));
    assert!(scarce.calls().count(|call| call.outcome == Outcome::Met(Fault::Throttled)) > 0);
}

/// Scans with one region in trouble: there what takes a read is unknown, elsewhere all is as ever.
async fn region_in_trouble(fault: Fault, region: &str) {
    let ran = scan(&server(Faults::default().always(fault, Scope::region(region))), &[]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let (report, calm) = (ran.report(), calm().await.report());
    let wrong = wrongs(&calm, &report, &["unreachable"]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let of = |report: &Document, region: &str| report.findings.iter().filter(|it| it.region == region).count();
    assert_eq!(of(&report, "eu-west-1"), of(&calm, "eu-west-1"));
    let there = |status: &str| report.findings.iter().filter(|it| it.region == region && it.status == status).count();
    // What does not apply there is known from elsewhere: no buckets are in that region, no regions are laid down.
    assert_eq!((there("pass"), there("fail")), (0, 0));
    assert!(there("unknown") > 10, "only {} are unknown", there("unknown"));
}

/// Whether a finding is settled by what the user lays down, and takes no read.
fn is_laid_down(finding: &Finding) -> bool {
    finding.check == "account-regions-allowed-only" && finding.status == "not-applicable"
}

#[tokio::test]
async fn a_region_that_accepts_and_never_answers_is_unknown_and_the_rest_is_found() {
    region_in_trouble(Fault::Silent, "eu-central-1").await;
}

#[tokio::test]
async fn a_region_that_resets_every_connection_is_unknown_and_the_rest_is_found() {
    region_in_trouble(Fault::Reset, "eu-central-1").await;
}

/// Scans with something that does not pass, and says what is found; what is not unknown must be as ever.
async fn with(fault: Fault, scope: Scope, more: &[&str], reasons: &[&str]) -> (Ran, Document) {
    let ran = scan(&server(Faults::default().always(fault, scope)), more).await;
    let report = ran.report();
    let wrong = wrongs(&calm().await.report(), &report, reasons);
    assert!(wrong.is_empty(), "{fault:?}: {}", wrong.join("\n"));
    (ran, report)
}

fn unknown_of<'a>(report: &'a Document, service: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|it| it.check.starts_with(service) && it.status == "unknown").collect()
}

#[tokio::test]
async fn answers_that_end_in_the_middle_are_no_answers() {
    for service in ["kms", "rds", "guardduty", "s3control"] {
        let (ran, report) = with(Fault::Truncated, Scope::service(service), &[], &["unreachable"]).await;
        assert_eq!(ran.code, Some(3), "{service}: {}", ran.stderr);
        let checks = if service == "s3control" { "s3" } else { service };
        assert!(!unknown_of(&report, checks).is_empty(), "{service}");
    }
}

#[tokio::test]
async fn answers_that_stop_in_the_middle_are_no_answers() {
    let scope = Scope::operation("account", "GetAlternateContact");
    let (ran, report) = with(Fault::Stalled, scope, &[], &["timeout"]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(!unknown_of(&report, "account-security-contact-registered").is_empty());
}

#[tokio::test]
async fn credentials_that_run_out_leave_unknown_what_was_not_read() {
    let ran = scan(&server(Faults::default().always(Fault::Expired, Scope::region("eu-west-1"))), &[]).await;
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    let report = ran.report();
    assert!(report.scan.partial && ran.stderr.contains("the credentials have run out"), "{}", ran.stderr);
    let wrong = wrongs(&calm().await.report(), &report, &["expired", "interrupted"]);
    // What a stopped scan did not come to is in the ledger, and not among the findings.
    let wrong: Vec<&String> = wrong.iter().filter(|wrong| !wrong.ends_with(" is gone")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unread = report.ledger.iter().filter(|entry| entry.region == "eu-west-1");
    assert!(unread.clone().count() > 10 && unread.clone().all(|entry| entry.state != "complete"));
}

#[tokio::test]
async fn an_account_that_denies_everything_is_unknown_altogether() {
    let regions: Vec<&str> = REGIONS.iter().flat_map(|region| ["--region", region]).collect();
    let (ran, report) = with(Fault::Denied, Scope::account("123456789012"), &regions, &["denied"]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let calm = calm().await.report();
    assert_eq!(report.checks(), calm.checks());
    let verdicts = report.findings.iter().filter(|it| it.status != "unknown" && !is_laid_down(it));
    assert_eq!(verdicts.collect::<Vec<_>>(), Vec::<&Finding>::new());
}
