//! What earlier scans have found, in one `SQLite` file: `--history`, and what `plimsoll diff` and `plimsoll history` read.
//!
//! A finding's facts are kept once, and how it stood by intervals of scans: a scan that finds all as it was adds a few
//! rows and not one for each finding. Recordings and documents are compared by the same means, in a temporary file.

mod collect;
mod compare;
mod document;
mod past;
mod row;
mod trend;
mod write;

pub use collect::{Collector, opened_scan};
pub use compare::{Absence, Change, Comparison, Counts, Difference, Kind, Side, newly_fails};
pub use document::read_document;
pub use past::past;
pub use row::{Place, Row, Seen};
pub use trend::{Age, Mended, Tallies, ages, mended, tallies};
pub use write::{Intake, Read, ScanFacts};

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

/// How long a scan waits for another to finish writing. A scan of 100,000 findings writes for a few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands in the head of the file: "Plim". Source: `SQLite`, "PRAGMA `application_id`".
const APPLICATION: i32 = 0x506c_696d;

/// What makes each version of the schema from the one before it.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// The version of the schema that this program knows.
const KNOWN: u32 = 1;
const _: () = assert!(MIGRATIONS.len() == KNOWN as usize);

/// A history could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// `SQLite` says so.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
    /// What it holds is not what was written.
    #[error("{path}: the evidence of finding {finding} is damaged: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The finding's id.
        finding: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Somebody else is writing.
    #[error(
        "{0}: another scan is writing this history and did not finish within {patience} s; run one at a time, or give \
         each a file of its own",
        patience = PATIENCE.as_secs()
    )]
    Busy(PathBuf),
    /// There is none.
    #[error("{0}: there is no such history; `plimsoll scan --history {0}` begins one")]
    Missing(PathBuf),
    /// Another program's.
    #[error("{0}: this is not a history of plimsoll; give --history a file of its own")]
    Foreign(PathBuf),
    /// From the future.
    #[error(
        "{path}: written by a newer plimsoll (schema {found}; this one knows {known}); use that version, or begin another \
         file",
        known = KNOWN
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A scan that began before the last one.
    #[error(
        "{path}: its last scan of {series} began at {last}, and this one at {this}: scans are added in the order of time"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Whose scans.
        series: String,
        /// When the last one began.
        last: String,
        /// When this one began.
        this: String,
    },
    /// A temporary file.
    #[error("waiting findings: {0}")]
    Waiting(#[from] std::io::Error),
    /// A document that is none.
    #[error("{path}: {message}")]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
}

/// A scan that a history holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What `plimsoll diff` takes.
    pub id: i64,
    /// The series it belongs to.
    pub series: i64,
    /// The name of the series: which accounts.
    pub of: String,
    /// Its place in the series, from 1.
    pub number: i64,
    /// When it began to read.
    pub started: String,
    /// When the last answer was heard; `None` if it was cut off.
    pub finished: Option<String>,
    /// Whether it was stopped before its end.
    pub partial: bool,
    /// The version of the program.
    pub tool: String,
    /// What the user had laid down, as JSON.
    pub settings: String,
}

/// A history, opened.
pub struct History {
    path: PathBuf,
    connection: Connection,
    /// Goes with a temporary one.
    folder: Option<tempfile::TempDir>,
}

impl History {
    /// Opens the history in a file, or begins it.
    pub fn create(path: &Path) -> Result<Self, HistoryError> {
        Self::with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens a history that is there.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if !path.is_file() {
            return Err(HistoryError::Missing(path.to_owned()));
        }
        Self::with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// One that is gone when it is dropped: two recordings are compared in it.
    pub fn temporary() -> Result<Self, HistoryError> {
        let folder = tempfile::TempDir::new()?;
        let mut history = Self::create(&folder.path().join("history"))?;
        history.folder = Some(folder);
        Ok(history)
    }

    fn with_flags(path: &Path, flags: OpenFlags) -> Result<Self, HistoryError> {
        let failed = |error| HistoryError::of(path, error);
        // No mutex: one thread uses a connection. No URI: a file may be named like one.
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let mut history = Self { path: path.to_owned(), connection, folder: None };
        history.prepare()?;
        Ok(history)
    }

    /// Looks whose file it is, and brings it to the newest schema.
    fn prepare(&mut self) -> Result<(), HistoryError> {
        let path = self.path.clone();
        let failed = |error| HistoryError::of(&path, error);
        let connection = &mut self.connection;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        if version(connection).map_err(failed)? < KNOWN {
            begin(connection, &path)?;
        }
        let (found, owner) = (version(connection).map_err(failed)?, application(connection).map_err(failed)?);
        if owner != APPLICATION {
            return Err(HistoryError::Foreign(path));
        }
        if found > KNOWN {
            return Err(HistoryError::Newer { path, found });
        }
        // It stays so; readers then never wait for a writer.
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).map_err(failed)?;
        connection.pragma_update(None, "synchronous", "full").map_err(failed)
    }

