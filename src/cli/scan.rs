//! `plimsoll scan`: judge an account, live or recorded.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone, Registered, Severity, Source, World, WorldFacts};
use tempfile::NamedTempFile;

use super::selection::{Selection, severity};
use crate::recording::{Recorder, Recording};
use crate::report::json::{Document, Lines};
use crate::report::table::Table;
use crate::report::{Ending, Opening, Report};
use crate::scan::{self, Ended, Ledger, Observers, Plan, Summary, Target};
use crate::terminal;

/// What to scan, and what to do with the findings.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// The AWS profile to scan with; without it, credentials are found as the AWS CLI finds them
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub profile: Option<String>,
    /// Look only at this region; 'all' is every region enabled for the account, as is leaving it out
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// Judge a recorded account: no credentials, no network
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Record what is read, so that it can be judged again with --from
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    pub record: Option<PathBuf>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also write the findings to a file; its extension says how: .json, .ndjson or .txt
    #[arg(long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Exit with 1 when a finding at least this severe fails: low, medium, high, critical, or never
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: String,
    /// The time that ages are counted to, instead of the time of the scan
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,
    /// The checks to judge.
    #[command(flatten)]
    pub selection: Selection,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One document
    Json,
    /// One finding a line, as it is reached
    Ndjson,
}

impl Format {
    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            Some("txt") => Ok(Self::Table),
            _ => {
                bail!("--output {}: the extension says the format, and must be .json, .ndjson or .txt", path.display())
            }
        }
    }

    fn report<W: Write + 'static>(self, out: W, width: usize, opening: &Opening) -> io::Result<Box<dyn Report>> {
        Ok(match self {
            Self::Table => Box::new(Table::new(out, width, opening.clone())),
            Self::Json => Box::new(Document::new(out, opening.clone())?),
            Self::Ndjson => Box::new(Lines::new(out)),
        })
    }
}

/// Exit codes; see `plimsoll --help`.
const FAILING: u8 = 1;
const UNKNOWN: u8 = 3;
const INTERRUPTED: u8 = 130;

/// Who answers the reads, and what is known of the account before the first.
struct Opened {
    target: Target,
    source: Arc<dyn Source>,
    /// The recording, when there is one: it lets go of files that nobody asks for any more.
    recording: Option<Arc<Recording>>,
}

