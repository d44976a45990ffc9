//! `plimsoll duties`: who answers for what.

pub mod explain;
pub mod map;
pub mod products;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_checks::contract::{DutyId, Registered, World};

use super::TableOrJson;
use super::selection::Suggested;
use crate::config::Config;
use crate::recording::Recording;
use crate::scan::{self, Chosen, Plan, Standing, Summary};
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
    /// Say of each duty what a recorded account's scan has verified, failed, not seen, or never looked at
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

/// How the duties stand in a recorded account.
fn standings(root: &Path, config: &Config) -> anyhow::Result<Standings> {
    let recording = Arc::new(Recording::open(root)?);
    let target = recording.target();
    let facts = target.facts(target.started, config.settings.clone());
    let all = plimsoll_checks::checks().iter();
    let checks: Vec<Chosen> =
        all.filter(|check| config.off(check).is_none()).map(|check| config.chosen(check)).collect();
    let plan = Plan::new(&checks, &facts);
    let world = World::new(facts, recording.clone(), recording.clone());
    let mut summary = Summary::default();
    let count = |finding| {
        summary.add(&finding);
        Ok::<(), Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(scan::run(&plan, &world, pending(), count))?;
    for damage in recording.damage() {
        terminal::error(&damage.to_string());
    }
    Ok(summary.duties)
}

/// How the duties stand that a scan has looked at.
pub type Standings = BTreeMap<DutyId, Standing>;

fn checks_of(duty: DutyId) -> impl Iterator<Item = &'static Registered> {
    plimsoll_checks::checks().iter().filter(move |check| check.check.duty == duty)
}
