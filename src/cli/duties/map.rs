//! The map of the shared-responsibility model: the customer's duties above the line, the provider's below.

use std::io::Write;

use plimsoll_checks::contract::{Duty, DutyId, Model, Owner, ProviderDuty};
use serde::Serialize;

use super::{Standing, Standings, checks_of};
use crate::cli::checks::write_json;
use crate::terminal::{Column, Columns, FAINT, HEADING, paragraph, styled};

const COLUMNS: [Column; 4] =
    [Column::words("duty"), Column::words("owner"), Column::sentences("holds"), Column::numbers("checks")];

/// Writes the map; after a scan, with how each duty stands.
pub fn table(standings: Option<&Standings>, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let model = Model::get();
    let customers: Vec<(&Duty, Vec<String>)> = DutyId::ALL
        .iter()
        .map(|id| {
            let duty = id.facts();
            let checks = checks_of(*id).count();
            let mut holds = duty.holds.join(", ");
            if let Some(standings) = standings {
                holds.push('\n');
                holds.push_str(&standing_in_words(standings.get(id), checks));
            }
            (duty, vec![duty.id.clone(), duty.owner.as_str().to_owned(), holds, checks.to_string()])
        })
        .collect();
    let providers = model.provider_duties.iter().map(|duty| {
        let owner = Owner::Provider.as_str().to_owned();
        vec![duty.id.clone(), owner, duty.holds.join(", "), "-".to_owned()]
    });
    let providers: Vec<Vec<String>> = providers.collect();
    let rows: Vec<Vec<String>> = customers.iter().map(|(_, row)| row.clone()).chain(providers.clone()).collect();
    let columns = Columns::fit(&COLUMNS, &rows, 2, width);

    paragraph(out, "", &model.model.principle, width)?;
    writeln!(out)?;
    columns.head(out)?;
    for group in &model.groups {
        writeln!(out, "{}", styled(HEADING, &group.name))?;
        for (_, row) in customers.iter().filter(|(duty, _)| duty.group == group.id) {
            columns.row(out, row)?;
        }
    }
    writeln!(out, "\n{}", styled(HEADING, &line(&model.model.customer_scope, &model.model.provider_scope, width)))?;
    for row in &providers {
        columns.row(out, row)?;
    }
    writeln!(out)?;
    let note = "Below the line you inherit what the provider does; no scan can look there. Where the line runs for a \
                service, and why: `plimsoll duties explain rds`.";
    for text in crate::terminal::wrapped(note, width) {
        writeln!(out, "{}", styled(FAINT, &text))?;
    }
    Ok(())
}

/// The line that the program is named after.
fn line(above: &str, below: &str, width: usize) -> String {
    let text = format!(" ↑ {above}, ↓ {below} ");
    let rest = width.min(80).saturating_sub(text.chars().count());
    format!("{}{text}{}", "━".repeat(rest / 2), "━".repeat(rest - rest / 2))
}

fn standing_in_words(standing: Option<&Standing>, checks: usize) -> String {
    let Some(standing) = standing.filter(|standing| **standing != Standing::default()) else {
        return if checks == 0 { "no check looks at it yet" } else { "never looked at" }.to_owned();
    };
    let counts = [
        (standing.pass, "verified"),
        (standing.fail, "failed"),
        (standing.unknown, "unknown"),
        (standing.excepted, "excepted"),
        (standing.attested, "attested"),
        (standing.not_applicable, "not applicable"),
    ];
    let said: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    format!("→ {}", said.join(", "))
}

/// The map as JSON. The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
struct Map {
    schema: &'static str,
    principle: &'static str,
    groups: Vec<GroupOut>,
    provider_duties: Vec<ProviderDutyOut>,
    domains: Vec<DomainOut>,
    decision_tree: Vec<StepOut>,
    service_models: Vec<ServiceModelOut>,
    misunderstandings: Vec<MisunderstandingOut>,
}

#[derive(Debug, Serialize)]
struct GroupOut {
    id: &'static str,
    name: &'static str,
    duties: Vec<DutyOut>,
}

#[derive(Debug, Serialize)]
struct DutyOut {
    id: &'static str,
    name: &'static str,
    owner: &'static str,
    holds: &'static [String],
    scope: &'static str,
    domain: &'static str,
    decision_step: u32,
    overlooked: bool,
    api_assessable: &'static str,
    checks: Vec<&'static str>,
    /// Only after a scan; all zero where nothing was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<StandingOut>,
}

