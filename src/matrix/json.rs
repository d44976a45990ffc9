//! The matrix as JSON. Its form is `plimsoll.duties/1`; see `schema/plimsoll.duties.1.json`.

use std::io::{self, Write};

use plimsoll_checks::artifact::resources::CustomerAgreement;
use plimsoll_checks::contract::{
    ArtifactReport, Domain, DutyId, Group, Misunderstanding, Model, Owner, ProviderDuty, ServiceModel, ServiceType,
    Step,
};
use serde::Serialize;

use super::{Agreements, Cell, Column, Matrix, Row, checks_of};
use crate::report::json::{Account, Scan, Signed, Standing, Tool};

/// The name and version of the form.
pub const SCHEMA: &str = "plimsoll.duties/1";

/// The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
struct Map<'a> {
    schema: &'static str,
    tool: Tool,
    principle: &'static str,
    /// What was scanned, and what came of it; only after a scan.
    #[serde(flatten)]
    scanned: Option<Scanned<'a>>,
    groups: Vec<GroupOut<'a>>,
    provider_duties: Vec<ProviderDutyOut>,
    artifact: ArtifactOut,
    domains: Vec<DomainOut>,
    decision_tree: Vec<StepOut>,
    service_models: Vec<ServiceModelOut>,
    misunderstandings: Vec<MisunderstandingOut>,
}

#[derive(Debug, Serialize)]
struct Scanned<'a> {
    scan: Scan<'a>,
    coverage: String,
    accounts: Vec<Account<'a>>,
    services: Vec<ServiceOut>,
    /// What is known of each account's agreements with AWS.
    agreements: Vec<AgreementsOut<'a>>,
}

#[derive(Debug, Serialize)]
struct AgreementsOut<'a> {
    account: &'a str,
    /// Why they are not known.
    unknown: Option<&'a str>,
    agreements: Vec<AgreementOut<'a>>,
}

#[derive(Debug, Serialize)]
struct AgreementOut<'a> {
    name: &'a str,
    state: &'a str,
    active: bool,
    r#type: Option<&'a str>,
    effective_start: Option<String>,
    effective_end: Option<String>,
    organization: Option<&'a str>,
}

/// A service that our checks know.
#[derive(Debug, Serialize)]
struct ServiceOut {
    id: &'static str,
    name: &'static str,
    model: &'static str,
    /// `yes`, `unknown`, `by-settings`, `no` or `not-looked-at`.
    in_use: &'static str,
    in_words: String,
    /// Whether duties have a cell for it.
    shown: bool,
    standing: Standing,
}

#[derive(Debug, Serialize)]
struct GroupOut<'a> {
    id: &'static str,
    name: &'static str,
    duties: Vec<DutyOut<'a>>,
}

/// Who answers in services of each model.
#[derive(Debug, Serialize)]
struct AnswersOut {
    #[serde(rename = "IaaS")]
    iaas: &'static str,
    #[serde(rename = "PaaS")]
    paas: &'static str,
    #[serde(rename = "SaaS")]
    saas: &'static str,
}

#[derive(Debug, Serialize)]
struct DutyOut<'a> {
    id: &'static str,
    name: &'static str,
    owner: &'static str,
    holds: &'static [String],
    scope: &'static str,
    domain: &'static str,
    decision_step: u32,
    overlooked: bool,
    api_assessable: &'static str,
    answers: AnswersOut,
    shared_part: Option<&'static str>,
    arises_in: Option<&'static [String]>,
    checks: Vec<&'static str>,
    /// Only after a scan.
    #[serde(flatten)]
    stands: Option<Stands<'a>>,
}

/// How a duty stands after a scan.
#[derive(Debug, Serialize)]
struct Stands<'a> {
    state: &'static str,
    /// Its findings by status, over all services; all zero where nothing was looked at.
    standing: Standing,
    /// What people attest of it as a whole, and what has become of that.
    attestations: Vec<Signed<'a>>,
    /// One for each service that is shown.
    cells: Vec<CellOut>,
}

#[derive(Debug, Serialize)]
struct CellOut {
    service: &'static str,
    /// `null` where the duty does not arise.
    who: Option<&'static str>,
    state: &'static str,
    standing: Standing,
    checks: usize,
    made: usize,
}

#[derive(Debug, Serialize)]
struct ProviderDutyOut {
    id: &'static str,
    name: &'static str,
    owner: &'static str,
    holds: &'static [String],
    decision_step: u32,
    /// The reports of AWS Artifact that cover it, by id.
    reports: Vec<&'static str>,
}

/// Where the reports for the provider's duties are.
#[derive(Debug, Serialize)]
struct ArtifactOut {
    console: &'static str,
    list: &'static str,
    term: &'static str,
    get: &'static str,
    partitions: &'static [String],
    reports: Vec<ReportOut>,
}

#[derive(Debug, Serialize)]
struct ReportOut {
    id: &'static str,
    name: &'static str,
    search: &'static str,
    by: &'static str,
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

/// Writes the whole model, with the checks of each duty and, after a scan, how it stands in each service.
pub fn write(matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    let group = |group: &'static Group| GroupOut {
        id: &group.id,
        name: &group.name,
        duties: DutyId::ALL.iter().filter(|id| id.facts().group == group.id).map(|id| duty(*id, matrix)).collect(),
    };
    let map = Map {
        schema: SCHEMA,
        tool: Tool::this(),
        principle: &model.model.principle,
        scanned: matrix.map(Scanned::of),
        groups: model.groups.iter().map(group).collect(),
        provider_duties: model.provider_duties.iter().map(ProviderDutyOut::of).collect(),
        artifact: ArtifactOut {
            console: &model.artifact.console,
            list: &model.artifact.list,
            term: &model.artifact.term,
            get: &model.artifact.get,
            partitions: model.artifact.partitions(),
            reports: model.artifact_reports.iter().map(ReportOut::of).collect(),
        },
        domains: domains(model),
        decision_tree: decision_tree(model),
        service_models: service_models(model),
        misunderstandings: misunderstandings(model),
    };
    // Text first: an error of the writer would come back as an error of the JSON, and a closed pipe is no error.
    writeln!(out, "{}", serde_json::to_string_pretty(&map)?)
}

