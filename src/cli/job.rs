//! A scan as several commands run it: what is asked for is opened, everything judged, recorded and handed on.

use std::sync::Arc;

use anyhow::Context;
use plimsoll_checks::contract::{Observer, Others, Settings, World};
use serde_json::json;

use super::access::{AccountArgs, Opened, Way, open};
use super::interruption::Interruption;
use super::progress::Progress;
use super::selection::Selected;
use super::stop::{Deadline, Expiry, Stop};
use crate::config::Config;
use crate::error::causes;
use crate::owners::Owners;
use crate::recording::{Damage, WriteError};
use crate::register::{Register, Scanned};
use crate::report::{Ending, Opening};
use crate::scan::{
    self, Accounts, Chosen, Ended, Entries, Entry, Finding, Ledger, Observers, Outcome, Plan, Scope, Standing, Summary,
    Target, counted,
};
use crate::terminal;

/// The exit code of what was told to stop.
pub const INTERRUPTED: u8 = 130;

/// What is to be judged, and how.
pub struct Job<'a> {
    /// Which account, or which accounts.
    pub account: &'a AccountArgs,
    /// Which checks.
    pub selected: Selected,
    /// What the user has laid down.
    pub config: &'a Config,
    /// What people have signed.
    pub register: Register,
    /// Whom resources belong to.
    pub owners: Owners,
    /// Whether stdout tells how it goes, so that a progress bar would only be in its way.
    pub tells_lines: bool,
}

/// Who takes the findings.
pub trait Sink {
    /// Takes a finding; says whether anyone still wants more.
    fn finding(&mut self, finding: &Finding) -> bool;
    /// Writes what comes last, and tells what could not be written.
    fn end(self, ending: &Ending<'_>) -> impl Future<Output = Vec<anyhow::Error>>;
}

/// How a job went.
pub struct Went {
    /// Whether it came to its end.
    pub ended: Ended,
    /// The result in numbers.
    pub summary: Summary,
    /// How each account came through.
    pub accounts: Vec<Outcome>,
}

impl Went {
    /// Tells how much was seen: to logs, and to whoever does not read it in a table.
    pub fn tell(&self) {
        if self.ended == Ended::Stopped {
            terminal::warn("the scan was stopped before its end; what was not reached is not among the findings");
        }
        if self.accounts.len() > 1 {
            let facts = json!({"accounts": self.accounts.len()});
            terminal::say_with(&format!("accounts: {}", counted(&self.accounts)), &facts);
        }
        let Standing { pass, fail, unknown, not_applicable, excepted, attested } = self.summary.all;
        let facts = json!({
            "pass": pass, "fail": fail, "unknown": unknown, "not_applicable": not_applicable,
            "excepted": excepted, "attested": attested,
        });
        terminal::say_with(&self.summary.coverage(), &facts);
    }
}

/// By what every account is judged.
pub struct Rules {
    /// The checks, in the order that reports keep.
    pub checks: Vec<Chosen>,
    /// The time that ages are counted to.
    pub now: jiff::Timestamp,
    /// What the user has laid down.
    pub settings: Arc<Settings>,
    /// What people have signed.
    pub register: Register,
    /// Whom resources belong to.
    pub owners: Owners,
}

/// What judging one account came to, beside the findings.
pub struct Judged {
    /// Whether it came to its end.
    pub ended: Ended,
    /// What became of every read.
    pub ledger: Vec<Entry>,
    /// Checks, by id, that have not judged everything.
    pub unreached: Vec<&'static str>,
    /// When the last answer was heard.
    pub finished: Option<jiff::Timestamp>,
    /// What could not be recorded.
    pub failed: Option<WriteError>,
    /// What is to be told of a recording that is damaged.
    pub notes: Vec<Note>,
}

/// What is to be told of a recording.
pub enum Note {
    /// Something was lost, and read again.
    Mended(Damage),
    /// Something cannot be read.
    Damaged(Damage),
}

impl Note {
    fn tell(&self) {
        match self {
            Self::Mended(damage) => terminal::warn(&format!("{damage}; it was read again")),
            Self::Damaged(damage) => terminal::error(&damage.to_string()),
        }
    }
}

/// What was gathered of one account, or of several.
pub struct Gathered {
    /// Whether all of it was judged.
    pub ended: Ended,
    /// The result in numbers.
    pub summary: Summary,
    /// How each account came through.
    pub accounts: Vec<Outcome>,
    /// What became of every read.
    pub ledger: Box<dyn Entries>,
    /// Requests sent.
    pub requests: u64,
    /// Checks, by id, that have not judged everything.
    pub unreached: Vec<&'static str>,
    /// When the last answer was heard.
    pub finished: Option<jiff::Timestamp>,
    /// What could not be recorded.
    pub failed: Vec<anyhow::Error>,
    /// What is to be told of a recording that is damaged.
    pub notes: Vec<Note>,
    /// Whether what was read is recorded, so that it can be gone on with.
    pub is_recorded: bool,
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            ended: Ended::Complete,
            summary: Summary::default(),
            accounts: Vec::new(),
            ledger: Box::new(Vec::new()),
            requests: 0,
            unreached: Vec::new(),
            finished: None,
            failed: Vec::new(),
            notes: Vec::new(),
            is_recorded: false,
        }
    }
}

