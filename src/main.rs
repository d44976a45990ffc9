//! The program: parse, run, exit.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use plimsoll::cli::{
    Cli, Command, attest, checks, completions, compliance, config, diff, duties, explain, frameworks, history, import,
    man, permissions, plan, preflight, scan,
};
use plimsoll::config::Config;
use plimsoll::error::causes;
use plimsoll::logging;
use plimsoll::terminal;

/// It could not start, or could not write what was asked for.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    terminal::talk(cli.manner);
    logging::begin(cli.manner);
    match run(&cli) {
        Ok(code) => code,
        // Whoever read our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&causes(error.as_ref()));
            ExitCode::from(TROUBLE)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let configured = || Config::load(cli.config.as_deref());
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match &cli.command {
        Command::Scan(args) => {
            drop(out);
            return scan::run(args, &configured()?);
        }
        Command::Compliance(args) => {
            drop(out);
            return compliance::run(args, &configured()?);
        }
        Command::Diff(args) => {
            let code = diff::run(args, &configured()?, &mut out)?;
            out.flush()?;
            return Ok(code);
        }
        Command::History(args) => history::run(args, &mut out)?,
        Command::Preflight(args) => {
            let code = preflight::run(args, &configured()?, &mut out)?;
            out.flush()?;
            return Ok(code);
        }
        Command::Attest(args) => {
            let code = attest::run(args, &configured()?, &mut out)?;
            out.flush()?;
            return Ok(code);
        }
        Command::Import(args) => {
            let code = import::run(args, &mut out)?;
            out.flush()?;
            return Ok(code);
        }
        Command::Checks(args) => checks::run(args, &configured()?, &mut out)?,
        Command::Explain(args) => explain::run(args, &mut out)?,
        Command::Plan(args) => plan::run(args, &configured()?, &mut out)?,
        Command::Frameworks(args) => frameworks::run(args, &mut out)?,
        Command::Permissions(args) => permissions::run(args, &configured()?, &mut out)?,
        Command::Duties(args) => {
            drop(out);
            duties::run(args, &configured()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config(args) => config::run(args, &configured, &mut out)?,
        Command::Completions(args) => completions::run(args, &mut out)?,
        Command::Man(args) => man::run(args, &mut out)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}
