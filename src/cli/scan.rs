//! `plimsoll scan`: judge an account, live or recorded.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone, Registered, Severity, Source, World};
use tempfile::NamedTempFile;
use tokio::sync::watch;

use super::selection::{Selection, severity};
use crate::error::causes;
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
        // Said now and not after an hour of reading.
        if path.is_dir() {
            bail!("--output {}: there is a folder of that name", path.display());
        }
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
    let interruption = Interruption::listen().context("listening for signals")?;
    let opened = tokio::select! {
        biased;
        () = interruption.came() => None,
        opened = open(args) => Some(opened?),
    };
    let Some(Opened { target, source, recording }) = opened else {
        terminal::say("interrupted before the account was opened");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let now = args.now.unwrap_or(target.started);
    let facts = target.facts(now, Arc::default());
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
    let ended = scan::run(&plan, &world, interruption.came(), |finding| {
        summary.add(&finding);
        let somebody_listens = outputs.finding(&finding) || recorder.is_some();
        if somebody_listens { Ok(()) } else { Err(NobodyListens) }
    })
    .await
    .unwrap_or(Ended::Stopped);
    summary.ended(ended);
    progress.clear();

    let ledger = ledger.entries(&plan, &target, ended);
    let finished = match (&recording, ended) {
        (Some(recording), _) => recording.manifest().finished,
        (None, Ended::Complete) => Some(jiff::Timestamp::now()),
        (None, Ended::Stopped) => None,
    };
    let ending = Ending { summary: &summary, groups: summary.unknown(), ledger: &ledger, finished };
    // A report that cannot be written takes neither the others nor the recording with it, nor the other way round.
    let mut failed = outputs.end(&ending);
    failed.extend(recorder.and_then(|recorder| recorder.finish(&ledger, finished).err()).map(anyhow::Error::new));
    for damage in recording.iter().flat_map(|recording| recording.damage()) {
        terminal::say(&format!("error: {damage}"));
    }
    if args.format != Format::Table {
        if ended == Ended::Stopped {
            terminal::say("the scan was stopped before its end; what was not reached is not among the findings");
        }
        terminal::say(&summary.coverage());
    }
    let mut failed = failed.into_iter();
    if let Some(first) = failed.next() {
        for other in failed {
            terminal::say(&format!("error: {}", causes(other.as_ref())));
        }
        return Err(first);
    }
    Ok(ExitCode::from(match (ended, fail_on.map_or(0, |least| summary.failing_from(least)), summary.all.unknown) {
        (Ended::Stopped, _, _) => INTERRUPTED,
        (Ended::Complete, 0, 0) => 0,
        (Ended::Complete, 0, _) => UNKNOWN,
        (Ended::Complete, _, _) => FAILING,
    }))
}

/// Every output has failed, or its reader has gone, and nothing is recorded: to go on would serve nobody.
struct NobodyListens;

async fn open(args: &ScanArgs) -> anyhow::Result<Opened> {
    if let Some(root) = &args.from {
        let recording = Arc::new(Recording::open(root)?);
        let mut target = recording.target();
        let all = args.regions.is_empty() || args.regions.iter().any(|region| region == "all");
        if let Some(unknown) = args.regions.iter().find(|region| !all && !target.regions.contains(region)) {
            bail!("--region {unknown}: the recording holds {}", target.regions.join(", "));
        }
        let (chosen, others) = target.regions.into_iter().partition(|region| all || args.regions.contains(region));
        target.regions = chosen;
        target.left_out.as_mut().map(|left_out: &mut Vec<String>| left_out.splice(0..0, others));
        return Ok(Opened { target, source: recording.clone(), recording: Some(recording) });
    }
    open_live(args).await
}

#[cfg(feature = "live")]
async fn open_live(args: &ScanArgs) -> anyhow::Result<Opened> {
    let session = crate::aws::open(args.profile.as_deref(), &args.regions).await?;
    let source = Arc::new(crate::aws::LiveSource::new(&session));
    Ok(Opened { target: session.target, source, recording: None })
}

