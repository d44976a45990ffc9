//! `plimsoll attest`: write, list and check what people sign.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::TableOrJson;
use super::access::AccountArgs;
use super::checks::write_json;
use super::job::{self, Job, Sink};
use super::selection::Selection;
use crate::config::Config;
use crate::owners::Owners;
use crate::register::{self, Entry, Register, RegisterArgs, State};
use crate::report::{Ending, harmless};
use crate::scan::{Acceptance, AcceptanceKind, Finding};
use crate::terminal::{self, Column, Columns};

/// What to do with what people sign.
#[derive(Debug, clap::Args)]
pub struct AttestArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with what people sign.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Add an entry to attestations.toml, or to exceptions.toml
    New(Box<NewArgs>),
    /// List every entry with the days that are left
    List(ListArgs),
    /// Say which entries hold; exits with 1 if one has to be looked at again, with 2 if a file is wrong
    Check(CheckArgs),
    /// Print the JSON Schema of a file, for editors
    Schema {
        /// Of which file
        kind: Kind,
    },
}

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// attestations.toml: answers for what no check can see
    Attestation,
    /// exceptions.toml: accepts what fails
    Exception,
}

impl From<Kind> for AcceptanceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Attestation => Self::Attestation,
            Kind::Exception => Self::Exception,
        }
    }
}

/// What a new entry says.
#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// What it is
    pub kind: Kind,
    /// The file to add it to; without it, the one that a scan finds, or a new one in the working directory
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The time of signing, instead of now
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// What is written.
    #[command(flatten)]
    pub entry: NewEntry,
}

/// An entry in the form of its file.
#[derive(Debug, Clone, Serialize, clap::Args)]
pub struct NewEntry {
    /// What is stated: a statement that comes with Plimsoll, or words of your own
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// About findings of this check; also a pattern
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<String>,
    /// About this duty
    #[arg(long, value_name = "DUTY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<String>,
    /// About this control, such as `cis_7_0/2.1`
    #[arg(long, value_name = "FRAMEWORK/ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Only in this account
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account: Vec<String>,
    /// Only in this region
    #[arg(long, value_name = "REGION")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<String>,
    /// Only for this resource, by id or ARN; also a pattern
    #[arg(long, value_name = "RESOURCE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// Who answers for it
    #[arg(long, value_name = "WHO")]
    pub owner: String,
    /// Who has agreed
    #[arg(long, value_name = "WHO")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is dealt with
    #[arg(long, value_name = "TICKET")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// A file beside the list, whose SHA-256 is written down, or an address
    #[arg(long, value_name = "LINK")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[arg(skip)]
    date: Option<Date>,
    /// The last day on which it holds, such as 2027-03-31
    #[arg(long, value_name = "DAY")]
    pub expires: Date,
}

/// What to list, and how.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// How to print the entries
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
    /// The time that days are counted to, instead of now
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Which files.
    #[command(flatten)]
    pub register: RegisterArgs,
}

/// What to check.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Also say what each entry covers, and what speaks against it, in a recorded account or organization
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// The time that expiry is counted to; without it now, or the time of the recording
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Which files.
    #[command(flatten)]
    pub register: RegisterArgs,
}

/// Somebody has to look at an entry again.
const REOPENED: u8 = 1;