/// Runs the command.
pub fn run(args: &ScanArgs) -> anyhow::Result<ExitCode> {
    let checks = args.selection.resolve()?;
    let fail_on = fail_on(&args.fail_on)?;
    for path in &args.outputs {
        Format::of_file(path)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(scan(args, checks, fail_on));
    // Reads that an interruption has left behind are not waited for.
    runtime.shutdown_background();
    code
}

/// The least severity that counts; `None` for `never`.
fn fail_on(name: &str) -> anyhow::Result<Option<Severity>> {
    if name == "never" {
        return Ok(None);
    }
    severity(name).map(Some).context("--fail-on takes a severity, or never")
}

async fn scan(
    args: &ScanArgs,
    checks: Vec<&'static Registered>,
    fail_on: Option<Severity>,
) -> anyhow::Result<ExitCode> {
    let Opened { target, source, recording } = open(args).await?;
    let now = args.now.unwrap_or(target.started);
    let facts = WorldFacts { global: target.global(), regions: target.regions.clone(), now };
    let plan = Plan::new(&checks, &facts);
    let opening = Opening { target: target.clone(), checks, now };
    let mut outputs = Outputs::open(args, &opening)?;

    let ledger = Arc::new(Ledger::default());
    let progress = Arc::new(Progress::new(args, &target));
    let recorder = args.record.as_deref().map(|root| Recorder::begin(root, &target)).transpose()?.map(Arc::new);
    let mut observers: Vec<Arc<dyn Observer>> = vec![ledger.clone(), progress.clone()];
    observers.extend(recorder.clone().map(|recorder| recorder as Arc<dyn Observer>));
    observers.extend(recording.clone().map(|recording| recording as Arc<dyn Observer>));
    let world = World::new(facts, source, Arc::new(Observers(observers)));

    let mut summary = Summary::default();
    let ended = scan::run(&plan, &world, interrupted(), |finding| {
        summary.add(&finding);
        outputs.finding(&finding)
    })
    .await?;
    summary.ended(ended);
    progress.clear();

    let ledger = ledger.entries(&plan, &target);
    let finished = match (&recording, ended) {
        (Some(recording), _) => recording.manifest().finished,
        (None, Ended::Complete) => Some(jiff::Timestamp::now()),
        (None, Ended::Stopped) => None,
    };
    let ending = Ending { summary: &summary, groups: summary.unknown(), ledger: &ledger, finished };
    let written = outputs.end(&ending);
    if let Some(recorder) = recorder {
        recorder.finish(&ledger, finished)?;
    }
    written?;
    for damage in recording.iter().flat_map(|recording| recording.damage()) {
        eprintln!("error: {damage}");
    }
    if args.format != Format::Table {
        eprintln!("{}", summary.coverage());
    }
    Ok(ExitCode::from(match (ended, fail_on.map_or(0, |least| summary.failing_from(least)), summary.all.unknown) {
        (Ended::Stopped, _, _) => INTERRUPTED,
        (Ended::Complete, 0, 0) => 0,
        (Ended::Complete, 0, _) => UNKNOWN,
        (Ended::Complete, _, _) => FAILING,
    }))
}

async fn open(args: &ScanArgs) -> anyhow::Result<Opened> {
    if let Some(root) = &args.from {
        let recording = Arc::new(Recording::open(root)?);
        let mut target = recording.target();
        let all = args.regions.is_empty() || args.regions.iter().any(|region| region == "all");
        if let Some(unknown) = args.regions.iter().find(|region| !all && !target.regions.contains(region)) {
            bail!("--region {unknown}: the recording holds {}", target.regions.join(", "));
        }
        target.regions.retain(|region| all || args.regions.contains(region));
        return Ok(Opened { target, source: recording.clone(), recording: Some(recording) });
    }
    open_live(args).await
}

#[cfg(feature = "live")]
async fn open_live(args: &ScanArgs) -> anyhow::Result<Opened> {
    let session = tokio::select! {
        session = crate::aws::open(args.profile.as_deref(), &args.regions) => session?,
        () = interrupted() => bail!("interrupted before the account was opened"),
    };
    let source = Arc::new(crate::aws::LiveSource::new(&session));
    Ok(Opened { target: session.target, source, recording: None })
}

#[cfg(not(feature = "live"))]
async fn open_live(_: &ScanArgs) -> anyhow::Result<Opened> {
    std::future::ready(()).await;
    bail!("this build has no AWS SDK in it (feature `live`); it can scan a recorded account, with --from DIR")
}

/// Resolves when the user or the system asks the program to stop.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                outcome = tokio::signal::ctrl_c() => if outcome.is_err() { std::future::pending::<()>().await },
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Where the findings go. Files appear whole, at the end.
struct Outputs {
    stdout: Box<dyn Report>,
    files: Vec<(PathBuf, NamedTempFile, Box<dyn Report>)>,
}

impl Outputs {
    fn open(args: &ScanArgs, opening: &Opening) -> anyhow::Result<Self> {
        let stdout: Box<dyn Report> = match args.format {
            Format::Table => {
                let out = BufWriter::new(anstream::AutoStream::auto(io::stdout()));
                args.format.report(out, terminal::width(), opening)?
            }
            Format::Json => args.format.report(BufWriter::new(io::stdout()), 0, opening)?,
            Format::Ndjson => args.format.report(io::stdout(), 0, opening)?,
        };
        let mut files = Vec::new();
        for path in &args.outputs {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let context = || format!("--output {}", path.display());
            let file = NamedTempFile::new_in(folder).with_context(context)?;
            let out = BufWriter::new(anstream::StripStream::new(file.reopen().with_context(context)?));
            let report = Format::of_file(path)?.report(out, 80, opening).with_context(context)?;
            files.push((path.clone(), file, report));
        }
        Ok(Self { stdout, files })
    }

    fn finding(&mut self, finding: &scan::Finding) -> anyhow::Result<()> {
        for (path, _, report) in &mut self.files {
            report.finding(finding).with_context(|| format!("writing {}", path.display()))?;
        }
        self.stdout.finding(finding).context("writing to stdout")
    }

    fn end(self, ending: &Ending<'_>) -> anyhow::Result<()> {
        // Files first: a reader of stdout that goes away takes nothing else with it.
        for (path, file, report) in self.files {
            report.end(ending).with_context(|| format!("writing {}", path.display()))?;
            file.persist(&path).with_context(|| format!("writing {}", path.display()))?;
        }
        self.stdout.end(ending).context("writing to stdout")
    }
}

/// Tells on a terminal that something is going on.
struct Progress {
    bar: indicatif::ProgressBar,
}

impl Progress {
    fn new(args: &ScanArgs, target: &Target) -> Self {
        let lines_on_terminal = args.format == Format::Ndjson && io::stdout().is_terminal();
        if args.from.is_some() || lines_on_terminal || !io::stderr().is_terminal() {
            return Self { bar: indicatif::ProgressBar::hidden() };
        }
        let bar = indicatif::ProgressBar::new_spinner();
        bar.set_message(format!("account {}, {} regions", target.account, target.regions.len()));
        bar.set_style(
            indicatif::ProgressStyle::with_template("{spinner} {msg} · {pos} reads · {elapsed}")
                .expect("the template is tested by every run"),
        );
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self { bar }
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn done(&self, _: ReadDone<'_>) {
        self.bar.inc(1);
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}
