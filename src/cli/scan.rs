//! `plimsoll scan`: judge an account, live or recorded.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use plimsoll_checks::contract::Severity;

use super::access::AccountArgs;
use super::formats::{self, Format};
use super::hub::{self, Importing};
use super::job::{self, INTERRUPTED, Job};
use super::memory::{MemoryArgs, Remembering};
use super::notify::NotifyArgs;
use super::outputs::{Address, Outputs};
use super::selection::{Selection, severity};
use super::upload::UploadArgs;
use crate::config::Config;
use crate::notify::{Notifier, Told};
use crate::owners::{Owners, OwnersArgs};
use crate::register::{Register, RegisterArgs};
use crate::scan::Ended;
use crate::terminal::{self, LogFormat};

/// What to scan, and what to do with the findings.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// Which account.
    #[command(flatten)]
    pub account: AccountArgs,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also write the findings to a file, or to an object in S3; the end of its name says how
    #[arg(long = "output", value_name = "FILE", help = help_of_output())]
    pub outputs: Vec<PathBuf>,
    /// Exit with 1 when a finding at least this severe fails: low, medium, high, critical, or never
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: String,
    /// How objects in S3 are written.
    #[command(flatten)]
    pub upload: UploadArgs,
    /// Import what is open into Security Hub, in each account and region, and archive there what is resolved
    #[arg(long)]
    pub security_hub: bool,
    /// What is compared with earlier scans.
    #[command(flatten)]
    pub memory: MemoryArgs,
    /// Whom to tell what is new.
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// What people have signed.
    #[command(flatten)]
    pub register: RegisterArgs,
    /// Whom resources belong to.
    #[command(flatten)]
    pub owners: OwnersArgs,
    /// The checks to judge.
    #[command(flatten)]
    pub selection: Selection,
}

fn help_of_output() -> String {
    format!(
        "Also write the findings to a file, or to s3://BUCKET/KEY; the end of its name says how: {}",
        formats::suffixes()
    )
}

/// Exit codes; see `plimsoll --help`.
const FAILING: u8 = 1;
const UNKNOWN: u8 = 3;

/// Runs the command.
pub fn run(args: &ScanArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let selected = args.selection.resolve(config)?;
    let fail_on = fail_on(&args.fail_on)?;
    let mut addresses = Vec::new();
    for path in &args.outputs {
        addresses.push(Address::of(path)?);
        Format::of_file(path)?;
    }
    let orders = args.upload.orders(&addresses)?;
    if args.security_hub {
        hub::can_import(&args.account)?;
    }
    let register = Register::load(&args.register)?;
    let owners = Owners::load(&args.owners, config)?;
    let tells_lines = args.format == Format::Ndjson;
    let notifier = args.notify.open(&args.account, config)?;
    let memory = args.memory.open(config, notifier.is_some())?;
    let (mut news, mut told) = (None, Vec::new());
    // Who uploads a recording's report is no concern of whoever judges it.
    let profile = args.account.profile.clone().filter(|_| args.account.from.is_none() || orders.is_none());
    let account = AccountArgs { profile, ..args.account.clone() };
    let job = Job { account: &account, selected, config, register, owners, tells_lines };
    let went = job::run(job, async |opening, way| {
        // The history first: that it cannot be opened is said before anything is read.
        let least = notifier.as_ref().map(Notifier::least);
        let memory = memory.map(|memory| memory.begin(opening, least)).transpose()?;
        let uploads = match orders {
            Some(orders) => Some(orders.begin(way, &args.account).await?),
            None => None,
        };
        let hub = args.security_hub.then(|| Importing::begin(way, opening)).transpose()?;
        let outputs = Outputs::open(args.format, &addresses, uploads, opening)?;
        let notifier = notifier.map(|notifier| notifier.through(way.publisher()));
        Ok(Remembering::new(outputs, memory, hub, &mut news, &mut told).telling(notifier))
    });
    // Also if a report could not be written: who was told is told.
    let went = went.inspect_err(|_| told.iter().for_each(Told::tell))?;
    let Some(went) = went else { return Ok(ExitCode::from(INTERRUPTED)) };
    if args.format != Format::Table || terminal::manner().log_format == LogFormat::Json {
        went.tell();
    }
    told.iter().for_each(Told::tell);
    let (failing, unknown) = match (args.memory.fail_on_new()?, &news) {
        (Some(least), Some(news)) => (news.newly_failing_from(least), news.newly_unseen),
        _ => (fail_on.map_or(0, |least| went.summary.failing_from(least)), went.summary.all.unknown),
    };
    Ok(ExitCode::from(match (went.ended, failing, unknown) {
        (Ended::Stopped, _, _) => INTERRUPTED,
        (Ended::Complete, 0, 0) => 0,
        (Ended::Complete, 0, _) => UNKNOWN,
        (Ended::Complete, _, _) => FAILING,
    }))
}

/// The least severity that counts; `None` for `never`.
fn fail_on(name: &str) -> anyhow::Result<Option<Severity>> {
    if name == "never" {
        return Ok(None);
    }
    severity(name).map(Some).context("--fail-on takes a severity, or never")
}