/// Runs the command.
pub fn run(args: &AttestArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::New(args) => new(args, out)?,
        Action::List(args) => list(args, out)?,
        Action::Check(args) => return check(args, config, out),
        Action::Schema { kind } => write_json(&register::json_schema((*kind).into()), out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the entry at the end of its file. What is there already stays as it is, to the letter.
fn new(args: &NewArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let kind = AcceptanceKind::from(args.kind);
    let found = || RegisterArgs::default().files(kind).into_iter().next();
    let path = args.file.clone().or_else(found).unwrap_or_else(|| PathBuf::from(kind.file()));
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let now = args.now.unwrap_or_else(Timestamp::now);
    let mut entry = NewEntry { date: Some(register::day(now)), ..args.entry.clone() };
    if entry.expires < register::day(now) {
        bail!("--expires {}: that day is over", entry.expires);
    }
    if let Some(link) = entry.evidence.as_ref().filter(|link| !register::is_address(link)) {
        let beside = path.parent().unwrap_or(Path::new("")).join(link);
        let sum =
            register::hash(&beside).with_context(|| format!("--evidence {link}: reading {}", beside.display()))?;
        entry.sha256 = Some(sum);
    }
    let separator = if before.is_empty() { "" } else { "\n" };
    let written = toml::to_string(&entry).context("writing the entry")?;
    let added = format!("[[{}]]\n{written}", kind.as_str());
    let text = format!("{before}{separator}{added}");
    Register::understand(&text, &path, kind).context("the entry is not added")?;
    write_whole(&path, &text, true)?;
    writeln!(out, "{}:\n{added}", path.display())?;
    Ok(())
}

/// Puts a text in a file, whole or not at all.
pub(super) fn write_whole(path: &Path, text: &str, overwrites: bool) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let context = || format!("writing {}", path.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    file.as_file().sync_all().with_context(context)?;
    let kept = if overwrites { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(|_| ()).with_context(context)
}

#[derive(Serialize)]
struct Listed<'a> {
    about: String,
    days_left: i32,
    state: State,
    because: Option<&'a str>,
    warnings: Vec<String>,
    entry: &'a Acceptance,
}

impl<'a> Listed<'a> {
    fn of(entry: &'a Entry, now: Timestamp) -> Self {
        Self {
            about: entry.about.told(),
            days_left: entry.days_left(now),
            state: entry.lapsed.as_ref().map_or(State::Holds, |(state, _)| *state),
            because: entry.lapsed.as_ref().map(|(_, because)| &**because),
            warnings: entry.warnings(now),
            entry: &entry.acceptance,
        }
    }
}

fn list(args: &ListArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let register = Register::load(&args.register)?.at(now);
    let listed: Vec<Listed<'_>> = register.entries.iter().map(|entry| Listed::of(entry, now)).collect();
    if args.format == TableOrJson::Json {
        return write_json(&serde_json::json!({ "schema": "plimsoll.attest/1", "entries": listed }), out);
    }
    if listed.is_empty() {
        writeln!(out, "nobody has signed anything: there is no attestations.toml or exceptions.toml here or above")?;
        return Ok(());
    }
    let columns = [
        Column::words("about"),
        Column::words("kind"),
        Column::words("state"),
        Column::numbers("days"),
        Column::words("owner"),
        Column::sentences("signed"),
    ];
    let row = |listed: &Listed<'_>| {
        let Acceptance { kind, owner, statement, reason, .. } = listed.entry;
        let words = statement.as_ref().or(reason.as_ref()).map_or("", |words| words);
        vec![
            harmless(&listed.about, 48),
            kind.as_str().to_owned(),
            listed.state.as_str().to_owned(),
            listed.days_left.to_string(),
            harmless(owner, 24),
            harmless(words, 300),
        ]
    };
    let rows: Vec<Vec<String>> = listed.iter().map(row).collect();
    let columns = Columns::fit(&columns, &rows, 0, terminal::width());
    columns.head(out)?;
    for row in &rows {
        columns.row(out, row)?;
    }
    Ok(())
}

fn check(args: &CheckArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let register = Register::load(&args.register)?;
    let now = args.now.unwrap_or_else(Timestamp::now);
    for entry in &register.entries {
        for warning in entry.warnings(now) {
            let Acceptance { file, line, .. } = &*entry.acceptance;
            terminal::warn(&harmless(&format!("{file}:{line}: {warning}"), 600));
        }
    }
    let mut is_reopened = false;
    if let Some(root) = &args.from {
        let account = AccountArgs { from: Some(root.clone()), now: args.now, ..AccountArgs::default() };
        let selected = Selection::default().resolve(config)?;
        let job = Job { account: &account, selected, config, register, owners: Owners::default(), tells_lines: false };
        let mut told = Vec::new();
        if job::run(job, async |_, _| Ok(Fates { told: &mut told, is_reopened: &mut is_reopened }))?.is_none() {
            bail!("interrupted before the recording was judged");
        }
        for line in told {
            writeln!(out, "{line}")?;
        }
    } else {
        let register = register.at(now);
        for entry in &register.entries {
            let Acceptance { file, line, .. } = &*entry.acceptance;
            let days = entry.days_left(now);
            let told = match &entry.lapsed {
                Some((state, because)) => format!("{}: {because}", state.as_str()),
                None => format!("{}: {days} days left", State::Holds.as_str()),
            };
            is_reopened |= entry.lapsed.is_some();
            writeln!(out, "{}", harmless(&format!("{file}:{line}: {}: {told}", entry.about.told()), 600))?;
        }
    }
    Ok(if is_reopened { ExitCode::from(REOPENED) } else { ExitCode::SUCCESS })
}

/// Takes what became of every entry, and no finding.
struct Fates<'a> {
    told: &'a mut Vec<String>,
    is_reopened: &'a mut bool,
}

impl Sink for Fates<'_> {
    fn finding(&mut self, _: &Finding) -> bool {
        true
    }

    async fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        *self.is_reopened = ending.signed.iter().any(|fate| fate.state.is_reopened());
        self.told.extend(ending.signed.iter().map(register::Fate::told));
        Vec::new()
    }
}
