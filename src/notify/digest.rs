//! What is new in a scan, grouped by whom it concerns: gathered as findings come, and never more than memory should hold.

use std::collections::BTreeMap;

use plimsoll_checks::contract::Severity;
use serde::Serialize;

use crate::history::{self, Change};
use crate::report::Opening;
use crate::scan::{Finding, OwnerSource};

/// Owners whose findings are kept by name; of what others have, the number.
const OWNERS: usize = 500;
/// Findings that are kept for each owner, the most severe; of the others, the number.
const FINDINGS: usize = 20;
/// The longest text that is kept of a name or a message, in characters.
const LONGEST: usize = 512;

/// How many there are, by severity.
pub type BySeverity = BTreeMap<Severity, usize>;

/// A finding that is new.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// The finding's id.
    pub id: String,
    /// What has become of it since the scan it is compared with.
    pub change: &'static str,
    /// The check.
    pub check: &'static str,
    /// The statement that is not true.
    pub title: &'static str,
    /// How much harm that does.
    pub severity: Severity,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The CloudFormation type of the resource.
    pub resource_type: &'static str,
    /// The resource's id.
    pub resource: String,
    /// The resource's ARN.
    pub arn: String,
    /// What is true of the resource.
    pub message: String,
}

/// What concerns one owner.
#[derive(Debug, Clone)]
pub struct Group {
    /// Who it is.
    pub owner: String,
    /// How that is known.
    pub from: OwnerSource,
    /// All that is new.
    pub counts: BySeverity,
    /// The most severe of it.
    pub items: Vec<Item>,
}

/// What is new in a scan.
#[derive(Debug)]
pub struct Digest {
    least: Severity,
    scope: String,
    series: String,
    started: jiff::Timestamp,
    since: Option<String>,
    groups: BTreeMap<(String, OwnerSource), Group>,
    counts: BySeverity,
    hidden: BySeverity,
    partial: bool,
}

impl Digest {
    /// Nothing yet, of a scan that is compared with the one that began at `since`; with none, if there was no earlier one.
    pub fn new(opening: &Opening, series: &str, since: Option<String>, least: Severity) -> Self {
        Self {
            least,
            scope: opening.scope.name(),
            series: series.to_owned(),
            started: opening.scope.started(),
            since,
            groups: BTreeMap::new(),
            counts: BySeverity::new(),
            hidden: BySeverity::new(),
            partial: false,
        }
    }

    /// Whether anybody wants to be told of something so severe.
    pub fn wants(&self, severity: Severity) -> bool {
        severity >= self.least
    }

    /// Takes a finding that fails and did not, or that is more severe than it was.
    pub fn add(&mut self, finding: &Finding, change: Option<&Change>) {
        let severity = finding.severity();
        *self.counts.entry(severity).or_insert(0) += 1;
        let key = (cut(&finding.owner.name), finding.owner.from);
        if self.groups.len() >= OWNERS && !self.groups.contains_key(&key) {
            return;
        }
        let group = self.groups.entry(key).or_insert_with_key(|(owner, from)| Group {
            owner: owner.clone(),
            from: *from,
            counts: BySeverity::new(),
            items: Vec::new(),
        });
        *group.counts.entry(severity).or_insert(0) += 1;
        // After all that are as severe, so that the order of the report is kept.
        let at = group.items.partition_point(|item| item.severity >= severity);
        if at < FINDINGS {
            group.items.insert(at, Item::of(finding, change));
            group.items.truncate(FINDINGS);
        }
    }

    /// Takes what failed, and cannot be seen any more.
    pub fn hide(&mut self, severity: Severity) {
        *self.hidden.entry(severity).or_insert(0) += 1;
    }

    /// The scan was stopped before its end: what it did not reach is no news, for the next scan looks there.
    pub fn is_partial(&mut self) {
        self.partial = true;
        self.hidden.clear();
    }

