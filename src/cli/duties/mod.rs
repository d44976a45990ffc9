//! `plimsoll duties`: who answers for what.

pub mod explain;
pub mod map;
pub mod products;

use std::collections::BTreeMap;
use std::io::Write;

use plimsoll_checks::contract::{DutyId, Registered};

use super::TableOrJson;
use super::selection::Suggested;
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
pub fn run(args: &DutiesArgs, out: &mut impl Write) -> anyhow::Result<()> {
    match (&args.action, args.format) {
        (Some(Action::Explain { topic }), _) => explain::text(&topic.join(" "), terminal::width(), out),
        (None, TableOrJson::Table) => map::table(None, terminal::width(), out),
        (None, TableOrJson::Json) => map::json(None, out),
    }
}

/// How a duty stands after a scan: its findings by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Standing {
    /// How many statements were found true.
    pub passed: usize,
    /// How many were found false.
    pub failed: usize,
    /// How many could not be judged.
    pub unknown: usize,
    /// How many did not concern the resource.
    pub not_applicable: usize,
}

/// How the duties stand that a scan has looked at.
pub type Standings = BTreeMap<DutyId, Standing>;

fn checks_of(duty: DutyId) -> impl Iterator<Item = &'static Registered> {
    plimsoll_checks::checks().iter().filter(move |check| check.check.duty == duty)
}
