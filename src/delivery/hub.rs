//! Findings that go into Security Hub, and findings there that are resolved.
//!
//! What fails or is unknown is imported. What an earlier scan has imported is archived if this scan has seen that it is
//! resolved: the check passes or does not apply, or the list that would show the resource was read whole and does not
//! show it. What this scan has not seen stays as it is.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use futures::stream::{StreamExt, iter};
use plimsoll_checks::contract::{Status, Unknown};

use super::depot::{Depot, Pile};
use crate::history::{Absence, History, HistoryError, Place, Side};
use crate::report::asff::{AwsFinding, Resolution};
use crate::scan::grouped;

/// Findings in one request, and their bytes: AWS takes 6 MB, and what is around them is part of it. Source: Security Hub
/// User Guide, "`BatchImportFindings` for finding providers".
const BATCH: (usize, usize) = (100, 5_000_000);
/// Accounts, and regions of each, that are imported into at the same time.
const ACCOUNTS_AT_ONCE: usize = 4;
const REGIONS_AT_ONCE: usize = 8;
/// Kinds of trouble that are told apart, and places that each names.
const KINDS: usize = 20;
const PLACES: usize = 3;

/// The way to the Security Hub of each account. Only the account that findings are about may import them.
pub trait Hubs: Send + Sync {
    /// Security Hub, as an account sees it.
    fn of<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn Hub>, Unknown>>;
}

/// Security Hub, as one account sees it.
pub trait Hub: Send + Sync {
    /// A page of the active findings in a region that we have imported, and what asks for the next.
    fn active<'a>(&'a self, region: &'a str, page: Option<String>) -> BoxFuture<'a, Result<Page, Refusal>>;
    /// Imports findings, as many as one request takes.
    fn import<'a>(&'a self, region: &'a str, findings: Vec<AwsFinding>) -> BoxFuture<'a, Result<Answer, Refusal>>;
}

/// Some active findings.
#[derive(Debug, Default)]
pub struct Page {
    /// The findings.
    pub findings: Vec<AwsFinding>,
    /// What asks for the next page, if there is one.
    pub next: Option<String>,
}

/// What has become of a batch.
#[derive(Debug, Default)]
pub struct Answer {
    /// How many were imported.
    pub imported: usize,
    /// Those that were not: for each the code and the message of the error.
    pub rejected: Vec<(String, String)>,
}

/// A whole request was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Security Hub is not on.
    Off,
    /// For another reason.
    Unknown(Unknown),
}

/// Findings cannot wait, or it cannot be told what has become of them.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The database in which they wait.
    #[error("putting findings aside in the temporary folder (TMPDIR names another): {0}")]
    Depot(#[from] rusqlite::Error),
    /// The comparison.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The JSON of a finding.
    #[error("a finding that waits: {0}")]
    Json(#[from] serde_json::Error),
}

/// One kind of trouble.
#[derive(Debug, Default, PartialEq, Eq)]
struct Trouble {
    message: String,
    findings: u64,
    places: Vec<String>,
    more: usize,
}

/// What has become of all findings.
#[derive(Debug, Default)]
pub struct Tally {
    /// Imported, as new or anew.
    pub imported: u64,
    /// Archived.
    pub archived: u64,
    /// Places that took part.
    pub places: u64,
    troubles: BTreeMap<String, Trouble>,
}

impl Tally {
    fn trouble(&mut self, what: &str, message: &str, place: &str, findings: u64) {
        let (message, places) = (message.to_owned(), vec![place.to_owned()]);
        self.meet(what, Trouble { message, findings, places, more: 0 });
    }

    /// Takes trouble together with what is known of its kind.
    fn meet(&mut self, what: &str, trouble: Trouble) {
        let is_full = self.troubles.len() >= KINDS && !self.troubles.contains_key(what);
        let known = self.troubles.entry(if is_full { "other trouble" } else { what }.to_owned()).or_default();
        known.findings += trouble.findings;
        known.more += trouble.more;
        if known.message.is_empty() {
            known.message = trouble.message;
        }
        for place in trouble.places {
            if known.places.contains(&place) {
                continue;
            }
            if known.places.len() < PLACES { known.places.push(place) } else { known.more += 1 }
        }
    }

    fn add(&mut self, other: Self) {
        self.imported += other.imported;
        self.archived += other.archived;
        self.places += other.places;
        for (what, trouble) in other.troubles {
            self.meet(&what, trouble);
        }
    }

    /// What went wrong, a line for each kind, the most findings first.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles: Vec<_> = self.troubles.iter().collect();
        troubles.sort_by_key(|(_, trouble)| std::cmp::Reverse(trouble.findings));
        let told = |(what, Trouble { message, findings, places, more }): (&String, &Trouble)| {
            let findings = grouped(usize::try_from(*findings).unwrap_or(usize::MAX));
            let more = if *more == 0 { String::new() } else { format!(" and {} other places", grouped(*more)) };
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            format!("{what} (findings: {findings}, in {}{more}){message}", places.join(", "))
        };
        troubles.into_iter().map(told).collect()
    }
}

