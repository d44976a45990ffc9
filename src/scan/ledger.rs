//! Every read that was planned, and what became of it: the map of what was *not* seen.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_checks::contract::{CallMade, Observer, Place, Read, ReadDone, Reason, Unknown};
use serde::{Deserialize, Serialize};

use super::{Ended, Plan, SessionRead, Target};

/// How the names of reads begin that are made before the first check asks anything.
const SESSION: &str = "session/";

/// What became of one kind of read at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The account that was asked.
    pub account: String,
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
    /// Whether judgements of other accounts asked for it, apart from the account's own scan: it says nothing of that.
    #[serde(default)]
    pub beside: bool,
}

impl Entry {
    /// `complete`, `partial` or `unread`: the word used in every report.
    pub fn state(&self) -> &'static str {
        match (self.missing.is_empty(), self.complete + self.records) {
            (true, _) => "complete",
            (false, 0) => "unread",
            (false, _) => "partial",
        }
    }

    /// Whether everything was seen, and there was nothing of the kind.
    pub fn is_without_resources(&self) -> bool {
        !self.is_detail && self.missing.is_empty() && self.records == 0
    }

    /// Whether it tells of who asks and where, and not of what is judged.
    pub fn is_of_session(&self) -> bool {
        self.read.starts_with(SESSION)
    }
}

/// One read that did not see everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// What became of every read: the session's first, then by service, kind and region. What was planned and never
    /// came is there as interrupted, and so are the details of resources that were not reached.
    pub fn entries(&self, plan: &Plan, target: &Target, ended: Ended) -> Vec<Entry> {
        let mut tallies: BTreeMap<_, _> = std::mem::take(&mut *self.tallies());
        let unfinished = if ended == Ended::Stopped { plan.unfinished() } else { Vec::new() };
        for (read, place) in plan.lists().chain(unfinished) {
            let tally = tallies.entry((read.name, place.region.to_string())).or_default();
            let is_whole = read.of.is_none() && tally.complete + tally.missing.len() > 0;
            let is_noted = tally.missing.iter().any(|missing| missing.reason == Reason::Interrupted);
            if !is_whole && !is_noted {
                let unknown = Unknown::new(Reason::Interrupted, read.action(), "the scan was stopped first");
                tally.missing.push(Missing::new(None, &unknown));
            }
        }
        let order = |name: &str| plimsoll_checks::reads().iter().position(|read| read.name == name);
        let region_order = |region: &str| target.regions.iter().position(|r| r == region);
        let mut read: Vec<_> = tallies.into_iter().collect();
        read.sort_by_cached_key(|((name, region), _)| (order(name), region_order(region), region.clone()));
        let account = &target.account;
        let session = target.session.iter().map(|read| session_entry(account, read));
        session.chain(read.into_iter().map(|((name, region), tally)| entry(account, name, region, tally))).collect()
    }

    fn tallies(&self) -> MutexGuard<'_, BTreeMap<(&'static str, String), Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(account: &str, name: &'static str, region: String, mut tally: Tally) -> Entry {
    let read = plimsoll_checks::reads().iter().find(|read| read.name == name).expect("only checks' reads are made");
    tally.missing.sort_unstable();
    Entry {
        account: account.to_owned(),
        read: name.to_owned(),
        actions: read.calls.iter().map(plimsoll_checks::contract::Call::name).collect(),
        region,
        is_detail: read.of.is_some(),
        complete: tally.complete,
        records: tally.records,
        requests: tally.requests,
        missing: tally.missing,
        beside: false,
    }
}

