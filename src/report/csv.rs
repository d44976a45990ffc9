//! CSV: a row for each finding, for spreadsheets and whatever reads tables. Columns are never renamed or reordered; new
//! ones come last.

use std::io::{self, Write};

use plimsoll_checks::contract::{Controls, Tags, controls_of};

use super::{Ending, Report};
use crate::scan::{Finding, Subject};

/// The names of the columns.
pub const COLUMNS: [&str; 28] = [
    "finding",
    "status",
    "severity",
    "check",
    "title",
    "duty",
    "group",
    "owner",
    "domain",
    "service",
    "service_model",
    "partition",
    "account",
    "region",
    "resource_type",
    "resource_arn",
    "resource_id",
    "message",
    "unknown_reason",
    "unknown_action",
    "tags",
    "controls",
    "accepted_by",
    "accepted_until",
    "accepted_because",
    "accepted_ticket",
    "resource_owner",
    "resource_owner_from",
];

/// The most that a cell holds, in UTF-16 units: what is longer, spreadsheets cut, or move into the next row. Source:
/// Microsoft, "Excel specifications and limits": 32,767 characters in a cell.
const CELL: usize = 32_767;

/// A table, written row by row.
pub struct Rows<W: Write> {
    rows: ::csv::Writer<W>,
}

impl<W: Write> Rows<W> {
    /// Rows on `out`, after one of their names.
    pub fn new(out: W) -> io::Result<Self> {
        let mut rows = ::csv::Writer::from_writer(out);
        rows.write_record(COLUMNS).map_err(written)?;
        Ok(Self { rows })
    }
}

impl<W: Write> Report for Rows<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let check = finding.check.registered;
        let duty = check.check.duty.facts();
        let unknown = finding.answer.as_ref().err();
        let accepted = finding.acceptance();
        let because = accepted.and_then(|accepted| accepted.reason.as_deref().or(accepted.statement.as_deref()));
        let cells: [&str; COLUMNS.len()] = [
            &finding.id(),
            finding.status().as_str(),
            finding.severity().as_str(),
            &check.id,
            &check.title,
            check.check.duty.as_str(),
            &duty.group,
            duty.owner.as_str(),
            &duty.domain,
            check.service.id,
            check.service_model.as_str(),
            finding.place.partition.name(),
            &finding.place.account,
            &finding.place.region,
            finding.resource_type,
            &finding.arn(),
            finding.resource_id(),
            &finding.message(),
            unknown.map_or("", |unknown| unknown.reason.as_str()),
            unknown.map_or("", |unknown| &unknown.action),
            &match &finding.subject {
                Subject::Resource(identity) => tags(&identity.tags)?,
                Subject::Unlisted => String::new(),
            },
            &controls(controls_of(&check.id)),
            accepted.map_or("", |accepted| &accepted.owner),
            &accepted.map_or_else(String::new, |accepted| accepted.expires.to_string()),
            because.unwrap_or(""),
            accepted.and_then(|accepted| accepted.ticket.as_deref()).unwrap_or(""),
            &finding.owner.name,
            finding.owner.from.as_str(),
        ];
        self.rows.write_record(cells.map(cell)).map_err(written)
    }

    fn end(mut self: Box<Self>, _: &Ending<'_>) -> io::Result<()> {
        self.rows.flush()
    }
}

/// What went wrong on the way out, as it came: whether a reader has gone can no more be told from an error that is wrapped.
pub fn written(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// Tags as an object of JSON; nothing if there are none.
fn tags(tags: &Tags) -> io::Result<String> {
    Ok(if tags.is_empty() { String::new() } else { serde_json::to_string(tags)? })
}

/// Controls as `framework:control`, with a space between.
fn controls(controls: &Controls) -> String {
    let each = controls.iter().flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}:{id}")));
    each.collect::<Vec<_>>().join(" ")
}

/// A cell as spreadsheets can hold it: no formula, and no longer than they allow.
pub fn cell(text: &str) -> String {
    let mut cell = harmless(text);
    if cell.len() > CELL && cell.encode_utf16().count() > CELL {
        let mut units = 1;
        let fits = |(_, character): &(usize, char)| {
            units += character.len_utf16();
            units <= CELL
        };
        let end = cell.char_indices().take_while(fits).last().map_or(0, |(at, character)| at + character.len_utf8());
        cell.truncate(end);
        cell.push('…');
    }
    cell
}

/// A text that no spreadsheet takes for a formula: an apostrophe goes before what would begin one, at the start (blanks
/// and what cannot be seen count for nothing, for some programs trim them) and after whatever a spreadsheet in another
/// country may take for the end of a cell: a semicolon, a tab, a line break. Source: OWASP, "CSV Injection".
pub fn harmless(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 1);
    // A tab or a line break in front is dangerous by itself.
    if text.starts_with(['\t', '\r', '\n']) || begins_formula(text) {
        cell.push('\'');
    }
    for (at, character) in text.char_indices() {
        cell.push(character);
        if matches!(character, ';' | '\t' | '\r' | '\n') && begins_formula(&text[at + 1..]) {
            cell.push('\'');
        }
    }
    cell
}

fn begins_formula(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    text.trim_start_matches(blank).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", " =1", "\u{feff}=1"]
        {
            assert!(harmless(formula).starts_with('\''), "{formula:?}");
        }
        for text in ["arn:aws:iam::111122223333:root", "a=b", "", "'", "it is; so"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn nor_does_one_begin_where_another_country_ends_a_cell() {
        assert_eq!(harmless("a;=1"), "a;'=1");
        assert_eq!(harmless("a\n=1\tb\t @x"), "a\n'=1\tb\t' @x");
        assert_eq!(harmless("a\n\nb; c"), "a\n\nb; c");
    }

    #[test]
    fn a_cell_is_as_long_as_spreadsheets_allow() {
        for long in ["x".repeat(CELL + 1), "=".repeat(CELL), "\u{1f480}".repeat(CELL)] {
            let cell = cell(&long);
            assert!(cell.encode_utf16().count() <= CELL && cell.ends_with('…'), "{}", cell.len());
        }
        assert_eq!(cell(&"x".repeat(CELL)).len(), CELL);
    }
}
