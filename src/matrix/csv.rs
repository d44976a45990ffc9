//! The matrix as CSV: a row for each duty, a column for each service model and, after a scan, for each service.

use std::io::{self, Write};

use plimsoll_checks::contract::{DutyId, Model, Owner};

use super::{Cell, MODELS, Matrix, Row, attestation_told, checks_of, who};
use crate::report::csv::{cell, written};
use crate::scan::Standing;

const DUTY: [&str; 7] = ["side", "group", "duty", "name", "owner", "holds", "checks"];

/// The numbers of a duty over all services, and what people attest of it as a whole.
const STANDING: [&str; 8] =
    ["state", "verified", "failed", "unknown", "excepted", "attested", "not_applicable", "attestations"];

/// Writes the rows.
pub fn write(matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    let mut rows = ::csv::Writer::from_writer(out);
    let mut record = |cells: Vec<String>| rows.write_record(cells.iter().map(|text| cell(text))).map_err(written);
    let services = matrix.map_or(0, |matrix| matrix.columns().count());
    record(heads(matrix))?;
    for (at, id) in DutyId::ALL.iter().enumerate() {
        let mut cells = customer(*id);
        if let Some(row) = matrix.and_then(|matrix| matrix.rows.get(at)) {
            cells.extend(stands(row));
        }
        // Reports and agreements are for the duties of the provider.
        cells.push(String::new());
        cells.extend(matrix.map(|_| String::new()));
        record(cells)?;
    }
    for duty in &model.provider_duties {
        let own = ["provider", "", &duty.id, &duty.name, Owner::Provider.as_str(), &duty.holds.join(", "), ""];
        let mut cells: Vec<String> = own.map(str::to_owned).to_vec();
        cells.extend(MODELS.map(|_| Owner::Provider.as_str().to_owned()));
        if matrix.is_some() {
            cells.extend(vec![String::new(); STANDING.len()]);
            cells.extend(vec![Owner::Provider.as_str().to_owned(); services]);
        }
        cells.push(duty.reports().map(|report| &*report.name).collect::<Vec<_>>().join("; "));
        cells.extend(matrix.map(|matrix| matrix.agreements_told().join(" ")));
        record(cells)?;
    }
    rows.flush()
}

fn heads(matrix: Option<&Matrix<'_>>) -> Vec<String> {
    let mut heads: Vec<String> = DUTY.map(str::to_owned).to_vec();
    heads.extend(MODELS.map(|model| model.as_str().to_owned()));
    if let Some(matrix) = matrix {
        heads.extend(STANDING.map(str::to_owned));
        let head = |column: &super::Column| {
            format!("{} ({}, {})", column.service.name, column.model.as_str(), column.in_use.told())
        };
        heads.extend(matrix.columns().map(head));
    }
    heads.push("artifact_reports".to_owned());
    heads.extend(matrix.map(|_| "agreements".to_owned()));
    heads
}

fn customer(id: DutyId) -> Vec<String> {
    let duty = id.facts();
    let checks = checks_of(id).count().to_string();
    let own = ["customer", &duty.group, &duty.id, &duty.name, duty.owner.as_str(), &duty.holds.join(", "), &checks];
    own.into_iter().chain(MODELS.map(|model| duty.answers_in(model).as_str())).map(str::to_owned).collect()
}

fn stands(row: &Row<'_>) -> Vec<String> {
    let Standing { pass, fail, unknown, excepted, attested, not_applicable } = row.total;
    let numbers = [pass, fail, unknown, excepted, attested, not_applicable].map(|number| number.to_string());
    let attestations: Vec<String> = row.attestations.iter().map(|fate| attestation_told(fate)).collect();
    let mut cells = vec![row.state.as_str().to_owned()];
    cells.extend(numbers);
    cells.push(attestations.join("; "));
    cells.extend(row.cells.iter().map(in_one_cell));
    cells
}

/// Who answers, and how it stands.
fn in_one_cell(cell: &Cell) -> String {
    match cell.who {
        None => cell.told(),
        answers => format!("{}: {}", who(answers), cell.told()),
    }
}
