//! A scan that remembers: its findings go into a history, and only what is new is told; and that imports them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use plimsoll_checks::contract::{Severity, Status};

use super::access::AccountArgs;
use super::hub;
use super::job::{self, Job, Sink};
use super::outputs::Outputs;
use super::selection::{Selection, severity};
use crate::config::Config;
use crate::history::{
    Change, Collector, Comparison, Counts, History, HistoryError, Kind, Row, Scan, Side, newly_fails, opened_scan,
    past, read_document,
};
use crate::notify::{Digest, Notifier, Told};
use crate::owners::Owners;
use crate::register::{Register, RegisterArgs};
use crate::report::{Ending, Opening};
use crate::scan::Finding;
use crate::terminal;

/// The series of scans that are only compared with each other.
const COMPARED: &str = "compared";

/// What is compared with earlier scans.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Memory")]
pub struct MemoryArgs {
    /// Add the findings to a history, a file that `plimsoll diff` and `plimsoll history` read
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Compare with this document (.json) or recording, instead of the last scan in the history
    #[arg(long, value_name = "PATH")]
    pub baseline: Option<PathBuf>,
    /// Report only what is new or has changed since then
    #[arg(long)]
    pub new_only: bool,
    /// Exit with 1 when a finding at least this severe fails that did not then, whatever else fails; with 3 when
    /// something cannot be seen that could
    #[arg(long, value_name = "SEVERITY", conflicts_with = "fail_on")]
    pub fail_on_new: Option<String>,
}

impl MemoryArgs {
    /// The least severity of what is new that counts.
    pub fn fail_on_new(&self) -> anyhow::Result<Option<Severity>> {
        self.fail_on_new.as_deref().map(severity).transpose().context("--fail-on-new takes a severity")
    }

    /// Opens what there is to compare with, before the scan; `None` if nothing is asked for. `notifies` is whether
    /// somebody is to be told what is new.
    pub fn open(&self, config: &Config, notifies: bool) -> anyhow::Result<Option<Memory>> {
        let asks =
            [(self.new_only, "--new-only"), (self.fail_on_new()?.is_some(), "--fail-on-new"), (notifies, "--notify")];
        let asked = asks.into_iter().find(|(is_asked, _)| *is_asked).map(|(_, flag)| flag);
        if let (Some(flag), None, None) = (asked, &self.history, &self.baseline) {
            bail!("{flag}: new since when? give --history FILE, or --baseline with a document or recording");
        }
        let history = self.history.as_deref().map(History::create).transpose()?;
        let mut baseline = None;
        if let Some(path) = &self.baseline {
            let mut compared = History::temporary()?;
            let id = import(path, &mut compared, config).with_context(|| format!("--baseline {}", path.display()))?;
            let scan = compared.scan(id)?.context("what was just added is there")?;
            baseline = Some((compared, scan));
        }
        let is_asked = history.is_some() || baseline.is_some();
        Ok(is_asked.then_some(Memory { history, baseline, new_only: self.new_only }))
    }
}

/// Adds a document or a recording to a history in which it is only compared; returns its id there.
pub fn import(path: &Path, history: &mut History, config: &Config) -> anyhow::Result<i64> {
    if path.is_file() {
        return Ok(read_document(path, history, COMPARED)?);
    }
    let account = AccountArgs { from: Some(path.to_owned()), ..AccountArgs::default() };
    let register = Register::load(&RegisterArgs::default())?;
    let selected = Selection::default().resolve(config)?;
    let job = Job { account: &account, selected, config, register, owners: Owners::default(), tells_lines: true };
    let mut stored = None;
    let went = job::run(job, async |opening, _| {
        Ok(Importing { collector: Collector::new(opening)?, history, failed: None, stored: &mut stored })
    })?;
    went.and(stored).context("interrupted before it was read")
}

/// A recording on its way into a history.
struct Importing<'a> {
    collector: Collector,
    history: &'a mut History,
    failed: Option<std::io::Error>,
    stored: &'a mut Option<i64>,
}

