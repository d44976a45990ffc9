//! Recordings that are cut off, wherever that is, and gone on with: nothing is asked twice, and nothing is different in
//! the end.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use plimsoll::recording::{Recorder, Recording, ResumeError, Unfinished, WriteError};
use plimsoll::scan::{self, Chosen, Ended, Ledger, Observers, Plan, Target};
use plimsoll_checks::contract::{
    Fetched, Loaded, Observer, Partition, Place, Read, ReadDone, Reason, Source, Unknown, World,
};
use plimsoll_checks::{checks, reads};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::program::{account_file, fixture, plimsoll, scan as scan_of, stderr, stdout};

/// The end of every recording here, so that two of them can be the same.
const FINISHED: jiff::Timestamp = jiff::Timestamp::constant(1_800_000_000, 0);

/// Kind, region, and for a detail the resource.
type ReadKey = (String, String, Option<String>);

fn key(read: &Read, place: &Place, of: Option<&str>) -> ReadKey {
    (read.name.to_owned(), place.region.to_string(), of.map(str::to_owned))
}

/// Random enough, and the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A folder in memory where there is such a thing: recordings are synced to the disk file by file, and this makes many.
fn folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

// ---- the account, and scans of it ----

/// What becomes of a read of the account: it is answered as it is, or otherwise.
type Twist = Box<dyn Fn(usize, &ReadKey, Fetched) -> Fetched + Send + Sync>;

/// The account, played by a recording of it.
struct Live {
    inner: Recording,
    asked: Mutex<Vec<ReadKey>>,
    /// How many reads are answered; later ones hang.
    answers: usize,
    twist: Option<Twist>,
    random: Mutex<Random>,
    /// Where the account is slow, one read comes after the other.
    slow: Option<tokio::sync::Mutex<()>>,
}

impl Live {
    fn new(answers: usize, seed: u64) -> Self {
        Self {
            inner: Recording::open(&fixture("mixed")).unwrap(),
            asked: Mutex::default(),
            answers,
            twist: None,
            random: Mutex::new(Random(seed)),
            slow: None,
        }
    }

    fn sound() -> Self {
        Self::new(usize::MAX, 0)
    }

    fn twisted(twist: impl Fn(usize, &ReadKey, Fetched) -> Fetched + Send + Sync + 'static) -> Self {
        Self { twist: Some(Box::new(twist)), ..Self::sound() }
    }

    fn asked(&self) -> Vec<ReadKey> {
        self.asked.lock().unwrap().clone()
    }

    async fn answer(&self, key: ReadKey, fetched: impl Future<Output = Fetched>) -> Fetched {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(key.clone());
            asked.len()
        };
        if number > self.answers {
            std::future::pending::<()>().await;
        }
        let yields = self.random.lock().unwrap().below(20);
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        if let Some(slow) = &self.slow {
            let _turn = slow.lock().await;
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let mut fetched = fetched.await;
        // No account says that it was not recorded.
        for unknown in fetched.rest.iter_mut().filter(|unknown| unknown.reason == Reason::NotRecorded) {
            unknown.reason = Reason::Denied;
        }
        match &self.twist {
            Some(twist) => twist(number, &key, fetched),
            None => fetched,
        }
    }
}

impl Source for Live {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        self.answer(key(read, place, None), self.inner.list(read, place)).boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        self.answer(key(read, place, Some(id)), self.inner.detail(read, place, id, record)).boxed()
    }
}

/// Tells when so many reads are done.
struct After {
    reads: usize,
    done: AtomicUsize,
    reached: Notify,
}

