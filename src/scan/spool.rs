//! Findings and ledgers that wait on disk until their account's turn has come, so that memory does not grow with them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::sync::Arc;

use plimsoll_checks::contract::{Evidence, Identity, Place, Status, Unknown, Verdict, fail, not_applicable, pass};
use serde::{Deserialize, Serialize};

use super::{Acceptance, Chosen, Entry, Finding, ResourceOwner, Subject};

/// What has become of every read of a scan, to be gone through by each report.
pub trait Entries {
    /// Hands each entry on, in the order of accounts, services, kinds and regions.
    fn each(&self, take: &mut dyn FnMut(&Entry) -> io::Result<()>) -> io::Result<()>;
}

impl Entries for Vec<Entry> {
    fn each(&self, take: &mut dyn FnMut(&Entry) -> io::Result<()>) -> io::Result<()> {
        self.iter().try_for_each(take)
    }
}

/// A finding as it waits: what is known anyway (the check, the kind) is an index.
#[derive(Serialize, Deserialize)]
struct Waiting {
    check: usize,
    over: usize,
    region: String,
    subject: Option<Identity>,
    answer: Result<(Status, String), Unknown>,
    evidence: Vec<Evidence>,
    owner: ResourceOwner,
    accepted: Option<Arc<Acceptance>>,
}

/// Findings of one account, written one by one and read back once, in the same order.
pub struct FindingSpool {
    checks: Vec<Chosen>,
    out: BufWriter<File>,
}

impl FindingSpool {
    /// An empty one, for findings of these checks.
    pub fn new(checks: Vec<Chosen>) -> io::Result<Self> {
        Ok(Self { checks, out: BufWriter::new(tempfile::tempfile()?) })
    }

    /// Takes a finding.
    pub fn add(&mut self, finding: &Finding) -> io::Result<()> {
        let check = self.checks.iter().position(|check| check.id == finding.check.id);
        let over = finding.check.check.over.iter().position(|over| over.read.name == finding.kind);
        let waiting = Waiting {
            check: check.expect("a scan's findings are of its checks"),
            over: over.expect("a check's findings are of its kinds"),
            region: finding.place.region.to_string(),
            subject: match &finding.subject {
                Subject::Resource(identity) => Some(identity.clone()),
                Subject::Unlisted => None,
            },
            answer: match &finding.answer {
                Ok(verdict) => Ok((verdict.status(), verdict.message().to_owned())),
                Err(unknown) => Err(unknown.clone()),
            },
            evidence: finding.evidence.clone(),
            owner: finding.owner.clone(),
            accepted: finding.accepted.clone(),
        };
        write_line(&mut self.out, &waiting)
    }

    /// Hands every finding on; `account` is where they were made.
    pub fn each(self, account: &Place, mut take: impl FnMut(Finding) -> io::Result<()>) -> io::Result<()> {
        let checks = self.checks;
        for line in lines(self.out)? {
            let waiting: Waiting = serde_json::from_str(&line?)?;
            let check = checks[waiting.check];
            let read = check.check.over[waiting.over].read;
            take(Finding {
                check,
                place: account.at(&waiting.region),
                resource_type: read.resource_type.expect("a check judges resources, and each has a type"),
                kind: read.name,
                subject: waiting.subject.map_or(Subject::Unlisted, Subject::Resource),
                answer: waiting.answer.map(|(status, message)| verdict(status, message)),
                evidence: waiting.evidence,
                owner: waiting.owner,
                accepted: waiting.accepted,
            })?;
        }
        Ok(())
    }
}

fn verdict(status: Status, message: String) -> Verdict {
    match status {
        Status::Pass => pass(message),
        Status::Fail => fail(message),
        Status::NotApplicable => not_applicable(message),
        Status::Unknown | Status::Excepted | Status::Attested => {
            unreachable!("a verdict is pass, fail or not applicable")
        }
    }
}

/// The ledgers of all accounts, one after the other.
pub struct LedgerSpool {
    out: BufWriter<File>,
}

impl LedgerSpool {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        Ok(Self { out: BufWriter::new(tempfile::tempfile()?) })
    }

    /// Takes the ledger of one account.
    pub fn add(&mut self, entries: &[Entry]) -> io::Result<()> {
        entries.iter().try_for_each(|entry| write_line(&mut self.out, entry))
    }

    /// Takes the ledger of an account that has waited.
    pub fn append(&mut self, ledger: &Ledgers) -> io::Result<()> {
        let mut file = &ledger.0;
        io::Seek::rewind(&mut file)?;
        io::copy(&mut file, &mut self.out).map(|_| ())
    }

    /// Ends the writing; what was written can be gone through as often as one likes.
    pub fn close(self) -> io::Result<Ledgers> {
        Ok(Ledgers(self.out.into_inner().map_err(io::IntoInnerError::into_error)?))
    }
}

/// Ledgers that wait on disk.
pub struct Ledgers(File);

impl Entries for Ledgers {
    fn each(&self, take: &mut dyn FnMut(&Entry) -> io::Result<()>) -> io::Result<()> {
        for line in read_back(self.0.try_clone()?)? {
            take(&serde_json::from_str(&line?)?)?;
        }
        Ok(())
    }
}

fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn lines(out: BufWriter<File>) -> io::Result<io::Lines<BufReader<File>>> {
    read_back(out.into_inner().map_err(io::IntoInnerError::into_error)?)
}

fn read_back(mut file: File) -> io::Result<io::Lines<BufReader<File>>> {
    io::Seek::rewind(&mut file)?;
    Ok(BufReader::new(file).lines())
}
