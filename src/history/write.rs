//! Adding a scan to a history: all of it in one transaction, or nothing.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use plimsoll_checks::contract::{Severity, Status};

use super::{History, HistoryError, Place, Row, Seen};

/// What is known of a scan beside its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanFacts {
    /// Which accounts: scans of the same are compared with each other.
    pub series: String,
    /// When it began to read.
    pub started: jiff::Timestamp,
    /// When the last answer was heard.
    pub finished: Option<jiff::Timestamp>,
    /// Whether it was stopped before its end.
    pub partial: bool,
    /// The version of the program.
    pub tool: String,
    /// What the user had laid down, as JSON.
    pub settings: String,
    /// Who scanned.
    pub caller: String,
}

/// What became of a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The account that was asked.
    pub account: String,
    /// `service/Kind`; or `account`, for how the account itself came through.
    pub read: String,
    /// Where.
    pub region: String,
    /// `complete`, `partial` or `unread`; of an account, the words of its row.
    pub state: String,
    /// Why it was not complete; of an account, its regions, separated by blanks.
    pub why: String,
}

/// A scan that is being added.
pub struct Intake<'a> {
    begun: Transaction<'a>,
    path: std::path::PathBuf,
    scan: i64,
    series: i64,
    number: i64,
    tallies: BTreeMap<(String, Status), i64>,
}

/// Rows of a temporary table that hold what this scan has met; they go to disk when they grow.
const BEGIN: &str = "
    CREATE TEMP TABLE IF NOT EXISTS met_state (id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS met_coverage (id INTEGER PRIMARY KEY);
    DELETE FROM temp.met_state;
    DELETE FROM temp.met_coverage;";

impl History {
    /// Begins to add a scan. A scan that began when the last of its series did takes its place: it is the same one, gone
    /// on with.
    pub fn add(&mut self, facts: &ScanFacts) -> Result<Intake<'_>, HistoryError> {
        let path = self.path.clone();
        let failed = |error| HistoryError::of(&path, error);
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        begun.execute_batch(BEGIN).map_err(failed)?;
        let series = series(&begun, &facts.series).map_err(failed)?;
        let number = match last(&begun, series).map_err(failed)? {
            None => 1,
            // Two that are only compared stand in the order in which they were named.
            Some(last) if self.folder.is_some() => last.number + 1,
            Some(last) if is_before(&last.started, facts.started) => last.number + 1,
            Some(last) if last.started == facts.started.to_string() => {
                undo(&begun, series, &last).map_err(failed)?;
                last.number
            }
            Some(Last { started: last, .. }) => {
                let (series, this) = (facts.series.clone(), facts.started.to_string());
                return Err(HistoryError::Older { path, series, last, this });
            }
        };
        let scan = insert_scan(&begun, series, number, facts).map_err(failed)?;
        Ok(Intake { begun, path, scan, series, number, tallies: BTreeMap::new() })
    }
}

struct Last {
    id: i64,
    number: i64,
    started: String,
}

fn is_before(last: &str, this: jiff::Timestamp) -> bool {
    last.parse::<jiff::Timestamp>().is_ok_and(|last| last < this)
}

