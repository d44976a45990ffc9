//! How each account came through a scan.

use plimsoll_checks::contract::{Reason, Unknown};
use serde::{Deserialize, Serialize};

use super::{Ended, Entry, Standing, Target};

/// How an account came through a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountState {
    /// Everything that was planned was read.
    Scanned,
    /// Some of it was not.
    Partial,
    /// The role to read it with could not be taken on: it is not there, or does not trust the caller.
    RoleMissing,
    /// The caller was refused all of it.
    Denied,
    /// It could not be reached, for another reason.
    Unreached,
    /// The scan was stopped before its turn.
    Interrupted,
    /// AWS has closed it, or is about to: nobody gets in.
    Suspended,
    /// The user has left it out.
    Excluded,
}

impl AccountState {
    /// All states, the fullest first.
    pub const ALL: [Self; 8] = [
        Self::Scanned,
        Self::Partial,
        Self::RoleMissing,
        Self::Denied,
        Self::Unreached,
        Self::Interrupted,
        Self::Suspended,
        Self::Excluded,
    ];

    /// The words used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Partial => "partial",
            Self::RoleMissing => "role missing",
            Self::Denied => "denied",
            Self::Unreached => "unreached",
            Self::Interrupted => "interrupted",
            Self::Suspended => "suspended",
            Self::Excluded => "excluded",
        }
    }

    /// How an opened account stands, by what became of its reads. A service that AWS does not offer in a region is
    /// nothing that was missed.
    pub fn of(ended: Ended, ledger: &[Entry]) -> Self {
        if ended == Ended::Stopped {
            return Self::Partial;
        }
        let reads = || ledger.iter().filter(|entry| !entry.is_of_session());
        let missing = || reads().flat_map(|entry| &entry.missing).map(|missing| missing.reason);
        let is_offered = |reason: &Reason| *reason != Reason::NotInRegion;
        let refused = missing().filter(is_offered).all(|reason| reason == Reason::Denied);
        let saw_nothing = reads().all(|entry| entry.complete == 0 && entry.records == 0);
        match missing().any(|reason| is_offered(&reason)) {
            false => Self::Scanned,
            true if refused && saw_nothing => Self::Denied,
            true => Self::Partial,
        }
    }
}

/// An account that could not be opened: everything about it is unknown, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Shut {
    /// How it stands.
    pub state: AccountState,
    /// Why.
    pub unknown: Unknown,
}

/// One row of the table of accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The account's id.
    pub account: String,
    /// Its name in the organization.
    pub name: Option<String>,
    /// How it came through.
    pub state: AccountState,
    /// Why it was not read (to the end), in words.
    pub detail: Option<String>,
    /// Who read it, and where; `None` if nobody did.
    pub target: Option<Target>,
    /// Its findings.
    pub standing: Standing,
    /// Requests sent for it.
    pub requests: u64,
    /// When the last answer was heard.
    pub finished: Option<jiff::Timestamp>,
}

impl Outcome {
    /// An account that was read.
    pub fn of(
        target: Target,
        name: Option<String>,
        ended: Ended,
        ledger: &[Entry],
        standing: Standing,
        finished: Option<jiff::Timestamp>,
    ) -> Self {
        Self {
            account: target.account.clone(),
            name,
            state: AccountState::of(ended, ledger),
            detail: (ended == Ended::Stopped).then(|| "the scan was stopped before its end".to_owned()),
            // The reads that told who and where stand in the ledger.
            target: Some(Target { session: Vec::new(), ..target }),
            standing,
            requests: ledger.iter().map(|entry| entry.requests).sum(),
            finished,
        }
    }

    /// An account that nobody has read.
    pub fn unread(account: &str, name: Option<&str>, state: AccountState, detail: impl Into<String>) -> Self {
        Self {
            account: account.to_owned(),
            name: name.map(str::to_owned),
            state,
            detail: Some(detail.into()),
            target: None,
            standing: Standing::default(),
            requests: 0,
            finished: None,
        }
    }
}

/// How many accounts are in each state, in words: "496 scanned, 3 role missing".
pub fn counted(outcomes: &[Outcome]) -> String {
    let count = |state: AccountState| outcomes.iter().filter(|outcome| outcome.state == state).count();
    let states = AccountState::ALL.into_iter().map(|state| (count(state), state)).filter(|(count, _)| *count > 0);
    let words: Vec<String> =
        states.map(|(count, state)| format!("{} {}", super::grouped(count), state.as_str())).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Missing;

    fn entry(complete: usize, reasons: &[Reason]) -> Entry {
        let missing = |reason: &Reason| Missing {
            resource: None,
            reason: *reason,
            action: "kms:ListKeys".to_owned(),
            detail: "so it is".to_owned(),
        };
        Entry {
            account: "111122223333".into(),
            read: "kms/Key".to_owned(),
            actions: Vec::new(),
            region: "eu-west-1".to_owned(),
            is_detail: false,
            complete,
            records: 0,
            requests: 1,
            missing: reasons.iter().map(missing).collect(),
            beside: false,
        }
    }

    #[test]
    fn an_account_is_scanned_only_if_everything_was_read() {
        let of = |entries: &[Entry]| AccountState::of(Ended::Complete, entries);
        assert_eq!(of(&[entry(1, &[]), entry(1, &[])]), AccountState::Scanned);
        assert_eq!(of(&[entry(1, &[]), entry(0, &[Reason::NotInRegion])]), AccountState::Scanned);
        assert_eq!(of(&[entry(1, &[]), entry(0, &[Reason::Denied])]), AccountState::Partial);
        assert_eq!(of(&[entry(0, &[Reason::Throttled]), entry(0, &[Reason::Denied])]), AccountState::Partial);
        assert_eq!(of(&[entry(0, &[Reason::Denied]), entry(0, &[Reason::NotInRegion])]), AccountState::Denied);
        assert_eq!(AccountState::of(Ended::Stopped, &[entry(1, &[])]), AccountState::Partial);
    }
}
