//! How a framework stands, as JSON. Its form is `plimsoll.compliance/1`; see `schema/plimsoll.compliance.1.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll_checks::contract::{Attestation, Model};
use serde::Serialize;

use super::{Assessment, ControlStanding, ControlStatus, Offending, Unexamined};
use crate::report::json::{Account, Scan, Tool};
use crate::report::{Ending, Opening};
use crate::scan::Standing;

/// The name and version of the form.
pub const SCHEMA: &str = "plimsoll.compliance/1";

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    scan: Scan<'a>,
    framework: FrameworkOut<'a>,
    summary: BTreeMap<&'static str, usize>,
    coverage: String,
    accounts: Vec<Account<'a>>,
    controls: Vec<ControlOut<'a>>,
}

#[derive(Debug, Serialize)]
struct FrameworkOut<'a> {
    id: &'a str,
    name: &'a str,
    version: &'a str,
    level: Option<u8>,
}

#[derive(Debug, Serialize)]
struct ControlOut<'a> {
    id: &'a str,
    title: &'a str,
    level: Option<u8>,
    sections: Vec<SectionOut<'a>>,
    status: &'static str,
    because: Vec<String>,
    judgements: Judgements,
    checks: Vec<CheckOut<'a>>,
    attestations: Vec<Named<'a>>,
    manual: Option<&'a str>,
    provider: Vec<Named<'a>>,
    planned: &'a [String],
    offending: Vec<OffendingOut<'a>>,
}

#[derive(Debug, Serialize)]
struct SectionOut<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    id: &'a str,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Judgements {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
    excepted: usize,
    attested: usize,
}

#[derive(Debug, Serialize)]
struct CheckOut<'a> {
    id: &'a str,
    judgements: Judgements,
    unexamined: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct OffendingOut<'a> {
    check: &'a str,
    status: &'static str,
    finding: &'a str,
    account: &'a str,
    region: &'a str,
    resource_type: &'a str,
    arn: &'a str,
    resource: &'a str,
    message: &'a str,
}

impl From<Standing> for Judgements {
    fn from(Standing { pass, fail, not_applicable, unknown, excepted, attested }: Standing) -> Self {
        Self { pass, fail, not_applicable, unknown, excepted, attested }
    }
}

impl<'a> OffendingOut<'a> {
    fn of((check, offending): (&'a str, &'a Offending)) -> Self {
        Self {
            check,
            status: offending.status.as_str(),
            finding: &offending.id,
            account: &offending.account,
            region: &offending.region,
            resource_type: offending.resource_type,
            arn: &offending.arn,
            resource: &offending.resource,
            message: &offending.message,
        }
    }
}

fn control<'a>(assessment: &Assessment<'a>, standing: &'a ControlStanding<'a>) -> ControlOut<'a> {
    let control = standing.control;
    let sections = assessment.framework.sections_of(control);
    let checks = standing.checks.iter().map(|check| CheckOut {
        id: check.id,
        judgements: check.standing().into(),
        unexamined: check.unexamined.map(|unexamined| match unexamined {
            Unexamined::Off(_) => "off",
            Unexamined::Stopped => "stopped",
            Unexamined::NotSelected => "not-selected",
        }),
    });
    let statements = control.attestations.iter().filter_map(|id| Attestation::get(id));
    let duties = control.provider.iter().filter_map(|id| Model::get().provider_duty(id));
    ControlOut {
        id: &control.id,
        title: &control.title,
        level: control.level,
        sections: sections.map(|section| SectionOut { id: &section.id, title: &section.title }).collect(),
        status: standing.status.as_str(),
        because: standing.because(),
        judgements: standing.standing.into(),
        checks: checks.collect(),
        attestations: statements.map(|it| Named { id: &it.id, text: &it.statement }).collect(),
        manual: control.manual.as_deref(),
        provider: duties.map(|duty| Named { id: &duty.id, text: &duty.name }).collect(),
        planned: &control.planned,
        offending: standing.offending().map(OffendingOut::of).collect(),
    }
}

/// Writes the document.
pub fn write(
    assessment: &Assessment<'_>,
    opening: &Opening,
    ending: &Ending<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool::this(),
        scan: Scan::of(opening, ending),
        framework: FrameworkOut {
            id: &assessment.framework.id,
            name: &assessment.framework.name,
            version: &assessment.framework.version,
            level: assessment.level,
        },
        summary: ControlStatus::ALL.map(|status| (status.as_str(), assessment.count(status))).into(),
        coverage: ending.summary.coverage(),
        accounts: ending.accounts.iter().map(Account::of).collect(),
        controls: assessment.controls.iter().map(|standing| control(assessment, standing)).collect(),
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    out.flush()
}
