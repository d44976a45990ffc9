//! The accounts of a scan as judgements of the others see them: an organization's trail belongs to its management
//! account, what hears of it may be in a third, and each is asked where it lives.
//!
//! What is read so is read apart from the account's own scan, which may be over or yet to begin: once for all others,
//! and kept until the last of them is judged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use plimsoll_checks::contract::{Observer, Other, Others, World};

use super::access::Opened;
use super::fleet::Doors;
use super::job::Rules;
use crate::recording::{Recorder, WriteError};
use crate::scan::{Ended, Entry, Ledger, Member, Observers, Plan, Target};

/// The accounts of a scan, opened when the first judgement asks for one.
pub struct Beside {
    first: String,
    members: BTreeMap<String, Member>,
    way: Way,
    open: Mutex<BTreeMap<String, Opening>>,
}

/// The way into each, and what is read by.
#[derive(Clone)]
struct Way {
    doors: Doors,
    regions: Vec<String>,
    record: Option<PathBuf>,
    rules: Arc<Rules>,
}

type Opening = Shared<BoxFuture<'static, Entered>>;

#[derive(Clone)]
enum Entered {
    Seen(Arc<Seen>),
    Not(Other),
}

struct Seen {
    world: Arc<World>,
    target: Target,
    plan: Arc<Plan>,
    ledger: Arc<Ledger>,
    recorder: Option<Arc<Recorder>>,
    unrecorded: Mutex<Option<WriteError>>,
}

/// What asking an account beside others came to.
pub struct Asked {
    /// What became of the reads.
    pub ledger: Vec<Entry>,
    /// What could not be recorded.
    pub failed: Option<WriteError>,
}

impl Beside {
    /// The accounts of a scan that began in `first`. Whoever is passed over is not asked; the first always may be, for
    /// its credentials are those that the scan has.
    pub fn new(
        first: &str,
        members: &[Member],
        doors: Doors,
        regions: Vec<String>,
        record: Option<PathBuf>,
        rules: Arc<Rules>,
    ) -> Self {
        let looked_at = members.iter().filter(|member| member.passed_over.is_none());
        let mut members: BTreeMap<String, Member> =
            looked_at.map(|member| (member.id.clone(), member.clone())).collect();
        members.entry(first.to_owned()).or_insert_with(|| Member::new(first, None));
        let way = Way { doors, regions, record, rules };
        Self { first: first.to_owned(), members, way, open: Mutex::default() }
    }

    /// Lets go of all accounts, and tells what became of their reads, by their ids.
    pub fn finish(&self, ended: Ended) -> Vec<Asked> {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        open.into_values().filter_map(|opening| opening.peek().cloned()).filter_map(|it| it.finish(ended)).collect()
    }
}

impl Others for Beside {
    fn first(&self) -> &str {
        &self.first
    }

    fn account<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Other> {
        let Some(member) = self.members.get(id) else {
            return std::future::ready(Other::OutOfSight).boxed();
        };
        let opening = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let enter = || self.way.clone().enter(member.clone()).boxed().shared();
            open.entry(id.to_owned()).or_insert_with(enter).clone()
        };
        let entered = opening.map(|entered| match entered {
            Entered::Seen(seen) => Other::Seen(seen.world.clone()),
            Entered::Not(other) => other,
        });
        entered.boxed()
    }
}

impl Way {
    async fn enter(self, member: Member) -> Entered {
        match self.doors.open_beside(&member, &self.regions, self.record.as_deref()).await {
            Ok(opened) => Entered::Seen(Arc::new(Seen::new(opened, &self.rules))),
            Err(shut) => Entered::Not(Other::Shut(shut.unknown)),
        }
    }
}

impl Seen {
    fn new(opened: Opened, rules: &Rules) -> Self {
        let Opened { target, source, recording: _, recorder, unrecorded, publisher: _ } = opened;
        let facts = target.facts(rules.now, rules.settings.clone());
        // Nothing is judged here: which reads are made is for the judgements of others to say.
        let plan = Plan::new(&[], &facts);
        let ledger = Arc::new(Ledger::default());
        let recorder = recorder.map(Arc::new);
        let mut observers: Vec<Arc<dyn Observer>> = vec![ledger.clone()];
        observers.extend(recorder.clone().map(|recorder| recorder as Arc<dyn Observer>));
        let world = World::new(facts, source, Arc::new(Observers(observers)));
        Self { world, target, plan, ledger, recorder, unrecorded: Mutex::new(unrecorded) }
    }
}

impl Entered {
    fn finish(self, ended: Ended) -> Option<Asked> {
        let Self::Seen(seen) = self else { return None };
        seen.world.forget();
        let mut ledger = seen.ledger.entries(&seen.plan, &seen.target, ended);
        for entry in &mut ledger {
            entry.beside = true;
        }
        // It has no end: another scan that goes on with it may ask for more.
        let failed = seen.recorder.as_ref().and_then(|recorder| recorder.finish(&ledger, None).err());
        let unrecorded = || seen.unrecorded.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(Asked { ledger, failed: failed.or_else(unrecorded) })
    }
}