impl Observer for After {
    fn done(&self, done: ReadDone<'_>) {
        if done.read.is_call() && self.done.fetch_add(1, Ordering::SeqCst) + 1 == self.reads {
            self.reached.notify_one();
        }
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}

/// A recorder that dies with its scan, though reads that hang keep the account and whoever listens to it.
struct Mortal(Mutex<Option<Arc<Recorder>>>);

impl Mortal {
    fn alive(&self) -> Option<Arc<Recorder>> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Mortal {
    fn done(&self, done: ReadDone<'_>) {
        self.alive().iter().for_each(|recorder| recorder.done(done));
    }

    fn released(&self, read: &'static Read, place: &Place) {
        self.alive().iter().for_each(|recorder| recorder.released(read, place));
    }
}

fn mixed() -> Target {
    Recording::open(&fixture("mixed")).unwrap().target()
}

/// Who goes on; the reads of its session would be all that is different in the end.
fn caller() -> Target {
    Target { session: Vec::new(), ..mixed() }
}

/// What came of a scan.
struct Scanned {
    findings: Vec<Value>,
    ended: Ended,
    ledger: Vec<scan::Entry>,
}

/// Scans to the end, or until so many reads are done.
async fn scan(target: &Target, source: Arc<dyn Source>, recorder: Arc<Recorder>, answers: usize) -> Scanned {
    let facts = target.facts(target.started, Arc::default());
    let selected: Vec<Chosen> = checks().iter().map(Chosen::from).collect();
    let plan = Plan::new(&selected, &facts);
    let ledger = Arc::new(Ledger::default());
    let after = Arc::new(After { reads: answers, done: AtomicUsize::new(0), reached: Notify::new() });
    let mortal = Arc::new(Mortal(Mutex::new(Some(recorder))));
    let world = World::new(facts, source, Arc::new(Observers(vec![ledger.clone(), mortal.clone(), after.clone()])));
    let mut findings = Vec::new();
    let ended = scan::run(&plan, &world, after.reached.notified(), |finding| {
        findings.push(serde_json::to_value(plimsoll::report::json::Finding::of(&finding)).unwrap());
        Ok::<(), std::convert::Infallible>(())
    });
    let ended = ended.await.unwrap();
    mortal.0.lock().unwrap().take();
    let ledger = ledger.entries(&plan, target, ended);
    Scanned { findings, ended, ledger }
}

/// Records until the account answers no more, and leaves everything as a kill does: what is on the disk is all there is.
async fn record_and_die(root: &Path, live: Live) {
    let answers = live.answers;
    let recorder = Recorder::begin(root, &mixed()).unwrap();
    scan(&mixed(), Arc::new(live), Arc::new(recorder), answers).await;
}

async fn record(root: &Path, live: Arc<Live>) -> Vec<Value> {
    let recorder = Arc::new(Recorder::begin(root, &mixed()).unwrap());
    let Scanned { findings, ended, ledger } = scan(&mixed(), live, recorder.clone(), usize::MAX).await;
    assert_eq!(ended, Ended::Complete);
    recorder.finish(&ledger, Some(FINISHED)).unwrap();
    findings
}

async fn resume(root: &Path, live: Arc<Live>) -> Vec<Value> {
    let resumed = Unfinished::open(root).unwrap().resume(&caller(), live).unwrap();
    let recorder = Arc::new(resumed.recorder);
    let Scanned { findings, ended, ledger } = scan(&resumed.target, resumed.source, recorder.clone(), usize::MAX).await;
    assert_eq!(ended, Ended::Complete);
    recorder.finish(&ledger, Some(FINISHED)).unwrap();
    findings
}

// ---- what is on the disk ----

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

fn journals(root: &Path) -> Vec<PathBuf> {
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|it| it == "journal");
    files(root).into_keys().filter(is_journal).map(|path| root.join(path)).collect()
}

/// The reads that a recording holds and that need not be made again, found without the program's help.
fn finished(root: &Path) -> BTreeSet<ReadKey> {
    let lasts = |entry: &Value| {
        let lasting = ["denied", "region-disabled", "not-in-region", "left-out", "malformed", "other-account", "gone"];
        entry.get("Unknown").is_none_or(|unknown| lasting.contains(&unknown["Reason"].as_str().unwrap()))
    };
    let mut finished = BTreeSet::new();
    for (path, text) in files(&root.join("111122223333")) {
        let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let (kind, extension) = parts[2].split_once('.').unwrap();
        let (name, region) = (format!("{}/{kind}", parts[1]), parts[0].to_owned());
        let key = |id: Option<&str>| (name.clone(), region.clone(), id.map(str::to_owned));
        if extension == "journal" {
            let whole = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
            for line in whole.filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
                let id = line["Id"].as_str().unwrap();
                if lasts(&line["Entry"]) {
                    finished.insert(key(Some(id)))
                } else {
                    finished.remove(&key(Some(id)))
                };
            }
        } else if extension == "json" {
            let document: Value = serde_json::from_slice(&text).unwrap();
            if document.get("Records").is_some() {
                finished.extend(lasts(&document).then(|| key(None)));
            } else {
                let entries = document.as_object().unwrap().iter().filter(|(_, entry)| lasts(entry));
                finished.extend(entries.map(|(id, _)| key(Some(id))));
            }
        }
    }
    finished
}

