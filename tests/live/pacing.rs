//! AWS's limits, kept: no API is asked faster than its share, and a server that says "too many" loses no finding.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plimsoll::pace::{Family, Limits, Pace, Share};
use plimsoll_load::Request;

use crate::answers::Amended;
use crate::limits::limited_as;
use crate::moto::{Moto, REGIONS};
use crate::scan::{Document, User};
use crate::wire::{Act, Memory, Wire};

/// A limit, and the region it holds in.
type Key = (Family, String);

/// When which limit was drawn on.
type Times = Arc<Mutex<BTreeMap<Key, Vec<Instant>>>>;

/// Small enough for the seeded account to meet it, for many APIs.
const SHARE: &str = "10%";

fn limit_of(request: &Request, share: Share) -> (Key, Pace) {
    let (family, limit) = Limits::published().of(limited_as(request.service), &request.operation);
    ((family, request.region.clone()), limit.at(share))
}

/// Grants what a limit allows, as AWS does: a bucket of tokens that is full at first.
#[derive(Default)]
struct Grants(Mutex<HashMap<Key, (f64, Instant)>>);

impl Grants {
    fn grants(&self, key: &Key, pace: Pace) -> bool {
        let mut buckets = self.0.lock().expect("no test panicked");
        let (tokens, filled) = buckets.entry(key.clone()).or_insert((pace.burst, Instant::now()));
        *tokens = (*tokens + filled.elapsed().as_secs_f64() * pace.rate).min(pace.burst);
        *filled = Instant::now();
        let granted = *tokens >= 1.0;
        if granted {
            *tokens -= 1.0;
        }
        granted
    }
}

/// The answers of a tidy account, known by heart.
async fn memory() -> Arc<Memory> {
    let memory = Memory::amended(Moto::seeded().address, |it, answer| Amended::Tidy.answer(it, answer));
    let wire = Wire::new(&memory, |_| Act::Answer).await;
    scan(&wire, "100%").await;
    memory.close();
    memory
}

async fn scan(wire: &Wire, share: &str) -> Document {
    let regions: Vec<&str> = REGIONS.iter().flat_map(|region| ["--region", region]).collect();
    let args = [&regions[..], &["--fail-on", "never", "--api-share", share]].concat();
    User::of(&wire.endpoint).scan(&args).await.report()
}

fn verdicts(report: &Document) -> BTreeMap<&str, (&str, &str)> {
    report.findings.iter().map(|it| (it.id.as_str(), (it.status.as_str(), it.message.as_str()))).collect()
}

/// A busy machine may hold a request up for so long, and bring it together with later ones.
const HELD_UP: Duration = Duration::from_secs(2);

/// What was asked too fast: counted from before the first request, which nothing on the way can make more of, and from
/// any of them to any later one, as far as it was not held up.
fn too_fast(times: &Times, began: Instant, share: Share) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((family, region), times) in times.lock().expect("no test panicked").iter() {
        let action = family.actions.split(',').next().expect("a text has a first part");
        let pace = Limits::published().of(&family.service, action).1.at(share);
        let from_began = (1..).zip(times).filter(|(count, at)| more(*count, pace, at.duration_since(began)));
        wrong
            .extend(from_began.map(|(count, _)| format!("{family:?} {region}: {count} from the start, with {pace:?}")));
        for from in 0..times.len() {
            let within = (1..).zip(&times[from..]).map(|(count, at)| (count, at.duration_since(times[from]) + HELD_UP));
            let beyond = within.filter(|(count, within)| more(*count, pace, *within));
            wrong.extend(beyond.map(|(count, at)| format!("{family:?} {region}: {count} in {at:?}, with {pace:?}")));
        }
    }
    wrong
}

/// Whether so many requests are more than may be made in a time.
fn more(count: u32, pace: Pace, within: Duration) -> bool {
    f64::from(count) > pace.burst + pace.rate * within.as_secs_f64()
}

/// Whoever asks who is calling in each region does so once, beside all limits; the session does so first.
fn is_probe(request: &Request) -> bool {
    request.service == "sts"
}

#[tokio::test]
async fn no_api_is_ever_asked_faster_than_its_share_and_throttling_loses_no_finding() {
    let memory = memory().await;
    let share: Share = SHARE.parse().unwrap();
    let undisturbed = scan(&Wire::new(&memory, |_| Act::Answer).await, "100%").await;

    // AWS grants the share, or, others being busy, half of it.
    for granted in [SHARE, "5%"] {
        let granted: Share = granted.parse().unwrap();
        let (times, grants) = (Times::default(), Grants::default());
        let seen = times.clone();
        let wire = Wire::new(&memory, move |request| {
            if is_probe(request) {
                return Act::Answer;
            }
            let key = limit_of(request, share).0;
            seen.lock().expect("no test panicked").entry(key.clone()).or_default().push(Instant::now());
            if grants.grants(&key, limit_of(request, granted).1) { Act::Answer } else { Act::Throttle }
        })
        .await;
        let began = Instant::now();
        let report = scan(&wire, SHARE).await;
        assert_eq!(verdicts(&report), verdicts(&undisturbed), "granted {granted}");
        assert_eq!(too_fast(&times, began, share), Vec::<String>::new(), "granted {granted}");
        let throttled = wire.count(|_, act| act == Act::Throttle);
        if granted < share {
            assert!(throttled > 0, "nothing was throttled");
        }
        let paced = times.lock().expect("no test panicked").values().filter(|times| times.len() > 2).count();
        assert!(paced > 5, "only {paced} limits were drawn on more than twice");
    }
}

#[tokio::test]
async fn a_region_that_takes_too_long_is_given_up_and_the_others_are_not() {
    let memory = memory().await;
    let wire = Wire::new(&memory, |request| {
        let slow = request.region == REGIONS[1] && request.service == "kms";
        if slow { Act::Hang } else { Act::Answer }
    })
    .await;
    let args = [
        "--region",
        REGIONS[0],
        "--region",
        REGIONS[1],
        "--service",
        "kms",
        "--service",
        "ec2",
        "--region-deadline",
        "6s",
    ];
    let ran = User::of(&wire.endpoint).scan(&args).await;
    let report = ran.report();
    assert!(!report.scan.partial, "the scan came to its end");
    let unknown: Vec<_> = report.findings.iter().filter_map(|it| Some((it, it.unknown.as_ref()?))).collect();
    assert!(!unknown.is_empty());
    for (finding, unknown) in unknown {
        assert_eq!((finding.region.as_str(), unknown.reason.as_str()), (REGIONS[1], "timeout"), "{finding:?}");
        assert!(unknown.detail.contains(REGIONS[1]) && unknown.detail.contains("--region-deadline"), "{unknown:?}");
    }
    let answered = |service: &str| {
        let of_service = |it: &&crate::scan::Finding| it.check.starts_with(service) && it.status != "unknown";
        report.findings.iter().filter(of_service).map(|it| it.region.as_str()).collect::<Vec<_>>()
    };
    assert!(answered("kms").iter().all(|region| *region == REGIONS[0]) && !answered("kms").is_empty());
    assert!(answered("ec2").contains(&REGIONS[1]), "what was answered before the time was used up counts");
}

#[tokio::test]
async fn a_share_that_is_none_is_an_error_that_says_what_one_is() {
    for share in ["0%", "150%", "half"] {
        let ran = User::nobody().scan(&["--api-share", share]).await;
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("1% to 100%"), "{}", ran.stderr);
    }
}