fn series(begun: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
    begun.execute("INSERT INTO series (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
    begun.query_row("SELECT id FROM series WHERE name = ?1", [name], |row| row.get(0))
}

fn last(begun: &Transaction<'_>, series: i64) -> rusqlite::Result<Option<Last>> {
    let sql = "SELECT id, number, started FROM scan WHERE series = ?1 ORDER BY number DESC LIMIT 1";
    let last = |row: &rusqlite::Row<'_>| Ok(Last { id: row.get(0)?, number: row.get(1)?, started: row.get(2)? });
    begun.query_row(sql, [series], last).optional()
}

fn insert_scan(begun: &Transaction<'_>, series: i64, number: i64, facts: &ScanFacts) -> rusqlite::Result<i64> {
    begun.execute(
        "INSERT INTO scan (series, number, started, finished, partial, tool, settings, caller) VALUES (?1, ?2, ?3, ?4, \
         ?5, ?6, ?7, ?8)",
        params![
            series,
            number,
            facts.started.to_string(),
            facts.finished.map(|at| at.to_string()),
            facts.partial,
            facts.tool,
            facts.settings,
            facts.caller
        ],
    )?;
    Ok(begun.last_insert_rowid())
}

/// Takes the last scan of a series back: what began with it goes, and what ended before it still stands.
fn undo(begun: &Transaction<'_>, series: i64, last: &Last) -> rusqlite::Result<()> {
    for table in ["state", "coverage"] {
        begun.execute(&format!("DELETE FROM {table} WHERE series = ?1 AND first = ?2"), [series, last.number])?;
        let reopen = format!("UPDATE {table} SET last = NULL WHERE series = ?1 AND last = ?2");
        begun.execute(&reopen, [series, last.number - 1])?;
    }
    begun.execute("DELETE FROM scan WHERE id = ?1", [last.id])?;
    Ok(())
}

impl Intake<'_> {
    /// Takes a finding.
    pub fn finding(&mut self, row: &Row) -> Result<(), HistoryError> {
        *self.tallies.entry((row.place.duty.clone(), row.seen.status)).or_insert(0) += 1;
        self.keep(row).map_err(|error| HistoryError::of(&self.path, error))
    }

    fn keep(&self, Row { place, seen }: &Row) -> rusqlite::Result<()> {
        let finding = self.place(place)?;
        let sql =
            "SELECT id, status, severity, message, cause, evidence FROM state WHERE finding = ?1 AND last IS NULL";
        let open = self.begun.prepare_cached(sql)?.query_row([finding], |row| Ok((row.get(0)?, seen_of(row, 1)?)));
        let id: i64 = match open.optional()? {
            Some((id, was)) if was.is_same_as(seen) => {
                if was.message != seen.message {
                    let sql = "UPDATE state SET message = ?2 WHERE id = ?1";
                    self.begun.prepare_cached(sql)?.execute(params![id, seen.message])?;
                }
                id
            }
            _ => self.insert_state(finding, seen)?,
        };
        self.begun.prepare_cached("INSERT OR IGNORE INTO temp.met_state VALUES (?1)")?.execute([id])?;
        Ok(())
    }

    fn place(&self, place: &Place) -> rusqlite::Result<i64> {
        let key = key_of(&place.id);
        let sql = "SELECT id FROM finding WHERE series = ?1 AND key = ?2";
        let known =
            self.begun.prepare_cached(sql)?.query_row(params![self.series, key], |row| row.get(0)).optional()?;
        if let Some(known) = known {
            return Ok(known);
        }
        let sql = "INSERT INTO finding (series, key, check_id, duty, account, region, kind, resource_type, arn, \
                   resource) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.begun.prepare_cached(sql)?.execute(params![
            self.series,
            key,
            place.check,
            place.duty,
            place.account,
            place.region,
            place.kind,
            place.resource_type,
            place.arn,
            place.resource
        ])?;
        Ok(self.begun.last_insert_rowid())
    }

    fn insert_state(&self, finding: i64, seen: &Seen) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO state (finding, series, first, status, severity, message, cause, evidence) VALUES (?1, \
                   ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.begun.prepare_cached(sql)?.execute(params![
            finding,
            self.series,
            self.number,
            seen.status.as_str(),
            seen.severity.as_str(),
            seen.message,
            seen.cause,
            seen.evidence
        ])?;
        Ok(self.begun.last_insert_rowid())
    }

    /// Takes what became of a read.
    pub fn read(&mut self, read: &Read) -> Result<(), HistoryError> {
        self.keep_read(read).map_err(|error| HistoryError::of(&self.path, error))
    }

    fn keep_read(&self, read: &Read) -> rusqlite::Result<()> {
        let sql = "SELECT id FROM coverage WHERE series = ?1 AND account = ?2 AND read = ?3 AND region = ?4 AND last IS \
                   NULL AND state = ?5 AND why = ?6";
        let with = params![self.series, read.account, read.read, read.region, read.state, read.why];
        let open = self.begun.prepare_cached(sql)?.query_row(with, |row| row.get(0)).optional()?;
        let id: i64 = if let Some(id) = open {
            id
        } else {
            let sql = "INSERT INTO coverage (series, account, read, region, state, why, first) VALUES (?1, ?2, ?3, ?4, \
                       ?5, ?6, ?7)";
            let with = params![self.series, read.account, read.read, read.region, read.state, read.why, self.number];
            self.begun.prepare_cached(sql)?.execute(with)?;
            self.begun.last_insert_rowid()
        };
        self.begun.prepare_cached("INSERT OR IGNORE INTO temp.met_coverage VALUES (?1)")?.execute([id])?;
        Ok(())
    }

    /// Takes a check: `made`, `unreached` (not judged to its end) or `off`, and what tells its rule from another.
    pub fn check(&mut self, check: &str, state: &str, fingerprint: Option<&str>) -> Result<(), HistoryError> {
        let sql = "INSERT INTO made (scan, check_id, state, fingerprint) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (scan, \
                   check_id) DO UPDATE SET state = excluded.state, fingerprint = coalesce(excluded.fingerprint, \
                   fingerprint)";
        let made = self
            .begun
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![self.scan, check, state, fingerprint]));
        made.map(|_| ()).map_err(|error| HistoryError::of(&self.path, error))
    }

    /// Says that the scan was stopped before its end, or when it came to it: what a document tells late.
    pub fn commit(self) -> Result<i64, HistoryError> {
        let Self { begun, path, scan, series, number, tallies } = self;
        let committed = tallies
            .iter()
            .try_for_each(|((duty, status), count)| {
                let sql = "INSERT INTO tally (scan, duty, status, count) VALUES (?1, ?2, ?3, ?4)";
                begun.execute(sql, params![scan, duty, status.as_str(), count]).map(|_| ())
            })
            .and_then(|()| close(&begun, series, number))
            .and_then(|()| begun.commit());
        committed.map(|()| scan).map_err(|error| HistoryError::of(&path, error))
    }
}