/// The entry of a read that was made before the scan itself.
pub fn session_entry(account: &str, read: &SessionRead) -> Entry {
    Entry {
        account: account.to_owned(),
        read: read.read.clone(),
        actions: read.calls.iter().map(|call| call.action.clone()).collect(),
        region: read.calls.first().map(|call| call.region.clone()).unwrap_or_else(|| "global".to_owned()),
        is_detail: false,
        complete: usize::from(read.unknown.is_none()),
        records: usize::from(read.unknown.is_none()),
        requests: requests(&read.calls),
        missing: read.unknown.iter().map(|unknown| Missing::new(None, unknown)).collect(),
        beside: false,
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

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::{Loaded, Partition};

    use super::*;
    use crate::scan::Chosen;

    fn target() -> Target {
        let call = CallMade {
            action: "sts:GetCallerIdentity".to_owned(),
            region: "eu-west-1".to_owned(),
            request_id: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            requests: 1,
        };
        let denied = Unknown::new(Reason::Denied, "iam:ListAccountAliases", "no");
        Target {
            partition: Partition::Aws,
            account: "111122223333".to_owned(),
            alias: None,
            caller: "arn:aws:iam::111122223333:user/a".to_owned(),
            regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
            left_out: Some(Vec::new()),
            started: jiff::Timestamp::UNIX_EPOCH,
            session: vec![
                SessionRead { read: "session/CallerIdentity".to_owned(), calls: vec![call], unknown: None },
                SessionRead { read: "session/AccountAlias".to_owned(), calls: Vec::new(), unknown: Some(denied) },
            ],
        }
    }

    fn plan(ids: &[&str]) -> std::sync::Arc<Plan> {
        let target = target();
        let checks: Vec<Chosen> =
            plimsoll_checks::checks().iter().filter(|check| ids.contains(&&*check.id)).map(Chosen::from).collect();
        assert_eq!(checks.len(), ids.len());
        let facts = target.facts(target.started, std::sync::Arc::default());
        Plan::new(&checks, &facts)
    }

    fn hear(ledger: &Ledger, name: &str, region: &str, of: Option<&str>, records: usize, rest: Option<Reason>) {
        let read = *plimsoll_checks::reads().iter().find(|read| read.name == name).expect("there is such a read");
        let place = target().global().at(region);
        let call = CallMade {
            action: read.calls[0].name(),
            region: region.to_owned(),
            request_id: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            requests: 2,
        };
        let loaded = Loaded {
            read,
            records: (0..records).map(|_| Box::new(()) as Box<dyn std::any::Any + Send + Sync>).collect(),
            rest: rest.map(|reason| Unknown::new(reason, read.action(), "so it is")),
            calls: vec![call],
        };
        ledger.done(ReadDone { read, place: &place, of, loaded: &loaded });
    }

    fn named(entries: &[Entry]) -> Vec<String> {
        entries.iter().map(|entry| format!("{} {}", entry.read, entry.region)).collect()
    }

    #[test]
    fn every_read_is_counted_under_its_kind_and_region() {
        let ledger = Ledger::default();
        for region in ["eu-west-1", "us-east-1"] {
            hear(&ledger, "kms/Key", region, None, 3, None);
        }
        hear(&ledger, "kms/KeyMetadata", "eu-west-1", Some("b"), 0, Some(Reason::Denied));
        hear(&ledger, "kms/KeyMetadata", "eu-west-1", Some("a"), 0, Some(Reason::Denied));
        hear(&ledger, "kms/KeyMetadata", "eu-west-1", Some("c"), 1, None);
        let entries = ledger.entries(&plan(&["kms-key-rotation-enabled"]), &target(), Ended::Complete);
        // The session first; then kinds in the order of the services, and regions in that of the scan.
        assert_eq!(
            named(&entries),
            [
                "session/CallerIdentity eu-west-1",
                "session/AccountAlias global",
                "kms/Key us-east-1",
                "kms/Key eu-west-1",
                "kms/KeyMetadata eu-west-1",
            ]
        );
        assert_eq!(entries[1].missing[0].reason, Reason::Denied);
        let metadata = &entries[4];
        assert_eq!((metadata.complete, metadata.records, metadata.requests), (1, 1, 6));
        let missing: Vec<_> = metadata.missing.iter().map(|missing| missing.resource.as_deref()).collect();
        assert_eq!(missing, [Some("a"), Some("b")], "by resource, whichever came first");
    }

    #[test]
    fn that_there_is_none_of_a_kind_is_known_only_when_the_list_is_whole() {
        let ledger = Ledger::default();
        hear(&ledger, "kms/Key", "us-east-1", None, 0, None);
        hear(&ledger, "kms/Key", "eu-west-1", None, 0, Some(Reason::Throttled));
        let entries = ledger.entries(&plan(&["kms-key-rotation-enabled"]), &target(), Ended::Complete);
        let none: Vec<bool> = entries[2..].iter().map(Entry::is_without_resources).collect();
        assert_eq!(none, [true, false]);
    }

    #[test]
    fn a_scan_that_was_stopped_says_of_all_it_had_still_to_read_that_it_was_interrupted() {
        let ledger = Ledger::default();
        let plan = plan(&["iam-user-console-mfa-enabled", "kms-key-rotation-enabled"]);
        hear(&ledger, "iam/User", "global", None, 2, None);
        hear(&ledger, "kms/Key", "us-east-1", None, 2, None);
        hear(&ledger, "kms/KeyMetadata", "us-east-1", Some("a"), 1, None);
        let entries = ledger.entries(&plan, &target(), Ended::Stopped);
        let interrupted: Vec<String> = entries
            .iter()
            .filter(|entry| entry.missing.iter().any(|missing| missing.reason == Reason::Interrupted))
            .map(|entry| format!("{} {}", entry.read, entry.region))
            .collect();
        for read in ["iam/CredentialReportRow global", "kms/Key eu-west-1", "kms/KeyMetadata us-east-1"] {
            assert!(interrupted.contains(&read.to_owned()), "{read} is not in {interrupted:?}");
        }
        for whole in ["iam/User global", "kms/Key us-east-1"] {
            assert!(!interrupted.contains(&whole.to_owned()), "{whole} was read to its end");
        }
    }

    #[test]
    fn what_no_check_came_to_ask_for_is_not_missing() {
        let ledger = Ledger::default();
        for region in ["us-east-1", "eu-west-1"] {
            hear(&ledger, "kms/Key", region, None, 0, None);
        }
        let entries = ledger.entries(&plan(&["kms-key-rotation-enabled"]), &target(), Ended::Complete);
        assert!(entries[2..].iter().all(|entry| entry.missing.is_empty()), "{entries:?}");
        assert_eq!(entries.len(), 4);
    }
}
