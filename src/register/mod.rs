//! `attestations.toml` and `exceptions.toml`: what people have signed, and what became of it in a scan.

mod parse;
mod schema;
mod selector;
mod state;

pub use schema::json_schema;
pub use selector::{Patterns, Selector, TAGGED, TagPattern};
pub use state::{Fate, Scanned, Signed, State};

use std::collections::HashMap;
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use plimsoll_checks::contract::{Attestation, Control, DutyId, Framework, Status};
use sha2::{Digest, Sha256};

use crate::config::{ConfigError, nearest_file};
use crate::scan::{Acceptance, AcceptanceKind, Finding, Subject};
use state::Counts;

/// An entry that holds for longer is warned about, in days.
pub const LONGEST: i32 = 366;

impl AcceptanceKind {
    /// The name of the file that is looked for.
    pub fn file(self) -> &'static str {
        match self {
            Self::Exception => "exceptions.toml",
            Self::Attestation => "attestations.toml",
        }
    }
}

/// What an entry is about.
#[derive(Debug, Clone)]
pub enum About {
    /// Findings of these checks, by id.
    Findings(Vec<&'static str>),
    /// A statement that comes with Plimsoll.
    Statement(&'static Attestation),
    /// A whole duty.
    Duty(DutyId),
    /// A control, by framework and id.
    Control(&'static Framework, &'static Control),
}

impl About {
    /// What it is about, in the words of the file.
    pub fn told(&self) -> String {
        match self {
            Self::Findings(checks) => match &checks[..] {
                [check] => (*check).to_owned(),
                [first, others @ ..] => format!("{first} and {} more", others.len()),
                [] => "no check".to_owned(),
            },
            Self::Statement(attestation) => attestation.id.clone(),
            Self::Duty(duty) => duty.as_str().to_owned(),
            Self::Control(framework, control) => format!("{}/{}", framework.id, control.id),
        }
    }

    /// The duty that it is about as a whole: the duty itself, or a statement that belongs to it.
    pub fn whole_duty(&self) -> Option<DutyId> {
        match self {
            Self::Duty(duty) => Some(*duty),
            Self::Statement(attestation) => Some(attestation.duty),
            Self::Findings(_) | Self::Control(..) => None,
        }
    }

    /// The checks, by id, that speak for it or against it.
    fn checks(&self) -> Vec<&'static str> {
        let of_duty = |duty: DutyId| {
            let of = plimsoll_checks::checks().iter().filter(move |check| check.check.duty == duty);
            of.map(|check| &*check.id).collect()
        };
        match self {
            Self::Findings(checks) => checks.clone(),
            Self::Statement(attestation) => of_duty(attestation.duty),
            Self::Duty(duty) => of_duty(*duty),
            Self::Control(_, control) => control.checks.iter().map(|check| &**check).collect(),
        }
    }
}

/// One entry of a file.
#[derive(Debug)]
pub struct Entry {
    /// What is told of it beside a finding.
    pub acceptance: Arc<Acceptance>,
    /// What it is about.
    pub about: About,
    /// Which findings.
    pub selector: Selector,
    /// Why it does not count, whatever the scan finds; `None` if it counts.
    pub lapsed: Option<(State, String)>,
    counts: Counts,
}

impl Entry {
    fn new(acceptance: Acceptance, about: About, selector: Selector) -> Self {
        Self { acceptance: Arc::new(acceptance), about, selector, lapsed: None, counts: Counts::default() }
    }

    /// What is to be said of it although it counts: that it holds for long, or rests on what nobody here has looked at.
    pub fn warnings(&self, now: Timestamp) -> Vec<String> {
        let from = self.acceptance.date.unwrap_or_else(|| day(now));
        let span = days(from, self.acceptance.expires);
        let is_long = span > LONGEST;
        let long = is_long.then(|| format!("holds for {span} days: somebody should look at it once a year"));
        let links = self.acceptance.evidence.iter().map(|proof| &proof.link).filter(|link| is_address(link));
        long.into_iter()
            .chain(links.map(|link| format!("{link} is not fetched: whether it has changed is not known")))
            .collect()
    }

    /// Days that are left at a time; negative when it has expired.
    pub fn days_left(&self, now: Timestamp) -> i32 {
        days(day(now), self.acceptance.expires)
    }

    /// What it says, for people.
    pub fn words(&self) -> &str {
        let Acceptance { statement, reason, .. } = &*self.acceptance;
        statement.as_ref().or(reason.as_ref()).map_or("", |words| words)
    }

    fn is_about_findings(&self) -> bool {
        self.acceptance.kind == AcceptanceKind::Exception || matches!(self.about, About::Findings(_))
    }

