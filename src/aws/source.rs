//! Reads answered by AWS.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Fetched, Place, Read, Reason, Source, Unknown};
use plimsoll_checks::live::{Clients, Collector, Live};
use tokio::sync::Semaphore;

use super::probe::Probe;
use super::{Session, Shared};

/// Reads under way at the same time, over all regions and services.
pub(super) const READS_AT_ONCE: usize = 256;
/// Of one account.
const READS_OF_AN_ACCOUNT_AT_ONCE: usize = 128;

/// Answers reads from the live account.
pub struct LiveSource {
    clients: Arc<Clients>,
    collectors: HashMap<&'static str, &'static Collector>,
    disabled: BTreeSet<String>,
    /// Shared with the other accounts of the scan.
    slots: Arc<Semaphore>,
    own_slots: Semaphore,
    probe: Arc<Probe>,
}

impl LiveSource {
    /// A source of an opened session.
    pub fn new(session: &Session, shared: &Shared) -> Self {
        Self {
            clients: session.clients.clone(),
            collectors: plimsoll_checks::collectors().map(|collector| (collector.read.name, collector)).collect(),
            disabled: session.disabled.clone(),
            slots: shared.slots.clone(),
            own_slots: Semaphore::new(READS_OF_AN_ACCOUNT_AT_ONCE),
            probe: shared.probe.clone(),
        }
    }

    async fn fetch(&self, read: &'static Read, place: &Place, of: Option<&(dyn Any + Send + Sync)>) -> Fetched {
        if self.disabled.contains(&*place.region) {
            let detail = format!("{} is not enabled for the account", place.region);
            return Fetched::unknown(Unknown::new(Reason::RegionDisabled, read.action(), detail));
        }
        let Some(collector) = self.collectors.get(read.name) else {
            let detail = format!("no collector reads {}", read.name);
            return Fetched::unknown(Unknown::new(Reason::Internal, read.action(), detail));
        };
        let reading = async {
            let _own = self.own_slots.acquire().await;
            let _slot = self.slots.acquire().await;
            collector.fetch(Live::new(self.clients.clone(), place.clone()), of).await
        };
        tokio::select! {
            biased;
            fetched = reading => fetched,
            // The region is given up for all its reads at once, not for each after all its attempts.
            why = self.probe.silence(place) => Fetched::unknown(Unknown::new(Reason::Unreachable, read.action(), why)),
        }
    }
}

impl Source for LiveSource {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        self.fetch(read, place, None).boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        _: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        self.fetch(read, place, Some(record)).boxed()
    }
}
