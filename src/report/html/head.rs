//! What the page knows beside the findings: the scan, the model, the checks, how frameworks stand, and the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use plimsoll_checks::contract::{Attestation, Controls, Framework, Model, Reason, controls_of};
use serde::Serialize;

use super::Columns;
use crate::compliance::{Assessment, Tally};
use crate::matrix::{self, Column, Counts, InUse, Matrix, Row};
use crate::register::State;
use crate::report::json::{Signed, Tool};
use crate::report::{Ending, Opening, Past};
use crate::scan::{Chosen, Entries, Entry, Grant, Missing, Off, Outcome, UnknownGroup};

/// What the numbers of findings stand for.
pub struct Dictionaries<'a> {
    /// Where they were given out.
    pub columns: &'a Columns,
    /// How many there are of each duty and service.
    pub counts: &'a Counts,
    /// How many findings there are.
    pub findings: usize,
    /// What earlier scans have found, if the scan is remembered.
    pub past: Option<&'a Past>,
}

/// Everything but the findings. It serves the page of the same program only, so it may change as it likes.
#[derive(Serialize)]
pub struct Head<'a> {
    tool: Tool,
    now: String,
    started: String,
    finished: Option<String>,
    partial: bool,
    config: Option<&'a str>,
    findings: usize,
    piece: usize,
    statuses: &'a [String],
    account_ids: &'a [String],
    regions: &'a [String],
    types: &'a [String],
    partitions: &'a [String],
    accounts: Vec<Account<'a>>,
    model: ModelOut,
    services: Vec<Service>,
    /// What is to be known of the services that are not shown.
    other_services: Vec<String>,
    checks: Vec<Check<'a>>,
    off: Vec<NotExamined<'a>>,
    unreached: &'a [&'static str],
    coverage: Coverage<'a>,
    frameworks: Vec<FrameworkOut<'a>>,
    /// What people have signed, and what became of it.
    signed: Vec<Signed<'a>>,
    ledger: Vec<LedgerEntry>,
    past: Option<&'a Past>,
}

impl<'a> Head<'a> {
    /// What is known at the end of a scan.
    pub fn of(
        opening: &'a Opening,
        ending: &'a Ending<'a>,
        tally: &'a Tally,
        Dictionaries { columns, counts, findings, past }: Dictionaries<'a>,
    ) -> io::Result<Self> {
        let matrix = Matrix::new(counts, opening, ending)?;
        Ok(Self {
            tool: Tool::this(),
            now: opening.now.to_string(),
            started: opening.scope.started().to_string(),
            finished: ending.finished.map(|at| at.to_string()),
            partial: ending.summary.stopped,
            config: opening.config.as_deref(),
            findings,
            piece: super::PIECE,
            statuses: &columns.statuses.texts,
            account_ids: &columns.accounts.texts,
            regions: &columns.regions.texts,
            types: &columns.types.texts,
            partitions: &columns.partitions.texts,
            accounts: ending.accounts.iter().map(|outcome| Account::of(outcome, opening)).collect(),
            model: ModelOut::of(&matrix),
            services: matrix.services.iter().map(Service::of).collect(),
            other_services: matrix::others(&matrix.services),
            checks: opening.checks.iter().map(Check::of).collect(),
            off: opening.off.iter().map(NotExamined::of).collect(),
            unreached: &ending.unreached,
            coverage: Coverage::of(ending),
            frameworks: Framework::all()
                .iter()
                .map(|framework| FrameworkOut::of(&Assessment::new(framework, None, tally, opening, ending)))
                .collect(),
            signed: ending.signed.iter().map(Signed::of).collect(),
            ledger: ledger(ending.ledger, opening.scope.account().is_none())?,
            past,
        })
    }
}

/// An account of the scan.
#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
    name: Option<&'a str>,
    partition: &'static str,
    /// `scanned`, `partial`, `role missing` …
    state: &'static str,
    /// Why it was not read, or not to the end.
    detail: Option<&'a str>,
    caller: Option<&'a str>,
    regions: &'a [String],
    /// Regions that are enabled and were not looked at; `None` if it is not known which are enabled.
    left_out: Option<&'a [String]>,
    requests: u64,
}

impl<'a> Account<'a> {
    fn of(outcome: &'a Outcome, opening: &Opening) -> Self {
        let target = outcome.target.as_ref();
        Self {
            id: &outcome.account,
            name: outcome.name.as_deref().or_else(|| target?.alias.as_deref()),
            partition: opening.scope.partition().name(),
            state: outcome.state.as_str(),
            detail: outcome.detail.as_deref(),
            caller: target.map(|target| &*target.caller),
            regions: target.map_or(&[], |target| &*target.regions),
            left_out: target.and_then(|target| target.left_out.as_deref()),
            requests: outcome.requests,
        }
    }
}

/// The shared-responsibility model, as far as the page shows it.
#[derive(Serialize)]
struct ModelOut {
    principle: &'static str,
    customer_scope: &'static str,
    provider_scope: &'static str,
    groups: Vec<Named>,
    duties: Vec<DutyOut>,
    provider_duties: Vec<ProviderDutyOut>,
    service_models: Vec<ServiceModelOut>,
    misunderstandings: Vec<MisunderstandingOut>,
}

