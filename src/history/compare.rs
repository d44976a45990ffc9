//! What has become of each finding from one scan to another. That something is no longer there is believed only of
//! scans that have looked: what could not be seen is neither fixed nor gone.

use std::collections::BTreeMap;

use plimsoll_checks::contract::{GLOBAL, Scope, Severity, Status};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde_json::Value;

use super::collect::{ACCOUNT, fingerprint};
use super::row::hex;
use super::write::{key_of, seen_of};
use super::{History, HistoryError, Place, Scan, Seen, opened_scan};
use crate::report::Opening;

/// What has become of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It fails, and was seen not to fail, or not to be there.
    New,
    /// It fails, or is unknown, and what accepted or vouched for it no longer does.
    Reopened,
    /// The verdict is another one, and so is the rule: which of the two did it cannot be told.
    RuleChanged,
    /// It stands as it did, by other values, with another severity, or for another reason.
    Changed,
    /// It was seen, and could not be seen any more. It is not fixed.
    NoLongerVisible,
    /// It could not be seen, and now is.
    BecameVisible,
    /// It was not there, and does not fail.
    Appeared,
    /// The check was not made before.
    CheckNew,
    /// An exception accepts it, or a signed statement stands for it. It is not fixed.
    Accepted,
    /// It failed, and was seen not to fail any more.
    Fixed,
    /// The list that would show the resource was read whole, and does not show it.
    ResourceGone,
    /// The check is not made any more.
    CheckNotMade,
}

impl Kind {
    /// All of them, what asks for somebody first.
    pub const ALL: [Self; 12] = [
        Self::New,
        Self::Reopened,
        Self::RuleChanged,
        Self::Changed,
        Self::NoLongerVisible,
        Self::BecameVisible,
        Self::Appeared,
        Self::CheckNew,
        Self::Accepted,
        Self::Fixed,
        Self::ResourceGone,
        Self::CheckNotMade,
    ];

    /// The word for it in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::RuleChanged => "rule-changed",
            Self::Changed => "changed",
            Self::NoLongerVisible => "no-longer-visible",
            Self::BecameVisible => "became-visible",
            Self::Appeared => "appeared",
            Self::CheckNew => "check-new",
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
            Self::ResourceGone => "resource-gone",
            Self::CheckNotMade => "check-not-made",
        }
    }

    /// The same for people.
    pub fn words(self) -> String {
        match self {
            Self::CheckNew => "check not made before".to_owned(),
            Self::CheckNotMade => "check not made any more".to_owned(),
            other => other.as_str().replace('-', " "),
        }
    }
}

/// What has become of one finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// In one word.
    pub kind: Kind,
    /// Why that is said, where it is not plain.
    pub why: Option<String>,
    /// What is different, where it was seen both times.
    pub differs: Vec<Difference>,
}

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// `status`, `severity`, `message`, `unknown`, or the call and field of a value.
    pub what: String,
    /// What it was; null if it was not there.
    pub old: Value,
    /// What it is; null if it is not there.
    pub new: Value,
}

impl Change {
    fn of(kind: Kind) -> Self {
        Self { kind, why: None, differs: Vec::new() }
    }

    fn because(kind: Kind, why: impl Into<String>) -> Self {
        Self { why: Some(why.into()), ..Self::of(kind) }
    }
}

/// Why a scan does not have a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// It did not make the check.
    CheckNotMade(String),
    /// It did not look there, or not well enough to say.
    NotSeen(String),
    /// It looked, and there is no such resource.
    NotThere,
}

/// A check of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    state: String,
    fingerprint: Option<String>,
}

/// One of the two scans.
pub struct Side {
    series: i64,
    number: i64,
    tool: String,
    settings: String,
    made: BTreeMap<String, Made>,
}

