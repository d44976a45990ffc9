//! A scan as several commands run it: the account opened, everything judged, recorded and handed on.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use jiff::SignedDuration;
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone, Reason, Source, World};
use tokio::sync::Notify;

use super::interruption::Interruption;
use super::selection::Selected;
use crate::config::Config;
use crate::error::causes;
use crate::pace::Share;
use crate::recording::{Recorder, Recording, Resumed, Unfinished};
use crate::report::{Ending, Opening};
use crate::scan::{self, Ended, Ledger, Observers, Plan, Summary, Target};
use crate::secret::Secret;
use crate::terminal;

/// The exit code of what was told to stop.
pub const INTERRUPTED: u8 = 130;

/// Which account, live or recorded.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which account")]
pub struct AccountArgs {
    /// The AWS profile to scan with; without it, credentials are found as the AWS CLI finds them
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub profile: Option<String>,
    /// Take on this role with the credentials found, and scan the account it belongs to
    #[arg(long, value_name = "ARN", conflicts_with = "from")]
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_arn", env = "PLIMSOLL_EXTERNAL_ID", hide_env_values = true)]
    pub external_id: Option<Secret>,
    /// What CloudTrail in the scanned account is to call the session
    #[arg(long, value_name = "NAME", requires = "role_arn")]
    pub session_name: Option<String>,
    /// The code that the MFA device of the profile shows now; without it, it is asked for on the terminal
    #[arg(long, value_name = "CODE", conflicts_with = "from")]
    pub mfa_code: Option<Secret>,
    /// Look only at this region; 'all' is every region enabled for the account, as is leaving it out
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// Judge a recorded account: no credentials, no network
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Record what is read, so that it can be judged again with --from
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    pub record: Option<PathBuf>,
    /// Go on with a recording that was cut off: what it holds is not asked again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "record", "regions"])]
    pub resume: Option<PathBuf>,
    /// Stop after so long, such as 90s, 20m or 1h, and report what there is
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub deadline: Option<SignedDuration>,
    /// Give each region so long, such as 5m, and go on without what is still unread there
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub region_deadline: Option<SignedDuration>,
    /// The share of AWS's request limits to take at most; the rest is left to whoever else calls in the account
    #[arg(long, value_name = "PERCENT", default_value_t, conflicts_with = "from")]
    pub api_share: Share,
    /// The time that ages are counted to, instead of the time of the scan
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,
}

/// What is to be judged, and how.
pub struct Job<'a> {
    /// Which account.
    pub account: &'a AccountArgs,
    /// Which checks.
    pub selected: Selected,
    /// What the user has laid down.
    pub config: &'a Config,
    /// Whether stdout tells how it goes, so that a progress bar would only be in its way.
    pub tells_lines: bool,
}

/// Who takes the findings.
pub trait Sink {
    /// Takes a finding; says whether anyone still wants more.
    fn finding(&mut self, finding: &scan::Finding) -> bool;
    /// Writes what comes last, and tells what could not be written.
    fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error>;
}

/// How a job went.
pub struct Went {
    /// Whether it came to its end.
    pub ended: Ended,
    /// The result in numbers.
    pub summary: Summary,
}

/// Who answers the reads, and what is known of the account before the first.
struct Opened {
    target: Target,
    source: Arc<dyn Source>,
    /// The recording, when there is one: it lets go of files that nobody asks for any more.
    recording: Option<Arc<Recording>>,
    /// Whoever goes on with a recording that was cut off.
    recorder: Option<Recorder>,
    /// What is said of a live account, and of who asks, before anything is read.
    introduction: Option<String>,
}

/// Hears that the credentials have run out: whatever is asked after that is refused, so there is no use in going on.
#[derive(Default)]
struct Expiry {
    /// Whether anything is asked at all: a recording of such a scan is judged to its end.
    asks_aws: bool,
    seen: AtomicBool,
    told: Notify,
}

impl Expiry {
    /// Resolves when they have.
    async fn came(&self) {
        self.told.notified().await;
    }

    fn is_seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }
}

