//! What a scan is going to judge, in the order that reports keep, and how long each read is needed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plimsoll_checks::contract::{Over, Place, Read, Scope, World, WorldFacts};

use super::Chosen;

/// One kind at one place, with the checks that judge it.
pub struct Unit {
    /// The kind.
    pub read: &'static Read,
    /// Where.
    pub place: Place,
    /// Who judges it.
    pub checks: Vec<(Chosen, &'static Over)>,
}

impl Unit {
    /// The reads this unit may ask for: its own list first.
    fn reads(&self) -> Vec<&'static Read> {
        let mut reads = vec![self.read];
        for read in self.checks.iter().flat_map(|(check, _)| check.check.reads.iter().copied()) {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        reads
    }

    /// Where a read of this unit may be asked for: at its own place, or, by a global kind's check of a regional kind,
    /// in every region.
    fn places<'a>(&'a self, read: &'static Read, regions: &'a [Place]) -> impl Iterator<Item = Place> + 'a {
        let everywhere = self.place.is_global() && read.scope == Scope::Regional;
        let own = (!everywhere).then(|| read.place(&self.place));
        own.into_iter().chain(if everywhere { regions } else { &[] }.iter().cloned())
    }

    /// What is kept for this unit.
    fn holds(&self, regions: &[Place]) -> Vec<Hold> {
        let reads = self.reads().into_iter();
        let held = reads.flat_map(|read| self.places(read, regions).map(move |place| Hold::new(read, &place)));
        let mut once: Vec<Hold> = Vec::new();
        for hold in held {
            if !once.contains(&hold) {
                once.push(hold);
            }
        }
        once
    }

    /// Details of this unit's own kind that its checks may ask for.
    pub fn own_details(&self) -> impl Iterator<Item = &'static Read> {
        self.reads().into_iter().filter(|read| read.of == Some(self.read))
    }
}

/// Something read that is kept until the last unit that may ask for it is finished.
///
/// Details are held wherever they were read: a resource may live elsewhere than where it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Hold {
    read: &'static Read,
    region: Option<Arc<str>>,
}

impl Hold {
    fn new(read: &'static Read, place: &Place) -> Self {
        Self { read, region: read.of.is_none().then(|| place.region.clone()) }
    }
}

/// The whole of a scan, before it begins.
pub struct Plan {
    /// What is judged, in order.
    pub units: Vec<Unit>,
    /// The regions that are looked at, in order.
    regions: Vec<Place>,
    /// Details that only the checks of their own kind ask for: they go as soon as their resource is judged.
    private: Vec<&'static Read>,
    progress: Mutex<Progress>,
}

/// What is still to be done.
#[derive(Default)]
struct Progress {
    /// How many units may still ask for something.
    holds: HashMap<Hold, usize>,
    /// Units that are judged to their end.
    finished: HashSet<usize>,
}

impl Plan {
    /// A plan for some checks of an account.
    pub fn new(checks: &[Chosen], facts: &WorldFacts) -> Arc<Self> {
        let mut kinds: Vec<&'static Read> = Vec::new();
        for over in checks.iter().flat_map(|check| check.check.over) {
            if !kinds.contains(&over.read) {
                kinds.push(over.read);
            }
        }
        let mut units = Vec::new();
        for read in kinds {
            let places = match read.scope {
                Scope::Global => vec![facts.global.clone()],
                Scope::Regional => facts.regions.iter().map(|region| facts.global.at(region)).collect(),
            };
            for place in places {
                let judges = |check: &Chosen| {
                    let over = check.check.over.iter().find(|over| over.read == read);
                    over.map(|over| (*check, over))
                };
                units.push(Unit { read, place, checks: checks.iter().filter_map(judges).collect() });
            }
        }
        let mut progress = Progress::default();
        let regions: Vec<Place> = facts.regions.iter().map(|region| facts.global.at(region)).collect();
        for hold in units.iter().flat_map(|unit| unit.holds(&regions)) {
            *progress.holds.entry(hold).or_insert(0) += 1;
        }
        let mut private: Vec<&'static Read> = Vec::new();
        for read in units.iter().flat_map(Unit::own_details) {
            let only_own = units.iter().all(|unit| Some(unit.read) == read.of || !unit.reads().contains(&read));
            // A regional kind's resource may be asked about from another region, too: only its own unit judges it.
            if only_own && !private.contains(&read) {
                private.push(read);
            }
        }
        Arc::new(Self { units, regions, private, progress: Mutex::new(progress) })
    }

