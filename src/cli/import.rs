//! `plimsoll import`: what people have laid down for other scanners, as files of ours.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::civil::Date;

use super::attest::write_whole;
use crate::config::{ConfigError, Mistake};
use crate::mutelist::{self, LARGEST, Remark, Signing, Told};
use crate::register::{self, LONGEST, Register};
use crate::report::harmless;
use crate::scan::AcceptanceKind;
use crate::terminal;

/// What to take over.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// From where.
    #[command(subcommand)]
    pub from: From,
}

/// What can be taken over.
#[derive(Debug, clap::Subcommand)]
pub enum From {
    /// Write exceptions that accept what Prowler's mutelist mutes, never more; exits with 1 if something was left out
    ProwlerMutelist(MutelistArgs),
}

/// Which mutelist, and who answers for it.
#[derive(Debug, clap::Args)]
pub struct MutelistArgs {
    /// The mutelist, as Prowler 5 reads it (.yaml)
    pub file: PathBuf,
    /// The file to write, such as exceptions.toml; without it, stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the file also if there is one
    #[arg(long, requires = "output")]
    pub overwrite: bool,
    /// Who answers for the exceptions
    #[arg(long, value_name = "WHO")]
    pub owner: String,
    /// The last day on which they hold, such as 2027-03-31; at most 366 days from now
    #[arg(long, value_name = "DAY")]
    pub expires: Date,
    /// Who has agreed
    #[arg(long, value_name = "WHO")]
    pub approver: Option<String>,
    /// Where it is dealt with
    #[arg(long, value_name = "TICKET")]
    pub ticket: Option<String>,
    /// The region in which Prowler tells of what has none, such as IAM: mostly us-east-1. Without it, what is muted there
    /// in some regions only is left out
    #[arg(long, value_name = "REGION")]
    pub global_region: Option<String>,
    /// The time of signing, instead of now
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
}

/// Something was left out.
const LEFT_OUT: u8 = 1;

/// Runs the command.
pub fn run(args: &ImportArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let From::ProwlerMutelist(args) = &args.from;
    let signing = signing(args)?;
    if let Some(path) = args.output.as_ref().filter(|path| !args.overwrite && path.exists()) {
        bail!("{} is there already: name another --output, or give --overwrite", path.display());
    }
    let mutelist = mutelist::read(&text_of(&args.file)?)
        .map_err(|mistakes| ConfigError::Wrong { path: args.file.clone(), mistakes: harmless_all(mistakes) })?;
    let (entries, remarks) = mutelist::convert(&mutelist, args.global_region.as_deref());
    let file = args.file.display().to_string();
    let text = mutelist::write(&entries, &remarks, &signing, &file).context("writing the exceptions")?;
    let written = args.output.as_deref().unwrap_or(Path::new(AcceptanceKind::Exception.file()));
    Register::understand(&text, written, AcceptanceKind::Exception).context("nothing is written")?;
    match &args.output {
        Some(path) => write_whole(path, &text, args.overwrite)?,
        None => out.write_all(text.as_bytes())?,
    }
    let left_out = tell(&file, &remarks);
    let mutes: usize = mutelist.accounts.iter().map(|account| account.mutes.len()).sum();
    terminal::say(&format!(
        "{} from {}, {} left out or narrowed",
        counted(entries.len(), "exception", "exceptions"),
        counted(mutes, "muted check", "muted checks"),
        counted(left_out, "thing", "things"),
    ));
    Ok(if left_out > 0 { ExitCode::from(LEFT_OUT) } else { ExitCode::SUCCESS })
}

fn signing(args: &MutelistArgs) -> anyhow::Result<Signing> {
    let date = register::day(args.now.unwrap_or_else(Timestamp::now));
    let span = date.until(args.expires).context("--expires")?.get_days();
    if span < 0 {
        bail!("--expires {}: that day is over", args.expires);
    }
    if span > LONGEST {
        bail!("--expires {}: that is in {span} days; somebody should look at it within {LONGEST}", args.expires);
    }
    let given = |flag: &str, text: &str| {
        if text.trim().is_empty() { Err(anyhow::anyhow!("{flag} is empty")) } else { Ok(text.trim().to_owned()) }
    };
    let perhaps = |flag: &str, text: &Option<String>| text.as_ref().map(|text| given(flag, text)).transpose();
    Ok(Signing {
        owner: given("--owner", &args.owner)?,
        approver: perhaps("--approver", &args.approver)?,
        ticket: perhaps("--ticket", &args.ticket)?,
        date,
        expires: args.expires,
    })
}

/// The text of a file that is not too large.
fn text_of(path: &Path) -> anyhow::Result<String> {
    let context = || format!("reading {}", path.display());
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).expect("it is a small number");
    File::open(path).with_context(context)?.take(most + 1).read_to_end(&mut bytes).with_context(context)?;
    if bytes.len() > LARGEST {
        bail!("{} is larger than {} MiB: no mutelist is", path.display(), LARGEST / 1024 / 1024);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        anyhow::anyhow!("{}:{line}: is not UTF-8", path.display())
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn harmless_all(mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.into_iter().map(|it| Mistake { message: harmless(&it.message, 400), ..it }).collect()
}

/// Tells what is to be known, and how much of it is left out.
fn tell(file: &str, remarks: &[Remark]) -> usize {
    for Remark { line, told, text } in remarks {
        let told_of = harmless(&format!("{file}:{line}: {text}"), 800);
        match told {
            Told::LeftOut => terminal::warn(&told_of),
            Told::Noted => terminal::say(&told_of),
        }
    }
    remarks.iter().filter(|remark| remark.told == Told::LeftOut).count()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
