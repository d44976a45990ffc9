//! What only several scans tell: how long something fails, and how long it takes to be mended.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use plimsoll_checks::contract::{Severity, Status};
use rusqlite::params;

use super::compare::{absence, place_of};
use super::write::{named, seen_of};
use super::{Absence, History, HistoryError, Place, Scan, Seen, Side};

/// How many findings of a duty stood how in a scan.
pub type Tallies = BTreeMap<String, BTreeMap<Status, usize>>;

/// How many findings of each duty stood how in a scan.
pub fn tallies(history: &History, scan: i64) -> Result<Tallies, HistoryError> {
    let sql = "SELECT duty, status, count FROM tally WHERE scan = ?1";
    let mut all = Tallies::new();
    let read = history.connection.prepare_cached(sql).and_then(|mut statement| {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, named(row, 1, Status::from_name)?, row.get(2)?));
        statement.query_map([scan], row)?.collect::<Result<Vec<(String, Status, i64)>, _>>()
    });
    for (duty, status, count) in read.map_err(|error| history.failed(error))? {
        all.entry(duty).or_default().insert(status, usize::try_from(count).unwrap_or(0));
    }
    Ok(all)
}

/// How long something fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    /// What.
    pub place: Place,
    /// How it stands now.
    pub seen: Seen,
    /// The scan that saw it fail first, with no scan since that saw it not fail.
    pub since: Timestamp,
    /// Scans since then that could not see it.
    pub unseen: i64,
    /// Whether the scan before that one saw it not fail, or not there; otherwise it may fail for longer.
    pub is_known_to_begin: bool,
}

/// How long it takes to mend what fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mended {
    /// Failures whose beginning and end were both seen.
    pub count: u32,
    /// How long they failed, together.
    pub total: SignedDuration,
    /// Failures that were mended, and whose beginning or end no scan saw.
    pub left_out: u32,
}

impl Mended {
    /// The mean; `None` if there is nothing to take it of.
    pub fn mean(&self) -> Option<SignedDuration> {
        (self.count > 0).then(|| self.total / i32::try_from(self.count).unwrap_or(i32::MAX))
    }
}

/// The states of one finding, the oldest first.
struct Life {
    place: Place,
    states: Vec<(i64, i64, Seen)>,
}

impl Life {
    /// How it stood in a scan.
    fn at(&self, number: i64) -> Option<&Seen> {
        self.states.iter().find(|(first, last, _)| (first..=last).contains(&&number)).map(|(.., seen)| seen)
    }
}

/// What a scan saw of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// It fails, accepted or not.
    False,
    /// It does not, or there is no such resource.
    NotFalse,
    /// Nothing.
    None,
}

/// The scans of a series by number, and what each has looked at.
struct Calendar<'a> {
    history: &'a History,
    started: BTreeMap<i64, Timestamp>,
    sides: BTreeMap<i64, Side>,
}

impl<'a> Calendar<'a> {
    fn of(history: &'a History, until: &Scan) -> Result<Self, HistoryError> {
        let (mut started, mut sides) = (BTreeMap::new(), BTreeMap::new());
        let scans = history.scans()?;
        for scan in scans.iter().filter(|scan| scan.series == until.series && scan.number <= until.number) {
            if let Ok(at) = scan.started.parse() {
                started.insert(scan.number, at);
            }
            sides.insert(scan.number, Side::of(history, scan)?);
        }
        Ok(Self { history, started, sides })
    }

    /// What a scan saw of a finding. One that it does not have it may have seen not to be there.
    fn sight(&self, life: &Life, number: i64) -> Result<Sight, HistoryError> {
        if let Some(seen) = life.at(number) {
            return Ok(match seen.status {
                status if status.is_false() => Sight::False,
                status if status.is_seen() => Sight::NotFalse,
                _ => Sight::None,
            });
        }
        let Some(side) = self.sides.get(&number) else { return Ok(Sight::None) };
        let is_gone = absence(self.history, side, &life.place)? == Absence::NotThere;
        Ok(if is_gone { Sight::NotFalse } else { Sight::None })
    }
}

const LIVES: &str = "
    SELECT f.key, f.check_id, f.duty, f.account, f.region, f.kind, f.resource_type, f.arn, f.resource,
           s.status, s.severity, s.message, s.cause, s.evidence, s.first, s.last
    FROM finding f JOIN state s ON s.finding = f.id
    WHERE f.series = ?1 AND s.first <= ?2
      AND EXISTS (SELECT 1 FROM state x WHERE x.finding = f.id AND x.status IN ('fail', 'excepted'))
    ORDER BY f.id, s.first";