    /// What of it is at least so severe, the owner with the worst first.
    pub fn from(&self, least: Severity) -> News<'_> {
        let severe = |counts: &BySeverity| counts.range(least..).map(|(severity, count)| (*severity, *count)).collect();
        let group = |group: &Group| Group {
            counts: severe(&group.counts),
            items: group.items.iter().filter(|item| item.severity >= least).cloned().collect(),
            ..group.clone()
        };
        let mut groups: Vec<Group> = self.groups.values().map(group).filter(|it| total(&it.counts) > 0).collect();
        let weight = |group: &Group| {
            let count = |severity: &Severity| group.counts.get(severity).copied().unwrap_or(0);
            Severity::ALL.iter().rev().map(count).collect::<Vec<_>>()
        };
        groups.sort_by_key(|group| std::cmp::Reverse(weight(group)));
        News {
            scope: &self.scope,
            series: &self.series,
            started: self.started,
            since: self.since.as_deref(),
            partial: self.partial,
            least,
            counts: severe(&self.counts),
            hidden: severe(&self.hidden),
            groups,
        }
    }
}

impl Item {
    fn of(finding: &Finding, change: Option<&Change>) -> Self {
        Self {
            id: finding.id(),
            change: change.map_or(history::Kind::New, |change| change.kind).as_str(),
            check: &finding.check.registered.id,
            title: &finding.check.registered.title,
            severity: finding.severity(),
            account: finding.place.account.to_string(),
            region: finding.place.region.to_string(),
            resource_type: finding.resource_type,
            resource: cut(finding.resource_id()),
            arn: cut(&finding.arn()),
            message: cut(&finding.message()),
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What one destination is told of.
pub struct News<'a> {
    /// What was scanned, in a few words.
    pub scope: &'a str,
    /// Which accounts, as the history calls them.
    pub series: &'a str,
    /// When the scan began.
    pub started: jiff::Timestamp,
    /// When the scan began that it is compared with; `None` if there was none.
    pub since: Option<&'a str>,
    /// Whether the scan was stopped before its end.
    pub partial: bool,
    /// The least severity that is told of.
    pub least: Severity,
    /// All that is new.
    pub counts: BySeverity,
    /// What failed, and cannot be seen any more.
    pub hidden: BySeverity,
    /// The same by owners; those beyond what is kept are only in `counts`.
    pub groups: Vec<Group>,
}

impl News<'_> {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.fresh() == 0 && self.hidden() == 0
    }

    /// How many findings are new.
    pub fn fresh(&self) -> usize {
        total(&self.counts)
    }

    /// How many findings failed and cannot be seen any more.
    pub fn hidden(&self) -> usize {
        total(&self.hidden)
    }

    /// The worst that is new; what cannot be seen any more may be as bad as it was.
    pub fn worst(&self) -> Severity {
        let last = |counts: &BySeverity| counts.last_key_value().map(|(severity, _)| *severity);
        last(&self.counts).max(last(&self.hidden)).unwrap_or(self.least)
    }
}

/// All of them.
pub fn total(counts: &BySeverity) -> usize {
    counts.values().sum()
}

/// The part of some news that a message has room for.
pub struct Fitted<'a> {
    /// Owners, each with the findings that are named.
    pub shown: Vec<(&'a Group, &'a [Item])>,
    /// New findings that are not named.
    pub left: usize,
}

/// What a message has room for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Of whatever is measured.
    pub size: usize,
    /// Owners.
    pub owners: usize,
    /// Findings of one owner.
    pub findings: usize,
}

/// Picks what fits: the owners with the worst first. `owner` and `finding` tell the size that each takes.
pub fn fit<'a>(
    news: &'a News<'_>,
    room: Room,
    owner: impl Fn(&Group) -> usize,
    finding: impl Fn(&Item) -> usize,
) -> Fitted<'a> {
    let mut free = room.size;
    let mut shown: Vec<(&Group, &[Item])> = Vec::new();
    for group in news.groups.iter().take(room.owners) {
        let Some(mut rest) = free.checked_sub(owner(group)) else { break };
        let mut fits = 0;
        for item in group.items.iter().take(room.findings) {
            let Some(less) = rest.checked_sub(finding(item)) else { break };
            (rest, fits) = (less, fits + 1);
        }
        // An owner without a finding would be told of nothing.
        if fits == 0 {
            break;
        }
        free = rest;
        shown.push((group, &group.items[..fits]));
    }
    let named: usize = shown.iter().map(|(_, items)| items.len()).sum();
    Fitted { left: news.fresh() - named, shown }
}
