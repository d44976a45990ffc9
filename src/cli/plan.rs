//! `plimsoll plan`: what a scan would read, before it reads anything.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use plimsoll_checks::contract::{Place, Read};
use serde::Serialize;

use super::access::AccountArgs;
use super::checks::write_json;
use super::job::{self, Example};
use super::{Selection, TableOrJson};
use crate::config::Config;
use crate::pace::{READS_OF_ACCOUNT, Requests, Share, fastest};
use crate::report::harmless;
use crate::scan::{Plan, Target, grouped};
use crate::terminal::{self, Column, Columns, HEADING, STRONG, paragraph, styled};

/// Which scan, and how to print its plan.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// Which account.
    #[command(flatten)]
    pub account: AccountArgs,
    /// Which checks.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
}

/// Opens the account, asks who is calling and which regions there are, and prints what a scan would go on to read.
pub fn run(args: &PlanArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let selected = args.selection.resolve(config)?;
    let (example, target) = job::example(&args.account)?;
    let now = args.account.now.unwrap_or(target.started);
    let plan = Plan::new(&selected.checks, &target.facts(now, Arc::clone(&config.settings)));
    let document = Document::of(&plan, &target, example, selected.checks.len(), args.account.api_share);
    match args.format {
        TableOrJson::Table => document.table(terminal::width(), out),
        TableOrJson::Json => write_json(&document, out),
    }
}

/// A plan as JSON. The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// What this is: `plimsoll.plan/1`.
    schema: &'static str,
    account: &'a str,
    alias: Option<&'a str>,
    caller: &'a str,
    regions: &'a [String],
    regions_left_out: Option<&'a [String]>,
    checks: usize,
    /// How many accounts are to be looked at, of which this one is an example; absent for one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<usize>,
    /// Requests for the account, if every list fits one page and nothing of any kind is there.
    requests_at_least: usize,
    /// Seconds that those requests take at least, as fast as they may follow one another.
    seconds_at_least: u64,
    /// The share of AWS's request limits that those seconds are reckoned with, in percent: `50%`.
    api_share: String,
    /// Requests for each resource of a kind, beside those.
    requests_for_each: BTreeMap<&'static str, usize>,
    reads: Vec<ReadOut>,
}

#[derive(Debug, Serialize)]
struct ReadOut {
    read: &'static str,
    calls: Vec<String>,
    /// For a detail, the kind it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
    /// For a list, at how many places it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<usize>,
}

impl ReadOut {
    fn of(read: &'static Read, places: usize) -> Self {
        Self {
            read: read.name,
            calls: read.calls.iter().map(plimsoll_checks::contract::Call::name).collect(),
            of: read.of.map(|of| of.name),
            places: is_counted(read).then_some(places),
        }
    }
}

/// Whether it is known how often something is read. The account and its regions are there without being listed, so
/// their settings can be counted.
fn is_counted(read: &Read) -> bool {
    read.of.is_none_or(|of| !of.is_call())
}

/// What the requests that are sure to be made take, in whole seconds.
fn seconds_at_least(planned: &[(&'static Read, Vec<Place>)], share: Share) -> u64 {
    let sure = planned.iter().filter(|(read, _)| is_counted(read));
    let requests = sure.flat_map(|(read, places)| {
        let of = |place| {
            read.calls.iter().map(move |call| Requests { call, region: Place::endpoint_region(place), count: 1 })
        };
        places.iter().flat_map(of)
    });
    let fastest = fastest(requests, share, READS_OF_ACCOUNT);
    fastest.as_secs() + u64::from(fastest.subsec_nanos() > 0)
}

impl<'a> Document<'a> {
    /// The document of a plan.
    pub fn of(plan: &Plan, target: &'a Target, example: Example, checks: usize, share: Share) -> Self {
        let planned = plan.reads();
        let reads: Vec<ReadOut> = planned.iter().map(|(read, places)| ReadOut::of(read, places.len())).collect();
        let mut requests_for_each: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (read, kind) in reads.iter().filter(|read| read.places.is_none()).filter_map(|read| Some((read, read.of?)))
        {
            *requests_for_each.entry(kind).or_default() += read.calls.len();
        }
        Self {
            schema: "plimsoll.plan/1",
            account: &target.account,
            alias: target.alias.as_deref(),
            caller: &target.caller,
            regions: &target.regions,
            regions_left_out: target.left_out.as_deref(),
            checks,
            accounts: match example {
                Example::Itself => None,
                Example::OneOf(accounts) => Some(accounts),
            },
            requests_at_least: reads.iter().filter_map(|read| Some(read.places? * read.calls.len())).sum(),
            seconds_at_least: seconds_at_least(&planned, share),
            api_share: share.to_string(),
            requests_for_each,
            reads,
        }
    }

    /// Writes it for people.
    pub fn table(&self, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let alias = self.alias.map_or_else(String::new, |alias| format!(" ({})", harmless(alias, 40)));
        writeln!(out, "{}", styled(STRONG, &format!("Account {}{alias}, {} checks", self.account, self.checks)))?;
        paragraph(out, "  regions  ", &self.regions.join(", "), width)?;
        paragraph(out, "  read by  ", &harmless(self.caller, 400), width)?;
        let columns = [Column::words("read"), Column::numbers("requests"), Column::sentences("calls")];
        let row = |read: &ReadOut| {
            let requests = match (read.places, read.of) {
                (Some(places), _) => (places * read.calls.len()).to_string(),
                (None, Some(kind)) => format!("{} for each {kind}", read.calls.len()),
                (None, None) => String::new(),
            };
            vec![read.read.to_owned(), requests, read.calls.join(", ")]
        };
        let rows: Vec<Vec<String>> = self.reads.iter().map(row).collect();
        let columns = Columns::fit(&columns, &rows, 2, width);
        writeln!(out)?;
        columns.head(out)?;
        for row in &rows {
            columns.row(out, row)?;
        }
        writeln!(out, "\n{}", styled(HEADING, "SUMMARY"))?;
        let least = grouped(self.requests_at_least);
        paragraph(out, "  requests  ", &format!("at least {least}, more where a list has several pages"), width)?;
        let time = format!(
            "at least {} s for those, at {} of AWS's request limits (--api-share)",
            grouped(usize::try_from(self.seconds_at_least)?),
            self.api_share
        );
        paragraph(out, "  time      ", &time, width)?;
        if let Some(accounts) = self.accounts {
            let all = grouped(accounts * self.requests_at_least);
            let told =
                format!("{} like this one: at least {all} requests, and one to get into each", grouped(accounts));
            paragraph(out, "  accounts  ", &told, width)?;
        }
        let each: Vec<String> =
            self.requests_for_each.iter().map(|(kind, requests)| format!("{requests} for each {kind}")).collect();
        if !each.is_empty() {
            paragraph(out, "  and       ", &each.join(", "), width)?;
        }
        Ok(())
    }
}
