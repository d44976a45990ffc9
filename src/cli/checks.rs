//! `plimsoll checks`: lists the checks; and the JSON that `plimsoll explain` shares.

use std::collections::BTreeSet;
use std::io::Write;

use plimsoll_checks::contract::{Call, Controls, Registered, Rivals, Severity, controls_of};
use serde::Serialize;

use super::selection::Selected;
use super::{Selection, TableOrJson};
use crate::config::Config;
use crate::report::harmless;
use crate::scan::Chosen;
use crate::terminal::{self, Column, Columns};

/// Which checks to list, and how.
#[derive(Debug, Default, clap::Args)]
pub struct ChecksArgs {
    /// The checks to list.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
}

/// Lists the selected checks.
pub fn run(args: &ChecksArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let selected = args.selection.resolve(config)?;
    match args.format {
        TableOrJson::Table => table(&selected, terminal::width(), out),
        TableOrJson::Json => write_json(&Document::of(&selected.checks), out),
    }
}

/// Writes the table.
pub fn table(selected: &Selected, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let checks = &selected.checks;
    let columns = [Column::words("severity"), Column::words("duty"), Column::sentences("title")];
    let row = |check: &Chosen| {
        let facts = check.check.duty.facts();
        vec![check.severity.to_string(), facts.id.clone(), check.title.clone()]
    };
    let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
    let columns = Columns::fit(&columns, &rows, 2, width);
    let mut service = "";
    for (check, row) in checks.iter().zip(&rows) {
        if check.service.id != service {
            if !service.is_empty() {
                writeln!(out)?;
            }
            service = check.service.id;
            let heading = format!("{service}: {} ({})", check.service.name, check.service_model.as_str());
            writeln!(out, "{}", terminal::styled(terminal::HEADING, &heading))?;
        }
        writeln!(out, "{}", terminal::styled(terminal::STRONG, &check.id))?;
        columns.row(out, row)?;
    }
    let all = plimsoll_checks::checks().len();
    let count = match checks.len() {
        count if count == all => format!("{count} checks"),
        count => format!("{count} of {all} checks"),
    };
    writeln!(out, "\n{count}; `plimsoll explain CHECK` tells all about one.")?;
    for off in &selected.off {
        let told = format!("{} is off by {}:{}: {}", off.check.id, off.file, off.line, harmless(&off.reason, 400));
        terminal::paragraph(out, "", &told, width)?;
    }
    Ok(())
}

/// Checks as JSON. The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// What this is: `plimsoll.checks/1`.
    pub schema: &'static str,
    /// The checks, in the order that reports keep.
    pub checks: Vec<CheckOut<'a>>,
}

/// Everything that is known of a check.
#[derive(Debug, Serialize)]
pub struct CheckOut<'a> {
    /// Its id.
    pub id: &'a str,
    /// The good condition.
    pub title: &'a str,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: &'a str,
    /// The duty it verifies.
    pub duty: &'a str,
    /// The group of the duty.
    pub group: &'a str,
    /// Who answers for the duty.
    pub owner: &'a str,
    /// The domain of the duty.
    pub domain: &'a str,
    /// The service, by the name of its SDK.
    pub service: &'a str,
    /// What AWS calls the service.
    pub service_name: &'a str,
    /// `IaaS`, `PaaS`, `SaaS` or `account`.
    pub service_model: &'a str,
    /// Why it matters.
    pub why: &'a str,
    /// How to make it true.
    pub fix: &'a str,
    /// Who says so.
    pub source: &'a str,
    /// The kinds of resource it judges.
    pub judges: Vec<KindOut>,
    /// The other kinds of record it may read.
    pub reads: Vec<&'static str>,
    /// The API operations that takes.
    pub calls: BTreeSet<String>,
    /// The IAM actions that permit them.
    pub permissions: BTreeSet<String>,
    /// The controls it serves, by framework.
    pub controls: &'static Controls,
    /// What other scanners call what it looks at.
    pub rivals: RivalsOut,
}

/// A kind of resource that a check judges.
#[derive(Debug, Serialize)]
pub struct KindOut {
    /// As recordings name it (`s3/Bucket`).
    pub kind: &'static str,
    /// As CloudFormation names it.
    pub r#type: &'static str,
}

/// What other scanners call what a check looks at.
#[derive(Debug, Serialize)]
pub struct RivalsOut {
    /// The ids of Prowler's checks.
    pub prowler: &'static [String],
    /// The ids of Security Hub's controls.
    pub security_hub: &'static [String],
}

impl<'a> Document<'a> {
    /// The document of some checks.
    pub fn of(checks: &'a [Chosen]) -> Self {
        Self {
            schema: "plimsoll.checks/1",
            checks: checks.iter().map(|check| CheckOut::of(check.registered, check.severity)).collect(),
        }
    }
}

impl<'a> CheckOut<'a> {
    /// Everything that is known of a check.
    pub fn of(check: &'a Registered, severity: Severity) -> Self {
        let duty = check.check.duty.facts();
        let rivals = Rivals::of(&check.id);
        let calls = || check.reads().flat_map(|read| read.calls);
        let judged = check.check.over.iter().map(|over| over.read);
        Self {
            id: &check.id,
            title: &check.title,
            severity: severity.as_str(),
            duty: &duty.id,
            group: &duty.group,
            owner: duty.owner.as_str(),
            domain: &duty.domain,
            service: check.service.id,
            service_name: check.service.name,
            service_model: check.service_model.as_str(),
            why: &check.why,
            fix: &check.fix,
            source: &check.source,
            judges: judged.filter_map(|read| Some(KindOut { kind: read.name, r#type: read.resource_type? })).collect(),
            reads: check.check.reads.iter().map(|read| read.name).collect(),
            calls: calls().map(Call::name).collect(),
            permissions: calls().map(Call::iam_action).collect(),
            controls: controls_of(&check.id),
            rivals: RivalsOut { prowler: &rivals.prowler, security_hub: &rivals.security_hub },
        }
    }
}

/// Writes a document as people can read it.
pub fn write_json(document: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
    // Text first: an error of the writer would come back as an error of the JSON, and a closed pipe is no error.
    writeln!(out, "{}", serde_json::to_string_pretty(document)?)?;
    Ok(())
}
