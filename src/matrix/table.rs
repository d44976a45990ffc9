//! The matrix for people: the customer's duties above the line, the provider's below. A terminal has no room for a
//! column for each service, so each duty has a line for each service in which it was judged; nothing is ever cut off.

use std::io::{self, Write};

use plimsoll_checks::contract::{Duty, DutyId, Model, Owner, ProviderDuty};

use super::{MODELS, Matrix, Row, State, artifact, attestation_told, checks_of, others, parts, who};
use crate::report::harmless;
use crate::scan::{Scope, counted};
use crate::terminal::{Column, Columns, FAINT, HEADING, STRONG, paragraph, styled};

const NOTE: &str = "Below the line you inherit what the provider does; no scan can look there. Where the line runs for a \
                    service, and why: `plimsoll duties explain rds`.";

const MODEL: [Column; 4] =
    [Column::words("duty"), Column::words("owner"), Column::sentences("holds"), Column::numbers("checks")];

/// Writes the model alone: every duty, and who answers for it in services of each model.
pub fn model(width: usize, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    let row = |id: &DutyId| {
        let duty = id.facts();
        let holds = format!("{}\n→ {}", duty.holds.join(", "), answers(duty));
        vec![duty.id.clone(), duty.owner.as_str().to_owned(), holds, checks_of(*id).count().to_string()]
    };
    let customers: Vec<(&Duty, Vec<String>)> = DutyId::ALL.iter().map(|id| (id.facts(), row(id))).collect();
    let providers: Vec<Vec<String>> = model.provider_duties.iter().map(provider_row).collect();
    let rows: Vec<Vec<String>> = customers.iter().map(|(_, row)| row.clone()).chain(providers.clone()).collect();
    let columns = Columns::fit(&MODEL, &rows, 2, width);

    paragraph(out, "", &model.model.principle, width)?;
    writeln!(out)?;
    columns.head(out)?;
    for group in &model.groups {
        writeln!(out, "{}", styled(HEADING, &group.name))?;
        for (_, row) in customers.iter().filter(|(duty, _)| duty.group == group.id) {
            columns.row(out, row)?;
        }
    }
    writeln!(out, "\n{}", line(width))?;
    providers.iter().try_for_each(|row| columns.row(out, row))?;
    notes(&artifact(None), &[], width, out)
}

/// Who answers for a duty in services of each model; models with one answer stand together.
pub fn answers(duty: &Duty) -> String {
    let mut told: Vec<(Vec<&str>, Owner)> = Vec::new();
    for model in MODELS {
        match (told.last_mut(), duty.answers_in(model)) {
            (Some((models, owner)), answers) if *owner == answers => models.push(model.as_str()),
            (_, answers) => told.push((vec![model.as_str()], answers)),
        }
    }
    told.iter()
        .map(|(models, owner)| format!("{}: {}", models.join(", "), owner.as_str()))
        .collect::<Vec<_>>()
        .join("; ")
}

fn provider_row(duty: &ProviderDuty) -> Vec<String> {
    let reports: Vec<&str> = duty.reports().map(|report| &*report.search).collect();
    let holds = format!("{}\n→ {}", duty.holds.join(", "), reports.join(", "));
    vec![duty.id.clone(), Owner::Provider.as_str().to_owned(), holds, "-".to_owned()]
}

/// The line that the program is named after.
fn line(width: usize) -> String {
    let model = &Model::get().model;
    let text = format!(" ↑ {}, ↓ {} ", model.customer_scope, model.provider_scope);
    let rest = width.min(80).saturating_sub(text.chars().count());
    styled(HEADING, &format!("{}{text}{}", "━".repeat(rest / 2), "━".repeat(rest - rest / 2)))
}

/// What the provider's duties are told in short for.
fn notes(artifact: &str, agreements: &[String], width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}", styled(HEADING, "Reports on the provider's duties"))?;
    for report in &Model::get().artifact_reports {
        paragraph(out, &format!("  {}: ", report.search), &format!("{}: {}", report.name, report.by), width)?;
    }
    agreements.iter().try_for_each(|told| paragraph(out, "  ", told, width))?;
    writeln!(out)?;
    faint(out, artifact, width)?;
    faint(out, NOTE, width)
}

