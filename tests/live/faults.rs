//! Whatever goes wrong on the way to AWS, through the real SDK: no verdict arises that was not there before, nothing
//! is gone without a word, and the ledger names what was not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use plimsoll_load::{Request, api, iam_prefix};
use tokio::sync::OnceCell;

use crate::answers::Amended;
use crate::moto::{Moto, REGIONS};
use crate::scan::{Document, Missing, Ran, User};
use crate::wire::{Act, Memory, Wire};

type Operation = (&'static str, String);

/// The two seeded regions without trouble: the report, and what it took.
struct Sound {
    memory: Arc<Memory>,
    report: Document,
    counts: BTreeMap<Operation, usize>,
}

/// Operations that tell who is calling, without which nothing can start, or that no judgement rests on.
const SESSION: [(&str, &str); 3] =
    [("sts", "GetCallerIdentity"), ("iam", "ListAccountAliases"), ("ec2", "DescribeRegions")];

/// Answers with the customer's own text, whatever that may be: it is seen, and then not understood.
const TEXT: &str = "GetBucketPolicy";

fn is_of_session(request: &Request) -> bool {
    SESSION.contains(&(request.service, &request.operation))
}

async fn scan(wire: &Wire) -> Ran {
    let regions: Vec<&str> = REGIONS.iter().flat_map(|region| ["--region", region]).collect();
    User::of(&wire.endpoint).scan(&[&regions[..], &["--fail-on", "never"]].concat()).await
}

/// Fills the memory by one scan, and sees by another that it answers as the server did.
async fn sound() -> &'static Sound {
    static SOUND: OnceCell<Sound> = OnceCell::const_new();
    SOUND
        .get_or_init(|| async {
            // Amended, so that every operation is answered: what is retried in vain takes long.
            let memory = Memory::amended(Moto::seeded().address, |it, answer| Amended::Tidy.answer(it, answer));
            let wire = Wire::new(&memory, |_| Act::Answer).await;
            let first = scan(&wire).await.report();
            memory.close();
            let wire = Wire::new(&memory, |_| Act::Answer).await;
            let report = scan(&wire).await.report();
            assert_eq!(memory.missed(), Vec::<String>::new(), "the second scan asked for more than the first");
            assert_eq!(verdicts(&first), verdicts(&report));
            assert!(report.findings.len() > 300, "only {} findings", report.findings.len());
            let unknown = report.findings.iter().filter(|finding| finding.status == "unknown").count();
            assert_eq!(unknown, 0);
            Sound { memory, report, counts: wire.counts() }
        })
        .await
}

fn verdicts(report: &Document) -> BTreeMap<&str, (&str, &str)> {
    report.findings.iter().map(|it| (it.id.as_str(), (it.status.as_str(), it.message.as_str()))).collect()
}

/// Services of which one is asked only after another has answered: a fault in the first would hide one in the next.
fn line(service: &'static str) -> &'static str {
    match service {
        // From a trail to whoever hears of its events.
        "logs" | "cloudwatch" | "sns" => "cloudtrail",
        // What an organization has taken over of its members' roots.
        "organizations" => "iam",
        // Where there are buckets, Macie is asked.
        "macie2" => "s3",
        service => service,
    }
}

/// The operations in rounds, each with at most one operation of each line of services: faults in different lines do not
/// hide each other, so one scan tries them all.
fn rounds<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    wanted: impl Fn(&str, &str) -> bool,
) -> Vec<BTreeSet<Operation>> {
    let mut rounds: Vec<BTreeSet<Operation>> = Vec::new();
    for (service, operation) in operations.filter(|(service, operation)| wanted(service, operation)) {
        let free = rounds.iter_mut().find(|round| round.iter().all(|(other, _)| line(other) != line(service)));
        if let Some(round) = free {
            round.insert((service, operation.clone()));
        } else {
            rounds.push(BTreeSet::from([(*service, operation.clone())]));
        }
    }
    rounds
}

