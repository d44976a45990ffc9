//! How a scan is run: plan → ask → judge → a stream of findings in plan order, and a ledger of every read.

mod acceptance;
mod engine;
mod finding;
mod ledger;
mod members;
mod outcome;
mod owner;
mod plan;
mod scope;
mod spool;
mod summary;

pub use acceptance::{Acceptance, AcceptanceKind, Proof};
pub use engine::{Ended, run};
pub use finding::{Finding, Subject};
pub use ledger::{Entry, Ledger, Missing, session_entry};
pub use members::{ASSUME_ROLE, Member, Membership, NoSuchAccount, PassedOver, Which};
pub use outcome::{AccountState, Outcome, Shut, counted};
pub use owner::{OwnerSource, ResourceOwner};
pub use plan::{Plan, Unit};
pub use scope::{Accounts, Scope};
pub use spool::{Entries, FindingSpool, LedgerSpool, Ledgers};
pub use summary::{Grant, Standing, Summary, UnknownGroup, grouped};

use std::ops::Deref;
use std::sync::Arc;

use plimsoll_checks::contract::{
    CallMade, Observer, Partition, Place, Read, ReadDone, Registered, Settings, Severity, Unknown, WorldFacts,
};

/// Whether a text can be a region's code. Codes become folders and hosts, so what strangers call a region is looked at
/// before it is used.
pub fn is_region(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(fits) && name != plimsoll_checks::contract::GLOBAL
}

/// Whether a text is an account's id: twelve digits.
pub fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is an organization's id. Source: Organizations API Reference, `Organization`.
pub fn is_organization(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    id.strip_prefix("o-").is_some_and(|rest| (10..=32).contains(&rest.len()) && rest.bytes().all(fits))
}

/// A check that a scan makes.
#[derive(Clone, Copy)]
pub struct Chosen {
    /// The check.
    pub registered: &'static Registered,
    /// How much harm it does when the statement is false: as the check has it, or as the user has laid down.
    pub severity: Severity,
}

impl Deref for Chosen {
    type Target = Registered;

    fn deref(&self) -> &Registered {
        self.registered
    }
}

impl From<&'static Registered> for Chosen {
    fn from(check: &'static Registered) -> Self {
        Self { registered: check, severity: check.check.severity }
    }
}

/// A check that is not examined by configuration.
#[derive(Clone)]
pub struct Off {
    /// The check.
    pub check: &'static Registered,
    /// Why, in the user's words.
    pub reason: String,
    /// The file that says so.
    pub file: String,
    /// The line of the file.
    pub line: usize,
}

/// Who is scanned, by whom, and where: what is known before the first check asks anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The account's partition.
    pub partition: Partition,
    /// The account's twelve-digit id.
    pub account: String,
    /// The account's alias, if it has one and it could be read.
    pub alias: Option<String>,
    /// The ARN of the identity that scans.
    pub caller: String,
    /// The regions that are looked at, in order.
    pub regions: Vec<String>,
    /// Regions that are enabled for the account and not looked at; `None` if it is not known which are enabled.
    pub left_out: Option<Vec<String>>,
    /// When the scan began to read.
    pub started: jiff::Timestamp,
    /// The reads that told all this.
    pub session: Vec<SessionRead>,
}

impl Target {
    /// The account's global place.
    pub fn global(&self) -> Place {
        Place::global(self.partition, &self.account)
    }

    /// Who scans what, in one line.
    pub fn introduction(&self) -> String {
        let alias = self.alias.as_ref().map_or_else(String::new, |alias| format!(" ({alias})"));
        let regions = self.regions.len();
        let regions = if regions == 1 { "1 region".to_owned() } else { format!("{regions} regions") };
        format!("scanning account {}{alias} in {regions} as {}", self.account, self.caller)
    }

    /// The regions in words: those that are looked at, and those that are not.
    pub fn regions_told(&self) -> String {
        let regions = self.regions.join(", ");
        match &self.left_out {
            Some(left_out) if left_out.is_empty() => regions,
            Some(left_out) => format!("{regions} ({} not looked at)", left_out.join(", ")),
            None => format!("{regions} (which others are enabled is not known)"),
        }
    }

    /// What checks know before they ask.
    pub fn facts(&self, now: jiff::Timestamp, settings: Arc<Settings>) -> WorldFacts {
        WorldFacts { global: self.global(), regions: self.regions.clone(), now, settings }
    }
}

/// A read made before the scan itself: who is asking, and which regions there are.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SessionRead {
    /// `session/Kind`.
    pub read: String,
    /// The calls it took.
    pub calls: Vec<CallMade>,
    /// Why it told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unknown>,
}

/// Several observers, told one after the other.
pub struct Observers(pub Vec<Arc<dyn Observer>>);

impl Observer for Observers {
    fn done(&self, done: ReadDone<'_>) {
        for observer in &self.0 {
            observer.done(done);
        }
    }

    fn released(&self, read: &'static Read, place: &Place) {
        for observer in &self.0 {
            observer.released(read, place);
        }
    }
}