/// Demands that two recordings are the same, byte for byte; only that one was gone on with may be told.
fn assert_same(whole: &Path, resumed: &Path) {
    let [mut whole, mut resumed] = [files(whole), files(resumed)];
    for files in [&mut whole, &mut resumed] {
        let manifest = files.get_mut(Path::new("manifest.json")).unwrap();
        let mut value: Value = serde_json::from_slice(manifest).unwrap();
        value.as_object_mut().unwrap().remove("Resumed");
        *manifest = value.to_string().into_bytes();
    }
    assert_eq!(whole.keys().collect::<Vec<_>>(), resumed.keys().collect::<Vec<_>>());
    for (path, text) in &whole {
        let other = &resumed[path];
        let at = text.iter().zip(other).position(|(one, other)| one != other).unwrap_or(text.len().min(other.len()));
        let near =
            |text: &[u8]| String::from_utf8_lossy(&text[at.saturating_sub(300)..text.len().min(at + 200)]).into_owned();
        assert!(text == other, "{} is different:\n{}\n---\n{}", path.display(), near(text), near(other));
    }
}

// ---- wherever it is cut off ----

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_scan_is_killed_it_is_gone_on_with_as_if_it_had_not_been() {
    let whole = folder();
    let live = Arc::new(Live::sound());
    let findings = record(whole.path(), live.clone()).await;
    let all: BTreeSet<ReadKey> = live.asked().into_iter().collect();
    let document = stdout(&scan_of(whole.path(), &["--format", "json"]));
    assert!(all.len() > 150 && findings.len() > 200, "{} reads, {} findings", all.len(), findings.len());

    let mut random = Random(20_261_125);
    let mut torn = 0;
    for seed in 0..24 {
        let root = folder();
        record_and_die(root.path(), Live::new(1 + random.below(all.len()), seed)).await;
        // It may die while a line or a file is being written, too.
        if let Some(journal) = journals(root.path()).first().filter(|_| seed % 2 == 0) {
            let length = fs::metadata(journal).unwrap().len();
            let cut = length - u64::try_from(random.below(usize::try_from(length).unwrap().min(400))).unwrap();
            fs::OpenOptions::new().write(true).open(journal).unwrap().set_len(cut).unwrap();
            fs::write(journal.with_file_name(".half-written-aBc123"), "{\n  \"Rec").unwrap();
            torn += 1;
        }
        let before = finished(root.path());
        let live = Arc::new(Live::new(usize::MAX, seed));
        let found = resume(root.path(), live.clone()).await;
        let asked = live.asked();
        for read in &asked {
            assert!(!before.contains(read), "seed {seed}: {read:?} was there and was asked again");
        }
        let both: BTreeSet<ReadKey> = before.into_iter().chain(asked).collect();
        assert_eq!(both, all, "seed {seed}");
        assert!(found == findings, "seed {seed}: the findings are different");
        assert_same(whole.path(), root.path());
        if seed % 8 == 0 {
            assert!(stdout(&scan_of(root.path(), &["--format", "json"])) == document, "seed {seed}");
        }
    }
    assert!(torn > 3, "only {torn} journals were torn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_may_be_cut_off_again_and_again() {
    let [whole, root] = [folder(), folder()];
    let live = Arc::new(Live::sound());
    record(whole.path(), live.clone()).await;
    let all = live.asked().len();
    record_and_die(root.path(), Live::new(30, 1)).await;
    let mut asked = 30;
    for step in 2..6 {
        let live = Arc::new(Live::new(30, step));
        let before = finished(root.path());
        let resumed = Unfinished::open(root.path()).unwrap().resume(&caller(), live.clone()).unwrap();
        // What the recording answers is done as well.
        scan(&resumed.target, resumed.source, Arc::new(resumed.recorder), before.len() + 30).await;
        assert!(live.asked().iter().all(|read| !before.contains(read)));
        assert_eq!(finished(root.path()).len(), before.len() + 30);
        asked += 30;
    }
    let live = Arc::new(Live::sound());
    resume(root.path(), live.clone()).await;
    assert_eq!(live.asked().len(), all - asked);
    assert_same(whole.path(), root.path());
    let resumed = Recording::open(root.path()).unwrap().manifest().resumed.clone();
    assert_eq!(resumed.len(), 5);
    assert_eq!(resumed[0].caller, mixed().caller);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_cut_off_is_judged_as_it_is() {
    let root = folder();
    record_and_die(root.path(), Live::new(120, 7)).await;
    assert!(!journals(root.path()).is_empty());
    let held = finished(root.path());
    let before = files(root.path());
    let output = scan_of(root.path(), &["--format", "json"]);
    assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
    assert_eq!(files(root.path()), before, "to judge a recording changes nothing");
    let document: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let sound: BTreeMap<String, Value> = {
        let document: Value =
            serde_json::from_str(&stdout(&scan_of(&fixture("mixed"), &["--format", "json"]))).unwrap();
        let findings = document["findings"].as_array().unwrap();
        findings.iter().map(|finding| (finding["id"].to_string(), finding.clone())).collect()
    };
    let (mut reached, mut missing) = (0, 0);
    for finding in document["findings"].as_array().unwrap() {
        if finding["status"] == "unknown" {
            missing += 1;
        } else {
            assert_eq!(finding["message"], sound[&finding["id"].to_string()]["message"]);
            reached += 1;
        }
    }
    assert!(reached > 20 && missing > 20 && !held.is_empty(), "{reached} reached, {missing} missing");
}

// ---- what is asked again ----

fn failing(reason: Reason) -> impl Fn(&ReadKey) -> Fetched {
    move |(name, ..)| Fetched::unknown(Unknown::new(reason, name.clone(), "as the test wants it"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_a_reason_that_passes_is_asked_again_though_the_scan_came_to_its_end() {
    let whole = folder();
    let findings = record(whole.path(), Arc::new(Live::sound())).await;
    let passing = [
        Reason::Credentials,
        Reason::Expired,
        Reason::Throttled,
        Reason::Unreachable,
        Reason::Timeout,
        Reason::ServiceError,
        Reason::Internal,
    ];
    for reason in passing {
        let root = folder();
        // Reads whose failure makes no check ask for something else, which would be in the recording ever after.
        let is_it =
            |key: &ReadKey| key.0.starts_with("kms/") || ["ec2/Volume", "rds/DBInstance"].contains(&key.0.as_str());
        let expired = Live::twisted(move |_, key, it| if is_it(key) { failing(reason)(key) } else { it });
        record(root.path(), Arc::new(expired)).await;
        assert!(resume(root.path(), Arc::new(Live::sound())).await == findings, "{reason}");
        assert_same(whole.path(), root.path());
        let again = Unfinished::open(root.path()).err().unwrap();
        assert!(matches!(again, ResumeError::Finished(_)), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lasts_is_not_asked_again() {
    for reason in [Reason::Denied, Reason::NotInRegion, Reason::RegionDisabled, Reason::Gone, Reason::Malformed] {
        let root = folder();
        let is_it = |key: &ReadKey| key.0.starts_with("kms/");
        let refused = move |_, key: &ReadKey, it| if is_it(key) { failing(reason)(key) } else { it };
        // It dies, too, for there is no need to go on with it otherwise.
        record_and_die(root.path(), Live { answers: 150, ..Live::twisted(refused) }).await;
        let before = finished(root.path());
        assert!(before.iter().any(is_it), "{reason}");
        let live = Arc::new(Live::sound());
        resume(root.path(), live.clone()).await;
        assert!(live.asked().iter().all(|read| !before.contains(read)), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_cut_off_is_read_again_and_is_not_given_up_for_less() {
    let [whole, root] = [folder(), folder()];
    record(whole.path(), Arc::new(Live::sound())).await;
    let is_it = |key: &ReadKey| key.0 == "ec2/Volume" && key.1 == "eu-west-1";
    let cut_off = move |_, key: &ReadKey, mut it: Fetched| {
        if is_it(key) {
            it.records.truncate(2);
            it.rest = Some(Unknown::new(Reason::Throttled, "ec2:DescribeVolumes", "as the test wants it"));
        }
        it
    };
    record(root.path(), Arc::new(Live::twisted(cut_off))).await;
    let file = account_file(root.path(), "eu-west-1/ec2/Volume.json");
    let partial = fs::read(&file).unwrap();

    let down = Live::twisted(|_, key, _| failing(Reason::Unreachable)(key));
    let down = Arc::new(down);
    resume(root.path(), down.clone()).await;
    assert!(down.asked().iter().any(is_it));
    assert_eq!(fs::read(&file).unwrap(), partial);

    let live = Arc::new(Live::sound());
    resume(root.path(), live.clone()).await;
    assert!(live.asked().iter().any(is_it));
    assert_same(whole.path(), root.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_noticed_and_read_again() {
    let [whole, root] = [folder(), folder()];
    for root in [&whole, &root] {
        record(root.path(), Arc::new(Live::sound())).await;
    }
    for file in ["eu-west-1/kms/Key.json", "eu-west-1/kms/KeyMetadata.json"] {
        let file = account_file(root.path(), file);
        let text = fs::read(&file).unwrap();
        fs::write(&file, &text[..text.len() / 2]).unwrap();
    }
    let live = Arc::new(Live::sound());
    let resumed = Unfinished::open(root.path()).unwrap().resume(&caller(), live.clone()).unwrap();
    let recorder = Arc::new(resumed.recorder);
    let scanned = scan(&resumed.target, resumed.source, recorder.clone(), usize::MAX).await;
    let mended: Vec<String> = recorder.mended().iter().map(ToString::to_string).collect();
    assert_eq!(mended.len(), 2, "{mended:?}");
    recorder.finish(&scanned.ledger, Some(FINISHED)).unwrap();
    let is_it = |(name, region, _): &ReadKey| name.starts_with("kms/Key") && region == "eu-west-1";
    let lost = |(name, ..): &ReadKey| name == "kms/Key" || name == "kms/KeyMetadata";
    assert!(live.asked().iter().filter(|read| lost(read)).all(is_it));
    assert!(live.asked().iter().filter(|read| lost(read)).count() > 2);
    assert_same(whole.path(), root.path());
}

// ---- journals ----

fn read(name: &str) -> &'static Read {
    reads().iter().find(|read| read.name == name).unwrap()
}

fn tell(recorder: &Recorder, read: &'static Read, of: &str, fetched: Fetched) {
    let Fetched { records, rest, calls } = fetched;
    let loaded = Loaded { read, records, rest, calls };
    let place = mixed().global().at("eu-west-1");
    recorder.done(ReadDone { read, place: &place, of: Some(of), loaded: &loaded });
}

fn denied(detail: &str) -> Fetched {
    Fetched::unknown(Unknown::new(Reason::Denied, "kms:DescribeKey", detail))
}

/// Why a detail is unknown.
async fn why(recording: &Recording, read: &'static Read, of: &str) -> Unknown {
    recording.detail(read, &mixed().global().at("eu-west-1"), of, &()).await.rest.unwrap()
}

#[tokio::test]
async fn a_line_that_was_cut_short_anywhere_counts_for_nothing_and_hurts_no_other() {
    let root = folder();
    let metadata = read("kms/KeyMetadata");
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    for id in ["a", "b", "ü"] {
        tell(&recorder, metadata, id, denied(id));
    }
    drop(recorder);
    let journal = account_file(root.path(), "eu-west-1/kms/KeyMetadata.journal");
    let text = fs::read(&journal).unwrap();
    let last = text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    assert!(text.len() - last > 80);
    for cut in last..text.len() {
        // Some file systems leave zeros where a line was to be written when the power went.
        for tail in [&b""[..], b"\0\0\0", b"\0\0\0\n"] {
            fs::write(&journal, [&text[..cut], tail].concat()).unwrap();
            let recording = Recording::open(root.path()).unwrap();
            assert_eq!(why(&recording, metadata, "b").await.detail, "b");
            assert_eq!(why(&recording, metadata, "ü").await.reason, Reason::NotRecorded, "cut at {cut}");
            assert_eq!(recording.damage(), []);
        }
        // Gone on with, the next line is not glued to the torn one.
        fs::write(&journal, &text[..cut]).unwrap();
        let resumed = Unfinished::open(root.path()).unwrap().resume(&caller(), Arc::new(Live::sound())).unwrap();
        tell(&resumed.recorder, metadata, "ü", denied("again"));
        let recording = Recording::open(root.path()).unwrap();
        assert_eq!(why(&recording, metadata, "b").await.detail, "b");
        assert_eq!(why(&recording, metadata, "ü").await.detail, "again");
        assert_eq!(recording.damage(), []);
    }
}

#[tokio::test]
async fn a_line_that_is_damaged_elsewhere_is_said_with_its_number() {
    let root = folder();
    let metadata = read("kms/KeyMetadata");
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    for id in ["a", "b", "c"] {
        tell(&recorder, metadata, id, denied(id));
    }
    drop(recorder);
    let journal = account_file(root.path(), "eu-west-1/kms/KeyMetadata.journal");
    let text = fs::read_to_string(&journal).unwrap().replace("\"b\"", "b");
    fs::write(&journal, &text).unwrap();
    let recording = Recording::open(root.path()).unwrap();
    for (id, reason) in [("a", Reason::Denied), ("b", Reason::Malformed), ("c", Reason::Denied)] {
        assert_eq!(why(&recording, metadata, id).await.reason, reason, "{id}");
    }
    let damage = recording.damage();
    assert_eq!((&damage[0].path, damage[0].line, damage.len()), (&journal, 2, 1));
    // Gone on with, it is asked again like anything that is not there.
    let resumed = Unfinished::open(root.path()).unwrap().resume(&caller(), Arc::new(Live::sound())).unwrap();
    tell(&resumed.recorder, metadata, "b", denied("again"));
    resumed.recorder.finish(&[], None).unwrap();
    let recording = Recording::open(root.path()).unwrap();
    for (id, detail) in [("a", "a"), ("b", "again"), ("c", "c")] {
        assert_eq!(why(&recording, metadata, id).await.detail, detail);
    }
    assert!(!journal.exists() && recording.damage().is_empty());
}

#[tokio::test]
async fn an_entry_of_a_journal_that_does_not_fit_is_said_with_its_line() {
    let root = folder();
    let metadata = read("kms/KeyMetadata");
    drop(Recorder::begin(root.path(), &mixed()).unwrap());
    let journal = account_file(root.path(), "eu-west-1/kms/KeyMetadata.journal");
    fs::create_dir_all(journal.parent().unwrap()).unwrap();
    let lines = ["{\"Id\":\"a\",\"Entry\":{}}\n", "{\"Id\":\"b\",\"Entry\":{\"Record\":{\"Odd\":1}}}\n"];
    fs::write(&journal, lines.concat()).unwrap();
    let recording = Recording::open(root.path()).unwrap();
    for (id, line) in [("a", 1), ("b", 2)] {
        let unknown = why(&recording, metadata, id).await;
        assert_eq!(unknown.reason, Reason::Malformed);
        assert!(unknown.detail.contains(&format!("KeyMetadata.journal:{line}: ")), "{unknown}");
    }
}

#[tokio::test]
async fn ids_may_be_anything() {
    let metadata = read("kms/KeyMetadata");
    let huge = "x".repeat(3_000_000);
    let hostile = [
        "",
        "\n",
        "a\r\nb\n{\"Id\":\"c\",\"Entry\":{}}\n",
        "\"",
        "\\\"},",
        "\0\u{1b}[2J",
        "\u{2028}\u{85}",
        "../../etc",
        "😀",
        &huge,
    ];
    let root = folder();
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    for id in hostile {
        tell(&recorder, metadata, id, denied(id));
    }
    for is_folded in [false, true] {
        if is_folded {
            recorder.released(metadata, &mixed().global().at("eu-west-1"));
        }
        assert_eq!(journals(root.path()).is_empty(), is_folded);
        let recording = Recording::open(root.path()).unwrap();
        for id in hostile {
            assert!(why(&recording, metadata, id).await.detail == id, "{id:.40?}");
        }
        assert_eq!(why(&recording, metadata, "c").await.reason, Reason::NotRecorded);
        assert_eq!(recording.damage(), []);
    }
}

#[tokio::test]
async fn a_kill_between_a_file_and_the_end_of_its_journal_leaves_both_and_that_is_no_harm() {
    let root = folder();
    let metadata = read("kms/KeyMetadata");
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    for id in ["b", "a"] {
        tell(&recorder, metadata, id, denied(id));
    }
    let journal = account_file(root.path(), "eu-west-1/kms/KeyMetadata.journal");
    let text = fs::read(&journal).unwrap();
    recorder.released(metadata, &mixed().global().at("eu-west-1"));
    drop(recorder);
    fs::write(&journal, text).unwrap();
    let resumed = Unfinished::open(root.path()).unwrap().resume(&caller(), Arc::new(Live::sound())).unwrap();
    tell(&resumed.recorder, metadata, "c", denied("c"));
    resumed.recorder.finish(&[], None).unwrap();
    let file = fs::read_to_string(journal.with_extension("json")).unwrap();
    let entries: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(entries.as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(file, format!("{entries:#}\n"));
}

// ---- what is refused ----

#[test]
fn two_runs_do_not_write_one_recording() {
    let root = folder();
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    let said = |error: Option<String>| {
        let error = error.expect("the folder is taken");
        assert!(error.contains("another run") && error.contains(root.path().to_str().unwrap()), "{error}");
    };
    said(Recorder::begin(root.path(), &mixed()).err().map(|error| error.to_string()));
    said(Unfinished::open(root.path()).err().map(|error| error.to_string()));
    let output = plimsoll(&["scan", "--resume", root.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    said(Some(stderr(&output)));
    // What a dead run leaves behind is no obstacle.
    drop(recorder);
    assert!(root.path().join("lock").exists());
    Unfinished::open(root.path()).map(|_| ()).unwrap();
}

#[test]
fn what_cannot_be_gone_on_with_says_why() {
    let mixed_copy = crate::program::copy_of("mixed");
    let root = mixed_copy.path();
    let said = |args: &[&str]| {
        let output = plimsoll(&[&["scan"], args].concat());
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    let resume = |root: &Path| said(&["--resume", root.to_str().unwrap()]);
    let finished = resume(root);
    assert!(finished.contains("is finished; judge it with --from"), "{finished}");
    for other in ["--from", "--record", "--region"] {
        assert!(said(&["--resume", "a", other, "b"]).contains("cannot be used with"));
    }
    let manifest = root.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("plimsoll.recording/1", "plimsoll.recording/9")).unwrap();
    assert!(resume(root).contains("plimsoll.recording/9"));
    assert!(resume(Path::new("nowhere")).contains("nowhere/manifest.json"));
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn another_account_is_refused_and_a_recording_is_not_begun_twice() {
    let root = folder();
    drop(Recorder::begin(root.path(), &mixed()).unwrap());
    let others = [
        Target { account: "444455556666".to_owned(), ..caller() },
        Target { partition: Partition::from_name("aws-cn").unwrap(), ..caller() },
    ];
    for other in others {
        let refused = Unfinished::open(root.path()).unwrap().resume(&other, Arc::new(Live::sound())).err().unwrap();
        assert!(matches!(refused, ResumeError::OtherAccount { .. }), "{refused}");
    }
    let unfinished = Recorder::begin(root.path(), &mixed()).err().unwrap();
    assert!(unfinished.to_string().contains("--resume"), "{unfinished}");
    assert!(matches!(unfinished, WriteError::Unfinished(_)));
    let finished = crate::program::copy_of("clean");
    assert!(matches!(Recorder::begin(finished.path(), &mixed()).err(), Some(WriteError::Occupied(_))));
    // Without its manifest, too: what was read then is not to be mixed with what is read now.
    fs::remove_file(finished.path().join("manifest.json")).unwrap();
    assert!(matches!(Recorder::begin(finished.path(), &mixed()).err(), Some(WriteError::Occupied(_))));
}

// ---- processes that die, and disks that are full ----

const ROOT: &str = "PLIMSOLL_TEST_RECORDING";
const RUN: &str = "resuming::a_run_in_a_process_of_its_own";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "is run by the tests below, to be killed"]
async fn a_run_in_a_process_of_its_own() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else { return };
    let live = Arc::new(Live { slow: Some(tokio::sync::Mutex::default()), ..Live::sound() });
    let (target, source, recorder) = if root.join("manifest.json").exists() {
        let resumed = Unfinished::open(&root).unwrap().resume(&caller(), live).unwrap();
        (resumed.target, resumed.source as Arc<dyn Source>, resumed.recorder)
    } else {
        (mixed(), live as Arc<dyn Source>, Recorder::begin(&root, &mixed()).unwrap())
    };
    let recorder = Arc::new(recorder);
    let Scanned { ledger, findings, .. } = scan(&target, source, recorder.clone(), usize::MAX).await;
    eprintln!("{} findings", findings.len());
    recorder.finish(&ledger, Some(FINISHED)).unwrap();
}

fn process(root: &Path) -> Vec<std::ffi::OsString> {
    let program = std::env::current_exe().unwrap().into_os_string();
    let args = ["--exact", RUN, "--ignored", "--nocapture"].map(Into::into);
    assert!(root.is_absolute());
    [program].into_iter().chain(args).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_be_killed_at_any_moment() {
    let whole = folder();
    let findings = record(whole.path(), Arc::new(Live::sound())).await;
    let mut random = Random(9);
    let mut killed = 0;
    for _ in 0..4 {
        let root = folder();
        for _ in 0..3 {
            let command = process(root.path());
            let mut child = std::process::Command::new(&command[0])
                .args(&command[1..])
                .env(ROOT, root.path())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            while !root.path().join("manifest.json").exists() {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            let moment = u64::try_from(random.below(150)).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(moment));
            child.kill().unwrap();
            killed += usize::from(!child.wait().unwrap().success());
        }
        match Unfinished::open(root.path()).map(drop) {
            Ok(()) => assert!(resume(root.path(), Arc::new(Live::sound())).await == findings),
            Err(error) => assert!(matches!(error, ResumeError::Finished(_)), "{error}"),
        }
        assert_same(whole.path(), root.path());
    }
    assert!(killed > 3, "only {killed} were killed before their end");
}

/// A limit on the size of files cuts writes short as a full disk does.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_recorded_and_the_scan_is_gone_on_with() {
    let whole = folder();
    let findings = record(whole.path(), Arc::new(Live::sound())).await;
    for blocks in ["5", "8"] {
        let root = folder();
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
            .args(process(root.path()))
            .env(ROOT, root.path())
            .output()
            .unwrap();
        assert!(!output.status.success());
        // It was judged to the end, and says at the end what went wrong and what to do.
        assert!(stderr(&output).contains(&format!("{} findings", findings.len())), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("Incomplete") && stderr(&output).contains("FileTooLarge"),
            "{}",
            stderr(&output)
        );
        assert_eq!(Recording::open(root.path()).unwrap().manifest().finished, None);
        let before = finished(root.path());
        assert!(before.len() > 20, "{blocks}: {}", before.len());
        let live = Arc::new(Live::sound());
        assert!(resume(root.path(), live.clone()).await == findings);
        let asked = live.asked();
        assert!(!asked.is_empty() && asked.iter().all(|read| !before.contains(read)), "{blocks}");
        assert_same(whole.path(), root.path());
    }
}

#[test]
fn what_could_not_be_recorded_is_said_with_what_to_do() {
    let root = folder();
    let recorder = Recorder::begin(root.path(), &mixed()).unwrap();
    fs::create_dir_all(account_file(root.path(), "eu-west-1")).unwrap();
    let in_the_way = account_file(root.path(), "eu-west-1/kms");
    fs::write(&in_the_way, "").unwrap();
    tell(&recorder, read("kms/KeyMetadata"), "a", denied("a"));
    tell(&recorder, read("s3/BucketPolicy"), "b", denied("b"));
    let failed = recorder.finish(&[], Some(FINISHED)).unwrap_err().to_string();
    assert!(failed.contains("eu-west-1/kms") && failed.contains("--resume"), "{failed}");
    drop(recorder);
    assert!(account_file(root.path(), "eu-west-1/s3/BucketPolicy.json").exists());
    fs::remove_file(&in_the_way).unwrap();
    Unfinished::open(root.path()).map(drop).unwrap();
}