/// How a duty stands after a scan: its findings by status.
#[derive(Debug, Serialize)]
struct StandingOut {
    pass: usize,
    fail: usize,
    unknown: usize,
    not_applicable: usize,
    excepted: usize,
    attested: usize,
}

impl From<Standing> for StandingOut {
    fn from(standing: Standing) -> Self {
        let Standing { pass, fail, not_applicable, unknown, excepted, attested } = standing;
        Self { pass, fail, unknown, not_applicable, excepted, attested }
    }
}

#[derive(Debug, Serialize)]
struct ProviderDutyOut {
    id: &'static str,
    name: &'static str,
    owner: &'static str,
    holds: &'static [String],
    decision_step: u32,
}

#[derive(Debug, Serialize)]
struct DomainOut {
    id: &'static str,
    name: &'static str,
    primary_owner: &'static str,
    shared_part: &'static str,
}

#[derive(Debug, Serialize)]
struct StepOut {
    step: u32,
    question: &'static str,
    yes: &'static str,
}

#[derive(Debug, Serialize)]
struct ServiceModelOut {
    id: &'static str,
    provider_part: &'static [String],
    customer_part: &'static [String],
    lead_duties: &'static [String],
    services: &'static [String],
}

#[derive(Debug, Serialize)]
struct MisunderstandingOut {
    id: &'static str,
    scenario: &'static str,
    belief: &'static str,
    reality: &'static str,
    services: &'static [String],
    duties: &'static [String],
}

/// Writes the whole model, with the checks of each duty and, after a scan, how it stands.
pub fn json(standings: Option<&Standings>, out: &mut impl Write) -> anyhow::Result<()> {
    let model = Model::get();
    let duty = |id: &DutyId| {
        let duty = id.facts();
        DutyOut {
            id: &duty.id,
            name: &duty.name,
            owner: duty.owner.as_str(),
            holds: &duty.holds,
            scope: &duty.scope,
            domain: &duty.domain,
            decision_step: duty.decision_step,
            overlooked: duty.overlooked,
            api_assessable: &duty.api_assessable,
            checks: checks_of(*id).map(|check| &*check.id).collect(),
            standing: standings.map(|standings| {
                standings.get(id).copied().map_or(StandingOut::from(Standing::default()), StandingOut::from)
            }),
        }
    };
    let provider_duty = |duty: &'static ProviderDuty| ProviderDutyOut {
        id: &duty.id,
        name: &duty.name,
        owner: Owner::Provider.as_str(),
        holds: &duty.holds,
        decision_step: duty.decision_step,
    };
    let groups = model.groups.iter().map(|group| GroupOut {
        id: &group.id,
        name: &group.name,
        duties: DutyId::ALL.iter().filter(|id| id.facts().group == group.id).map(duty).collect(),
    });
    let domains = model.domains.iter().map(|domain| DomainOut {
        id: &domain.id,
        name: &domain.name,
        primary_owner: domain.primary_owner.as_str(),
        shared_part: &domain.shared_part,
    });
    let steps =
        model.steps.iter().map(|step| StepOut { step: step.step, question: &step.question, yes: step.yes.as_str() });
    let service_models = model.service_types.iter().map(|kind| ServiceModelOut {
        id: kind.id.as_str(),
        provider_part: &kind.provider_part,
        customer_part: &kind.customer_part,
        lead_duties: &kind.lead_duties,
        services: &kind.services,
    });
    let misunderstandings = model.misunderstandings.iter().map(|found| MisunderstandingOut {
        id: &found.id,
        scenario: &found.scenario,
        belief: &found.belief,
        reality: &found.reality,
        services: &found.services,
        duties: &found.duties,
    });
    let map = Map {
        schema: "plimsoll.duties/1",
        principle: &model.model.principle,
        groups: groups.collect(),
        provider_duties: model.provider_duties.iter().map(provider_duty).collect(),
        domains: domains.collect(),
        decision_tree: steps.collect(),
        service_models: service_models.collect(),
        misunderstandings: misunderstandings.collect(),
    };
    write_json(&map, out)
}