fn faint(out: &mut impl Write, text: &str, width: usize) -> io::Result<()> {
    crate::terminal::wrapped(text, width).iter().try_for_each(|line| writeln!(out, "{}", styled(FAINT, line)))
}

const CELLS: [Column; 3] = [Column::words("service"), Column::words("who answers"), Column::sentences("how it stands")];

/// Writes how each duty stands in each service of a scan.
pub fn write(matrix: &Matrix<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    head(matrix, width, out)?;
    let rows: Vec<Vec<String>> = matrix.rows.iter().flat_map(|row| judged(row, matrix)).collect();
    let columns = Columns::fit(&CELLS, &rows, 6, width);
    for group in &model.groups {
        writeln!(out, "\n{}", styled(HEADING, &group.name))?;
        for row in matrix.rows.iter().filter(|row| row.duty.facts().group == group.id) {
            duty(row, matrix, &columns, width, out)?;
        }
    }
    writeln!(out, "\n{}", line(width))?;
    let providers: Vec<Vec<String>> = model.provider_duties.iter().map(provider_row).collect();
    let columns = Columns::fit(&MODEL, &providers, 2, width);
    providers.iter().try_for_each(|row| columns.row(out, row))?;
    notes(&artifact(Some(matrix.opening)), &matrix.agreements_told(), width, out)
}

/// What was scanned, how much of it was seen, and which services have lines.
fn head(matrix: &Matrix<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let Matrix { opening, ending, .. } = matrix;
    paragraph(out, "", &Model::get().model.principle, width)?;
    writeln!(out)?;
    paragraph(out, "", &harmless(&opening.scope.name(), 200), width)?;
    if let Scope::Accounts(_) = opening.scope {
        paragraph(out, "", &format!("Summed over its accounts: {}.", counted(ending.accounts)), width)?;
    }
    paragraph(out, "", &ending.summary.coverage(), width)?;
    writeln!(out)?;
    for column in matrix.columns() {
        let (service, model) = (column.service, column.model.as_str());
        let told = format!("({}, {model}): {}", service.name, column.in_use.told());
        paragraph(out, &format!("  {} ", service.id), &told, width)?;
    }
    others(&matrix.services).iter().try_for_each(|told| paragraph(out, "  ", told, width))
}

/// The lines of the services in which a duty was judged.
fn judged(row: &Row<'_>, matrix: &Matrix<'_>) -> Vec<Vec<String>> {
    let cells = matrix.columns().zip(&row.cells).filter(|(_, cell)| cell.state == State::Judged);
    cells.map(|(column, cell)| vec![column.service.id.to_owned(), who(cell.who).to_owned(), cell.told()]).collect()
}

fn duty(row: &Row<'_>, matrix: &Matrix<'_>, columns: &Columns, width: usize, out: &mut impl Write) -> io::Result<()> {
    let facts = row.duty.facts();
    writeln!(out, "  {}  {}", styled(STRONG, &facts.id), styled(FAINT, &answers(facts)))?;
    if parts(&row.total).next().is_none() || judged(row, matrix).len() > 1 {
        paragraph(out, "    → ", &row.told(), width)?;
    }
    judged(row, matrix).iter().try_for_each(|cells| columns.row(out, cells))?;
    let quiet =
        [State::NotReached, State::NothingToJudge, State::Off, State::NotAsked, State::Unexamined, State::DoesNotArise];
    for state in quiet {
        let cells = matrix.columns().zip(&row.cells).filter(|(_, cell)| cell.state == state);
        let names: Vec<&str> = cells.map(|(column, _)| column.service.id).collect();
        if !names.is_empty() {
            paragraph(out, &format!("      {}: ", state.told()), &names.join(", "), width)?;
        }
    }
    row.attestations.iter().try_for_each(|fate| paragraph(out, "      ✎ ", &attestation_told(fate), width))
}