impl<'a> Scanned<'a> {
    fn of(matrix: &Matrix<'a>) -> Self {
        Self {
            scan: Scan::of(matrix.opening, matrix.ending),
            coverage: matrix.ending.summary.coverage(),
            accounts: matrix.ending.accounts.iter().map(Account::of).collect(),
            services: matrix.services.iter().map(ServiceOut::of).collect(),
            agreements: matrix.agreements.iter().map(AgreementsOut::of).collect(),
        }
    }
}

impl<'a> AgreementsOut<'a> {
    fn of(known: &'a Agreements) -> Self {
        let agreement = |it: &'a CustomerAgreement| AgreementOut {
            name: &it.name,
            state: &it.state,
            active: it.is_active(),
            r#type: it.r#type.as_deref(),
            effective_start: it.effective_start.map(|at| at.to_string()),
            effective_end: it.effective_end.map(|at| at.to_string()),
            organization: it.organization_arn.as_deref(),
        };
        Self {
            account: &known.account,
            unknown: known.seen.as_ref().err().map(String::as_str),
            agreements: known.seen.iter().flatten().map(agreement).collect(),
        }
    }
}

impl ServiceOut {
    fn of(column: &Column) -> Self {
        Self {
            id: column.service.id,
            name: column.service.name,
            model: column.model.as_str(),
            in_use: column.in_use.as_str(),
            in_words: column.in_use.told(),
            shown: column.is_shown(),
            standing: column.standing.into(),
        }
    }
}

fn duty<'a>(id: DutyId, matrix: Option<&Matrix<'a>>) -> DutyOut<'a> {
    let duty = id.facts();
    let answers = |model: ServiceModel| duty.answers_in(model).as_str();
    let row = matrix.and_then(|matrix| Some((matrix, matrix.rows.iter().find(|row| row.duty == id)?)));
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
        answers: AnswersOut {
            iaas: answers(ServiceModel::IaaS),
            paas: answers(ServiceModel::PaaS),
            saas: answers(ServiceModel::SaaS),
        },
        shared_part: duty.shared_part.as_deref(),
        arises_in: duty.arises_in.as_deref(),
        checks: checks_of(id).map(|check| &*check.id).collect(),
        stands: row.map(|(matrix, row)| Stands::of(matrix, row)),
    }
}

impl<'a> Stands<'a> {
    fn of(matrix: &Matrix<'a>, row: &Row<'a>) -> Self {
        Self {
            state: row.state.as_str(),
            standing: row.total.into(),
            attestations: row.attestations.iter().map(|fate| Signed::of(fate)).collect(),
            cells: matrix.columns().zip(&row.cells).map(|(column, cell)| CellOut::of(column, cell)).collect(),
        }
    }
}

impl CellOut {
    fn of(column: &Column, cell: &Cell) -> Self {
        Self {
            service: column.service.id,
            who: cell.who.map(Owner::as_str),
            state: cell.state.as_str(),
            standing: cell.standing.into(),
            checks: cell.checks,
            made: cell.made,
        }
    }
}

impl ProviderDutyOut {
    fn of(duty: &'static ProviderDuty) -> Self {
        Self {
            id: &duty.id,
            name: &duty.name,
            owner: Owner::Provider.as_str(),
            holds: &duty.holds,
            decision_step: duty.decision_step,
            reports: duty.reports().map(|report| &*report.id).collect(),
        }
    }
}

impl ReportOut {
    fn of(report: &'static ArtifactReport) -> Self {
        Self { id: &report.id, name: &report.name, search: &report.search, by: &report.by }
    }
}

fn domains(model: &'static Model) -> Vec<DomainOut> {
    let domain = |domain: &'static Domain| DomainOut {
        id: &domain.id,
        name: &domain.name,
        primary_owner: domain.primary_owner.as_str(),
        shared_part: &domain.shared_part,
    };
    model.domains.iter().map(domain).collect()
}

fn decision_tree(model: &'static Model) -> Vec<StepOut> {
    let step = |step: &'static Step| StepOut { step: step.step, question: &step.question, yes: step.yes.as_str() };
    model.steps.iter().map(step).collect()
}

fn service_models(model: &'static Model) -> Vec<ServiceModelOut> {
    let kind = |kind: &'static ServiceType| ServiceModelOut {
        id: kind.id.as_str(),
        provider_part: &kind.provider_part,
        customer_part: &kind.customer_part,
        lead_duties: &kind.lead_duties,
        services: &kind.services,
    };
    model.service_types.iter().map(kind).collect()
}

fn misunderstandings(model: &'static Model) -> Vec<MisunderstandingOut> {
    let found = |found: &'static Misunderstanding| MisunderstandingOut {
        id: &found.id,
        scenario: &found.scenario,
        belief: &found.belief,
        reality: &found.reality,
        services: &found.services,
        duties: &found.duties,
    };
    model.misunderstandings.iter().map(found).collect()
}
