//! `plimsoll duties`: who answers for what, and how that stands.

pub mod explain;
pub mod products;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::Selection;
use super::access::AccountArgs;
use super::job::{self, Job, Sink};
use super::selection::Suggested;
use crate::config::Config;
use crate::matrix::{self, Counts, Matrix};
use crate::owners::Owners;
use crate::register::{Register, RegisterArgs};
use crate::report::{Ending, Opening};
use crate::scan::{Ended, Finding};
use crate::terminal;

/// The matrix of duties, or the explanation of one.
#[derive(Debug, Default, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DutiesArgs {
    /// What to do instead of printing the matrix.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Say of each duty, in each service in use, what the scan of a recorded account, or organization, has verified, failed, not seen, or never looked at
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// What people have signed.
    #[command(flatten)]
    pub register: RegisterArgs,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people, in a terminal
    #[default]
    Table,
    /// For people, as a page
    Html,
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

impl Format {
    /// Standard output, as this format needs it: what a program reads is not to be touched, for a name may hold bytes that
    /// look like a colour's.
    fn stdout(self) -> Box<dyn Write> {
        match self {
            Self::Table => Box::new(BufWriter::new(anstream::AutoStream::auto(io::stdout()))),
            Self::Html | Self::Csv | Self::Json => Box::new(BufWriter::new(io::stdout())),
        }
    }

    /// Writes the model alone, or the matrix of a scan.
    pub fn write(self, matrix: Option<&Matrix<'_>>, width: usize, mut out: impl Write) -> io::Result<()> {
        match (self, matrix) {
            (Self::Table, None) => matrix::table::model(width, &mut out)?,
            (Self::Table, Some(matrix)) => matrix::table::write(matrix, width, &mut out)?,
            (Self::Html, matrix) => matrix::html::write(matrix, &mut out)?,
            (Self::Csv, matrix) => matrix::csv::write(matrix, &mut out)?,
            (Self::Json, matrix) => matrix::json::write(matrix, &mut out)?,
        }
        out.flush()
    }
}

/// What can be done with duties besides printing their matrix.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Tell who answers for a duty, a domain or an AWS service, and why
    Explain {
        /// A duty, a group or domain of duties, an AWS service (rds, Lambda, "API Gateway"), or a service model (PaaS)
        #[arg(required = true, value_name = "TOPIC", hide_possible_values = true, value_parser = Suggested(explain::topics))]
        topic: Vec<String>,
    },
}

/// Prints the matrix, or explains a topic.
pub fn run(args: &DutiesArgs, config: &Config) -> anyhow::Result<()> {
    if let Some(Action::Explain { topic }) = &args.action {
        let mut out = Format::Table.stdout();
        explain::text(&topic.join(" "), terminal::width(), &mut out)?;
        return Ok(out.flush()?);
    }
    let Some(root) = &args.from else {
        return Ok(args.format.write(None, terminal::width(), args.format.stdout())?);
    };
    let account = AccountArgs { from: Some(root.clone()), ..AccountArgs::default() };
    let selected = Selection::default().resolve(config)?;
    let register = Register::load(&args.register)?;
    let job = Job { account: &account, selected, config, register, owners: Owners::default(), tells_lines: false };
    let began = async |opening: &Opening, _: &_| {
        Ok(Judged { format: args.format, opening: opening.clone(), counts: Counts::default() })
    };
    match job::run(job, began)? {
        Some(went) if went.ended == Ended::Complete => Ok(()),
        Some(_) | None => bail!("interrupted before all of the recording was judged"),
    }
}

/// Counts the findings, and writes the matrix when all are there.
struct Judged {
    format: Format,
    opening: Opening,
    counts: Counts,
}

impl Sink for Judged {
    fn finding(&mut self, finding: &Finding) -> bool {
        self.counts.add(finding);
        true
    }

    async fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        // A part of the recording would pass for all of it.
        if ending.summary.stopped {
            return Vec::new();
        }
        let Self { format, opening, counts } = self;
        let written = Matrix::new(&counts, &opening, ending)
            .and_then(|matrix| format.write(Some(&matrix), terminal::width(), format.stdout()));
        written.context("writing the matrix").err().into_iter().collect()
    }
}
