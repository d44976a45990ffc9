//! How a framework stands, as CSV: a row for each control, and below it one for each finding that keeps it from passing.

use std::io::{self, Write};

use super::{Assessment, ControlStanding};
use crate::report::Opening;
use crate::report::csv::{harmless, written};

const COLUMNS: [&str; 17] = [
    "row",
    "framework",
    "version",
    "control",
    "level",
    "title",
    "status",
    "because",
    "checks",
    "account",
    "region",
    "resource_type",
    "resource_arn",
    "resource_id",
    "check",
    "finding",
    "message",
];

/// Writes the rows.
pub fn write(assessment: &Assessment<'_>, opening: &Opening, out: &mut impl Write) -> io::Result<()> {
    let mut rows = ::csv::Writer::from_writer(out);
    rows.write_record(COLUMNS).map_err(written)?;
    // A control that is asked of several accounts stands for none of them alone.
    let account = opening.scope.account().map_or("", |target| &*target.account);
    for standing in &assessment.controls {
        control(assessment, standing, account, &mut rows)?;
    }
    rows.flush()
}

fn control<W: Write>(
    assessment: &Assessment<'_>,
    standing: &ControlStanding<'_>,
    account: &str,
    rows: &mut ::csv::Writer<W>,
) -> io::Result<()> {
    let control = standing.control;
    let level = control.level.map_or_else(String::new, |level| level.to_string());
    let framework = assessment.framework;
    let common = [&*framework.id, &framework.version, &control.id, &level, &control.title];
    let because = standing.because().join("; ");
    let checks = control.checks.join(" ");
    let own = [standing.status.as_str(), &because, &checks, account, "", "", "", "", "", "", ""];
    rows.write_record([&["control"][..], &common, &own].concat().into_iter().map(harmless)).map_err(written)?;
    for (check, offending) in standing.offending() {
        let finding = [
            offending.status.as_str(),
            "",
            "",
            &offending.account,
            &offending.region,
            offending.resource_type,
            &offending.arn,
            &offending.resource,
            check,
            &offending.id,
            &offending.message,
        ];
        rows.write_record([&["finding"][..], &common, &finding].concat().into_iter().map(harmless)).map_err(written)?;
    }
    Ok(())
}