    /// The details of a unit's resources that nobody asks for once the resource is judged.
    pub fn private_details<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'static Read> + 'a {
        unit.own_details().filter(|read| self.private.contains(read))
    }

    /// The lists that are judged: what the ledger holds at least.
    pub fn lists(&self) -> impl Iterator<Item = (&'static Read, Place)> {
        self.units.iter().map(|unit| (unit.read, unit.place.clone())).filter(|(read, _)| read.is_call())
    }

    /// Every call that may be made: lists with the places they are read at; details with those their resources are
    /// listed at.
    pub fn reads(&self) -> Vec<(&'static Read, Vec<Place>)> {
        let mut reads: Vec<(&'static Read, Vec<Place>)> = Vec::new();
        for unit in &self.units {
            for read in unit.reads().into_iter().filter(|read| read.is_call()) {
                let at = reads.iter().position(|(known, _)| *known == read).unwrap_or_else(|| {
                    reads.push((read, Vec::new()));
                    reads.len() - 1
                });
                for place in unit.places(read, &self.regions) {
                    if !reads[at].1.contains(&place) {
                        reads[at].1.push(place);
                    }
                }
            }
        }
        reads
    }

    /// What the units that are not finished may ask for, and where: the ledger of a scan that was stopped says that
    /// it is not whole.
    pub fn unfinished(&self) -> Vec<(&'static Read, Place)> {
        let progress = self.progress();
        let unfinished = self.units.iter().enumerate().filter(|(index, _)| !progress.finished.contains(index));
        let reads = unfinished.flat_map(|(_, unit)| {
            let reads = unit.reads().into_iter();
            reads.flat_map(|read| unit.places(read, &self.regions).map(move |place| (read, place)))
        });
        let mut once: Vec<(&'static Read, Place)> = Vec::new();
        for read in reads.filter(|(read, _)| read.is_call()) {
            if !once.contains(&read) {
                once.push(read);
            }
        }
        once
    }

    /// Checks, by id, of units that are not finished.
    pub fn unreached(&self) -> Vec<&'static str> {
        let progress = self.progress();
        let unfinished = self.units.iter().enumerate().filter(|(index, _)| !progress.finished.contains(index));
        let ids: BTreeSet<&'static str> =
            unfinished.flat_map(|(_, unit)| unit.checks.iter().map(|(check, _)| &*check.registered.id)).collect();
        ids.into_iter().collect()
    }

    /// Lets go of what was kept for a unit that is judged to its end.
    pub fn finished(&self, index: usize, world: &Arc<World>) {
        let unit = &self.units[index];
        self.progress().finished.insert(index);
        for hold in unit.holds(&self.regions) {
            let last = {
                let mut progress = self.progress();
                let count = progress.holds.get_mut(&hold).expect("a unit's holds are counted when it is planned");
                *count -= 1;
                *count == 0
            };
            if last {
                match hold.region {
                    Some(region) => world.release(hold.read, &unit.place.at(&region)),
                    None => world.release_everywhere(hold.read),
                }
            }
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::sync::Mutex;

    use futures::future::{BoxFuture, FutureExt, ready};
    use plimsoll_checks::contract::{Fetched, Observer, Partition, ReadDone, Reason, Source, Unknown};

    use super::*;

    fn checks(ids: &[&str]) -> Vec<Chosen> {
        let all = || plimsoll_checks::checks().iter();
        ids.iter().map(|id| all().find(|check| check.id == *id).expect("there is such a check").into()).collect()
    }

    fn facts() -> WorldFacts {
        WorldFacts {
            global: Place::global(Partition::Aws, "111122223333"),
            regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
            now: jiff::Timestamp::UNIX_EPOCH,
            settings: Arc::default(),
        }
    }

    /// Says of everything that it was denied, and hears what is let go.
    #[derive(Default)]
    struct Released(Mutex<Vec<String>>);

    impl Source for Released {
        fn list<'a>(&'a self, read: &'static Read, _: &'a Place) -> BoxFuture<'a, Fetched> {
            ready(Fetched::unknown(Unknown::new(Reason::Denied, read.action(), "no"))).boxed()
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

    impl Observer for Released {
        fn done(&self, _: ReadDone<'_>) {}

        fn released(&self, read: &'static Read, place: &Place) {
            self.0.lock().expect("no test panicked").push(format!("{} {}", read.name, place.region));
        }
    }

    fn world() -> (Arc<World>, Arc<Released>) {
        let released = Arc::new(Released::default());
        (World::new(facts(), released.clone(), released.clone()), released)
    }

    fn named(units: &[Unit]) -> Vec<String> {
        let checks = |unit: &Unit| unit.checks.iter().map(|(check, _)| &*check.id).collect::<Vec<_>>().join(" ");
        units.iter().map(|unit| format!("{} {}: {}", unit.read.name, unit.place.region, checks(unit))).collect()
    }

    #[test]
    fn a_kind_is_planned_once_for_each_place_with_all_its_checks() {
        let ids = ["kms-key-rotation-enabled", "s3-bucket-tls-required", "kms-key-not-pending-deletion"];
        let plan = Plan::new(&checks(&ids), &facts());
        let both = "kms-key-rotation-enabled kms-key-not-pending-deletion";
        assert_eq!(
            named(&plan.units),
            [
                format!("kms/Key eu-west-1: {both}"),
                format!("kms/Key us-east-1: {both}"),
                "s3/Bucket global: s3-bucket-tls-required".to_owned(),
            ]
        );
    }

    #[test]
    fn a_check_over_two_kinds_is_planned_with_both() {
        let plan = Plan::new(&checks(&["rds-snapshot-not-public"]), &facts());
        let kinds: Vec<&str> = plan.units.iter().map(|unit| unit.read.name).collect();
        let two = ["rds/DBSnapshot", "rds/DBSnapshot", "rds/DBClusterSnapshot", "rds/DBClusterSnapshot"];
        assert_eq!(kinds, two);
        assert!(plan.units.iter().all(|unit| unit.checks.len() == 1));
    }

    #[test]
    fn every_check_is_planned_at_every_place_of_its_kinds() {
        let all: Vec<Chosen> = plimsoll_checks::checks().iter().map(Chosen::from).collect();
        let plan = Plan::new(&all, &facts());
        for check in all {
            for over in check.check.over {
                let units = plan.units.iter().filter(|unit| unit.checks.iter().any(|(it, _)| it.id == check.id));
                let places = units.filter(|unit| unit.read == over.read).count();
                assert_eq!(places, if over.read.scope == Scope::Global { 1 } else { 2 }, "{}", check.id);
            }
        }
    }

    #[test]
    fn a_detail_is_private_unless_another_kind_asks_for_it() {
        let private = |ids: &[&str], kind: &str| {
            let plan = Plan::new(&checks(ids), &facts());
            let unit = plan.units.iter().find(|unit| unit.read.name == kind).expect("it is planned");
            plan.private_details(unit).map(|read| read.name).collect::<Vec<_>>()
        };
        assert_eq!(private(&["s3-bucket-tls-required"], "s3/Bucket"), ["s3/BucketPolicy"]);
        let shared = private(&["s3-bucket-tls-required", "cloudtrail-bucket-not-public"], "s3/Bucket");
        assert!(shared.is_empty(), "{shared:?}");
    }

    #[tokio::test]
    async fn what_is_shared_goes_with_the_last_unit_that_may_ask_for_it() {
        let plan = Plan::new(&checks(&["s3-bucket-tls-required", "cloudtrail-bucket-not-public"]), &facts());
        let (world, released) = world();
        let bucket = plan.units.iter().position(|unit| unit.read.name == "s3/Bucket").expect("it is planned");
        for unit in &plan.units {
            world.list(unit.read, &unit.place).await;
        }
        let others: Vec<usize> = (0..plan.units.len()).filter(|index| *index != bucket).collect();
        plan.finished(bucket, &world);
        assert!(released.0.lock().unwrap().is_empty(), "trails still look at buckets");
        plan.finished(others[0], &world);
        assert_eq!(*released.0.lock().unwrap(), ["cloudtrail/Trail eu-west-1"]);
        plan.finished(others[1], &world);
        let released = released.0.lock().unwrap();
        assert!(released.contains(&"s3/Bucket global".to_owned()), "{released:?}");
    }

    #[tokio::test]
    async fn what_is_unfinished_shrinks_to_nothing() {
        let plan = Plan::new(&checks(&["iam-user-console-mfa-enabled", "kms-key-rotation-enabled"]), &facts());
        let (world, _) = world();
        let names = || plan.unfinished().iter().map(|(read, at)| format!("{} {}", read.name, at.region)).collect();
        let before: Vec<String> = names();
        // The list of its own, and what it asks for beside that.
        for read in
            ["iam/User global", "iam/CredentialReportRow global", "kms/Key us-east-1", "kms/KeyMetadata eu-west-1"]
        {
            assert!(before.contains(&read.to_owned()), "{read} is not in {before:?}");
        }
        for index in 0..plan.units.len() {
            plan.finished(index, &world);
        }
        assert_eq!(names(), Vec::<String>::new());
    }
}
