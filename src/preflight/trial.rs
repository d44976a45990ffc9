//! One harmless call for each action: the reads of a scan, each once, in one region.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use plimsoll_checks::contract::{CallMade, GLOBAL, Loaded, Place, Read, World};

use super::{Seen, Standing};
use crate::scan::Plan;

/// Reads that are tried at the same time.
const AT_ONCE: usize = 16;

/// The region in which regional reads are tried: the first that is looked at.
pub fn region(world: &Arc<World>) -> String {
    world.facts().regions.first().map_or(GLOBAL, |region| region).to_owned()
}

/// Tries the reads of a plan that need one of some actions.
pub async fn of(actions: &BTreeSet<String>, plan: &Plan, world: &Arc<World>) -> Seen {
    let is_wanted = |read: &'static Read| read.calls.iter().any(|call| actions.contains(&call.iam_action()));
    let reads: Vec<(&'static Read, Place)> = plan
        .reads()
        .into_iter()
        .filter(|(read, _)| is_wanted(read))
        .filter_map(|(read, places)| Some((read, places.into_iter().next()?)))
        .collect();
    let trials: Vec<(&'static Read, Trial)> = stream::iter(reads)
        .map(|(read, place)| async move { (read, attempt(read, &place, world).await) })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut seen = Seen::default();
    for (read, trial) in trials {
        for call in read.calls.iter().filter(|call| actions.contains(&call.iam_action())) {
            seen.note(call.iam_action(), trial.standing(&call.iam_action(), &call.name()));
        }
    }
    seen
}

/// What came of trying a read.
enum Trial {
    /// It was made, perhaps about a resource.
    Made(Arc<Loaded>, Option<String>),
    /// There was nothing to ask about, and why.
    NothingThere(String),
}

impl Trial {
    /// How the action of one of the read's calls stands. A call that was answered was permitted; one that the read came
    /// not to, or had no need of, shows nothing.
    fn standing(&self, action: &str, call: &str) -> Standing {
        let (loaded, asked_about) = match self {
            Self::Made(loaded, asked_about) => (loaded, asked_about.as_deref()),
            Self::NothingThere(why) => return Standing::Open(format!("not tried: {why}")),
        };
        let was_made = || loaded.calls.iter().any(|CallMade { action, .. }| action == call);
        match &loaded.rest {
            Some(unknown) if unknown.action == action => Standing::of(unknown, asked_about),
            _ if was_made() => Standing::Allowed,
            Some(unknown) => {
                Standing::Open(format!("not tried: {} comes first and failed ({})", unknown.action, unknown.reason))
            }
            None => Standing::Open("not tried: what was asked about had no need of it".to_owned()),
        }
    }
}

async fn attempt(read: &'static Read, place: &Place, world: &Arc<World>) -> Trial {
    let Some(kind) = read.of else { return Trial::Made(world.list(read, place).await, None) };
    let listed = world.list(kind, place).await;
    let Some(record) = listed.records.first() else {
        return Trial::NothingThere(match &listed.rest {
            None => format!("no {} in {}", kind.name, listed_in(kind, place)),
            Some(unknown) => {
                format!("no {} is known, as {} failed ({})", kind.name, unknown.action, unknown.reason)
            }
        });
    };
    let identity = kind.identity(&**record, place);
    let copy = match copy_of(kind, &**record) {
        Ok(copy) => copy,
        Err(error) => return Trial::NothingThere(format!("{} could not be copied: {error}", kind.name)),
    };
    let at = read.place_of(&identity, place);
    let asked_about = (kind.is_call()).then(|| identity.id.clone());
    Trial::Made(world.detail(read, at, identity.id, || copy).await, asked_about)
}

fn listed_in(kind: &'static Read, place: &Place) -> String {
    let place = kind.place(place);
    if place.is_global() { "the account".to_owned() } else { place.region.to_string() }
}

fn copy_of(
    kind: &'static Read,
    record: &(dyn Any + Send + Sync),
) -> Result<Box<dyn Any + Send + Sync>, serde_json::Error> {
    kind.decode(&kind.encode(record)?.to_string())
}