impl Side {
    /// A scan of a history.
    pub fn of(history: &History, scan: &Scan) -> Result<Self, HistoryError> {
        let sql = "SELECT check_id, state, fingerprint FROM made WHERE scan = ?1";
        let made = history.connection.prepare_cached(sql).and_then(|mut statement| {
            let made =
                |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Made { state: row.get(1)?, fingerprint: row.get(2)? }));
            statement.query_map([scan.id], made)?.collect()
        });
        Ok(Self {
            series: scan.series,
            number: scan.number,
            tool: scan.tool.clone(),
            settings: scan.settings.clone(),
            made: made.map_err(|error| history.failed(error))?,
        })
    }

    /// How many checks the scan has made to their end.
    pub fn checks_made(&self) -> usize {
        self.made.values().filter(|made| made.state == "made").count()
    }

    /// How a finding stands in the scan, if it is in it.
    pub fn seen(&self, history: &History, id: &str) -> Result<Option<Seen>, HistoryError> {
        let sql = "SELECT s.status, s.severity, s.message, s.cause, s.evidence FROM finding f JOIN state s ON s.finding \
                   = f.id WHERE f.series = ?1 AND f.key = ?2 AND s.first <= ?3 AND (s.last IS NULL OR s.last >= ?3)";
        let seen = history.connection.prepare_cached(sql).and_then(|mut statement| {
            let with = params![self.series, key_of(id), self.number];
            statement.query_row(with, |row| seen_of(row, 0)).optional()
        });
        seen.map_err(|error| history.failed(error))
    }

    /// Why a finding is not in the scan.
    pub fn absence(&self, history: &History, place: &Place) -> Result<Absence, HistoryError> {
        absence(history, self, place)
    }

    /// A scan that is under way.
    pub fn under_way(opening: &Opening) -> Self {
        let facts = opened_scan(opening);
        let made = opening.checks.iter().map(|check| {
            let fingerprint = Some(fingerprint(&check.title, check.check.duty.as_str()));
            (check.id.clone(), Made { state: "made".to_owned(), fingerprint })
        });
        Self { series: 0, number: 0, tool: facts.tool, settings: facts.settings, made: made.collect() }
    }
}

/// How many findings have become what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By what they have become.
    pub kinds: BTreeMap<Kind, usize>,
    /// Those that fail and did not, by severity.
    pub newly_failing: BTreeMap<Severity, usize>,
    /// Those that cannot be seen, and could, or were not there.
    pub newly_unseen: usize,
}

impl Counts {
    /// Counts a change.
    pub fn add(&mut self, change: &Change, old: Option<&Seen>, new: Option<&Seen>) {
        *self.kinds.entry(change.kind).or_insert(0) += 1;
        let is_unseen = new.is_none_or(|new| new.status == Status::Unknown);
        let was_seen = old.is_none_or(|old| old.status != Status::Unknown);
        let disappears = matches!(change.kind, Kind::ResourceGone | Kind::CheckNotMade);
        self.newly_unseen += usize::from(is_unseen && was_seen && !disappears);
        if let Some(new) = new.filter(|new| newly_fails(old, new)) {
            *self.newly_failing.entry(new.severity).or_insert(0) += 1;
        }
    }

    /// How many fail at or above a severity that did not fail so before.
    pub fn newly_failing_from(&self, least: Severity) -> usize {
        self.newly_failing.range(least..).map(|(_, count)| count).sum()
    }

    /// In one line: "3 new, 2 fixed"; or that there is nothing.
    pub fn words(&self) -> String {
        let count = |kind: &Kind| {
            self.kinds.get(kind).map(|count| format!("{} {}", crate::scan::grouped(*count), kind.words()))
        };
        let words: Vec<String> = Kind::ALL.iter().filter_map(count).collect();
        if words.is_empty() { "nothing has changed".to_owned() } else { words.join(", ") }
    }
}

/// Whether a finding fails, and did not, or not so badly.
pub fn newly_fails(old: Option<&Seen>, new: &Seen) -> bool {
    let failed = old.is_some_and(|old| old.status == Status::Fail && old.severity >= new.severity);
    new.status == Status::Fail && !failed
}

