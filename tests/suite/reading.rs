//! Reads: made once, contained when they go wrong, the same after a round trip through a recording.

use std::any::Any;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt, ready};
use plimsoll::recording::{Recorder, Recording};
use plimsoll::scan::{self, Chosen, Ended, Finding, Ledger, Observers, Plan, Subject};
use plimsoll_checks::contract::{Fetched, Observer, Place, Read, ReadDone, Reason, Source, Status, World};
use plimsoll_checks::{checks, reads};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(name)
}

/// Runs every check over a recorded account, with `source` in front of it.
async fn judge(
    name: &str,
    source: impl FnOnce(Arc<Recording>) -> Arc<dyn Source>,
    observer: Arc<dyn Observer>,
    stop: impl Future<Output = ()>,
) -> (Vec<Finding>, Ended, Arc<Plan>) {
    let recording = Arc::new(Recording::open(&fixture(name)).unwrap());
    let target = recording.target();
    let facts = target.facts(target.started, Arc::default());
    let selected: Vec<Chosen> = checks().iter().map(Chosen::from).collect();
    let plan = Plan::new(&selected, &facts);
    let world = World::new(facts, source(recording), observer);
    let mut findings = Vec::new();
    let ended = scan::run(&plan, &world, stop, |finding| {
        findings.push(finding);
        Ok::<(), std::convert::Infallible>(())
    })
    .await;
    (findings, ended.unwrap(), plan)
}

