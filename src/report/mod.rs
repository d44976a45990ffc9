//! Output formats, one file each. A report sees findings and the ledger only, and writes as it receives.

pub mod asff;
pub mod csv;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ocsf;
pub mod oscal;
mod past;
pub mod prometheus;
pub mod sarif;
pub mod table;
mod text;

pub use past::{Failing, Fixed, Past, PastScan};
pub use text::harmless;

use std::io;
use std::sync::Arc;

use plimsoll_checks::contract::{DutyId, Settings};

use crate::register::Fate;
use crate::scan::{Chosen, Entries, Finding, Off, Outcome, Scope, Summary, UnknownGroup};

/// What is known before the first finding.
#[derive(Clone)]
pub struct Opening {
    /// Who is scanned.
    pub scope: Scope,
    /// Which checks judge.
    pub checks: Vec<Chosen>,
    /// Which checks of the selection do not, by configuration.
    pub off: Vec<Off>,
    /// The time ages are counted to.
    pub now: jiff::Timestamp,
    /// The configuration file.
    pub config: Option<String>,
    /// What is laid down there, or as the benchmarks have it.
    pub settings: Arc<Settings>,
}

impl Opening {
    /// Whether a check of this scan verifies a duty, found it anything to judge or not.
    pub fn looks_at(&self, duty: DutyId) -> bool {
        self.checks.iter().any(|check| check.check.duty == duty)
    }
}

/// What is known after the last finding.
pub struct Ending<'a> {
    /// The result in numbers.
    pub summary: &'a Summary,
    /// Why judgements were not reached, most frequent first.
    pub groups: Vec<UnknownGroup>,
    /// How each account came through, by id; one that was scanned by itself, too.
    pub accounts: &'a [Outcome],
    /// Every read and what became of it.
    pub ledger: &'a dyn Entries,
    /// Requests sent.
    pub requests: u64,
    /// Checks that have not judged everything, for the scan was stopped.
    pub unreached: Vec<&'static str>,
    /// When the last answer was heard.
    pub finished: Option<jiff::Timestamp>,
    /// What became of everything that people have signed.
    pub signed: &'a [Fate<'a>],
}

/// One output.
pub trait Report {
    /// Takes the next finding, in plan order.
    fn finding(&mut self, finding: &Finding) -> io::Result<()>;
    /// Whether it shows what earlier scans have found.
    fn shows_the_past(&self) -> bool {
        false
    }
    /// Takes what earlier scans have found, before the end; only of a scan that is remembered.
    fn remember(&mut self, _past: &Past) {}
    /// Writes what comes last.
    fn end(self: Box<Self>, ending: &Ending<'_>) -> io::Result<()>;
}
