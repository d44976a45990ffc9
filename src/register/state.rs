//! What became of an entry in a scan: whether it holds, or somebody has to look at it again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_checks::contract::DutyId;
use serde::Serialize;

use super::{About, Entry, Register};
use crate::report::harmless;
use crate::scan::{Acceptance, AcceptanceKind, Chosen, Finding, Outcome, grouped};

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It counts.
    Holds,
    /// Its last day is over.
    Expired,
    /// Its first day is yet to come.
    NotYet,
    /// What it rests on is no longer what it was when somebody signed.
    EvidenceChanged,
    /// A check says otherwise.
    Contradicted,
    /// There is nothing that it would cover.
    Unmatched,
    /// The scan did not look everywhere it might cover something: it proves nothing.
    Untried,
}

impl State {
    /// All, as they are told.
    pub const ALL: [Self; 7] = [
        Self::Holds,
        Self::Expired,
        Self::Contradicted,
        Self::EvidenceChanged,
        Self::Unmatched,
        Self::NotYet,
        Self::Untried,
    ];

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::EvidenceChanged => "evidence-changed",
            Self::Contradicted => "contradicted",
            Self::Unmatched => "unmatched",
            Self::Untried => "untried",
        }
    }

    /// Whether somebody has to look at it again.
    pub fn is_reopened(self) -> bool {
        !matches!(self, Self::Holds | Self::Untried)
    }
}

/// What a scan has found of an entry.
#[derive(Debug, Default)]
pub(super) struct Counts {
    covered: AtomicUsize,
    met: AtomicUsize,
    contradicted: AtomicUsize,
    /// What contradicts it, or could not be seen: the first of each.
    against: Mutex<Option<String>>,
    hidden: Mutex<Option<String>>,
}

impl Counts {
    pub(super) fn cover(&self) {
        self.covered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn meet(&self) {
        self.met.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn contradict(&self, finding: &Finding) {
        self.contradicted.fetch_add(1, Ordering::Relaxed);
        note(&self.against, || {
            format!("{} fails for {} in {}", finding.check.id, finding.resource_id(), finding.place)
        });
    }

    pub(super) fn unseen(&self, finding: &Finding) {
        note(&self.hidden, || format!("{} {} in {}", finding.check.id, finding.message(), finding.place));
    }
}

fn note(first: &Mutex<Option<String>>, told: impl FnOnce() -> String) {
    first.lock().expect("nobody panics while they hold it").get_or_insert_with(told);
}

fn noted(first: &Mutex<Option<String>>) -> Option<String> {
    first.lock().expect("nobody panics while they hold it").clone()
}

/// What a scan has looked at.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    /// The checks that were made.
    pub checks: &'a [Chosen],
    /// How each account came through.
    pub accounts: &'a [Outcome],
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

/// What became of one entry.
pub struct Fate<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// How it stands.
    pub state: State,
    /// Why, in a sentence.
    pub because: String,
    /// How many findings it covers, or would if it counted.
    pub covers: usize,
}

impl Fate<'_> {
    /// The duty that it attests as a whole. An exception of a duty is about the findings of its checks.
    pub fn whole_duty(&self) -> Option<DutyId> {
        match self.entry.acceptance.kind {
            AcceptanceKind::Attestation => self.entry.about.whole_duty(),
            AcceptanceKind::Exception => None,
        }
    }

    /// All of it in one line, for people.
    pub fn told(&self) -> String {
        let Acceptance { kind, owner, file, line, .. } = &*self.entry.acceptance;
        let about = self.entry.about.told();
        let (kind, state) = (kind.as_str(), self.state.as_str());
        harmless(&format!("{file}:{line}: {kind} for {about} of {owner}: {state}: {}", self.because), 600)
    }
}

impl Register {
    /// What became of every entry, at the end of a scan.
    pub fn fates<'a>(&'a self, scanned: Scanned<'_>) -> Vec<Fate<'a>> {
        let fate = |entry: &'a Entry| {
            let covers = entry.counts.covered.load(Ordering::Relaxed);
            let (state, because) = entry.stands(covers, scanned);
            Fate { entry, state, because, covers }
        };
        self.entries.iter().map(fate).collect()
    }
}

