//! `plimsoll diff`: what has become of each finding from one scan to another.

mod json;
mod markdown;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::memory::import;
use super::selection::severity;
use crate::config::Config;
use crate::history::{Change, Comparison, Counts, History, Kind, Place, Scan, Seen, Side};
use crate::scan::grouped;
use crate::terminal;

/// Which two scans, and how to tell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct DiffArgs {
    /// The earlier scan: its number in the history, a recording, or a document (.json); without it, the last but one
    #[arg(requires = "new")]
    pub old: Option<String>,
    /// The later scan
    pub new: Option<String>,
    /// Compare the last scan with the one that was the last at this time: 2026-11-25, or with a time of day
    #[arg(long, value_name = "DATE", conflicts_with = "old", requires = "history")]
    pub since: Option<String>,
    /// The history that holds them
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Exit with 1 when a finding at least this severe fails that did not, with 3 when one cannot be seen that could
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on_new: Option<String>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    compared, whatever there is to tell
  1    with --fail-on-new: something newly fails at or above the severity
  2    could not compare
  3    with --fail-on-new: nothing newly fails, but something cannot be seen that could";

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For a pull request or a ticket
    Markdown,
}

/// Findings of one kind of change that people are shown; JSON has all.
const SHOWN: usize = 20;

/// A change as it is shown.
struct Line {
    place: Place,
    change: Change,
    old: Option<Seen>,
    new: Option<Seen>,
}

impl Line {
    /// How it stands, or stood at last.
    fn latest(&self) -> Option<&Seen> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// What became what, in words.
    fn turn(&self) -> String {
        let status = |seen: &Option<Seen>| seen.as_ref().map(|seen| seen.status.as_str());
        match (status(&self.old), status(&self.new)) {
            (Some(old), Some(new)) if old == new => new.to_owned(),
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (Some(old), None) => format!("was {old}"),
            (None, Some(new)) => new.to_owned(),
            (None, None) => String::new(),
        }
    }

    /// What is different, and why that is said.
    fn details(&self) -> Vec<String> {
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => "nothing".to_owned(),
            other => other.to_string(),
        };
        let differs = self.change.differs.iter().filter(|it| it.what != "status" && it.what != "message");
        let differs = differs.map(|it| format!("{}: {} → {}", it.what, shown(&it.old), shown(&it.new)));
        self.change.why.iter().cloned().chain(differs).collect()
    }
}

/// The first lines of each kind, and how many there are.
#[derive(Default)]
struct Digest {
    lines: std::collections::BTreeMap<Kind, Vec<Line>>,
}

impl Digest {
    fn of(comparison: &Comparison<'_>) -> anyhow::Result<(Self, Counts)> {
        let mut digest = Self::default();
        let counts = comparison.each(|place, change, old, new| {
            let lines = digest.lines.entry(change.kind).or_default();
            let line = Line { place: place.clone(), change: change.clone(), old: old.cloned(), new: new.cloned() };
            let weight = |line: &Line| std::cmp::Reverse(line.latest().map(|seen| seen.severity));
            let at = lines.partition_point(|known| weight(known) <= weight(&line));
            lines.insert(at, line);
            lines.truncate(SHOWN);
            anyhow::Ok(())
        })?;
        Ok((digest, counts))
    }
}

/// How many of a kind are not shown.
fn left_out(counts: &Counts, kind: Kind, lines: &[Line]) -> Option<String> {
    let more = counts.kinds.get(&kind).copied().unwrap_or(0).saturating_sub(lines.len());
    (more > 0).then(|| format!("… and {} more; --format json lists all", grouped(more)))
}

/// Runs the command.
pub fn run(args: &DiffArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let least = args.fail_on_new.as_deref().map(severity).transpose().context("--fail-on-new takes a severity")?;
    let (history, old, new) = scans(args, config)?;
    history.hold_still()?;
    let comparison = Comparison::new(&history, Side::of(&history, &old)?, Side::of(&history, &new)?);
    let counts = match args.format {
        Format::Json => json::write(&comparison, &old, &new, out)?,
        Format::Table => table::write(&comparison, &old, &new, terminal::width(), out)?,
        Format::Markdown => markdown::write(&comparison, &old, &new, out)?,
    };
    Ok(ExitCode::from(match least {
        Some(least) if counts.newly_failing_from(least) > 0 => 1,
        Some(_) if counts.newly_unseen > 0 => 3,
        _ => 0,
    }))
}

/// The two scans, and the history that holds both.
fn scans(args: &DiffArgs, config: &Config) -> anyhow::Result<(History, Scan, Scan)> {
    match (&args.history, args.old.as_deref().zip(args.new.as_deref())) {
        (Some(path), named) => {
            let history = History::open(path)?;
            let (old, new) = match (named, &args.since) {
                (Some((old, new)), _) => (numbered(&history, old)?, numbered(&history, new)?),
                (None, since) => latest(&history, since.as_deref())?,
            };
            if old.series != new.series {
                bail!("{} is of {}, and {} of {}: there is nothing to compare", old.id, old.of, new.id, new.of);
            }
            Ok((history, old, new))
        }
        (None, Some((old, new))) => {
            let mut history = History::temporary()?;
            let mut read = |name: &str| -> anyhow::Result<Scan> {
                let path = Path::new(name);
                if !path.exists() && name.parse::<i64>().is_ok() {
                    bail!("{name}: to compare scans of a history, give --history FILE");
                }
                let id = import(path, &mut history, config)?;
                history.scan(id)?.context("what was just added is there")
            };
            let (old, new) = (read(old)?, read(new)?);
            Ok((history, old, new))
        }
        (None, None) => bail!("what is to be compared? give --history FILE, or two recordings or documents: OLD NEW"),
    }
}

fn numbered(history: &History, name: &str) -> anyhow::Result<Scan> {
    let scan = name.parse().ok().map(|id| history.scan(id)).transpose()?.flatten();
    scan.with_context(|| {
        let path = history.path().display();
        format!("{name}: no such scan in {path}; `plimsoll history --history {path}` lists them with their numbers")
    })
}

/// The last scan, and the one of the same accounts before it, or the one that was the last at a time.
fn latest(history: &History, since: Option<&str>) -> anyhow::Result<(Scan, Scan)> {
    let mut scans = history.scans()?;
    let path = history.path().display().to_string();
    let new = scans.pop().with_context(|| format!("{path}: it holds no scan yet"))?;
    scans.retain(|scan| scan.series == new.series);
    let Some(since) = since else {
        let old = scans.pop().with_context(|| format!("{path}: it holds only one scan of {}", new.of))?;
        return Ok((old, new));
    };
    let time = time(since)?;
    let oldest = scans.first().unwrap_or(&new).started.clone();
    scans.retain(|scan| scan.started.parse::<jiff::Timestamp>().is_ok_and(|its| its <= time));
    let old = scans.pop().with_context(|| {
        format!(
            "--since {since}: the oldest scan of {} in {path} began at {oldest}, so what was then is not known",
            new.of
        )
    })?;
    Ok((old, new))
}

fn time(text: &str) -> anyhow::Result<jiff::Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let date: jiff::civil::Date =
        text.parse().with_context(|| format!("--since {text}: a date such as 2026-11-25, or 2026-11-25T06:00:00Z"))?;
    // The whole of the day before is over then.
    Ok(jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0))?)
}