impl Sink for Importing<'_> {
    fn finding(&mut self, finding: &Finding) -> bool {
        if self.failed.is_none() {
            self.failed = self.collector.finding(finding).err();
        }
        self.failed.is_none()
    }

    async fn end(mut self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        if let Some(error) = self.failed {
            return vec![HistoryError::from(error).into()];
        }
        match self.collector.store(self.history, Some(COMPARED), ending) {
            Ok(id) => {
                *self.stored = Some(id);
                Vec::new()
            }
            Err(error) => vec![error.into()],
        }
    }
}

/// What there is to compare with, before the scan.
pub struct Memory {
    history: Option<History>,
    baseline: Option<(History, Scan)>,
    new_only: bool,
}

impl Memory {
    /// The scan begins. Of what is new and at least so severe, a digest is made.
    pub fn begin(self, opening: &Opening, least: Option<Severity>) -> anyhow::Result<Begun> {
        let facts = opened_scan(opening);
        let since = match (&self.baseline, &self.history) {
            (Some((_, scan)), _) => Some(scan.clone()),
            (None, Some(history)) => history.baseline(&facts.series, facts.started)?,
            (None, None) => None,
        };
        if since.is_none() && self.new_only {
            terminal::say(&format!("there is no earlier scan of {} to compare with: everything is new", facts.series));
        }
        let old = match (&since, self.compared()) {
            (Some(scan), Some(history)) => Some(Side::of(history, scan)?),
            _ => None,
        };
        let collector = Collector::new(opening)?;
        let started = since.as_ref().map(|scan| scan.started.clone());
        let digest = least.map(|least| Digest::new(opening, &facts.series, started, least));
        Ok(Begun { memory: self, collector, since, old, opening: opening.clone(), digest, failed: None })
    }

    /// The history that holds both scans in the end.
    fn compared(&self) -> Option<&History> {
        self.baseline.as_ref().map(|(history, _)| history).or(self.history.as_ref())
    }
}

/// A scan that remembers, under way.
pub struct Begun {
    memory: Memory,
    collector: Collector,
    since: Option<Scan>,
    old: Option<Side>,
    opening: Opening,
    digest: Option<Digest>,
    failed: Option<HistoryError>,
}

/// What has become of a finding.
struct Looked {
    change: Option<Change>,
    is_news: bool,
    newly_fails: bool,
}

impl Begun {
    /// Takes a finding; says whether it is to be reported.
    fn finding(&mut self, finding: &Finding) -> bool {
        if self.failed.is_none() {
            self.failed = self.collector.finding(finding).err().map(HistoryError::from);
        }
        let least = |digest: &Digest| finding.status() == Status::Fail && digest.wants(finding.severity());
        let is_told = self.digest.as_ref().is_some_and(least);
        if !self.memory.new_only && !is_told {
            return true;
        }
        match self.look(finding) {
            Ok(Looked { change, is_news, newly_fails }) => {
                if let Some(digest) = self.digest.as_mut().filter(|_| is_told && newly_fails) {
                    digest.add(finding, change.as_ref());
                }
                is_news || !self.memory.new_only
            }
            Err(error) => {
                self.failed.get_or_insert(error);
                true
            }
        }
    }

    fn look(&mut self, finding: &Finding) -> Result<Looked, HistoryError> {
        let row = Row::of(finding);
        let first = Looked { change: None, is_news: true, newly_fails: newly_fails(None, &row.seen) };
        let Some(old) = self.old.take() else { return Ok(first) };
        let Some(history) = self.memory.compared() else { return Ok(first) };
        let comparison = Comparison::new(history, old, Side::under_way(&self.opening));
        let looked = comparison.before(&row.place.id).and_then(|old| {
            let change = comparison.change(&row.place, old.as_ref(), Some(&row.seen))?;
            Ok(Looked { is_news: change.is_some(), newly_fails: newly_fails(old.as_ref(), &row.seen), change })
        });
        self.old = Some(comparison.old);
        looked
    }