impl Observer for Expiry {
    fn done(&self, done: ReadDone<'_>) {
        let expired = done.loaded.rest.as_ref().is_some_and(|unknown| unknown.reason == Reason::Expired);
        if self.asks_aws && expired {
            self.seen.store(true, Ordering::Relaxed);
            // Keeps it for whoever asks later.
            self.told.notify_one();
        }
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}

/// When the scan is to end at the latest.
struct Deadline(Option<tokio::time::Instant>);

impl Deadline {
    fn of(patience: Option<SignedDuration>) -> Self {
        Self(patience.map(|patience| tokio::time::Instant::now() + patience.unsigned_abs()))
    }

    /// Resolves when it is past.
    async fn came(&self) {
        match self.0 {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    fn is_past(&self) -> bool {
        self.0.is_some_and(|at| at <= tokio::time::Instant::now())
    }
}

/// Every output has failed, or its reader has gone, and nothing is recorded: to go on would serve nobody.
struct NobodyListens;

/// Runs a job; `None` if it was interrupted before the account was open.
pub fn run<S: Sink>(job: Job<'_>, begin: impl FnOnce(&Opening) -> anyhow::Result<S>) -> anyhow::Result<Option<Went>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let went = runtime.block_on(judge(job, begin));
    // Reads that an interruption has left behind are not waited for.
    runtime.shutdown_background();
    went
}

async fn judge<S: Sink>(
    job: Job<'_>,
    begin: impl FnOnce(&Opening) -> anyhow::Result<S>,
) -> anyhow::Result<Option<Went>> {
    let Job { account, selected, config, tells_lines } = job;
    let interruption = Interruption::listen().context("listening for signals")?;
    let deadline = Deadline::of(account.deadline);
    let opened = tokio::select! {
        biased;
        () = interruption.came() => None,
        opened = open(account) => Some(opened?),
    };
    let Some(Opened { target, source, recording, recorder, introduction }) = opened else {
        terminal::say("interrupted before the account was opened");
        return Ok(None);
    };
    if let Some(introduction) = introduction {
        terminal::say(&introduction);
    }
    let now = account.now.unwrap_or(target.started);
    let facts = target.facts(now, config.settings.clone());
    let plan = Plan::new(&selected.checks, &facts);
    let opening = Opening {
        target: target.clone(),
        checks: selected.checks,
        off: selected.off,
        now,
        config: config.file.as_ref().map(|file| file.display().to_string()),
        settings: config.settings.clone(),
    };
    let mut sink = begin(&opening)?;

    let ledger = Arc::new(Ledger::default());
    let progress = Arc::new(Progress::new(account.from.is_some(), tells_lines, &target));
    let new = account.record.as_deref().map(|root| Recorder::begin(root, &target)).transpose()?;
    let recorder = recorder.or(new).map(Arc::new);
    let expiry = Arc::new(Expiry { asks_aws: account.from.is_none(), ..Expiry::default() });
    let mut observers: Vec<Arc<dyn Observer>> = vec![ledger.clone(), progress.clone(), expiry.clone()];
    observers.extend(recorder.clone().map(|recorder| recorder as Arc<dyn Observer>));
    observers.extend(recording.clone().map(|recording| recording as Arc<dyn Observer>));
    let world = World::new(facts, source, Arc::new(Observers(observers)));

    let mut summary = Summary::default();
    let stop = async {
        tokio::select! {
            () = interruption.came() => {}
            () = expiry.came() => {}
            () = deadline.came() => {}
        }
    };
    let ended = scan::run(&plan, &world, stop, |finding| {
        summary.add(&finding);
        let somebody_listens = sink.finding(&finding) || recorder.is_some();
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
    let ending =
        Ending { summary: &summary, groups: summary.unknown(), ledger: &ledger, unreached: plan.unreached(), finished };
    // A report that cannot be written takes neither the others nor the recording with it, nor the other way round.
    let mut failed = sink.end(&ending);
    for damage in recorder.iter().flat_map(|recorder| recorder.mended()) {
        terminal::say(&format!("note: {damage}; it was read again"));
    }
    let is_recorded = recorder.is_some();
    failed.extend(recorder.and_then(|recorder| recorder.finish(&ledger, finished).err()).map(anyhow::Error::new));
    for damage in recording.iter().flat_map(|recording| recording.damage()) {
        terminal::say(&format!("error: {damage}"));
    }
    if ended == Ended::Stopped && deadline.is_past() {
        terminal::say("the scan was stopped at its deadline; what was not reached is unknown");
    }
    if ended == Ended::Stopped && expiry.is_seen() {
        let again = if is_recorded { "go on with --resume" } else { "scan again" };
        terminal::say(&format!("the credentials have run out, and the scan was stopped; get new ones and {again}"));
    }
    let mut failed = failed.into_iter();
    if let Some(first) = failed.next() {
        for other in failed {
            terminal::say(&format!("error: {}", causes(other.as_ref())));
        }
        return Err(first);
    }
    Ok(Some(Went { ended, summary }))
}

/// Opens the account and goes no further: who is calling, and which regions there are.
pub fn target(args: &AccountArgs) -> anyhow::Result<Target> {
    // A recording that is to be gone on with knows both, and nothing of it is to change yet.
    if let Some(root) = &args.resume {
        return Ok(Recording::open(root)?.target());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(open(args))?.target)
}

async fn open(args: &AccountArgs) -> anyhow::Result<Opened> {
    if let Some(root) = &args.from {
        let recording = Arc::new(Recording::open(root)?);
        let mut target = recording.target();
        let all = args.regions.is_empty() || args.regions.iter().any(|region| region == "all");
        if let Some(unknown) = args.regions.iter().find(|region| !all && !target.regions.contains(region)) {
            bail!("--region {unknown}: the recording holds {}", target.regions.join(", "));
        }
        let (chosen, others): (Vec<String>, Vec<String>) =
            target.regions.into_iter().partition(|region| all || args.regions.contains(region));
        target.regions = chosen;
        if let Some(left_out) = &mut target.left_out {
            left_out.extend(others);
            left_out.sort_unstable();
        }
        let source = recording.clone();
        return Ok(Opened { target, source, recording: Some(recording), recorder: None, introduction: None });
    }
    let Some(root) = &args.resume else { return open_live(args).await };
    let unfinished = Unfinished::open(root)?;
    let live = open_live(&AccountArgs { regions: unfinished.target().regions, ..args.clone() }).await?;
    let Resumed { target, source, recorder } = unfinished.resume(&live.target, live.source)?;
    Ok(Opened { target, source, recording: None, recorder: Some(recorder), introduction: live.introduction })
}

#[cfg(feature = "live")]
async fn open_live(args: &AccountArgs) -> anyhow::Result<Opened> {
    let role = args.role_arn.as_ref().map(|arn| crate::aws::Role {
        arn: arn.clone(),
        external_id: args.external_id.clone(),
        session_name: args.session_name.clone(),
        ..crate::aws::Role::default()
    });
    let pacing = crate::aws::Pacing {
        share: args.api_share,
        region_deadline: args.region_deadline.map(SignedDuration::unsigned_abs),
        ..crate::aws::Pacing::default()
    };
    let access = crate::aws::Access { profile: args.profile.clone(), role, mfa_code: args.mfa_code.clone(), pacing };
    let session = crate::aws::open(&access, &args.regions).await?;
    let source = Arc::new(crate::aws::LiveSource::new(&session));
    let introduction = Some(session.target.introduction());
    Ok(Opened { target: session.target, source, recording: None, recorder: None, introduction })
}

#[cfg(not(feature = "live"))]
async fn open_live(_: &AccountArgs) -> anyhow::Result<Opened> {
    std::future::ready(()).await;
    bail!("this build has no AWS SDK in it (feature `live`); it can scan a recorded account, with --from DIR")
}

/// Tells on a terminal that something is going on.
struct Progress {
    bar: indicatif::ProgressBar,
}

impl Progress {
    fn new(is_recorded: bool, tells_lines: bool, target: &Target) -> Self {
        let lines_on_terminal = tells_lines && io::stdout().is_terminal();
        if is_recorded || lines_on_terminal || !io::stderr().is_terminal() {
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
