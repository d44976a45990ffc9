//! The matrix as a page: one file without script, that opens from disk and asks the network for nothing.
//!
//! Text is escaped in one place ([`text`]), and should anything get past it, the page's policy runs no script at all,
//! loads nothing, and knows its one sheet of style by its hash.

use std::borrow::Cow;
use std::io::{self, Write};

use plimsoll_checks::contract::{DutyId, Group, Model, Owner, ServiceModel, Status};

use super::{Cell, Column, InUse, MODELS, Matrix, Row, State, artifact, attestation_told, others, parts};
use crate::report::harmless;
use crate::report::html::{GROUND, hash};
use crate::scan::{Standing, counted, grouped};

const STYLE: &str = include_str!("matrix.css");

/// The longest text in a page: names can hold megabytes.
const LONGEST: usize = 10_000;

/// Text as text: what could be markup, and what could mislead the eye, is spelled out.
fn text(text: &str) -> String {
    // The five characters that mean something in XML are those that do in HTML.
    quick_xml::escape::escape(Cow::Owned(harmless(text, LONGEST))).into_owned()
}

/// Writes the page: the model alone, or how a scan found it.
pub fn write(matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let style = format!("{GROUND}{STYLE}");
    let policy = format!("default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'", hash(&style));
    let subject = matrix.map_or_else(|| "the model".to_owned(), |matrix| matrix.opening.scope.name());
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Who answers for what · {}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        text(&subject)
    )?;
    head(matrix, &subject, out)?;
    writeln!(out, "<main>")?;
    customer(matrix, out)?;
    provider(matrix, out)?;
    if let Some(matrix) = matrix {
        services(matrix, out)?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

fn head(matrix: Option<&Matrix<'_>>, subject: &str, out: &mut impl Write) -> io::Result<()> {
    let principle = &Model::get().model.principle;
    writeln!(
        out,
        "<header>\n<h1>Who answers for what <small>{}</small></h1>\n<p>{}</p>",
        text(subject),
        text(principle)
    )?;
    if let Some(Matrix { opening, ending, .. }) = matrix {
        let several = opening.scope.account().is_none();
        let summed =
            if several { format!(" Summed over its accounts: {}.", counted(ending.accounts)) } else { String::new() };
        let finished = ending.finished.map_or_else(String::new, |at| format!(", finished {at}"));
        writeln!(
            out,
            "<p>Scanned {}{finished}, judged as of {}.{} {}.</p>",
            opening.scope.started(),
            opening.now,
            text(&summed),
            text(&ending.summary.coverage())
        )?;
    }
    writeln!(out, "</header>")
}

/// The customer's duties: a row for each, under those of its group.
fn customer(matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    writeln!(
        out,
        "<section aria-labelledby=\"yours\">\n<h2 id=\"yours\">Your duties: {}</h2>",
        text(&model.model.customer_scope)
    )?;
    writeln!(out, "<p>{}</p>", text(legend(matrix.is_some())))?;
    open_table("Your duties", "Who answers for each duty in services of each model, and how it stands", out)?;
    write!(out, "<thead><tr><th scope=\"col\">Duty</th>")?;
    for kind in MODELS {
        write!(out, "<th scope=\"col\">{}</th>", kind.as_str())?;
    }
    if let Some(matrix) = matrix {
        write!(out, "<th scope=\"col\">All services</th>")?;
        for column in matrix.columns() {
            column_head(column, out)?;
        }
        write!(out, "<th scope=\"col\">Attested of the duty as a whole</th>")?;
    }
    writeln!(out, "</tr></thead>")?;
    let columns = 1 + MODELS.len() + matrix.map_or(0, |matrix| matrix.columns().count() + 2);
    for group in &model.groups {
        rows_of(group, columns, matrix, out)?;
    }
    writeln!(out, "</table></div>\n</section>")
}

fn legend(scanned: bool) -> &'static str {
    if scanned {
        "A column of a service model says who answers in services of that kind, whichever are in use. A column of a \
         service says who answers there, and what of it was verified, failed, could not be seen (unknown), is accepted \
         by an exception or attested by a person, or concerns none of its resources (not applicable). Unexamined: no \
         check of ours looks at this duty in this service."
    } else {
        "A column of a service model says who answers in services of that kind."
    }
}

fn open_table(name: &str, caption: &str, out: &mut impl Write) -> io::Result<()> {
    // What scrolls must be reachable by keyboard, and say what it is.
    write!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}, a table\">")?;
    writeln!(out, "<table><caption>{caption}</caption>")
}

fn column_head(column: &Column, out: &mut impl Write) -> io::Result<()> {
    let model = match column.model {
        ServiceModel::Account => "governs the others",
        model => model.as_str(),
    };
    let seen = match &column.in_use {
        InUse::Unknown(_) => "in use: unknown".to_owned(),
        in_use => in_use.told(),
    };
    write!(
        out,
        "<th scope=\"col\">{}<small>{model}</small><small>{}</small></th>",
        text(column.service.name),
        text(&seen)
    )
}

