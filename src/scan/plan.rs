//! What a scan is going to judge, in the order that reports keep, and how long each read is needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_checks::contract::{Over, Place, Read, Registered, Scope, World, WorldFacts};

/// One kind at one place, with the checks that judge it.
pub struct Unit {
    /// The kind.
    pub read: &'static Read,
    /// Where.
    pub place: Place,
    /// Who judges it.
    pub checks: Vec<(&'static Registered, &'static Over)>,
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

    /// What is kept for this unit.
    fn holds(&self) -> Vec<Hold> {
        self.reads().into_iter().map(|read| Hold::new(read, &self.place)).collect()
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
    read: &'static str,
    region: Option<Arc<str>>,
}

impl Hold {
    fn new(read: &'static Read, place: &Place) -> Self {
        let region = read.of.is_none().then(|| read.place(place).region);
        Self { read: read.name, region }
    }
}

/// The whole of a scan, before it begins.
pub struct Plan {
    /// What is judged, in order.
    pub units: Vec<Unit>,
    /// Details that only the checks of their own kind ask for: they go as soon as their resource is judged.
    private: Vec<&'static Read>,
    holds: Mutex<HashMap<Hold, usize>>,
}

impl Plan {
    /// A plan for some checks of an account.
    pub fn new(checks: &[&'static Registered], facts: &WorldFacts) -> Arc<Self> {
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
                let judges = |check: &&'static Registered| {
                    let over = check.check.over.iter().find(|over| over.read == read);
                    over.map(|over| (*check, over))
                };
                units.push(Unit { read, place, checks: checks.iter().filter_map(judges).collect() });
            }
        }
        let mut holds = HashMap::new();
        for hold in units.iter().flat_map(Unit::holds) {
            *holds.entry(hold).or_insert(0) += 1;
        }
        let mut private: Vec<&'static Read> = Vec::new();
        for read in units.iter().flat_map(Unit::own_details) {
            let only_own = units.iter().all(|unit| Some(unit.read) == read.of || !unit.reads().contains(&read));
            // A regional kind's resource may be asked about from another region, too: only its own unit judges it.
            if only_own && !private.contains(&read) {
                private.push(read);
            }
        }
        Arc::new(Self { units, private, holds: Mutex::new(holds) })
    }

    /// The details of a unit's resources that nobody asks for once the resource is judged.
    pub fn private_details<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'static Read> + 'a {
        unit.own_details().filter(|read| self.private.contains(read))
    }

    /// The kinds that are listed for their own sake or for another's, and where: what the ledger expects at least.
    pub fn lists(&self) -> Vec<(&'static Read, Place)> {
        let mut lists: Vec<(&'static Read, Place)> = Vec::new();
        for unit in &self.units {
            if unit.read.is_call() {
                lists.push((unit.read, unit.place.clone()));
            }
        }
        lists
    }

    /// Lets go of what was kept for a finished unit.
    pub fn finished(&self, unit: &Unit, world: &Arc<World>) {
        for read in unit.reads() {
            let hold = Hold::new(read, &unit.place);
            let last = {
                let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
                let count = holds.get_mut(&hold).expect("a unit's holds are counted when it is planned");
                *count -= 1;
                *count == 0
            };
            if last {
                match hold.region {
                    Some(region) => world.release(read, &unit.place.at(&region)),
                    None => world.release_everywhere(read),
                }
            }
        }
    }
}