/// What is wrong with a report, next to the one of the scan without trouble.
pub fn wrongs(sound: &Document, spoilt: &Document, reasons: &[&str]) -> Vec<String> {
    let before = verdicts(sound);
    let after: BTreeSet<&str> = spoilt.findings.iter().map(|finding| finding.id.as_str()).collect();
    let mut wrong = Vec::new();
    let new_unknowns: Vec<_> = spoilt
        .findings
        .iter()
        .filter(|it| it.status == "unknown" && before.get(&*it.id).is_none_or(|(status, _)| *status != "unknown"))
        .collect();
    for finding in spoilt.findings.iter().filter(|finding| finding.status != "unknown") {
        let now = (finding.status.as_str(), finding.message.as_str());
        if before.get(&*finding.id) != Some(&now) {
            let was = before.get(&*finding.id);
            wrong.push(format!("{} of {} became {now:?}, was {was:?}", finding.check, finding.resource.id));
        }
    }
    for finding in sound.findings.iter().filter(|finding| !after.contains(&*finding.id)) {
        let told = new_unknowns
            .iter()
            .any(|it| it.check == finding.check && (it.region == finding.region || it.region == "global"));
        if !told {
            wrong.push(format!("{} of {} ({}) is gone", finding.check, finding.resource.id, finding.status));
        }
    }
    for finding in new_unknowns {
        match &finding.unknown {
            Some(unknown) if reasons.contains(&&*unknown.reason) && unknown.action.contains(':') => {}
            other => wrong.push(format!("{} of {} is unknown for {other:?}", finding.check, finding.resource.id)),
        }
    }
    wrong
}

/// Whether the ledger says that something of an operation was not seen.
fn ledger_names(report: &Document, (service, operation): &Operation, reasons: &[&str]) -> bool {
    let service = iam_prefix(service);
    report.ledger.iter().any(|entry| {
        let made = entry.actions.iter().any(|action| {
            action.split_once(':').is_some_and(|(prefix, name)| prefix.starts_with(service) && name == operation)
        });
        let told = |missing: &Missing| reasons.contains(&&*missing.reason) && missing.action.contains(':');
        made && entry.state != "complete" && entry.missing.iter().any(told)
    })
}