/// Kind, region, and for a detail the resource.
type ReadKey = (&'static str, String, Option<String>);

/// Counts how often each read is made.
#[derive(Default)]
struct Counting(Mutex<BTreeMap<ReadKey, usize>>);

impl Observer for Counting {
    fn done(&self, done: ReadDone<'_>) {
        let key = (done.read.name, done.place.region.to_string(), done.of.map(str::to_owned));
        *self.0.lock().unwrap().entry(key).or_default() += 1;
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_is_made_twice() {
    let counting = Arc::new(Counting::default());
    judge("mixed", |recording| recording, counting.clone(), std::future::pending()).await;
    let counts = counting.0.lock().unwrap();
    assert!(counts.len() > 100, "only {} reads were made", counts.len());
    for (read, count) in counts.iter() {
        assert_eq!(*count, 1, "{read:?}");
    }
}

/// One kind's collector panics.
struct Panicking {
    inner: Arc<Recording>,
    read: &'static str,
}

impl Source for Panicking {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        assert!(read.name != self.read, "as the test wants it");
        self.inner.list(read, place)
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        assert!(read.name != self.read, "as the test wants it");
        self.inner.detail(read, place, id, record)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_panics_takes_down_one_read_and_not_the_scan() {
    let observer = || Arc::new(Observers(Vec::new()));
    let (sound, _, _) = judge("clean", |recording| recording, observer(), std::future::pending()).await;
    for read in ["ec2/SecurityGroup", "kms/KeyMetadata"] {
        let panicking = |inner| Arc::new(Panicking { inner, read }) as Arc<dyn Source>;
        let (findings, ended, _) = judge("clean", panicking, observer(), std::future::pending()).await;
        assert_eq!(ended, Ended::Complete);
        let lost = |finding: &Finding| finding.answer.as_ref().err().is_some_and(|u| u.reason == Reason::Internal);
        assert!(findings.iter().any(lost), "{read}");
        for finding in findings.iter().filter(|finding| !lost(finding)) {
            let before = sound.iter().find(|before| before.id() == finding.id()).expect("the same as before");
            assert_eq!(before.message(), finding.message());
        }
    }
}

/// A source that never answers one kind.
struct Stuck(Arc<Recording>);

impl Source for Stuck {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        if read.name == "s3/Bucket" { std::future::pending().boxed() } else { self.0.list(read, place) }
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        self.0.detail(read, place, id, record)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_is_stopped_keeps_what_it_has_and_the_ledger_has_the_rest() {
    let ledger = Arc::new(Ledger::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let waiting = async move {
        stopped.await.ok();
    };
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        stop.send(()).ok();
    });
    let stuck = |inner| Arc::new(Stuck(inner)) as Arc<dyn Source>;
    let (findings, ended, plan) = judge("clean", stuck, ledger.clone(), waiting).await;
    assert_eq!(ended, Ended::Stopped);
    assert!(findings.iter().all(|finding| finding.kind != "s3/Bucket"));
    let further = findings.iter().filter(|finding| finding.check.service.id == "guardduty").count();
    assert!(further > 0, "what was judged behind the unit that hangs is there");
    let target = Recording::open(&fixture("clean")).unwrap().target();
    let entries = ledger.entries(&plan, &target, ended);
    let buckets = entries.iter().find(|entry| entry.read == "s3/Bucket").expect("what was planned is in the ledger");
    assert_eq!(buckets.missing[0].reason, Reason::Interrupted);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_one_unknown_for_each_check_and_region() {
    struct Denied;
    impl Source for Denied {
        fn list<'a>(&'a self, read: &'static Read, _: &'a Place) -> BoxFuture<'a, Fetched> {
            let unknown = plimsoll_checks::contract::Unknown::new(Reason::Denied, read.action(), "no");
            ready(Fetched::unknown(unknown)).boxed()
        }
        fn detail<'a>(
            &'a self,
            read: &'static Read,
            place: &'a Place,
            _: &'a str,
            _: &'a (dyn Any + Send + Sync),
        ) -> BoxFuture<'a, Fetched> {
            self.list(read, place)
        }
    }
    let observer = Arc::new(Observers(Vec::new()));
    let (findings, _, plan) = judge("mixed", |_| Arc::new(Denied), observer, std::future::pending()).await;
    // Where no regions are laid down as allowed, that settles it without a read.
    let needs_no_read = |finding: &Finding| finding.check.id == "account-regions-allowed-only";
    assert!(findings.iter().all(|finding| needs_no_read(finding) || finding.status() == Status::Unknown));
    let planned: usize = plan.units.iter().map(|unit| unit.checks.len()).sum();
    assert_eq!(findings.len(), planned, "one for each check, kind and place");
    let unlisted = findings.iter().filter(|finding| finding.subject == Subject::Unlisted).count();
    let of_calls: usize = plan.units.iter().filter(|unit| unit.read.is_call()).map(|unit| unit.checks.len()).sum();
    assert_eq!(unlisted, of_calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_heard_of_reads_once_a_stopped_scan_has_returned() {
    let counting = Arc::new(Counting::default());
    let soon = tokio::time::sleep(std::time::Duration::from_millis(30));
    judge("mixed", |inner| Arc::new(Stuck(inner)) as Arc<dyn Source>, counting.clone(), soon).await;
    let heard = || counting.0.lock().unwrap().values().sum::<usize>();
    let before = heard();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(heard(), before);
}

// ---- recording ----

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_judged_again_to_the_same_findings() {
    let folder = tempfile::TempDir::new().unwrap();
    let target = Recording::open(&fixture("denied")).unwrap().target();
    let recorder = Arc::new(Recorder::begin(folder.path(), &target).unwrap());
    let (findings, ended, plan) = judge("denied", |it| it, recorder.clone(), std::future::pending()).await;
    let entries = Ledger::default().entries(&plan, &target, ended);
    recorder.finish(&entries, Some(target.started)).unwrap();
    let again = Recording::open(folder.path()).unwrap();
    assert_eq!(again.manifest().finished, Some(target.started));
    let again = judge("denied", |_| Arc::new(again), Arc::new(Observers(Vec::new())), std::future::pending()).await.0;
    let told = |findings: &[Finding]| -> Vec<(String, String, usize)> {
        findings.iter().map(|it| (it.id(), it.message(), it.evidence.len())).collect()
    };
    assert_eq!(told(&again), told(&findings));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_fails_the_recording_and_nothing_else_is_lost() {
    let folder = tempfile::TempDir::new().unwrap();
    let target = Recording::open(&fixture("mixed")).unwrap().target();
    let recorder = Arc::new(Recorder::begin(folder.path(), &target).unwrap());
    // A file where a folder is to be, for one service in one region.
    let account = folder.path().join("111122223333");
    fs::create_dir_all(account.join("eu-west-1")).unwrap();
    fs::write(account.join("eu-west-1/kms"), "in the way").unwrap();
    let (findings, ended, plan) = judge("mixed", |it| it, recorder.clone(), std::future::pending()).await;
    assert_eq!(ended, Ended::Complete);
    assert!(findings.iter().filter(|finding| finding.check.service.id == "kms").count() > 10);
    let failed = recorder.finish(&Ledger::default().entries(&plan, &target, ended), Some(target.started)).unwrap_err();
    assert!(failed.to_string().contains("eu-west-1/kms"), "{failed}");
    for written in ["us-east-1/kms/Key.json", "us-east-1/kms/KeyMetadata.json", "global/iam/User.json"] {
        assert!(account.join(written).exists(), "{written}");
    }
    assert!(folder.path().join("ledger.json").exists());
    // It does not say of itself that it is whole.
    assert_eq!(Recording::open(folder.path()).unwrap().manifest().finished, None);
}

#[test]
fn a_region_that_leads_elsewhere_is_not_written_to() {
    let folder = tempfile::TempDir::new().unwrap();
    let root = folder.path().join("recording");
    let target = Recording::open(&fixture("clean")).unwrap().target();
    let recorder = Recorder::begin(&root, &target).unwrap();
    let read = *reads().iter().find(|read| read.name == "s3/BucketPolicy").unwrap();
    for region in ["..", "../..", "/tmp", "a/b", ""] {
        let fetched = Fetched::unknown(plimsoll_checks::contract::Unknown::new(Reason::Denied, "a", "b"));
        let loaded =
            plimsoll_checks::contract::Loaded { read, records: vec![], rest: fetched.rest, calls: fetched.calls };
        recorder.done(ReadDone { read, place: &target.global().at(region), of: Some("bucket"), loaded: &loaded });
    }
    let failed = recorder.finish(&[], None).unwrap_err().to_string();
    assert!(failed.contains("not the code of a region"), "{failed}");
    let written: Vec<_> =
        json_files(folder.path()).into_iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(written.len(), 3, "manifest, ledger and lock only: {written:?}");
}

// ---- records ----

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { json_files(&path) } else { vec![path] }).collect()
}

/// Every record of the recorded accounts, with the kind it is of.
fn recorded() -> Vec<(&'static Read, Value)> {
    let mut records = Vec::new();
    for path in json_files(&fixture("")).into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
        let text: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.with_extension("");
        let mut parts = name.components().rev().map(|part| part.as_os_str().to_str().unwrap());
        let (kind, service) = (parts.next().unwrap(), parts.next().unwrap());
        let Some(read) = reads().iter().find(|read| read.name == format!("{service}/{kind}")) else { continue };
        if let Some(list) = text.get("Records") {
            records.extend(list.as_array().unwrap().iter().map(|record| (*read, record.clone())));
        } else {
            let entries = text.as_object().unwrap().values().filter_map(|entry| entry.get("Record"));
            records.extend(entries.map(|record| (*read, record.clone())));
        }
    }
    records
}

#[test]
fn records_survive_a_round_trip() {
    let records = recorded();
    assert!(records.len() > 300, "only {} records were found", records.len());
    for (read, record) in records {
        let decoded = read.decode(&record.to_string()).unwrap_or_else(|error| panic!("{}: {error}", read.name));
        assert_eq!(read.encode(&*decoded).unwrap(), record, "{}", read.name);
    }
}

#[test]
fn a_misspelt_field_is_noticed() {
    for (read, mut record) in recorded() {
        let Some(fields) = record.as_object_mut() else { continue };
        fields.insert("Mispelt".to_owned(), Value::Bool(true));
        assert!(read.decode(&record.to_string()).is_err(), "{} takes anything", read.name);
    }
}