/// Every output has failed, or its reader has gone, and nothing is recorded: to go on would serve nobody.
struct NobodyListens;

/// Runs a job; `None` if it was interrupted before the account was open. `begin` makes the sink when it is, and before
/// anything is read.
pub fn run<S: Sink>(
    job: Job<'_>,
    begin: impl AsyncFnOnce(&Opening, &Way) -> anyhow::Result<S>,
) -> anyhow::Result<Option<Went>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let went = runtime.block_on(judge(job, begin));
    // Reads that an interruption has left behind are not waited for.
    runtime.shutdown_background();
    went
}

async fn judge<S: Sink>(
    job: Job<'_>,
    begin: impl AsyncFnOnce(&Opening, &Way) -> anyhow::Result<S>,
) -> anyhow::Result<Option<Went>> {
    let Job { account, selected, config, register, owners, tells_lines } = job;
    let interruption = Interruption::listen().context("listening for signals")?;
    let stop = Stop { interruption, deadline: Deadline::of(account.deadline) };
    let way = tokio::select! {
        biased;
        () = stop.interruption.came() => None,
        way = open(account, true) => Some(way?),
    };
    let Some(way) = way else {
        terminal::warn("interrupted before the account was opened");
        return Ok(None);
    };
    let scope = way.scope();
    if account.from.is_none() {
        introduce(&scope);
    }
    let now = account.now.unwrap_or(scope.started());
    let rules = Arc::new(Rules {
        checks: selected.checks.clone(),
        now,
        settings: config.settings.clone(),
        register: register.at(now),
        owners: owners.among(way.account_names()),
    });
    let opening = Opening {
        scope: scope.clone(),
        checks: selected.checks,
        off: selected.off,
        now,
        config: config.file.as_ref().map(|file| file.display().to_string()),
        settings: config.settings.clone(),
    };
    let mut sink = begin(&opening, &way).await?;
    let progress = Arc::new(Progress::new(account.from.is_some(), tells_lines, &scope));
    let expiry = Arc::new(Expiry::default());
    let take = |finding: &Finding| sink.finding(finding);
    let gathered = match way {
        Way::One { opened, .. } => one(*opened, &rules, &progress, &stop, &expiry, take).await,
        Way::Several(fleet) => fleet.judge(&rules, &progress, &stop, &expiry, take).await?,
    };
    progress.clear();
    Ok(Some(end(sink, gathered, &rules, &stop, &expiry).await?))
}

/// Who scans what, before anything is read.
fn introduce(scope: &Scope) {
    match scope {
        Scope::Account(target) => {
            let Target { account, caller, regions, .. } = target;
            let facts = json!({"account": account, "caller": caller, "regions": regions.len()});
            terminal::say_with(&target.introduction(), &facts);
        }
        Scope::Accounts(accounts) => {
            let Accounts { organization, caller, count, .. } = accounts;
            let facts = json!({"organization": organization, "caller": caller, "accounts": count});
            terminal::say_with(&format!("scanning {} as {caller}", scope.name()), &facts);
        }
    }
}

/// One account by itself: its findings go where they are to go as they are reached.
async fn one(
    opened: Opened,
    rules: &Rules,
    progress: &Arc<Progress>,
    stop: &Stop,
    expiry: &Arc<Expiry>,
    mut take: impl FnMut(&Finding) -> bool,
) -> Gathered {
    let mut summary = Summary::default();
    let is_recorded = opened.recorder.is_some();
    let target = opened.target.clone();
    let mut watchers: Vec<Arc<dyn Observer>> = vec![progress.clone()];
    // A recording of a scan whose credentials ran out is judged to its end.
    if opened.recording.is_none() {
        watchers.push(expiry.clone());
    }
    let stopped = async {
        tokio::select! {
            () = stop.came() => {}
            () = expiry.came() => {}
        }
    };
    let judged = judge_account(opened, None, rules, watchers, stopped, |finding| {
        summary.add(&finding);
        let somebody_listens = take(&finding) || is_recorded;
        if somebody_listens { Ok(()) } else { Err(NobodyListens) }
    })
    .await;
    let Judged { ended, ledger, unreached, finished, failed, notes } = judged;
    let outcome = Outcome::of(target, None, ended, &ledger, summary.all, finished);
    Gathered {
        ended,
        requests: outcome.requests,
        summary,
        accounts: vec![outcome],
        ledger: Box::new(ledger),
        unreached,
        finished,
        failed: failed.into_iter().map(anyhow::Error::new).collect(),
        notes,
        is_recorded,
    }
}