impl Entry {
    fn stands(&self, covers: usize, scanned: Scanned<'_>) -> (State, String) {
        if let Some((state, because)) = &self.lapsed {
            let because = if covers > 0 { format!("{because}; {}", returns(covers)) } else { because.clone() };
            return (*state, because);
        }
        if let Some(against) = noted(&self.counts.against) {
            let others = self.counts.contradicted.load(Ordering::Relaxed) - 1;
            let others = if others > 0 { format!(", and {} more", grouped(others)) } else { String::new() };
            return (State::Contradicted, format!("{against}{others}"));
        }
        if !self.is_about_findings() {
            return (State::Holds, "no check says otherwise".to_owned());
        }
        if covers > 0 {
            let verb = match self.acceptance.kind {
                AcceptanceKind::Exception => "accepts",
                AcceptanceKind::Attestation => "answers for",
            };
            let findings = if covers == 1 { "finding" } else { "findings" };
            return (State::Holds, format!("{verb} {} {findings}", grouped(covers)));
        }
        if let Some(why) = self.untried(scanned) {
            return (State::Untried, format!("could not be tried: {why}"));
        }
        let met = self.counts.met.load(Ordering::Relaxed);
        let because = match (met, self.acceptance.kind) {
            (0, _) => "matches no resource that was looked at",
            (_, AcceptanceKind::Exception) => "nothing that it matches fails any more: it can go",
            (_, AcceptanceKind::Attestation) => "all that it matches could be seen: it can go",
        };
        (State::Unmatched, because.to_owned())
    }

    /// Why the scan does not prove that there is nothing for this entry; `None` if it does.
    fn untried(&self, scanned: Scanned<'_>) -> Option<String> {
        if scanned.is_stopped {
            return Some("the scan was stopped before its end".to_owned());
        }
        let is_made = |id: &&&str| scanned.checks.iter().any(|check| check.id == **id);
        let checks = self.about.checks();
        if let Some(missing) = checks.iter().find(|id| !is_made(id)) {
            return Some(format!("{missing} was not made"));
        }
        if let Some(hidden) = noted(&self.counts.hidden) {
            return Some(hidden);
        }
        let here: Vec<&Outcome> =
            scanned.accounts.iter().filter(|outcome| self.selector.accounts.fits(&outcome.account)).collect();
        if here.is_empty() {
            return Some(format!("account {} was not scanned", self.selector.accounts.written().join(", ")));
        }
        here.into_iter().find_map(|outcome| self.unlooked(outcome))
    }

    /// What of an account was not looked at, where this entry may match.
    fn unlooked(&self, outcome: &Outcome) -> Option<String> {
        let Some(target) = &outcome.target else { return Some(format!("account {} was not read", outcome.account)) };
        let regions = &self.selector.regions;
        let Some(left_out) = &target.left_out else {
            // Which others are enabled is not known: only a region that is named and was looked at is proof.
            let names = regions.written();
            let is_proof = |name: &&str| target.regions.iter().any(|region| region == name) || *name == "global";
            let is_proven = !names.is_empty() && names.iter().all(is_proof);
            return (!is_proven).then(|| format!("which regions of {} are enabled is not known", outcome.account));
        };
        let left = left_out.iter().find(|region| regions.fits(region));
        left.map(|region| format!("{region} of account {} was not looked at", outcome.account))
    }
}

fn returns(covers: usize) -> String {
    if covers == 1 {
        "1 finding that it covered is open again".to_owned()
    } else {
        format!("{} findings that it covered are open again", grouped(covers))
    }
}

/// What people have signed and still counts, beside findings: statements, duties and controls.
#[derive(Debug, Default)]
pub struct Signed {
    statements: Vec<&'static str>,
    controls: Vec<(&'static str, &'static str)>,
}

impl Signed {
    /// What of these entries counts.
    pub fn of(fates: &[Fate<'_>]) -> Self {
        let mut signed = Self::default();
        for fate in fates.iter().filter(|fate| fate.state == State::Holds) {
            match &fate.entry.about {
                About::Statement(attestation) => signed.statements.push(&attestation.id),
                About::Control(framework, control) if fate.entry.acceptance.kind == AcceptanceKind::Attestation => {
                    signed.controls.push((&framework.id, &control.id));
                }
                About::Findings(_) | About::Duty(_) | About::Control(..) => {}
            }
        }
        signed
    }

    /// Whether somebody has signed a statement that comes with Plimsoll.
    pub fn states(&self, id: &str) -> bool {
        self.statements.contains(&id)
    }

    /// Whether somebody has signed for a control.
    pub fn answers_for(&self, framework: &str, control: &str) -> bool {
        self.controls.contains(&(framework, control))
    }
}