    /// The scan has ended: remembers it, counts what is new, tells the outputs what there was before, and hands on what
    /// people are to be told.
    fn end(mut self, ending: &Ending<'_>, outputs: &mut Outputs) -> Result<(Counts, Option<Digest>), HistoryError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let Memory { history, baseline, .. } = &mut self.memory;
        let mut stored = None;
        if let Some(history) = history {
            let id = self.collector.store(history, None, ending)?;
            stored = Some(id);
            if let Some(this) = history.scan(id)?.filter(|_| outputs.show_the_past()) {
                outputs.remember(&past(history, &this)?);
            }
        }
        if let Some((compared, _)) = baseline {
            stored = Some(self.collector.store(compared, Some(COMPARED), ending)?);
        }
        let compared = baseline.as_ref().map(|(history, _)| history).or(history.as_ref());
        let mut digest = self.digest;
        let counts = match (compared, self.since, stored) {
            (Some(history), Some(scan), Some(id)) => counted(history, &scan, id, digest.as_mut())?,
            _ => None,
        };
        if let Some(digest) = digest.as_mut().filter(|_| ending.summary.stopped) {
            digest.is_partial();
        }
        Ok((counts.unwrap_or_else(|| all_new(ending)), digest))
    }
}

/// What has become of all findings, in numbers; what failed and is out of sight goes into the digest.
fn counted(
    history: &History,
    scan: &Scan,
    id: i64,
    mut digest: Option<&mut Digest>,
) -> Result<Option<Counts>, HistoryError> {
    let Some(this) = history.scan(id)? else { return Ok(None) };
    let comparison = Comparison::new(history, Side::of(history, scan)?, Side::of(history, &this)?);
    let counts = comparison.each(|_, change, old, _| {
        let failed = old.filter(|old| change.kind == Kind::NoLongerVisible && old.status == Status::Fail);
        if let (Some(failed), Some(digest)) = (failed, digest.as_deref_mut()) {
            digest.hide(failed.severity);
        }
        Ok::<(), HistoryError>(())
    })?;
    terminal::say(&format!("since the scan of {}: {}", scan.started, counts.words()));
    Ok(Some(counts))
}

/// Where there is nothing to compare with, all that fails is new.
fn all_new(ending: &Ending<'_>) -> Counts {
    Counts {
        newly_failing: ending.summary.failing.clone(),
        newly_unseen: ending.summary.all.unknown,
        ..Counts::default()
    }
}

/// Reports a scan, remembers it if that is asked for, and tells people what is new.
pub struct Remembering<'a> {
    outputs: Outputs,
    memory: Option<Begun>,
    hub: Option<hub::Importing>,
    news: &'a mut Option<Counts>,
    notifier: Option<Notifier>,
    told: &'a mut Vec<Told>,
}

impl<'a> Remembering<'a> {
    /// Reports to `outputs`, and to Security Hub all that there is; what is new is counted into `news`.
    pub fn new(
        outputs: Outputs,
        memory: Option<Begun>,
        hub: Option<hub::Importing>,
        news: &'a mut Option<Counts>,
        told: &'a mut Vec<Told>,
    ) -> Self {
        Self { outputs, memory, hub, news, notifier: None, told }
    }

    /// The same, and tells people; what has become of that is noted.
    #[must_use]
    pub fn telling(mut self, notifier: Option<Notifier>) -> Self {
        self.notifier = notifier;
        self
    }
}

impl Sink for Remembering<'_> {
    fn finding(&mut self, finding: &Finding) -> bool {
        if let Some(hub) = &mut self.hub {
            hub.finding(finding);
        }
        let Some(memory) = &mut self.memory else { return self.outputs.finding(finding) || self.hub.is_some() };
        if memory.finding(finding) {
            self.outputs.finding(finding);
        }
        // Whoever reads along may have gone; the history still wants the rest.
        true
    }

    async fn end(mut self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        // The history first: the page shows this scan among the others. The outputs are written whatever becomes of it.
        let remembered = self.memory.map(|memory| memory.end(ending, &mut self.outputs));
        let mut failed = self.outputs.end(ending).await;
        match (remembered, &self.notifier) {
            (Some(Ok((news, digest))), notifier) => {
                *self.news = Some(news);
                if let (Some(notifier), Some(digest)) = (notifier, digest) {
                    *self.told = notifier.send(&digest).await;
                }
            }
            (Some(Err(error)), notifier) => {
                let why = "what is new is not known, for the history failed";
                *self.told = notifier.as_ref().map_or_else(Vec::new, |notifier| notifier.give_up(why));
                failed.push(anyhow::Error::new(error).context("--history, --baseline"));
            }
            (None, _) => {}
        }
        if let Some(hub) = self.hub {
            failed.extend(hub.end(ending).await);
        }
        failed
    }
}