fn rows_of(group: &Group, columns: usize, matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let name = text(&group.name);
    writeln!(out, "<tbody><tr><th scope=\"rowgroup\" colspan=\"{columns}\">{name}</th></tr>")?;
    for (at, id) in DutyId::ALL.iter().enumerate().filter(|(_, id)| id.facts().group == group.id) {
        let duty = id.facts();
        let shared = duty
            .shared_part
            .as_ref()
            .map_or_else(String::new, |part| format!("<small>Shared: {}.</small>", text(part)));
        write!(
            out,
            "<tr><th scope=\"row\">{}<small>{}</small>{shared}</th>",
            text(&duty.name),
            text(&duty.holds.join(", "))
        )?;
        for kind in MODELS {
            write!(out, "<td>{}</td>", duty.answers_in(kind).as_str())?;
        }
        if let Some(row) = matrix.and_then(|matrix| matrix.rows.get(at)) {
            stands(row, out)?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>")
}

fn stands(row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<td class=\"{}\">", look(row.state, &row.total))?;
    if row.state == State::Judged {
        numbers(&row.total, out)?;
    } else {
        write!(out, "{}", text(&row.told()))?;
    }
    write!(out, "</td>")?;
    for cell in &row.cells {
        cell_of(cell, out)?;
    }
    let told: Vec<String> = row.attestations.iter().map(|fate| text(&attestation_told(fate))).collect();
    if told.is_empty() {
        write!(out, "<td class=\"quiet\">none</td>")
    } else {
        write!(out, "<td class=\"signed\">{}</td>", told.join("<br>"))
    }
}

fn cell_of(cell: &Cell, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<td class=\"{}\">", look(cell.state, &cell.standing))?;
    if let Some(owner) = cell.who {
        write!(out, "<span class=\"who\">{}</span>", owner.as_str())?;
    }
    match cell.state {
        State::Judged => numbers(&cell.standing, out)?,
        state => write!(out, "{}", state.told())?,
    }
    if cell.state == State::Judged && cell.made < cell.checks {
        write!(out, "<small>{} of {} checks not made</small>", cell.checks - cell.made, cell.checks)?;
    }
    write!(out, "</td>")
}

/// A colour is never alone: the words are there too.
fn look(state: State, standing: &Standing) -> &'static str {
    match state {
        State::Judged if standing.fail > 0 => "fails",
        State::Judged if standing.unknown > 0 => "unseen",
        State::Judged => "seen",
        _ => "quiet",
    }
}

fn numbers(standing: &Standing, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<ul>")?;
    for (count, status, word) in parts(standing) {
        let style = match status {
            Status::Fail => " class=\"fail\"",
            Status::Unknown => " class=\"unknown\"",
            Status::Excepted => " class=\"excepted\"",
            Status::Attested => " class=\"attested\"",
            Status::Pass | Status::NotApplicable => "",
        };
        write!(out, "<li{style}>{} {word}</li>", grouped(count))?;
    }
    write!(out, "</ul>")
}

/// The provider's duties, with the reports that an auditor can be pointed at.
fn provider(matrix: Option<&Matrix<'_>>, out: &mut impl Write) -> io::Result<()> {
    let model = Model::get();
    writeln!(
        out,
        "<section aria-labelledby=\"theirs\">\n<h2 id=\"theirs\">AWS's duties: {}</h2>",
        text(&model.model.provider_scope)
    )?;
    writeln!(
        out,
        "<p>You inherit what AWS does; no scan can look there. {}</p>",
        text(&artifact(matrix.map(|it| it.opening)))
    )?;
    for told in matrix.iter().flat_map(|matrix| matrix.agreements_told()) {
        writeln!(out, "<p>{}</p>", text(&told))?;
    }
    open_table("AWS's duties", "What AWS answers for, and the reports in AWS Artifact that cover it", out)?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">Duty</th><th scope=\"col\">IaaS, PaaS and SaaS</th>\
         <th scope=\"col\">Reports in AWS Artifact</th></tr></thead>\n<tbody>"
    )?;
    for duty in &model.provider_duties {
        let reports: Vec<String> = duty.reports().map(|report| text(&report.name)).collect();
        writeln!(
            out,
            "<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td><td>{}</td></tr>",
            text(&duty.name),
            text(&duty.holds.join(", ")),
            Owner::Provider.as_str(),
            reports.join("<br>")
        )?;
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

/// Which services have a column and why, and what is to be known of the others.
fn services(matrix: &Matrix<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<section aria-labelledby=\"services\">\n<h2 id=\"services\">Services</h2>\n<ul class=\"facts\">")?;
    for column in matrix.columns() {
        writeln!(out, "<li>{}: {}</li>", text(column.service.name), text(&column.in_use.told()))?;
    }
    for told in others(&matrix.services) {
        writeln!(out, "<li>{}</li>", text(&told))?;
    }
    writeln!(out, "</ul>\n</section>")
}
