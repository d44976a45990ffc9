//! `plimsoll scan`: judge an account, live or recorded.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use plimsoll_checks::contract::Severity;

use super::access::AccountArgs;
use super::job::{self, INTERRUPTED, Job};
use super::outputs::Outputs;
use super::selection::{Selection, severity};
use crate::config::Config;
use crate::register::{Register, RegisterArgs};
use crate::report::html::Page;
use crate::report::json::{Document, Lines};
use crate::report::table::Table;
use crate::report::{Opening, Report};
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
    /// Also write the findings to a file; its extension says how: .html, .json, .ndjson or .txt
    #[arg(long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
    /// Exit with 1 when a finding at least this severe fails: low, medium, high, critical, or never
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub fail_on: String,
    /// What people have signed.
    #[command(flatten)]
    pub register: RegisterArgs,
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
    /// A page for a browser; only as a file
    #[value(skip)]
    Html,
}

impl Format {
    /// The format that a file's name says.
    pub fn of_file(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            Some("txt") => Ok(Self::Table),
            Some("html" | "htm") => Ok(Self::Html),
            _ => bail!(
                "--output {}: the extension says the format, and must be .html, .json, .ndjson or .txt",
                path.display()
            ),
        }
    }

    /// A report of this format.
    pub fn report<W: Write + 'static>(self, out: W, width: usize, opening: &Opening) -> io::Result<Box<dyn Report>> {
        Ok(match self {
            Self::Table => Box::new(Table::new(out, width, opening.clone())),
            Self::Json => Box::new(Document::new(out, opening.clone())?),
            Self::Ndjson => Box::new(Lines::new(out)),
            Self::Html => Box::new(Page::new(out, opening.clone())?),
        })
    }
}

/// Exit codes; see `plimsoll --help`.
const FAILING: u8 = 1;
const UNKNOWN: u8 = 3;

/// Runs the command.
pub fn run(args: &ScanArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let selected = args.selection.resolve(config)?;
    let fail_on = fail_on(&args.fail_on)?;
    for path in &args.outputs {
        Format::of_file(path)?;
        // Said now and not after an hour of reading.
        if path.is_dir() {
            bail!("--output {}: there is a folder of that name", path.display());
        }
    }
    let register = Register::load(&args.register)?;
    let tells_lines = args.format == Format::Ndjson;
    let job = Job { account: &args.account, selected, config, register, tells_lines };
    let went = job::run(job, |opening| Outputs::open(args.format, &args.outputs, opening))?;
    let Some(went) = went else { return Ok(ExitCode::from(INTERRUPTED)) };
    if args.format != Format::Table || terminal::manner().log_format == LogFormat::Json {
        went.tell();
    }
    let failing = fail_on.map_or(0, |least| went.summary.failing_from(least));
    Ok(ExitCode::from(match (went.ended, failing, went.summary.all.unknown) {
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
