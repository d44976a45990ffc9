//! Per-check cases: a few records in, the expected answers out. `fixtures/checks/<service>/<check>.json`.

use std::any::Any;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use plimsoll_checks::contract::{
    Answer, Fetched, Identity, Loaded, Observer, Other, Others, Partition, Place, Read, ReadDone, Reason, Registered,
    Settings, Source, Unknown, World, WorldFacts, judge, judged_here,
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One case. What it does not mention was not recorded, and is unknown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence that is true of the check.
    pub case: String,
    /// The time ages are counted to.
    #[serde(default = "default_now")]
    pub now: jiff::Timestamp,
    /// The partition of the account, as ARNs name it.
    #[serde(default = "default_partition")]
    pub partition: String,
    /// The region that is scanned; by default one of the partition's.
    pub region: Option<String>,
    /// Regions that are scanned beside it.
    #[serde(default)]
    pub other_regions: Vec<String>,
    /// Other accounts of the scan by id, with what is read there; `null` for one that could not be opened.
    #[serde(default)]
    pub other_accounts: BTreeMap<String, Option<OtherAccount>>,
    /// The account that the scan began in, if it looks at others and did not begin in this one.
    pub first_account: Option<String>,
    /// What the user has set, in the form of the configuration file.
    #[serde(default)]
    pub settings: Settings,
    /// Kind to its records, all of them: `{"kms/Key": [{…}]}`; those of one region: `{"kms/Key us-east-1": [{…}]}`.
    #[serde(default)]
    pub records: BTreeMap<String, Vec<Box<RawValue>>>,
    /// Kind to resource id to record: `{"kms/KeyMetadata": {"1234": {…}}}`.
    #[serde(default)]
    pub details: BTreeMap<String, BTreeMap<String, Box<RawValue>>>,
    /// Resource id to `status: message`, for every resource that is judged.
    pub expect: BTreeMap<String, String>,
}

/// What is read in another account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherAccount {
    /// As of the account itself.
    #[serde(default)]
    pub records: BTreeMap<String, Vec<Box<RawValue>>>,
    /// As of the account itself.
    #[serde(default)]
    pub details: BTreeMap<String, BTreeMap<String, Box<RawValue>>>,
}

/// The account of every case.
const ACCOUNT: &str = "111122223333";

fn default_now() -> jiff::Timestamp {
    "2026-11-24T00:00:00Z".parse().expect("a time")
}

fn default_partition() -> String {
    Partition::Aws.name().to_owned()
}

impl Case {
    /// The account's global place, and the place that is scanned.
    fn places(&self) -> (Place, Place) {
        let partition = Partition::from_name(&self.partition)
            .unwrap_or_else(|| panic!("{:?}: there is no partition {}", self.case, self.partition));
        let region = self.region.as_deref().unwrap_or(match partition {
            Partition::Aws => "eu-west-1",
            partition => partition.global_region(),
        });
        assert_eq!(Partition::of_region(region), partition, "{:?}: the region of another partition", self.case);
        let global = Place::global(partition, ACCOUNT);
        let place = global.at(region);
        (global, place)
    }
}

type Records = BTreeMap<String, Vec<Box<RawValue>>>;
type Details = BTreeMap<String, BTreeMap<String, Box<RawValue>>>;

impl Case {
    fn of_account(&self, account: &str) -> Option<(&Records, &Details)> {
        if account == ACCOUNT {
            return Some((&self.records, &self.details));
        }
        let other = self.other_accounts.get(account)?.as_ref()?;
        Some((&other.records, &other.details))
    }

    /// The records of a kind at a place.
    pub fn records_of(&self, kind: &str, place: &Place) -> Option<&Vec<Box<RawValue>>> {
        let (records, _) = self.of_account(&place.account)?;
        records.get(&format!("{kind} {}", place.region)).or_else(|| records.get(kind))
    }
}

/// The file of a check's cases.
pub fn path_of(check: &Registered) -> PathBuf {
    let service = check.service.id;
    let name = check.id.strip_prefix(service).map(|name| name.trim_start_matches('-').replace('-', "_"));
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/checks")
        .join(service)
        .join(name.expect("ids start with the service"))
        .with_extension("json")
}

/// The cases of a check.
pub fn cases_of(check: &Registered) -> Vec<Case> {
    let path = path_of(check);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} needs {}: {error}", check.id, path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Answers reads from a case.
