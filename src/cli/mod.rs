//! The command line: one file per subcommand, and what several of them share.

pub mod access;
pub mod accounts_file;
pub mod attest;
pub mod beside;
pub mod checks;
pub mod completions;
pub mod compliance;
pub mod config;
pub mod diff;
pub mod duties;
pub mod explain;
pub mod fleet;
pub mod formats;
pub mod frameworks;
pub mod history;
pub mod hub;
pub mod import;
pub mod interruption;
pub mod job;
pub mod man;
pub mod memory;
mod milestones;
pub mod notify;
pub mod outputs;
pub mod permissions;
pub mod plan;
pub mod preflight;
pub mod progress;
pub mod scan;
pub mod selection;
pub mod stop;
pub mod upload;

use std::path::PathBuf;

pub use selection::{Selection, SelectionError};

use crate::terminal::Manner;

/// Reads an AWS account and says, duty by duty, whether your side of the shared-responsibility model is kept, and how
/// much of it could be seen.
///
/// What could not be read is reported as unknown: never as a pass, a fail, or nothing at all.
#[derive(Debug, clap::Parser)]
#[command(name = "plimsoll", version, max_term_width = 100, after_long_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Thresholds, trust, severities and checks that are off; without it, plimsoll.toml in the working directory or above
    #[arg(long, value_name = "FILE", global = true, help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// What is told on stderr.
    #[command(flatten)]
    pub manner: Manner,
}

/// What can be done.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Judge an account, live or recorded
    Scan(Box<scan::ScanArgs>),
    /// Show what a scan would read, before it reads anything
    Plan(Box<plan::PlanArgs>),
    /// Find out what the credentials are permitted of what a scan needs; exits with 3 if that is not all
    Preflight(Box<preflight::PreflightArgs>),
    /// Say how the controls of a framework stand in an account, live or recorded
    Compliance(Box<compliance::ComplianceArgs>),
    /// Tell what has become of each finding between two scans of a history, two recordings or two documents
    Diff(diff::DiffArgs),
    /// Show the scans of a history: how each duty has stood, how long failures last, how long it takes to mend them
    History(history::HistoryArgs),
    /// List the checks
    Checks(checks::ChecksArgs),
    /// Tell everything about a check: what, why, how to fix it, what it reads, which controls it serves
    Explain(explain::ExplainArgs),
    /// Show what CIS, PCI DSS and other frameworks ask for, and who decides about it
    Frameworks(frameworks::FrameworksArgs),
    /// Print the least IAM policy that a scan needs
    Permissions(permissions::PermissionsArgs),
    /// Show who answers for what
    Duties(duties::DutiesArgs),
    /// Write, list and check what people sign: attestations and exceptions
    Attest(attest::AttestArgs),
    /// Take over what was laid down for another scanner
    Import(import::ImportArgs),
    /// Show what is laid down in plimsoll.toml, or the schema of the file
    Config(config::ConfigArgs),
    /// Print a script that completes commands in your shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man(man::ManArgs),
}

const EXIT_CODES: &str = "\
Exit codes:
  0    complete, and nothing fails at or above --fail-on
  1    something fails at or above --fail-on
  2    could not start: a wrong flag, an unreadable recording, no credentials; or could not write all that was asked for
  3    nothing fails, but some judgements are unknown
  130  interrupted, or the reader of the findings went away; what was found so far is written and marked partial";

/// How the static commands print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum TableOrJson {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}
