//! Reads answered by AWS.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Fetched, Place, Read, Reason, Source, Unknown};
use plimsoll_checks::live::{Clients, Collector, Live};
use tokio::sync::Semaphore;

use super::budget::Budget;
use super::pacing::{Pacer, Slots};
use super::probe::Probe;
use super::{Session, Shared};
use crate::pace::READS_OF_ACCOUNT;

/// Answers reads from the live account.
pub struct LiveSource {
    clients: Arc<Clients>,
    collectors: HashMap<&'static str, &'static Collector>,
    disabled: BTreeSet<String>,
    pacer: Arc<Pacer>,
    /// Room for reads of this account, and of all.
    slots: Semaphore,
    slots_of_all: Slots,
    budget: Budget,
    probe: Arc<Probe>,
}

impl LiveSource {
    /// A source of an opened session.
    pub fn new(session: &Session, shared: &Shared) -> Self {
        Self {
            clients: session.clients.clone(),
            collectors: plimsoll_checks::collectors().map(|collector| (collector.read.name, collector)).collect(),
            disabled: session.disabled.clone(),
            pacer: session.pacer.clone(),
            slots: Semaphore::new(READS_OF_ACCOUNT),
            slots_of_all: session.pacing.slots.clone(),
            budget: Budget::new(session.pacing.region_deadline),
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
            // A read that would only wait for its turn takes up no slot.
            let _places = self.pacer.admit(read, place.endpoint_region()).await;
            let _slots = (self.slots.acquire().await, self.slots_of_all.room().await);
            collector.fetch(Live::new(self.clients.clone(), place.clone()), of).await
        };
        tokio::select! {
            biased;
            fetched = reading => fetched,
            // The region is given up for all its reads at once, not for each after all its attempts.
            why = self.budget.used_up(place) => Fetched::unknown(Unknown::new(Reason::Timeout, read.action(), why)),
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