pub struct CaseSource(pub Arc<Case>);

impl Source for CaseSource {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        let fetched = match self.0.records_of(read.name, place) {
            Some(records) => {
                Fetched { records: records.iter().map(|json| decode(read, json)).collect(), ..Fetched::default() }
            }
            None => not_recorded(read),
        };
        ready(fetched).boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        _: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        let details = self.0.of_account(&place.account).and_then(|(_, details)| details.get(read.name));
        let fetched = match details.and_then(|details| details.get(id)) {
            Some(json) => Fetched { records: vec![decode(read, json)], ..Fetched::default() },
            None => not_recorded(read),
        };
        ready(fetched).boxed()
    }
}

fn decode(read: &Read, json: &RawValue) -> Box<dyn Any + Send + Sync> {
    read.decode(json.get()).unwrap_or_else(|error| panic!("not a {}: {error}: {json}", read.name))
}

fn not_recorded(read: &Read) -> Fetched {
    Fetched::unknown(Unknown::new(Reason::NotRecorded, read.action(), format!("the case has no {}", read.name)))
}

/// Nobody listens.
pub struct Deaf;

impl Observer for Deaf {
    fn done(&self, _: ReadDone<'_>) {}
    fn released(&self, _: &'static Read, _: &Place) {}
}

/// The other accounts of a case.
struct CaseOthers {
    first: String,
    worlds: BTreeMap<String, Option<Arc<World>>>,
}

impl Others for CaseOthers {
    fn first(&self) -> &str {
        &self.first
    }

    fn account<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Other> {
        let refused = || Unknown::new(Reason::Denied, "sts:AssumeRole", "no role there trusts the caller");
        let other = match self.worlds.get(id) {
            Some(Some(world)) => Other::Seen(world.clone()),
            Some(None) => Other::Shut(refused()),
            None => Other::OutOfSight,
        };
        ready(other).boxed()
    }
}

/// Who was judged (`rest of KIND` for what could not be listed), and the answer.
pub type Answers = BTreeMap<String, Answer>;

/// Judges a case.
pub async fn judge_case(
    check: &Registered,
    case: &Case,
    source: Arc<dyn Source>,
    observer: Arc<dyn Observer>,
) -> Answers {
    let (global, place) = case.places();
    let arns_begin = format!("arn:{}:", case.partition);
    let regions = std::iter::once(place.region.to_string()).chain(case.other_regions.iter().cloned()).collect();
    let settings = Arc::new(case.settings.clone());
    let facts = WorldFacts { global, regions, now: case.now, settings };
    let others = (!case.other_accounts.is_empty()).then(|| {
        let first = case.first_account.clone().unwrap_or_else(|| ACCOUNT.to_owned());
        let open = |(id, other): (&String, &Option<OtherAccount>)| {
            let global = Place::global(facts.global.partition, id);
            let facts = WorldFacts { global, ..facts.clone() };
            let world = other.is_some().then(|| World::new(facts, source.clone(), observer.clone()));
            (id.clone(), world)
        };
        Arc::new(CaseOthers { first, worlds: case.other_accounts.iter().map(open).collect() }) as Arc<dyn Others>
    });
    let world = World::among(others, facts, source, observer);
    let mut answers = Answers::new();
    for over in check.check.over {
        let place = over.read.place(&place);
        let listed: Arc<Loaded> = world.list(over.read, &place).await;
        for index in 0..listed.records.len() {
            if !judged_here(&world, &over.read.identity(&*listed.records[index], &place), &place) {
                continue;
            }
            let judgement = judge(over, &world, &place, &listed, index).await;
            let Identity { arn, id, .. } = judgement.identity;
            assert!(arn.starts_with(&arns_begin), "{}, {:?}: {arn} is not of {}", check.id, case.case, case.partition);
            assert!(answers.insert(id.clone(), judgement.answer).is_none(), "{}: {id} is judged twice", check.id);
        }
        if let Some(unknown) = &listed.rest {
            answers.insert(format!("rest of {}", over.read.name), Err(unknown.clone()));
        }
    }
    answers
}

/// An answer as cases write it.
pub fn written(answer: &Answer) -> String {
    match answer {
        Ok(verdict) => format!("{}: {}", verdict.status(), verdict.message()),
        Err(unknown) => format!("unknown: {}: {}", unknown.reason, unknown.detail),
    }
}
