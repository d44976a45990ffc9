//! Findings on their way into Security Hub: they wait on disk, in a database that nobody else sees, so that memory does
//! not grow with them.

use rusqlite::{Connection, OptionalExtension, params};

use crate::report::asff::AwsFinding;

/// What is imported, and what is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pile {
    /// Findings of this scan that are open.
    Open,
    /// Findings of earlier imports that are resolved.
    Resolved,
}

/// Findings that wait.
pub struct Depot(Connection);

/// A finding that waits: its number, by which one goes on after it, and its JSON.
pub type Waiting = (i64, String);

impl Depot {
    /// An empty one.
    pub fn new() -> rusqlite::Result<Self> {
        // A database without a name is a file that is gone when it is closed. Source: SQLite, "In-Memory Databases".
        let connection = Connection::open("")?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = FILE;
             CREATE TABLE waiting (n INTEGER PRIMARY KEY, resolved INTEGER, account TEXT, region TEXT, json TEXT);
             CREATE INDEX places ON waiting (account, region, resolved);
             CREATE TABLE known (id TEXT PRIMARY KEY, created TEXT, first TEXT) WITHOUT ROWID;
             BEGIN",
        )?;
        Ok(Self(connection))
    }

    /// Takes a finding.
    pub fn add(&self, pile: Pile, finding: &AwsFinding, json: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO waiting (resolved, account, region, json) VALUES (?1, ?2, ?3, ?4)";
        let with = params![pile == Pile::Resolved, &finding.aws_account_id, &finding.region, json];
        self.0.prepare_cached(sql)?.execute(with).map(|_| ())
    }

    /// The regions of an account in which open findings wait.
    pub fn regions(&self, account: &str) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT DISTINCT region FROM waiting WHERE account = ?1 AND NOT resolved";
        self.0.prepare_cached(sql)?.query_map([account], |row| row.get(0))?.collect()
    }

    /// How many wait at a place, after one of them.
    pub fn count(&self, pile: Pile, account: &str, region: &str, after: i64) -> rusqlite::Result<u64> {
        let sql = "SELECT count(*) FROM waiting WHERE account = ?1 AND region = ?2 AND resolved = ?3 AND n > ?4";
        let with = params![account, region, pile == Pile::Resolved, after];
        self.0.prepare_cached(sql)?.query_row(with, |row| row.get(0)).map(i64::unsigned_abs)
    }

    /// The next that wait at a place, after one of them: as many, and of as many bytes together, as may be.
    pub fn next(
        &self,
        pile: Pile,
        account: &str,
        region: &str,
        after: i64,
        (most, bytes): (usize, usize),
    ) -> rusqlite::Result<Vec<Waiting>> {
        let sql =
            "SELECT n, json FROM waiting WHERE account = ?1 AND region = ?2 AND resolved = ?3 AND n > ?4 ORDER BY n";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params![account, region, pile == Pile::Resolved, after])?;
        let (mut batch, mut size) = (Vec::new(), 0);
        while batch.len() < most
            && let Some(row) = rows.next()?
        {
            let waiting: Waiting = (row.get(0)?, row.get(1)?);
            size += waiting.1.len();
            if size > bytes && !batch.is_empty() {
                break;
            }
            batch.push(waiting);
        }
        Ok(batch)
    }

    /// Notes since when Security Hub knows a finding.
    pub fn know(&self, finding: &AwsFinding) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO known VALUES (?1, ?2, ?3)";
        let with = params![&finding.id, &finding.created_at, &finding.first_observed_at];
        self.0.prepare_cached(sql)?.execute(with).map(|_| ())
    }

    /// Since when Security Hub knows a finding, if it does: when it was made, and when first seen.
    pub fn known(&self, id: &str) -> rusqlite::Result<Option<(String, String)>> {
        let sql = "SELECT created, first FROM known WHERE id = ?1";
        self.0.prepare_cached(sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}