/// Two scans of one series, side by side.
pub struct Comparison<'a> {
    history: &'a History,
    /// The earlier one.
    pub old: Side,
    /// The later one.
    pub new: Side,
}

const BOTH: &str = "
    WITH o AS (SELECT * FROM state WHERE series = ?1 AND first <= ?2 AND (last IS NULL OR last >= ?2)),
         n AS (SELECT * FROM state WHERE series = ?1 AND first <= ?3 AND (last IS NULL OR last >= ?3))
    SELECT f.key, f.check_id, f.duty, f.account, f.region, f.kind, f.resource_type, f.arn, f.resource,
           o.status, o.severity, o.message, o.cause, o.evidence,
           n.status, n.severity, n.message, n.cause, n.evidence
    FROM finding f LEFT JOIN o ON o.finding = f.id LEFT JOIN n ON n.finding = f.id
    WHERE f.series = ?1 AND o.id IS NOT n.id
    ORDER BY f.id";

impl<'a> Comparison<'a> {
    /// Compares two sides; both are scans of `history`, or `new` is yet to come.
    pub fn new(history: &'a History, old: Side, new: Side) -> Self {
        Self { history, old, new }
    }

    /// Hands on what has become of each finding, those that stand as they did left out.
    pub fn each<E: From<HistoryError>>(
        &self,
        mut take: impl FnMut(&Place, &Change, Option<&Seen>, Option<&Seen>) -> Result<(), E>,
    ) -> Result<Counts, E> {
        let failed = |error| self.history.failed(error);
        let mut counts = Counts::default();
        let mut statement = self.history.connection.prepare_cached(BOTH).map_err(failed)?;
        let with = params![self.old.series, self.old.number, self.new.number];
        let mut rows = statement.query(with).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let place = place_of(row).map_err(failed)?;
            let side = |at: usize| -> rusqlite::Result<Option<Seen>> {
                if row.get::<_, Option<String>>(at)?.is_none() { Ok(None) } else { seen_of(row, at).map(Some) }
            };
            let (old, new) = (side(9).map_err(failed)?, side(14).map_err(failed)?);
            if let Some(change) = self.change(&place, old.as_ref(), new.as_ref())? {
                counts.add(&change, old.as_ref(), new.as_ref());
                take(&place, &change, old.as_ref(), new.as_ref())?;
            }
        }
        Ok(counts)
    }

    /// How a finding stood in the earlier scan.
    pub fn before(&self, id: &str) -> Result<Option<Seen>, HistoryError> {
        self.old.seen(self.history, id)
    }

    /// What has become of a finding; `None` if nothing has.
    pub fn change(
        &self,
        place: &Place,
        old: Option<&Seen>,
        new: Option<&Seen>,
    ) -> Result<Option<Change>, HistoryError> {
        Ok(match (old, new) {
            (None, None) => None,
            (None, Some(new)) => Some(came(place, new, self.absence(&self.old, place)?)),
            (Some(old), None) => went(place, old, self.absence(&self.new, place)?),
            (Some(old), Some(new)) => self.stayed(place, old, new)?,
        })
    }

    fn stayed(&self, place: &Place, old: &Seen, new: &Seen) -> Result<Option<Change>, HistoryError> {
        if old.is_same_as(new) {
            return Ok(None);
        }
        let differs = differences(old, new).map_err(|source| HistoryError::Damaged {
            path: self.history.path.clone(),
            finding: place.id.clone(),
            source,
        })?;
        let rule = self.rule_change(&place.check);
        let is_verdict = old.status.is_seen() && new.status.is_seen();
        let turned = is_verdict && old.status.is_false() != new.status.is_false();
        let only_words = differs.iter().all(|it| it.what == "message");
        if let Some(rule) = rule.filter(|_| turned || only_words) {
            let same_values = old.evidence == new.evidence;
            let values = if same_values { "the values are the same" } else { "the values have changed, too" };
            return Ok(Some(Change { differs, ..Change::because(Kind::RuleChanged, format!("{rule}; {values}")) }));
        }
        Ok(Some(Change { differs, ..Change::of(turn(old.status, new.status)) }))
    }

    /// What is different about the rule of a check, if anything is.
    fn rule_change(&self, check: &str) -> Option<String> {
        let mut words = Vec::new();
        if self.old.tool != self.new.tool {
            words.push(format!("plimsoll {} became {}", self.old.tool, self.new.tool));
        }
        if self.old.settings != self.new.settings {
            words.push("other settings are laid down".to_owned());
        }
        let print = |side: &Side| side.made.get(check).and_then(|made| made.fingerprint.clone());
        if let (Some(old), Some(new)) = (print(&self.old), print(&self.new))
            && old != new
        {
            words.push("the check says something else".to_owned());
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Why a scan does not have a finding.
    pub fn absence(&self, side: &Side, place: &Place) -> Result<Absence, HistoryError> {
        absence(self.history, side, place)
    }
}

/// Why a scan of a history does not have a finding.
pub(super) fn absence(history: &History, side: &Side, place: &Place) -> Result<Absence, HistoryError> {
    let not_seen = |why: String| Ok(Absence::NotSeen(why));
    match side.made.get(&place.check).map(|made| &*made.state) {
        None => return Ok(Absence::CheckNotMade("the check was not chosen".to_owned())),
        Some("off") => return Ok(Absence::CheckNotMade("the check is off by configuration".to_owned())),
        Some("made") => {}
        Some(_) => return not_seen("the scan was stopped before its end".to_owned()),
    }
    match covered(history, side, &place.account, ACCOUNT, GLOBAL)? {
        None => return not_seen(format!("account {} was not looked at", place.account)),
        Some((state, regions)) if regions.is_empty() => {
            return not_seen(format!("account {} was not read: {state}", place.account));
        }
        Some((_, regions)) if place.region != GLOBAL && !regions.split(' ').any(|region| region == place.region) => {
            return not_seen(format!("{} was not looked at", place.region));
        }
        Some(_) => {}
    }
    let judges = |kind: &str| {
        let check = plimsoll_checks::checks().iter().find(|check| check.id == place.check)?;
        check.check.over.iter().map(|over| over.read).find(|read| read.name == kind)
    };
    let Some(read) = place.kind.as_deref().and_then(judges) else {
        return not_seen("this version does not know which list would show it".to_owned());
    };
    if !read.is_call() {
        // The account and its regions are known without a list; other kinds are told of by others.
        let is_known = read.name.starts_with("account/");
        return if is_known { Ok(Absence::NotThere) } else { not_seen(format!("no list shows every {}", read.name)) };
    }
    let region = if read.scope == Scope::Global { GLOBAL } else { &place.region };
    match covered(history, side, &place.account, read.name, region)? {
        Some((state, _)) if state == "complete" => Ok(Absence::NotThere),
        Some((_, why)) => not_seen(format!("{} was not read whole: {why}", read.name)),
        None => not_seen(format!("{} was not read", read.name)),
    }
}

fn covered(
    history: &History,
    side: &Side,
    account: &str,
    read: &str,
    region: &str,
) -> Result<Option<(String, String)>, HistoryError> {
    let sql = "SELECT state, why FROM coverage WHERE series = ?1 AND account = ?2 AND read = ?3 AND region = ?4 AND first \
               <= ?5 AND (last IS NULL OR last >= ?5)";
    let covered = history.connection.prepare_cached(sql).and_then(|mut statement| {
        let with = params![side.series, account, read, region, side.number];
        statement.query_row(with, |row| Ok((row.get(0)?, row.get(1)?))).optional()
    });
    covered.map_err(|error| history.failed(error))
}

/// A finding that the earlier scan does not have.
fn came(place: &Place, new: &Seen, absence: Absence) -> Change {
    match (absence, new.status) {
        (Absence::CheckNotMade(why), _) => Change::because(Kind::CheckNew, why),
        (Absence::NotThere, Status::Unknown) if place.is_unlisted() => {
            Change::because(Kind::NoLongerVisible, "the list was read whole before")
        }
        (Absence::NotThere, Status::Fail) => Change::of(Kind::New),
        (Absence::NotThere, Status::Excepted | Status::Attested) => Change::of(Kind::Accepted),
        (Absence::NotThere, _) => Change::of(Kind::Appeared),
        (Absence::NotSeen(why), status) if status.is_seen() => Change::because(Kind::BecameVisible, why),
        (Absence::NotSeen(why), _) => Change::because(Kind::Appeared, why),
    }
}

/// A finding that the later scan does not have.
fn went(place: &Place, old: &Seen, absence: Absence) -> Option<Change> {
    match absence {
        Absence::CheckNotMade(why) => Some(Change::because(Kind::CheckNotMade, why)),
        Absence::NotThere if place.is_unlisted() => {
            Some(Change::because(Kind::BecameVisible, "the list is read whole"))
        }
        Absence::NotThere => Some(Change::of(Kind::ResourceGone)),
        // What was not seen before and is not seen now has not changed.
        Absence::NotSeen(why) => old.status.is_seen().then(|| Change::because(Kind::NoLongerVisible, why)),
    }
}

/// A finding that both have, and that stands otherwise.
fn turn(old: Status, new: Status) -> Kind {
    use Status::{Attested, Excepted, Fail, Unknown};
    match (old, new) {
        (Excepted, Fail) | (Attested, Unknown) => Kind::Reopened,
        (Fail, Excepted) | (Unknown, Attested) => Kind::Accepted,
        (old, new) if old.is_seen() && !new.is_seen() => Kind::NoLongerVisible,
        (old, new) if !old.is_seen() && new.is_seen() => Kind::BecameVisible,
        (old, Excepted) if !old.is_false() => Kind::Accepted,
        (old, new) if old.is_false() && !new.is_false() => Kind::Fixed,
        (old, new) if !old.is_false() && new.is_false() => Kind::New,
        _ => Kind::Changed,
    }
}

fn differences(old: &Seen, new: &Seen) -> serde_json::Result<Vec<Difference>> {
    let pairs = [
        ("status", Value::from(old.status.as_str()), Value::from(new.status.as_str())),
        ("severity", Value::from(old.severity.as_str()), Value::from(new.severity.as_str())),
        ("unknown", Value::from(old.cause.clone()), Value::from(new.cause.clone())),
        ("message", Value::from(&*old.message), Value::from(&*new.message)),
    ];
    let differs =
        |(what, old, new): (&str, Value, Value)| (old != new).then(|| Difference { what: what.to_owned(), old, new });
    let mut all: Vec<Difference> = pairs.into_iter().filter_map(differs).collect();
    let (before, after) = (fields(&old.evidence)?, fields(&new.evidence)?);
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let value = |of: &BTreeMap<String, Value>| of.get(name).cloned().unwrap_or(Value::Null);
        let (old, new) = (value(&before), value(&after));
        if old != new {
            all.push(Difference { what: name.clone(), old, new });
        }
    }
    Ok(all)
}

/// Each value of evidence by call, region and field.
fn fields(evidence: &str) -> serde_json::Result<BTreeMap<String, Value>> {
    let calls: Vec<(String, String, BTreeMap<String, Value>)> = serde_json::from_str(evidence)?;
    let named = calls.into_iter().flat_map(|(action, region, fields)| {
        fields.into_iter().map(move |(field, value)| (format!("{action} {region} {field}"), value))
    });
    Ok(named.collect())
}

/// Which finding, from the first nine columns.
pub(super) fn place_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Place> {
    let key: Vec<u8> = row.get(0)?;
    Ok(Place {
        id: hex(&key),
        check: row.get(1)?,
        duty: row.get(2)?,
        account: row.get(3)?,
        region: row.get(4)?,
        kind: row.get(5)?,
        resource_type: row.get(6)?,
        arn: row.get(7)?,
        resource: row.get(8)?,
    })
}