/// Judges one account, among others if there are any, and writes down what was read of it if that is asked for.
pub async fn judge_account<E>(
    opened: Opened,
    others: Option<Arc<dyn Others>>,
    rules: &Rules,
    watchers: Vec<Arc<dyn Observer>>,
    stop: impl Future<Output = ()>,
    mut emit: impl FnMut(Finding) -> Result<(), E>,
) -> Judged {
    let Opened { target, source, recording, recorder, unrecorded } = opened;
    let facts = target.facts(rules.now, rules.settings.clone());
    let plan = Plan::new(&rules.checks, &facts);
    let ledger = Arc::new(Ledger::default());
    let recorder = recorder.map(Arc::new);
    let mut observers = watchers;
    observers.push(ledger.clone());
    observers.extend(recorder.clone().map(|recorder| recorder as Arc<dyn Observer>));
    observers.extend(recording.clone().map(|recording| recording as Arc<dyn Observer>));
    let world = World::among(others, facts, source, Arc::new(Observers(observers)));
    let emit = |mut finding: Finding| {
        finding.owner = rules.owners.owner(&finding, target.alias.as_deref());
        rules.register.sign(&mut finding);
        emit(finding)
    };
    let ended = scan::run(&plan, &world, stop, emit).await.unwrap_or(Ended::Stopped);
    world.forget();

    let ledger = ledger.entries(&plan, &target, ended);
    let finished = match (&recording, ended) {
        (Some(recording), _) => recording.manifest().finished,
        (None, Ended::Complete) => Some(jiff::Timestamp::now()),
        (None, Ended::Stopped) => None,
    };
    let mut notes: Vec<Note> = recorder.iter().flat_map(|recorder| recorder.mended()).map(Note::Mended).collect();
    let failed = recorder.and_then(|recorder| recorder.finish(&ledger, finished).err()).or(unrecorded);
    notes.extend(recording.iter().flat_map(|recording| recording.damage()).map(Note::Damaged));
    Judged { ended, ledger, unreached: plan.unreached(), finished, failed, notes }
}

/// Ends the reports, and tells what they do not. A report that cannot be written takes neither the others nor the
/// recording with it, nor the other way round.
async fn end(sink: impl Sink, gathered: Gathered, rules: &Rules, stop: &Stop, expiry: &Expiry) -> anyhow::Result<Went> {
    let Gathered { ended, mut summary, accounts, ledger, requests, unreached, finished, failed, notes, is_recorded } =
        gathered;
    summary.ended(ended);
    let scanned = Scanned { checks: &rules.checks, accounts: &accounts, is_stopped: ended == Ended::Stopped };
    let signed = rules.register.fates(scanned);
    let ending = Ending {
        summary: &summary,
        groups: summary.unknown(),
        accounts: &accounts,
        ledger: &*ledger,
        requests,
        unreached,
        finished,
        signed: &signed,
    };
    let mut failures = sink.end(&ending).await;
    failures.extend(failed);
    for note in notes {
        note.tell();
    }
    for fate in signed.iter().filter(|fate| fate.state.is_reopened()) {
        terminal::warn(&fate.told());
    }
    // Of what was not reached it is not known which lines it fits.
    if let Some(unmet) = rules.owners.unmet().filter(|_| ended == Ended::Complete) {
        terminal::warn(&unmet);
    }
    if ended == Ended::Stopped && stop.deadline.is_past() {
        terminal::warn("the scan was stopped at its deadline; what was not reached is unknown");
    }
    if ended == Ended::Stopped && expiry.is_seen() {
        let again = if is_recorded { "go on with --resume" } else { "scan again" };
        terminal::error(&format!("the credentials have run out, and the scan was stopped; get new ones and {again}"));
    }
    let mut failures = failures.into_iter();
    if let Some(first) = failures.next() {
        for other in failures {
            terminal::error(&causes(other.as_ref()));
        }
        return Err(first);
    }
    Ok(Went { ended, summary, accounts })
}

/// Opens what is asked for and goes no further: what would be scanned, and an account of it with its regions.
pub fn example(args: &AccountArgs) -> anyhow::Result<(Example, Target)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        Ok(match open(args, false).await? {
            Way::One { opened, .. } => (Example::Itself, opened.target),
            Way::Several(fleet) => (Example::OneOf(fleet.looked_at()), fleet.example().await?),
        })
    })
}

/// What an account is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// Only of itself.
    Itself,
    /// Of so many accounts that are to be looked at.
    OneOf(usize),
}
