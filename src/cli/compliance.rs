//! `plimsoll compliance`: how a framework's controls stand in an account.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use plimsoll_checks::contract::Framework;

use super::access::AccountArgs;
use super::frameworks::framework_names;
use super::job::{self, INTERRUPTED, Job, Sink};
use super::outputs::{Destination, unless_reader_is_gone};
use super::selection::{Selected, Selection, Suggested};
use crate::compliance::{Assessment, ControlStatus, Tally, csv, json, tree};
use crate::config::Config;
use crate::owners::Owners;
use crate::register::{Register, RegisterArgs};
use crate::report::{Ending, Opening};
use crate::scan::{Ended, Finding};
use crate::terminal::{self, LogFormat};

/// Which framework, which account, and how to print it.
#[derive(Debug, clap::Args)]
pub struct ComplianceArgs {
    /// The framework; one that comes with Plimsoll (`plimsoll frameworks` lists them), or a file of your own (.toml)
    #[arg(value_name = "FRAMEWORK", hide_possible_values = true, value_parser = Suggested(framework_names))]
    pub framework: String,
    /// Only controls of this level: 1, or 2 for both
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub level: Option<u8>,
    /// Which account.
    #[command(flatten)]
    pub account: AccountArgs,
    /// What people have signed.
    #[command(flatten)]
    pub register: RegisterArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also write it to a file; its extension says how: .json, .csv or .txt
    #[arg(long = "output", value_name = "FILE")]
    pub outputs: Vec<PathBuf>,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// The tree of controls, for people
    #[default]
    Table,
    /// One document
    Json,
    /// A row for each control and each finding that keeps one from passing
    Csv,
}

impl Format {
    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("txt") => Ok(Self::Table),
            _ => bail!("--output {}: the extension says the format, and must be .json, .csv or .txt", path.display()),
        }
    }
}

const FAILING: u8 = 1;
const INCOMPLETE: u8 = 3;

/// Runs the command.
pub fn run(args: &ComplianceArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let selection = Selection { frameworks: vec![args.framework.clone()], level: args.level, ..Selection::default() };
    let framework = *selection.frameworks()?.first().context("one framework is asked for")?;
    for path in &args.outputs {
        Format::of_file(path)?;
        if path.is_dir() {
            bail!("--output {}: there is a folder of that name", path.display());
        }
    }
    let mut exit = ExitCode::SUCCESS;
    let job = Job {
        account: &args.account,
        selected: selected(framework, args.level, config),
        config,
        register: Register::load(&args.register)?,
        owners: Owners::default(),
        tells_lines: false,
    };
    let went = job::run(job, async |opening, _| Report::open(args, framework, opening, &mut exit))?;
    if let Some(went) = went.as_ref().filter(|_| terminal::manner().log_format == LogFormat::Json) {
        went.tell();
    }
    Ok(match went {
        Some(went) if went.ended == Ended::Complete => exit,
        _ => ExitCode::from(INTERRUPTED),
    })
}

/// The checks of a framework's controls. There may be none: people and the provider answer for the rest.
fn selected(framework: &Framework, level: Option<u8>, config: &Config) -> Selected {
    let named =
        |id: &str| framework.at_level(level.unwrap_or(u8::MAX)).any(|control| control.checks.iter().any(|it| it == id));
    let mut selected = Selected { checks: Vec::new(), off: Vec::new() };
    for check in plimsoll_checks::checks().iter().filter(|check| named(&check.id)) {
        match config.off(check) {
            Some(off) => selected.off.push(off),
            None => selected.checks.push(config.chosen(check)),
        }
    }
    selected
}

/// One of the places it is written to.
struct Output {
    to: Destination,
    format: Format,
    out: Box<dyn Write>,
    width: usize,
}

/// Counts the findings and writes how the framework stands when all are there.
struct Report<'a> {
    framework: &'static Framework,
    level: Option<u8>,
    opening: Opening,
    tally: Tally,
    outputs: Vec<Output>,
    exit: &'a mut ExitCode,
}

impl<'a> Report<'a> {
    fn open(
        args: &ComplianceArgs,
        framework: &'static Framework,
        opening: &Opening,
        exit: &'a mut ExitCode,
    ) -> anyhow::Result<Self> {
        let mut outputs = Vec::new();
        for path in &args.outputs {
            let (to, file) = Destination::file(path)?;
            let format = Format::of_file(path)?;
            let out: Box<dyn Write> =
                if format == Format::Table { Box::new(anstream::StripStream::new(file)) } else { Box::new(file) };
            outputs.push(Output { to, format, out, width: 80 });
        }
        let out: Box<dyn Write> = match args.format {
            Format::Table => Box::new(anstream::AutoStream::auto(io::stdout())),
            Format::Json | Format::Csv => Box::new(io::stdout()),
        };
        outputs.push(Output { to: Destination::Stdout, format: args.format, out, width: terminal::width() });
        Ok(Self { framework, level: args.level, opening: opening.clone(), tally: Tally::default(), outputs, exit })
    }
}

impl Sink for Report<'_> {
    fn finding(&mut self, finding: &Finding) -> bool {
        self.tally.add(finding);
        true
    }

    async fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        let Self { framework, level, opening, tally, outputs, exit } = self;
        let assessment = Assessment::new(framework, level, &tally, &opening, ending);
        *exit = ExitCode::from(match assessment.count(ControlStatus::Fail) {
            0 if assessment.count(ControlStatus::Incomplete) > 0 => INCOMPLETE,
            0 => 0,
            _ => FAILING,
        });
        let mut failed = Vec::new();
        for Output { to, format, out, width } in outputs {
            let mut out = BufWriter::new(out);
            let written = match format {
                Format::Table => tree::write(&assessment, &opening, ending, width, &mut out),
                Format::Json => json::write(&assessment, &opening, ending, &mut out),
                Format::Csv => csv::write(&assessment, &opening, &mut out),
            };
            failed.extend(match written {
                Ok(()) => to.keep().err(),
                Err(error) => unless_reader_is_gone(&to, error),
            });
        }
        failed
    }
}