/// What this scan has not met stood until the one before it.
fn close(begun: &Transaction<'_>, series: i64, number: i64) -> rusqlite::Result<()> {
    for table in ["state", "coverage"] {
        let sql = format!(
            "UPDATE {table} SET last = ?2 WHERE series = ?1 AND last IS NULL AND id NOT IN (SELECT id FROM \
             temp.met_{table})"
        );
        begun.execute(&sql, [series, number - 1])?;
    }
    Ok(())
}

/// The bytes that 32 hexadecimal digits stand for; anything else is kept as it is written.
pub(super) fn key_of(id: &str) -> Vec<u8> {
    let byte = |at: usize| id.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..id.len()).step_by(2).map(byte).collect();
    bytes.filter(|bytes| bytes.len() == 16).unwrap_or_else(|| id.as_bytes().to_vec())
}

/// How a finding stood, from the columns that begin at `at`: status, severity, message, cause, evidence.
pub(super) fn seen_of(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Seen> {
    Ok(Seen {
        status: named(row, at, Status::from_name)?,
        severity: named(row, at + 1, Severity::from_name)?,
        message: row.get(at + 2)?,
        cause: row.get(at + 3)?,
        evidence: row.get(at + 4)?,
    })
}

pub(super) fn named<T>(row: &rusqlite::Row<'_>, at: usize, of: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let name: String = row.get(at)?;
    of(&name).ok_or_else(|| {
        let error = format!("{name:?} is nothing that this version knows");
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    })
}
