//! What people have signed for a finding: an exception accepts what fails, an attestation answers for what could not be
//! seen.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceKind {
    /// It fails, and somebody accepts that for a time.
    Exception,
    /// It could not be seen, and somebody states how it is.
    Attestation,
}

impl AcceptanceKind {
    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exception => "exception",
            Self::Attestation => "attestation",
        }
    }
}

/// Where it can be seen that somebody has looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A file beside the list, or an address. Addresses are never fetched.
    pub link: String,
    /// The SHA-256 of what is there, in 64 hexadecimal digits, as it was when somebody signed.
    pub sha256: Option<String>,
}

/// A signed entry that covers a finding: by whom, until when, why, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// An exception or an attestation.
    pub kind: AcceptanceKind,
    /// What is stated, for an attestation.
    pub statement: Option<String>,
    /// Why; every exception has it.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Who has agreed.
    pub approver: Option<String>,
    /// Where it is dealt with.
    pub ticket: Option<String>,
    /// What it rests on.
    pub evidence: Option<Proof>,
    /// When it was signed.
    pub date: Option<Date>,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
    /// The file that it stands in, as it was given or found.
    pub file: String,
    /// The line of the file.
    pub line: usize,
}

impl Acceptance {
    /// All of it in one line, for people.
    pub fn told(&self) -> String {
        let why = self.statement.as_ref().or(self.reason.as_ref()).map_or("", |why| why);
        let by = self.approver.as_ref().map_or_else(String::new, |approver| format!(", approved by {approver}"));
        let ticket = self.ticket.as_ref().map_or_else(String::new, |ticket| format!(", {ticket}"));
        let Self { kind, owner, expires, file, line, .. } = self;
        format!("{} of {owner} until {expires}{by}{ticket} ({file}:{line}): {why}", kind.as_str())
    }
}
