//! `plimsoll completions`.

use std::io::Write;

use clap::CommandFactory;

/// For which shell.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell to write the script for
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs, out: &mut impl Write) -> anyhow::Result<()> {
    // The generator does not tell a closed pipe from a defect, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "plimsoll", &mut script);
    out.write_all(&script)?;
    Ok(())
}