#[cfg(not(feature = "live"))]
async fn open_live(_: &ScanArgs) -> anyhow::Result<Opened> {
    std::future::ready(()).await;
    bail!("this build has no AWS SDK in it (feature `live`); it can scan a recorded account, with --from DIR")
}

/// The wish of the user or the system that the program stop.
///
/// One listener hears it from before the account is opened until the last byte is written, so that no signal falls
/// between two of them. Who asks a second time is not made to wait for outputs that nobody reads.
struct Interruption(watch::Receiver<bool>);

impl Interruption {
    fn listen() -> io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            signals.next().await;
            tell.send_replace(true);
            signals.next().await;
            std::process::exit(INTERRUPTED.into());
        });
        Ok(Self(told))
    }

    /// Resolves once the wish is known, also if it was uttered before.
    fn came(&self) -> impl Future<Output = ()> + use<> {
        let mut told = self.0.clone();
        async move {
            if told.wait_for(|told| *told).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// SIGINT and SIGTERM.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Where the findings go: files, which appear whole at the end, and then stdout.
///
/// Each is on its own: one that fails is given up, and the scan goes on for the rest.
struct Outputs {
    open: Vec<(Destination, Box<dyn Report>)>,
    failed: Vec<anyhow::Error>,
}

enum Destination {
    Stdout,
    File { path: PathBuf, file: NamedTempFile },
}

impl Destination {
    fn failed(&self, error: io::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(match self {
            Self::Stdout => "writing to stdout".to_owned(),
            Self::File { path, .. } => format!("writing {}", path.display()),
        })
    }
}

impl Outputs {
    fn open(args: &ScanArgs, opening: &Opening) -> anyhow::Result<Self> {
        let mut open = Vec::new();
        for path in &args.outputs {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let context = || format!("--output {}", path.display());
            let file = NamedTempFile::new_in(folder).with_context(context)?;
            let out = file.reopen().with_context(context)?;
            let report = match Format::of_file(path)? {
                Format::Table => Format::Table.report(BufWriter::new(anstream::StripStream::new(out)), 80, opening),
                // What a program reads is not to be touched: a name may hold bytes that look like a colour's.
                format => format.report(BufWriter::new(out), 80, opening),
            };
            open.push((Destination::File { path: path.clone(), file }, report.with_context(context)?));
        }
        let report = match args.format {
            Format::Table => {
                let out = BufWriter::new(anstream::AutoStream::auto(io::stdout()));
                args.format.report(out, terminal::width(), opening)
            }
            Format::Json => args.format.report(BufWriter::new(io::stdout()), 0, opening),
            Format::Ndjson => args.format.report(io::stdout(), 0, opening),
        };
        let report = report.with_context(|| format!("making a file in {}", std::env::temp_dir().display()))?;
        open.push((Destination::Stdout, report));
        Ok(Self { open, failed: Vec::new() })
    }

    /// Hands on a finding; says whether anyone still takes them.
    fn finding(&mut self, finding: &scan::Finding) -> bool {
        let failed = &mut self.failed;
        self.open.retain_mut(|(to, report)| match report.finding(finding) {
            Ok(()) => true,
            Err(error) => {
                failed.extend(unless_reader_is_gone(to, error));
                false
            }
        });
        !self.open.is_empty()
    }

    /// Writes what comes last, and tells what could not be written.
    fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        let mut failed = self.failed;
        for (to, report) in self.open {
            if let Err(error) = report.end(ending) {
                failed.extend(unless_reader_is_gone(&to, error));
            } else if let Destination::File { path, file } = to {
                let kept = file.as_file().sync_all().and_then(|()| Ok(file.persist(&path)?));
                failed.extend(
                    kept.err().map(|error| anyhow::Error::new(error).context(format!("writing {}", path.display()))),
                );
            }
        }
        failed
    }
}

/// Whoever reads our stdout and goes away has seen enough; that is no failure.
fn unless_reader_is_gone(to: &Destination, error: io::Error) -> Option<anyhow::Error> {
    let is_gone = matches!(to, Destination::Stdout) && error.kind() == ErrorKind::BrokenPipe;
    (!is_gone).then(|| to.failed(error))
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
