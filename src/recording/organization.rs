//! Several accounts in one recording: who they are, which of them were looked at, and a recording of each.
//!
//! ```text
//! organization.json          the accounts, and what kept those from being read that were not
//! accounts/111122223333/     a recording like any other, for each account that was opened
//! beside/111122223333/       one of what judgements of other accounts have asked of it
//! lock                       held while a run writes here
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_checks::contract::Partition;
use serde::{Deserialize, Serialize};

use super::MANIFEST;
use super::lock::Lock;
use super::write::{WriteError, write_json};
use crate::scan::{Accounts, Member, Membership, SessionRead, Shut, is_account};

/// The name and version of the form.
const SCHEMA: &str = "plimsoll.organization/1";
const ROSTER: &str = "organization.json";

/// `organization.json`: who is in it, as AWS or a file has told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Roster {
    /// `plimsoll.organization/1`.
    schema: String,
    /// The version of the program that wrote it.
    tool: String,
    /// The partition of all accounts.
    partition: String,
    /// The organization's id; absent when the accounts were told by a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    /// The account that the scan started from.
    account: String,
    /// The ARN of the identity that takes on the roles.
    caller: String,
    /// When reading began; ages are counted to this time.
    started: jiff::Timestamp,
    /// When it ended; absent when it was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<jiff::Timestamp>,
    /// The reads that told all this.
    #[serde(default)]
    session: Vec<SessionRead>,
    /// The regions that are looked at in each account; absent when it is all that are enabled there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    regions: Vec<String>,
    /// The accounts, by id.
    accounts: Vec<Member>,
}

/// An organization's recording cannot be read, or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It cannot be read.
    #[error("reading {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not understood.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file, with the line where it is known.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// Nothing is left to be read.
    #[error("the recording in {0} is finished; judge it with --from {0}")]
    Finished(PathBuf),
}

/// Whether a folder holds the recording of several accounts.
pub fn is_organization(root: &Path) -> bool {
    root.join(ROSTER).is_file()
}

/// The folder of one account's recording.
pub fn folder_of(root: &Path, account: &str) -> PathBuf {
    root.join("accounts").join(account)
}

/// Whether anything of an account has been recorded.
pub fn holds(root: &Path, account: &str) -> bool {
    is_recording(&folder_of(root, account))
}

/// The folder of what judgements of other accounts have asked of one.
pub fn beside_of(root: &Path, account: &str) -> PathBuf {
    root.join("beside").join(account)
}

/// Whether a folder is the recording of an account, or the beginning of one.
pub fn is_recording(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Reads who the accounts of a recording are, and when reading ended.
pub fn read(root: &Path) -> Result<(Membership, Option<jiff::Timestamp>), RosterError> {
    let path = root.join(ROSTER);
    let text = fs::read_to_string(&path).map_err(|source| RosterError::Read { path: path.clone(), source })?;
    let malformed = |at: String, problem: String| RosterError::Malformed { path: at, problem };
    let roster: Roster = serde_json::from_str(&text)
        .map_err(|error| malformed(format!("{}:{}", path.display(), error.line()), error.to_string()))?;
    let wrong = |problem: String| malformed(path.display().to_string(), problem);
    if roster.schema != SCHEMA {
        return Err(wrong(format!("Schema is {:?}, and this version reads {SCHEMA}", roster.schema)));
    }
    let partition = Partition::from_name(&roster.partition)
        .ok_or_else(|| wrong(format!("Partition is {:?}, which is none", roster.partition)))?;
    // Ids become folders: none may lead out of the recording.
    let ids = || roster.accounts.iter().map(|member| &member.id).chain([&roster.account]);
    if let Some(id) = ids().find(|id| !is_account(id)) {
        return Err(wrong(format!("{id:?} is no account's id, which has twelve digits")));
    }
    let accounts = Accounts {
        partition,
        organization: roster.organization,
        account: roster.account,
        caller: roster.caller,
        count: roster.accounts.len(),
        started: roster.started,
        session: roster.session,
    };
    Ok((Membership { accounts, members: roster.accounts, regions: roster.regions }, roster.finished))
}

/// Writes down who the accounts are, and what became of those that could not be read.
pub struct RosterRecorder {
    root: PathBuf,
    roster: Roster,
    _lock: Lock,
}

impl RosterRecorder {
    /// Begins the recording of several accounts in a folder, which is made if need be.
    pub fn begin(root: &Path, membership: &Membership) -> Result<Self, WriteError> {
        let lock = Lock::take(root)?;
        if ["accounts", "beside", MANIFEST].iter().any(|name| root.join(name).exists()) {
            return Err(WriteError::Occupied(root.to_owned()));
        }
        if let Ok((_, finished)) = read(root) {
            let root = root.to_owned();
            return Err(if finished.is_none() { WriteError::Unfinished(root) } else { WriteError::Occupied(root) });
        }
        Self::write(root, membership, lock)
    }

    /// Goes on with one that was cut off.
    pub fn resume(root: &Path, membership: &Membership) -> Result<Self, WriteError> {
        let lock = Lock::take(root)?;
        Self::write(root, membership, lock)
    }

    fn write(root: &Path, membership: &Membership, lock: Lock) -> Result<Self, WriteError> {
        let Membership { accounts, members, regions } = membership;
        let roster = Roster {
            schema: SCHEMA.to_owned(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            partition: accounts.partition.name().to_owned(),
            organization: accounts.organization.clone(),
            account: accounts.account.clone(),
            caller: accounts.caller.clone(),
            started: accounts.started,
            finished: None,
            session: accounts.session.clone(),
            regions: regions.clone(),
            accounts: members.clone(),
        };
        write_json(&root.join(ROSTER), &roster)?;
        Ok(Self { root: root.to_owned(), roster, _lock: lock })
    }

    /// The recording's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Notes what kept an account from being read; `None` if nothing did.
    pub fn note(&mut self, account: &str, shut: Option<Shut>) {
        if let Some(member) = self.roster.accounts.iter_mut().find(|member| member.id == account) {
            member.shut = shut;
        }
    }

    /// Writes what was noted, and when reading ended.
    pub fn finish(mut self, finished: Option<jiff::Timestamp>) -> Result<(), WriteError> {
        self.roster.finished = finished;
        write_json(&self.root.join(ROSTER), &self.roster)
    }
}