#[derive(Serialize)]
struct Named {
    id: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct DutyOut {
    id: &'static str,
    name: &'static str,
    group: &'static str,
    holds: &'static [String],
    scope: &'static str,
    /// How many checks there are for it, made or not.
    checks: usize,
    /// How many of them this scan makes.
    made: usize,
    /// What only a person can state.
    attestations: Vec<&'static str>,
    /// What people have signed of it as a whole, and counts.
    attested: Vec<String>,
    /// How it stands in each service that is shown, by the service's id.
    cells: BTreeMap<&'static str, Cell>,
}

/// A duty in a service, beside its numbers.
#[derive(Serialize)]
struct Cell {
    who: &'static str,
    told: String,
}

#[derive(Serialize)]
struct ProviderDutyOut {
    name: &'static str,
    holds: &'static [String],
}

#[derive(Serialize)]
struct ServiceModelOut {
    id: &'static str,
    provider: &'static [String],
    customer: &'static [String],
    lead_duties: &'static [String],
}

#[derive(Serialize)]
struct MisunderstandingOut {
    belief: &'static str,
    reality: &'static str,
    scenario: &'static str,
    services: &'static [String],
}

impl ModelOut {
    fn of(matrix: &Matrix<'_>) -> Self {
        let model = Model::get();
        Self {
            principle: &model.model.principle,
            customer_scope: &model.model.customer_scope,
            provider_scope: &model.model.provider_scope,
            groups: model.groups.iter().map(|group| Named { id: &group.id, name: &group.name }).collect(),
            duties: matrix.rows.iter().map(|row| DutyOut::of(row, matrix)).collect(),
            provider_duties: model
                .provider_duties
                .iter()
                .map(|duty| ProviderDutyOut { name: &duty.name, holds: &duty.holds })
                .collect(),
            service_models: model
                .service_types
                .iter()
                .map(|kind| ServiceModelOut {
                    id: kind.id.as_str(),
                    provider: &kind.provider_part,
                    customer: &kind.customer_part,
                    lead_duties: &kind.lead_duties,
                })
                .collect(),
            misunderstandings: model
                .misunderstandings
                .iter()
                .map(|found| MisunderstandingOut {
                    belief: &found.belief,
                    reality: &found.reality,
                    scenario: &found.scenario,
                    services: &found.services,
                })
                .collect(),
        }
    }
}

impl DutyOut {
    fn of(row: &Row<'_>, matrix: &Matrix<'_>) -> Self {
        let (id, duty) = (row.duty, row.duty.facts());
        let attested = row.attestations.iter().filter(|fate| fate.state == State::Holds);
        let cell = |(column, cell): (&Column, &matrix::Cell)| {
            (column.service.id, Cell { who: matrix::who(cell.who), told: cell.told() })
        };
        let attestations = Attestation::all().iter().filter(|attestation| attestation.duty == id);
        Self {
            id: id.as_str(),
            name: &duty.name,
            group: &duty.group,
            holds: &duty.holds,
            scope: &duty.scope,
            checks: matrix::checks_of(id).count(),
            made: matrix.opening.checks.iter().filter(|check| check.check.duty == id).count(),
            attestations: attestations.map(|attestation| &*attestation.statement).collect(),
            attested: attested.map(|fate| matrix::attestation_told(fate)).collect(),
            cells: matrix.columns().zip(&row.cells).map(cell).collect(),
        }
    }
}

/// A service that has checks.
#[derive(Serialize)]
struct Service {
    id: &'static str,
    name: &'static str,
    model: &'static str,
    /// Whether something of it is there, was judged, or may be there unseen.
    shown: bool,
    /// Whether it is in use, in words.
    in_use: String,
    /// Whether that is not known.
    unseen: bool,
}

impl Service {
    fn of(column: &Column) -> Self {
        Self {
            id: column.service.id,
            name: column.service.name,
            model: column.model.as_str(),
            shown: column.is_shown(),
            in_use: column.in_use.told(),
            unseen: matches!(column.in_use, InUse::Unknown(_)),
        }
    }
}

/// A check that the scan makes.
#[derive(Serialize)]
struct Check<'a> {
    id: &'a str,
    title: &'a str,
    why: &'a str,
    fix: &'a str,
    source: &'a str,
    severity: &'static str,
    duty: &'static str,
    service: &'static str,
    controls: &'static Controls,
}

impl<'a> Check<'a> {
    fn of(chosen: &'a Chosen) -> Self {
        let check = chosen.registered;
        Self {
            id: &check.id,
            title: &check.title,
            why: &check.why,
            fix: &check.fix,
            source: &check.source,
            severity: chosen.severity.as_str(),
            duty: check.check.duty.as_str(),
            service: check.service.id,
            controls: controls_of(&check.id),
        }
    }
}

/// A check that is not made because the user has it off.
#[derive(Serialize)]
struct NotExamined<'a> {
    check: &'a str,
    title: &'a str,
    duty: &'static str,
    reason: &'a str,
    file: &'a str,
    line: usize,
}