/// Hands on the life of each finding that has ever failed.
fn lives(
    history: &History,
    until: &Scan,
    mut take: impl FnMut(Life) -> Result<(), HistoryError>,
) -> Result<(), HistoryError> {
    let failed = |error| history.failed(error);
    let mut statement = history.connection.prepare_cached(LIVES).map_err(failed)?;
    let mut rows = statement.query(params![until.series, until.number]).map_err(failed)?;
    let mut life: Option<Life> = None;
    while let Some(row) = rows.next().map_err(failed)? {
        let place = place_of(row).map_err(failed)?;
        let last: Option<i64> = row.get(15).map_err(failed)?;
        let state = (
            row.get(14).map_err(failed)?,
            last.unwrap_or(until.number).min(until.number),
            seen_of(row, 9).map_err(failed)?,
        );
        match &mut life {
            Some(life) if life.place.id == place.id => life.states.push(state),
            _ => {
                if let Some(whole) = life.replace(Life { place, states: vec![state] }) {
                    take(whole)?;
                }
            }
        }
    }
    life.map_or(Ok(()), take)
}

/// How long each finding that fails in a scan has been failing.
pub fn ages(
    history: &History,
    scan: &Scan,
    mut take: impl FnMut(Age) -> Result<(), HistoryError>,
) -> Result<(), HistoryError> {
    let calendar = Calendar::of(history, scan)?;
    lives(history, scan, |life| age(&calendar, scan, life)?.map_or(Ok(()), &mut take))
}

fn age(calendar: &Calendar<'_>, scan: &Scan, life: Life) -> Result<Option<Age>, HistoryError> {
    let now = life.at(scan.number).filter(|seen| seen.status == Status::Fail).cloned();
    let Some(seen) = now else { return Ok(None) };
    let (mut since, mut unseen, mut blind, mut is_known_to_begin) = (scan.number, 0, 0, false);
    for number in (1..scan.number).rev() {
        match calendar.sight(&life, number)? {
            Sight::False => {
                unseen += blind;
                (blind, since) = (0, number);
            }
            Sight::NotFalse => {
                is_known_to_begin = blind == 0;
                break;
            }
            Sight::None => blind += 1,
        }
    }
    let Some(started) = calendar.started.get(&since) else { return Ok(None) };
    Ok(Some(Age { place: life.place, seen, since: *started, unseen, is_known_to_begin }))
}

/// How long it took to mend what failed and does not any more, by severity, up to a scan.
pub fn mended(history: &History, until: &Scan) -> Result<BTreeMap<Severity, Mended>, HistoryError> {
    let calendar = Calendar::of(history, until)?;
    let mut all: BTreeMap<Severity, Mended> = BTreeMap::new();
    lives(history, until, |life| {
        for (severity, took) in mends(&calendar, until.number, &life)? {
            let mended = all.entry(severity).or_default();
            match took {
                Some(took) => {
                    mended.count += 1;
                    mended.total += took;
                }
                None => mended.left_out += 1,
            }
        }
        Ok(())
    })?;
    Ok(all)
}

/// Each time that a finding was mended, with how long it had failed, if that was seen.
fn mends(
    calendar: &Calendar<'_>,
    until: i64,
    life: &Life,
) -> Result<Vec<(Severity, Option<SignedDuration>)>, HistoryError> {
    let mut mends = Vec::new();
    // The scan that saw it fail first, how severe it was, and whether every scan from the one before on has seen it.
    let mut failing: Option<(i64, Severity, bool)> = None;
    let mut before = Sight::None;
    let begin = life.states.first().map_or(1, |(first, ..)| (first - 1).max(1));
    for number in begin..=until {
        let sight = calendar.sight(life, number)?;
        match (sight, &mut failing) {
            (Sight::False, None) => {
                let severity = life.at(number).map_or(Severity::Low, |seen| seen.severity);
                failing = Some((number, severity, before == Sight::NotFalse));
            }
            (Sight::None, Some((.., is_seen))) => *is_seen = false,
            (Sight::NotFalse, Some((since, severity, is_seen))) if life.at(number).is_some() => {
                let times = calendar.started.get(since).zip(calendar.started.get(&number));
                let took = times.filter(|_| *is_seen).map(|(from, to)| to.duration_since(*from));
                mends.push((*severity, took));
                failing = None;
            }
            // A resource that is gone was not mended.
            (Sight::NotFalse, Some(_)) => failing = None,
            (Sight::None | Sight::NotFalse, None) | (Sight::False, Some(_)) => {}
        }
        before = sight;
    }
    Ok(mends)
}
