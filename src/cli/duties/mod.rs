//! `plimsoll duties`: who answers for what.

pub mod explain;
pub mod map;
pub mod products;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use plimsoll_checks::contract::{DutyId, Registered};

use super::access::AccountArgs;
use super::job::{self, Job, Sink};
use super::selection::Suggested;
use super::{Selection, TableOrJson};
use crate::config::Config;
use crate::owners::Owners;
use crate::register::{Register, RegisterArgs};
use crate::report::Ending;
use crate::scan::{Ended, Finding, Standing};
use crate::terminal;

/// The map of duties, or the explanation of one.
#[derive(Debug, Default, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DutiesArgs {
    /// What to do instead of printing the map.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// How to print the map
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
    /// Say of each duty what the scan of a recorded account, or organization, has verified, failed, not seen, or never looked at
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
}

/// What can be done with duties besides printing their map.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Tell who answers for a duty, a domain or an AWS service, and why
    Explain {
        /// A duty, a group or domain of duties, an AWS service (rds, Lambda, "API Gateway"), or a service model (PaaS)
        #[arg(required = true, value_name = "TOPIC", hide_possible_values = true, value_parser = Suggested(explain::topics))]
        topic: Vec<String>,
    },
}

/// Prints the map, or explains a topic.
pub fn run(args: &DutiesArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(Action::Explain { topic }) = &args.action {
        return explain::text(&topic.join(" "), terminal::width(), out);
    }
    let standings = args.from.as_deref().map(|root| standings(root, config)).transpose()?;
    match args.format {
        TableOrJson::Table => map::table(standings.as_ref(), terminal::width(), out),
        TableOrJson::Json => map::json(standings.as_ref(), out),
    }
}

/// How the duties stand in a recorded account, or in several.
fn standings(root: &Path, config: &Config) -> anyhow::Result<Standings> {
    let account = AccountArgs { from: Some(root.to_owned()), ..AccountArgs::default() };
    let selected = Selection::default().resolve(config)?;
    let register = Register::load(&RegisterArgs::default())?;
    let job = Job { account: &account, selected, config, register, owners: Owners::default(), tells_lines: false };
    match job::run(job, |_, _| Ok(OnlyCounted))? {
        Some(went) if went.ended == Ended::Complete => Ok(went.summary.duties),
        Some(_) | None => bail!("interrupted before all of the recording was judged"),
    }
}

/// Findings are counted, and wanted by nobody else.
struct OnlyCounted;

impl Sink for OnlyCounted {
    fn finding(&mut self, _: &Finding) -> bool {
        true
    }

    fn end(self, _: &Ending<'_>) -> Vec<anyhow::Error> {
        Vec::new()
    }
}

/// How the duties stand that a scan has looked at.
pub type Standings = BTreeMap<DutyId, Standing>;

fn checks_of(duty: DutyId) -> impl Iterator<Item = &'static Registered> {
    plimsoll_checks::checks().iter().filter(move |check| check.check.duty == duty)
}
