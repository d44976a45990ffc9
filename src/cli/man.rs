//! `plimsoll man`.

use std::io::Write;

use clap::CommandFactory;

/// Which manual page.
#[derive(Debug, Default, clap::Args)]
pub struct ManArgs {
    /// The subcommand to print the page of; without it, the page of plimsoll itself
    pub command: Option<String>,
}

/// Prints the page, in the format of `man`: `plimsoll man | man -l -`.
pub fn run(args: &ManArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let mut plimsoll = super::Cli::command();
    plimsoll.build();
    let page = match &args.command {
        None => plimsoll,
        Some(name) => {
            let Some(command) = plimsoll.find_subcommand(name) else {
                let names: Vec<_> = plimsoll.get_subcommands().map(clap::Command::get_name).collect();
                let list = format!("there are {}", names.join(", "));
                return Err(super::selection::no_such("command", name, names.into_iter(), &list).into());
            };
            command.clone()
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    out.write_all(&text)?;
    Ok(())
}