    /// All scans, the oldest first.
    pub fn scans(&self) -> Result<Vec<Scan>, HistoryError> {
        self.read("ORDER BY scan.started, scan.id", params![])
    }

    /// A scan by its id.
    pub fn scan(&self, id: i64) -> Result<Option<Scan>, HistoryError> {
        Ok(self.read("WHERE scan.id = ?1", params![id])?.pop())
    }

    /// The scan of a series that a later one is compared with: the last that began before `started` and came to its
    /// end; if none did, the last.
    pub fn baseline(&self, series: &str, started: jiff::Timestamp) -> Result<Option<Scan>, HistoryError> {
        let mut scans = self.read("WHERE series.name = ?1 ORDER BY scan.number", params![series])?;
        scans.retain(|scan| scan.started.parse::<jiff::Timestamp>().is_ok_and(|its| its < started));
        let whole = scans.iter().rposition(|scan| !scan.partial);
        Ok(whole.map(|at| scans.swap_remove(at)).or_else(|| scans.pop()))
    }

    fn read(&self, which: &str, with: &[&dyn rusqlite::ToSql]) -> Result<Vec<Scan>, HistoryError> {
        let sql = format!(
            "SELECT scan.id, series.id, series.name, number, started, finished, partial, tool, settings FROM scan JOIN \
             series ON series.id = scan.series {which}"
        );
        let scan = |row: &rusqlite::Row<'_>| {
            Ok(Scan {
                id: row.get(0)?,
                series: row.get(1)?,
                of: row.get(2)?,
                number: row.get(3)?,
                started: row.get(4)?,
                finished: row.get(5)?,
                partial: row.get(6)?,
                tool: row.get(7)?,
                settings: row.get(8)?,
            })
        };
        let all = self.connection.prepare_cached(&sql).and_then(|mut statement| {
            let rows = statement.query_map(with, scan)?;
            rows.collect()
        });
        all.map_err(|error| self.failed(error))
    }

    /// Holds still what is read from here on: scans that are written meanwhile are not seen.
    pub fn hold_still(&self) -> Result<(), HistoryError> {
        self.connection.execute_batch("BEGIN").map_err(|error| self.failed(error))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failed(&self, error: rusqlite::Error) -> HistoryError {
        HistoryError::of(&self.path, error)
    }
}

impl HistoryError {
    fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            Some(ErrorCode::NotADatabase) => Self::Foreign(path),
            _ => Self::Sqlite { path, source },
        }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn application(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// Makes what is missing of the schema, all or nothing. Two programs may come to this at once: the second finds it done.
fn begin(connection: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    let failed = |error| HistoryError::of(path, error);
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found = version(&begun).map_err(failed)?;
    let first: Option<String> =
        begun.query_row("SELECT name FROM sqlite_schema", [], |row| row.get(0)).optional().map_err(failed)?;
    if application(&begun).map_err(failed)? != APPLICATION && first.is_some() {
        return Err(HistoryError::Foreign(path.to_owned()));
    }
    for migration in MIGRATIONS.iter().skip(found as usize) {
        begun.execute_batch(migration).map_err(failed)?;
    }
    begun.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    begun.pragma_update(None, "user_version", KNOWN.max(found)).map_err(failed)?;
    begun.commit().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_not_come_to_write_is_told_why() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("history");
        let mut first = History::create(&path).expect("a history");
        let mut second = History::create(&path).expect("the same history");
        second.connection.busy_timeout(Duration::ZERO).expect("no patience");
        let facts = ScanFacts {
            series: "account 111122223333".to_owned(),
            started: jiff::Timestamp::UNIX_EPOCH,
            finished: None,
            partial: false,
            tool: "0.1.0".to_owned(),
            settings: "{}".to_owned(),
            caller: String::new(),
        };
        let intake = first.add(&facts).expect("nobody else writes");
        let refused = second.add(&facts).map(|_| ()).expect_err("somebody writes");
        assert!(matches!(refused, HistoryError::Busy(_)), "{refused}");
        assert!(refused.to_string().contains("another scan is writing this history"), "{refused}");
        // What is not committed is not there.
        drop(intake);
        assert_eq!(second.scans().expect("it can be read"), []);
    }
}