impl<'a> NotExamined<'a> {
    fn of(off: &'a Off) -> Self {
        Self {
            check: &off.check.id,
            title: &off.check.title,
            duty: off.check.check.duty.as_str(),
            reason: &off.reason,
            file: &off.file,
            line: off.line,
        }
    }
}

/// What was not seen, and what would show it.
#[derive(Serialize)]
struct Coverage<'a> {
    sentence: String,
    unknown: Vec<UnknownBecause<'a>>,
    to_allow: Vec<ToAllow>,
}

#[derive(Serialize)]
struct UnknownBecause<'a> {
    reason: &'static str,
    action: &'a str,
    judgements: usize,
}

#[derive(Serialize)]
struct ToAllow {
    action: String,
    checks: BTreeSet<&'static str>,
    judgements: usize,
}

impl<'a> Coverage<'a> {
    fn of(ending: &'a Ending<'a>) -> Self {
        let because = |UnknownGroup { reason, action, judgements }: &'a UnknownGroup| UnknownBecause {
            reason: reason.as_str(),
            action,
            judgements: *judgements,
        };
        let allow = |Grant { action, checks, judgements }| ToAllow { action, checks, judgements };
        Self {
            sentence: ending.summary.coverage(),
            unknown: ending.groups.iter().map(because).collect(),
            to_allow: ending.summary.grants().into_iter().map(allow).collect(),
        }
    }
}

/// How a framework stands.
#[derive(Serialize)]
struct FrameworkOut<'a> {
    id: &'a str,
    name: &'a str,
    version: &'a str,
    controls: Vec<ControlOut<'a>>,
}

#[derive(Serialize)]
struct ControlOut<'a> {
    id: &'a str,
    title: &'a str,
    status: &'static str,
    because: Vec<String>,
    checks: &'a [String],
}

impl<'a> FrameworkOut<'a> {
    fn of(assessment: &Assessment<'a>) -> Self {
        let framework = assessment.framework;
        Self {
            id: &framework.id,
            name: &framework.name,
            version: &framework.version,
            controls: assessment
                .controls
                .iter()
                .map(|standing| ControlOut {
                    id: &standing.control.id,
                    title: &standing.control.title,
                    status: standing.status.as_str(),
                    because: standing.because(),
                    checks: &standing.control.checks,
                })
                .collect(),
        }
    }
}

/// A line of the ledger. What is missing for many resources for one reason is said once, with their number: the JSON
/// report lists each.
#[derive(Serialize)]
struct LedgerEntry {
    /// The account, where there are several and something is missing.
    account: Option<String>,
    read: String,
    actions: Vec<String>,
    region: String,
    detail: bool,
    complete: usize,
    records: usize,
    requests: u64,
    missing: Vec<MissingOut>,
}

#[derive(Serialize)]
struct MissingOut {
    reason: &'static str,
    action: String,
    /// What was said of the first.
    detail: String,
    /// How many resources; 0 for the list itself.
    resources: usize,
    /// The first of them.
    first: Option<String>,
}

impl LedgerEntry {
    fn of(entry: &Entry, names_account: bool) -> Self {
        let mut missing: BTreeMap<(Reason, &str), MissingOut> = BTreeMap::new();
        for Missing { resource, reason, action, detail } in &entry.missing {
            let group = missing.entry((*reason, action)).or_insert_with(|| MissingOut {
                reason: reason.as_str(),
                action: action.clone(),
                detail: detail.clone(),
                resources: 0,
                first: resource.clone(),
            });
            group.resources += usize::from(resource.is_some());
        }
        Self {
            account: names_account.then(|| entry.account.clone()),
            read: entry.read.clone(),
            actions: entry.actions.clone(),
            region: entry.region.clone(),
            detail: entry.is_detail,
            complete: entry.complete,
            records: entry.records,
            requests: entry.requests,
            missing: missing.into_values().collect(),
        }
    }
}

/// Reads that did not see everything are shown one by one up to this number; the JSON report has all.
const UNSEEN_LINES: usize = 5_000;

/// The ledger. What saw everything is one line for each kind and region, over all accounts.
fn ledger(entries: &dyn Entries, names_accounts: bool) -> io::Result<Vec<LedgerEntry>> {
    let mut whole: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut lines: Vec<LedgerEntry> = Vec::new();
    let mut unseen = 0;
    entries.each(&mut |entry| {
        if !entry.missing.is_empty() {
            unseen += 1;
            if unseen <= UNSEEN_LINES {
                lines.push(LedgerEntry::of(entry, names_accounts));
            }
            return Ok(());
        }
        let at = *whole.entry((entry.read.clone(), entry.region.clone())).or_insert(lines.len());
        match lines.get_mut(at) {
            Some(line) => {
                line.complete += entry.complete;
                line.records += entry.records;
                line.requests += entry.requests;
            }
            None => lines.push(LedgerEntry::of(entry, false)),
        }
        Ok(())
    })?;
    Ok(lines)
}