/// Tries a fault on every operation that a scan makes.
async fn no_verdict_arises_from(act: Act, reasons: &'static [&'static str]) {
    let sound = sound().await;
    let pages_only = act == Act::TurnPage;
    let wanted = |service: &str, operation: &str| {
        !SESSION.contains(&(service, operation)) && (!pages_only || api().is_paged(service, operation))
    };
    let rounds = rounds(sound.counts.keys(), wanted);
    assert!(!rounds.is_empty());
    // Most of a round is waiting between the SDK's tries.
    let width = if matches!(act, Act::Throttle | Act::Reset) { 12 } else { 2 };
    let wrong: Vec<String> = stream::iter(rounds)
        .map(|round| async move {
            let faulty = round.clone();
            let wire = Wire::new(&sound.memory, move |request| {
                if faulty.contains(&(request.service, request.operation.clone())) { act } else { Act::Answer }
            })
            .await;
            let ran = scan(&wire).await;
            let spoilt = ran.report();
            let mut wrong = wrongs(&sound.report, &spoilt, reasons);
            for operation in &round {
                let is_it = |request: &Request| (request.service, &request.operation) == (operation.0, &operation.1);
                if wire.count(|request, _| is_it(request)) == 0 {
                    wrong.push(format!("{operation:?} was not called"));
                } else if pages_only && wire.count(|request, _| is_it(request) && request.is_for_second_page()) == 0 {
                    wrong.push(format!("{operation:?}: the second page was not asked for"));
                } else if !ledger_names(&spoilt, operation, reasons)
                    && (act, operation.1.as_str()) != (Act::Malformed, TEXT)
                {
                    wrong.push(format!("{operation:?} is not in the ledger as something not seen"));
                }
            }
            if ran.code != Some(3) {
                wrong.push(format!("the exit code is {:?}: {}", ran.code, ran.stderr));
            }
            if wrong.is_empty() { String::new() } else { format!("{act:?} {round:?}:\n  {}", wrong.join("\n  ")) }
        })
        .buffered(width)
        .collect()
        .await;
    let wrong: Vec<String> = wrong.into_iter().filter(|wrong| !wrong.is_empty()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_denied_operation_yields_no_verdict() {
    no_verdict_arises_from(Act::Deny, &["denied"]).await;
}

#[tokio::test]
async fn a_throttled_operation_yields_no_verdict() {
    no_verdict_arises_from(Act::Throttle, &["throttled"]).await;
}

#[tokio::test]
async fn a_connection_reset_yields_no_verdict() {
    no_verdict_arises_from(Act::Reset, &["unreachable"]).await;
}

#[tokio::test]
async fn an_empty_answer_yields_no_verdict() {
    no_verdict_arises_from(Act::Empty, &["malformed"]).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_yields_no_verdict() {
    no_verdict_arises_from(Act::Malformed, &["malformed"]).await;
}

#[tokio::test]
async fn a_denied_second_page_yields_no_verdict() {
    no_verdict_arises_from(Act::TurnPage, &["denied"]).await;
}

#[tokio::test]
async fn denying_any_third_of_the_requests_yields_no_verdict() {
    let sound = sound().await;
    let details: BTreeSet<&Operation> =
        sound.counts.iter().filter(|(_, count)| **count > 2 * REGIONS.len()).map(|(operation, _)| operation).collect();
    let (mut denied, mut unknown) = (0, BTreeSet::new());
    // Any request; then none but the details, so that all are asked for.
    for (third, details_only) in (0..3).flat_map(|third| [(third, false), (third, true)]) {
        let details = details.clone();
        let wire = Wire::new(&sound.memory, move |request| {
            let mut hasher = DefaultHasher::new();
            (&request.target, &request.body, &request.region).hash(&mut hasher);
            let of_kind = !details_only || details.contains(&(request.service, request.operation.clone()));
            let hit = hasher.finish() % 3 == third;
            if hit && of_kind && !is_of_session(request) { Act::Deny } else { Act::Answer }
        })
        .await;
        let ran = scan(&wire).await;
        let spoilt = ran.report();
        denied += wire.count(|_, act| act == Act::Deny);
        let wrong = wrongs(&sound.report, &spoilt, &["denied"]);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        unknown.extend(spoilt.findings.into_iter().filter(|it| it.status == "unknown").map(|it| it.check));
    }
    assert!(denied > 100, "only {denied} requests were denied");
    assert!(unknown.len() > 35, "only {unknown:?} met a denied request");
}

#[tokio::test]
async fn an_unknown_caller_is_no_scan() {
    let sound = sound().await;
    for act in [Act::Deny, Act::Empty, Act::Malformed] {
        let wire = Wire::new(&sound.memory, move |it| if it.service == "sts" { act } else { Act::Answer }).await;
        let ran = scan(&wire).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{act:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("who is calling") && ran.stderr.contains("sts:GetCallerIdentity"),
            "{}",
            ran.stderr
        );
    }
}

#[tokio::test]
async fn without_alias_and_list_of_regions_the_named_regions_are_judged_all_the_same() {
    let sound = sound().await;
    let session = |it: &Request| if is_of_session(it) && it.service != "sts" { Act::Deny } else { Act::Answer };
    let wire = Wire::new(&sound.memory, session).await;
    let spoilt = scan(&wire).await.report();
    assert_eq!(verdicts(&sound.report), verdicts(&spoilt));
    assert_eq!(spoilt.scan.alias, None);
    for operation in [("iam", "ListAccountAliases"), ("ec2", "DescribeRegions")] {
        assert!(ledger_names(&spoilt, &(operation.0, operation.1.to_owned()), &["denied"]), "{operation:?}");
    }
    // Without names there is nothing to go by.
    let ran = User::of(&wire.endpoint).scan(&[]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("ec2:DescribeRegions") && ran.stderr.contains("--region"), "{}", ran.stderr);
}

#[tokio::test]
async fn when_nothing_fails_but_something_is_unknown_the_code_is_3() {
    let sound = sound().await;
    for (act, code) in [(Act::Answer, 0), (Act::Deny, 3)] {
        let wire =
            Wire::new(&sound.memory, move |it| if it.operation == "GetAlternateContact" { act } else { Act::Answer })
                .await;
        let args = ["--region", "us-east-1", "--check", "account-security-contact-registered"];
        let ran = User::of(&wire.endpoint).scan(&args).await;
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
    }
}
