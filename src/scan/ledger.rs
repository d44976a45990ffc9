//! Every read that was planned, and what became of it: the map of what was *not* seen.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_checks::contract::{CallMade, Observer, Place, Read, ReadDone, Reason, Unknown};

use super::{Plan, SessionRead, Target};

/// What became of one kind of read at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `service/Kind`.
    pub read: String,
    /// The API calls made for it, or that would have been.
    pub actions: Vec<String>,
    /// Where.
    pub region: String,
    /// Whether this is a detail: one read for each resource.
    pub is_detail: bool,
    /// Reads that saw everything: 1 for a list, a number of resources for a detail.
    pub complete: usize,
    /// Records seen.
    pub records: usize,
    /// Requests sent.
    pub requests: u64,
    /// What was not seen.
    pub missing: Vec<Missing>,
}

impl Entry {
    /// Whether everything was seen, and there was nothing of the kind.
    pub fn is_without_resources(&self) -> bool {
        !self.is_detail && self.missing.is_empty() && self.records == 0
    }
}

/// One read that did not see everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// For a detail, the id of the resource.
    pub resource: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The IAM action whose permission it needs.
    pub action: String,
    /// What AWS, the network or the recording said.
    pub detail: String,
}

impl Missing {
    fn new(resource: Option<&str>, unknown: &Unknown) -> Self {
        Self {
            resource: resource.map(str::to_owned),
            reason: unknown.reason,
            action: unknown.action.clone(),
            detail: unknown.detail.clone(),
        }
    }
}

#[derive(Default)]
struct Tally {
    complete: usize,
    records: usize,
    requests: u64,
    missing: Vec<Missing>,
}

/// Hears of every read and keeps count.
#[derive(Default)]
pub struct Ledger {
    tallies: Mutex<BTreeMap<(&'static str, String), Tally>>,
}

impl Ledger {
    /// What became of every read: the session's first, then in plan order. What was planned and never came is there
    /// as interrupted.
    pub fn entries(&self, plan: &Plan, target: &Target) -> Vec<Entry> {
        let mut tallies: BTreeMap<_, _> = std::mem::take(&mut *self.tallies());
        for (read, place) in plan.lists() {
            tallies.entry((read.name, place.region.to_string())).or_insert_with(|| {
                let unknown = Unknown::new(Reason::Interrupted, read.action(), "the scan was stopped first");
                Tally { missing: vec![Missing::new(None, &unknown)], ..Tally::default() }
            });
        }
        let order = |name: &str| plimsoll_checks::reads().iter().position(|read| read.name == name);
        let region_order = |region: &str| target.regions.iter().position(|r| r == region);
        let mut read: Vec<_> = tallies.into_iter().collect();
        read.sort_by_cached_key(|((name, region), _)| (order(name), region_order(region), region.clone()));
        let session = target.session.iter().map(session_entry);
        session.chain(read.into_iter().map(|((name, region), tally)| entry(name, region, tally))).collect()
    }

    fn tallies(&self) -> MutexGuard<'_, BTreeMap<(&'static str, String), Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.tallies().values().map(|tally| tally.requests).sum()
    }
}

fn entry(name: &'static str, region: String, mut tally: Tally) -> Entry {
    let read = plimsoll_checks::reads().iter().find(|read| read.name == name).expect("only checks' reads are made");
    tally.missing.sort_unstable();
    Entry {
        read: name.to_owned(),
        actions: read.calls.iter().map(plimsoll_checks::contract::Call::name).collect(),
        region,
        is_detail: read.of.is_some(),
        complete: tally.complete,
        records: tally.records,
        requests: tally.requests,
        missing: tally.missing,
    }
}

fn session_entry(read: &SessionRead) -> Entry {
    Entry {
        read: read.read.clone(),
        actions: read.calls.iter().map(|call| call.action.clone()).collect(),
        region: read.calls.first().map(|call| call.region.clone()).unwrap_or_else(|| "global".to_owned()),
        is_detail: false,
        complete: usize::from(read.unknown.is_none()),
        records: usize::from(read.unknown.is_none()),
        requests: requests(&read.calls),
        missing: read.unknown.iter().map(|unknown| Missing::new(None, unknown)).collect(),
    }
}

fn requests(calls: &[CallMade]) -> u64 {
    calls.iter().map(|call| u64::from(call.requests)).sum()
}

impl Observer for Ledger {
    fn done(&self, done: ReadDone<'_>) {
        if !done.read.is_call() {
            return;
        }
        let mut tallies = self.tallies();
        let tally = tallies.entry((done.read.name, done.place.region.to_string())).or_default();
        tally.records += done.loaded.records.len();
        tally.requests += requests(&done.loaded.calls);
        match &done.loaded.rest {
            None => tally.complete += 1,
            Some(unknown) => tally.missing.push(Missing::new(done.of, unknown)),
        }
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}