/// What has become of a finding that an earlier scan has imported.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// It is open, and imported anew.
    Open,
    Resolved(Resolution),
    /// This scan cannot say.
    Unsettled,
}

/// An account and where it is looked at.
#[derive(Debug, Clone)]
pub struct Whole<'a> {
    /// The account's id.
    pub account: &'a str,
    /// Its regions, that of global services included.
    pub regions: Vec<String>,
}

/// Findings of a scan, on their way.
pub struct Delivery<'a> {
    /// Where they wait.
    pub depot: &'a Depot,
    /// What the scan has seen.
    pub history: &'a History,
    /// The scan in it.
    pub side: Side,
    /// The time of the import.
    pub now: jiff::Timestamp,
}

impl Delivery<'_> {
    /// Imports into all accounts.
    pub async fn deliver(&self, hubs: &dyn Hubs, accounts: Vec<Whole<'_>>) -> Result<Tally, HubError> {
        let mut tally = Tally::default();
        let mut running = iter(accounts).map(|whole| self.account(hubs, whole)).buffer_unordered(ACCOUNTS_AT_ONCE);
        while let Some(of_account) = running.next().await {
            tally.add(of_account?);
        }
        Ok(tally)
    }

    async fn account(&self, hubs: &dyn Hubs, whole: Whole<'_>) -> Result<Tally, HubError> {
        let Whole { account, mut regions } = whole;
        let mut tally = Tally::default();
        for region in self.depot.regions(account)? {
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        // Nobody has looked at it, and nobody is to get in.
        if regions.is_empty() {
            return Ok(tally);
        }
        let hub = match hubs.of(account).await {
            Ok(hub) => hub,
            Err(unknown) => {
                let waiting = regions.iter().map(|region| self.depot.count(Pile::Open, account, region, 0));
                let waiting: u64 = waiting.sum::<rusqlite::Result<u64>>()?;
                tally.trouble("nobody gets into the account", &unknown.to_string(), account, waiting);
                return Ok(tally);
            }
        };
        let mut running =
            iter(&regions).map(|region| self.region(&*hub, account, region)).buffer_unordered(REGIONS_AT_ONCE);
        while let Some(of_region) = running.next().await {
            tally.add(of_region?);
        }
        Ok(tally)
    }

    async fn region(&self, hub: &dyn Hub, account: &str, region: &str) -> Result<Tally, HubError> {
        let mut tally = Tally::default();
        let place = format!("{account}/{region}");
        match self.sweep(hub, account, region).await? {
            Ok(()) => {}
            Err(Refusal::Off) => {
                let waiting = self.depot.count(Pile::Open, account, region, 0)?;
                if waiting > 0 {
                    tally.trouble("Security Hub is not on", "", &place, waiting);
                }
                return Ok(tally);
            }
            Err(Refusal::Unknown(unknown)) => {
                let what = format!("what is resolved could not be looked for: {}: {}", unknown.reason, unknown.action);
                tally.trouble(&what, &unknown.detail, &place, 0);
            }
        }
        tally.places = 1;
        tally.archived = self.send(hub, Pile::Resolved, (account, region), &mut tally).await?;
        tally.imported = self.send(hub, Pile::Open, (account, region), &mut tally).await?;
        Ok(tally)
    }

    /// Looks at what earlier scans have imported, and puts aside what is resolved. Nothing is archived before the last
    /// page is read: the pages would move.
    async fn sweep(&self, hub: &dyn Hub, account: &str, region: &str) -> Result<Result<(), Refusal>, HubError> {
        let mut page = None;
        loop {
            let Page { findings, next } = match hub.active(region, page).await {
                Ok(page) => page,
                Err(refusal) => return Ok(Err(refusal)),
            };
            // A server may not heed all that it is asked for.
            let ours = |finding: &AwsFinding| {
                finding.aws_account_id == account && finding.region == region && finding.is_active()
            };
            for finding in findings.into_iter().filter(ours) {
                match self.fate(&finding)? {
                    Fate::Open => self.depot.know(&finding)?,
                    Fate::Resolved(resolution) => {
                        let archived = finding.archived(&resolution, self.now);
                        self.depot.add(Pile::Resolved, &archived, &serde_json::to_string(&archived)?)?;
                    }
                    Fate::Unsettled => {}
                }
            }
            page = next;
            if page.is_none() {
                return Ok(Ok(()));
            }
        }
    }

    fn fate(&self, finding: &AwsFinding) -> Result<Fate, HistoryError> {
        let Some(place) = place_of(finding) else { return Ok(Fate::Unsettled) };
        if let Some(seen) = self.side.seen(self.history, &place.id)? {
            return Ok(match seen.status {
                Status::Pass | Status::NotApplicable => Fate::Resolved(Resolution::Judged(seen.status, seen.message)),
                Status::Fail | Status::Unknown | Status::Excepted | Status::Attested => Fate::Open,
            });
        }
        Ok(match self.side.absence(self.history, &place)? {
            Absence::NotThere => Fate::Resolved(Resolution::Gone),
            Absence::CheckNotMade(_) | Absence::NotSeen(_) => Fate::Unsettled,
        })
    }

    /// Sends what waits at a place, and counts what has arrived.
    async fn send(
        &self,
        hub: &dyn Hub,
        pile: Pile,
        (account, region): (&str, &str),
        tally: &mut Tally,
    ) -> Result<u64, HubError> {
        let (place, mut arrived, mut after) = (format!("{account}/{region}"), 0, 0);
        loop {
            let waiting = self.depot.next(pile, account, region, after, BATCH)?;
            let Some((last, _)) = waiting.last() else { return Ok(arrived) };
            let last = *last;
            let findings: Vec<AwsFinding> =
                waiting.iter().map(|(_, json)| self.ready(json)).collect::<Result<_, HubError>>()?;
            let sent = findings.len();
            match hub.import(region, findings).await {
                Ok(Answer { imported, rejected }) => {
                    arrived += imported as u64;
                    for (code, message) in &rejected {
                        tally.trouble(&format!("Security Hub rejects with {code}"), message, &place, 1);
                    }
                    if let Some(lost @ 1..) = sent.checked_sub(imported + rejected.len()) {
                        tally.trouble("Security Hub does not say what became of some", "", &place, lost as u64);
                    }
                }
                Err(refusal) => {
                    let left = self.depot.count(pile, account, region, after)?;
                    match refusal {
                        Refusal::Off => tally.trouble("Security Hub is not on", "", &place, left),
                        Refusal::Unknown(Unknown { reason, action, detail }) => {
                            tally.trouble(&format!("{reason}: {action}"), &detail, &place, left);
                        }
                    }
                    return Ok(arrived);
                }
            }
            after = last;
        }
    }

    /// A finding as it is sent: now, and known since when it has been.
    fn ready(&self, json: &str) -> Result<AwsFinding, HubError> {
        let mut finding: AwsFinding = serde_json::from_str(json)?;
        if let Some((created, first)) = self.depot.known(&finding.id)? {
            finding.created_at = created;
            finding.first_observed_at = first;
        }
        finding.updated_at = self.now.to_string();
        Ok(finding)
    }
}

/// Which finding it is, from what we have written beside it; `None` if it is none of ours.
fn place_of(finding: &AwsFinding) -> Option<Place> {
    let id = finding.own_id()?;
    let field = |name: &str| finding.own_field(name).map(str::to_owned);
    Some(Place {
        id: id.to_owned(),
        check: field("Check")?,
        duty: field("Duty")?,
        account: finding.aws_account_id.clone(),
        region: field("Region")?,
        kind: field("Kind"),
        resource_type: field("ResourceType")?,
        arn: finding.resource_arn().to_owned(),
        resource: field("ResourceId")?,
    })
}