    /// Looks at a finding; says whether the entry is to be put beside it.
    fn meets(&self, finding: &Finding) -> bool {
        let judged = finding.judged();
        if !self.is_about_findings() {
            // That an exception accepts the failure is said beside the finding: then the statement stands.
            if finding.status() == Status::Fail {
                self.counts.contradict(finding);
            }
            return false;
        }
        if finding.subject == Subject::Unlisted && self.selector.fits_place(finding) {
            self.counts.unseen(finding);
        }
        if !self.selector.fits(finding) {
            return false;
        }
        let covers = match self.acceptance.kind {
            AcceptanceKind::Exception => judged == Status::Fail,
            AcceptanceKind::Attestation => judged == Status::Unknown,
        };
        match (covers, judged, self.acceptance.kind) {
            (true, ..) => self.counts.cover(),
            (_, Status::Fail, AcceptanceKind::Attestation) => self.counts.contradict(finding),
            (_, Status::Unknown, _) => self.counts.unseen(finding),
            _ => self.counts.meet(),
        }
        covers && self.lapsed.is_none()
    }
}

/// The day at a time, in UTC.
pub fn day(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

fn lapsed(acceptance: &Acceptance, today: Date) -> Option<(State, String)> {
    let Acceptance { date, expires, evidence, .. } = acceptance;
    if *expires < today {
        return Some((State::Expired, format!("expired {} ago", of_days(days(*expires, today)))));
    }
    if let Some(date) = date.filter(|date| *date > today) {
        return Some((State::NotYet, format!("is signed for {date}, which is yet to come")));
    }
    let proof = evidence.as_ref()?;
    let expected = proof.sha256.as_ref().filter(|_| !is_address(&proof.link))?;
    let folder = Path::new(&acceptance.file).parent().unwrap_or(Path::new(""));
    match hash(&folder.join(&proof.link)) {
        Ok(found) if found == *expected => None,
        Ok(found) => Some((State::EvidenceChanged, format!("{} has changed: its SHA-256 is {found}", proof.link))),
        Err(error) => Some((State::EvidenceChanged, format!("{} cannot be read: {error}", proof.link))),
    }
}

fn of_days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// Whether a link leads elsewhere than to a file. Nothing is ever fetched.
pub fn is_address(link: &str) -> bool {
    link.contains("://")
}

/// The SHA-256 of a file, in lower-case hexadecimal.
pub fn hash(path: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    Ok(hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    }))
}

/// The files that are given, or else looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Attestations and exceptions")]
pub struct RegisterArgs {
    /// What people attest (.toml); without it, attestations.toml in the working directory or above
    #[arg(long, value_name = "FILE")]
    pub attestations: Vec<PathBuf>,
    /// What is accepted although it fails (.toml); without it, exceptions.toml in the working directory or above
    #[arg(long, value_name = "FILE")]
    pub exceptions: Vec<PathBuf>,
}

impl RegisterArgs {
    /// The files of a kind: those that are given, or the nearest of the name.
    pub fn files(&self, kind: AcceptanceKind) -> Vec<PathBuf> {
        let given = match kind {
            AcceptanceKind::Exception => &self.exceptions,
            AcceptanceKind::Attestation => &self.attestations,
        };
        if given.is_empty() { nearest_file(kind.file()).into_iter().collect() } else { given.clone() }
    }
}

/// Why there is no register: everything that is wrong with every file.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RegisterError(pub Vec<ConfigError>);

/// All entries that are in force, or were.
#[derive(Debug, Default)]
pub struct Register {
    /// The entries, file by file, in their order.
    pub entries: Vec<Entry>,
    /// The entries that a finding of a check may concern.
    by_check: HashMap<&'static str, Vec<usize>>,
}

impl Register {
    /// Reads the files.
    pub fn load(args: &RegisterArgs) -> Result<Self, RegisterError> {
        let mut entries = Vec::new();
        let mut wrong = Vec::new();
        // What is excepted first: whether a failure contradicts a statement depends on it.
        for kind in [AcceptanceKind::Exception, AcceptanceKind::Attestation] {
            for path in args.files(kind) {
                match std::fs::read_to_string(&path) {
                    Ok(text) => match parse::parse(&text, &path, kind) {
                        Ok(found) => entries.extend(found),
                        Err(mistakes) => wrong.push(ConfigError::Wrong { path, mistakes }),
                    },
                    Err(error) => wrong.push(ConfigError::Unreadable { path, error }),
                }
            }
        }
        if wrong.is_empty() { Ok(Self::new(entries)) } else { Err(RegisterError(wrong)) }
    }

    /// Whether the text of a file can be understood, and all that is wrong with it if not.
    pub fn understand(text: &str, path: &Path, kind: AcceptanceKind) -> Result<(), ConfigError> {
        let understood = parse::parse(text, path, kind);
        understood.map(|_| ()).map_err(|mistakes| ConfigError::Wrong { path: path.to_owned(), mistakes })
    }

    fn new(entries: Vec<Entry>) -> Self {
        let mut by_check: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for check in entry.about.checks() {
                by_check.entry(check).or_default().push(index);
            }
        }
        Self { entries, by_check }
    }

    /// The same as it stands at a time: what has expired by then, or rests on a file that has changed, counts no more.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        for entry in &mut self.entries {
            entry.lapsed = lapsed(&entry.acceptance, day(now));
        }
        self
    }

    /// Puts beside a finding what people have signed for it: the first entry that fits and counts.
    pub fn sign(&self, finding: &mut Finding) {
        for index in self.by_check.get(&*finding.check.registered.id).into_iter().flatten() {
            let entry = &self.entries[*index];
            if entry.meets(finding) && finding.accepted.is_none() {
                finding.accepted = Some(entry.acceptance.clone());
            }
        }
    }
}
