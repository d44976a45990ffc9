//! A table for people, grouped by duty: what fails and what could not be seen, then how much was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use plimsoll_checks::contract::{DutyId, Model, Severity, Status};
use unicode_width::UnicodeWidthStr;

use super::text::harmless;
use super::{Ending, Opening, Report};
use crate::register::{Fate, State};
use crate::scan::{Chosen, Entries, Finding, Outcome, Standing, counted, grouped};
use crate::terminal::{Column, Columns, FAINT, HEADING, STRONG, paragraph, styled, wrapped};

/// Rows of one check that are shown; the rest is counted. Every format for programs has all of them.
const ROWS_PER_CHECK: usize = 20;

const FAIL: Style = AnsiColor::Red.on_default().bold();
const UNKNOWN: Style = AnsiColor::Yellow.on_default().bold();
const PASS: Style = AnsiColor::Green.on_default();
const SIGNED: Style = AnsiColor::Magenta.on_default();

/// The table.
pub struct Table<W> {
    out: W,
    width: usize,
    opening: Opening,
    checks: BTreeMap<(DutyId, usize), Rows>,
}

/// What is to be shown of one check.
struct Rows {
    check: Chosen,
    standing: Standing,
    shown: Vec<Row>,
    failing_left_out: usize,
    unknown_left_out: usize,
}

struct Row {
    status: Status,
    /// The region, and before it the account where there are several.
    region: String,
    resource: String,
    message: String,
}

impl<W: Write> Table<W> {
    /// A table on `out`, no line wider than `width` columns.
    pub fn new(out: W, width: usize, opening: Opening) -> Self {
        Self { out, width, opening, checks: BTreeMap::new() }
    }

    fn head(&mut self) -> io::Result<()> {
        let scope = &self.opening.scope;
        writeln!(self.out, "{}", styled(STRONG, &harmless(&scope.name(), 120)))?;
        if let Some(target) = scope.account() {
            paragraph(&mut self.out, "  regions  ", &target.regions_told(), self.width)?;
        }
        paragraph(&mut self.out, "  read by  ", &harmless(scope.caller(), 400), self.width)?;
        writeln!(self.out)
    }

    fn duty(&mut self, duty: DutyId, stopped: bool, group: &mut &'static str) -> io::Result<()> {
        let facts = duty.facts();
        let rows: Vec<&Rows> = self.checks.range((duty, 0)..=(duty, usize::MAX)).map(|(_, rows)| rows).collect();
        let standing = rows.iter().fold(Standing::default(), |sum, rows| sum.plus(rows.standing));
        if *group != facts.group {
            if !group.is_empty() {
                writeln!(self.out)?;
            }
            let name = Model::get().group(&facts.group).map_or(&*facts.group, |group| &*group.name);
            writeln!(self.out, "{}", styled(HEADING, &name.to_uppercase()))?;
            *group = &facts.group;
        }
        let name = if standing.fail > 0 { styled(STRONG, &facts.name) } else { facts.name.clone() };
        let space = " ".repeat(34_usize.saturating_sub(facts.name.width() + 2));
        if rows.is_empty() {
            let told = if stopped { "not reached" } else { "nothing of the kind in the account" };
            return writeln!(self.out, "  {name}{space} {}", styled(FAINT, told));
        }
        // Where nothing else is to be said, that nothing applied is; otherwise the summary has it.
        let told = if standing.total() > standing.not_applicable {
            Standing { not_applicable: 0, ..standing }
        } else {
            standing
        };
        writeln!(self.out, "  {name}{space} {}", counts(told))?;
        for rows in rows.into_iter().filter(|rows| !rows.shown.is_empty()) {
            rows.write(&mut self.out, self.width)?;
        }
        Ok(())
    }
}

impl Rows {
    fn write(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let severity = self.check.severity;
        let lead = format!("    {severity:<8}  ");
        for (number, line) in wrapped(&self.check.title, width - lead.width()).iter().enumerate() {
            if number == 0 {
                writeln!(out, "    {}  {line}", styled(severity_style(severity), &format!("{severity:<8}")))?;
            } else {
                writeln!(out, "{}{line}", " ".repeat(lead.width()))?;
            }
        }
        writeln!(out, "{}{}", " ".repeat(lead.width()), styled(FAINT, &self.check.id))?;
        for row in &self.shown {
            row.write(out, width)?;
        }
        for (count, what) in [(self.failing_left_out, "fail"), (self.unknown_left_out, "unknown")] {
            if count > 0 {
                let more = format!("… and {} more {what}; --format json lists all", grouped(count));
                writeln!(out, "      {}", styled(FAINT, &more))?;
            }
        }
        Ok(())
    }
}

impl Row {
    fn write(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let style = if self.status == Status::Fail { FAIL } else { UNKNOWN };
        let status = self.status.as_str();
        let indent = 6 + 9;
        let region = format!("{:<14}", harmless(&self.region, 40));
        let resource = harmless(&self.resource, 200);
        let message = harmless(&self.message, 600);
        let lead = format!("      {}{}", styled(style, status), " ".repeat(9 - status.len()));
        let head = format!("{region}  {resource}");
        if indent + head.width() + 2 + message.width() <= width {
            return writeln!(out, "{lead}{head}  {message}");
        }
        if indent + head.width() <= width {
            writeln!(out, "{lead}{head}")?;
        } else {
            writeln!(out, "{lead}{}", region.trim_end())?;
            for piece in pieces(&resource, width - indent) {
                writeln!(out, "{}{piece}", " ".repeat(indent))?;
            }
        }
        for line in wrapped(&message, width - indent) {
            // A word may be wider than the line: an ARN, for instance.
            for piece in pieces(&line, width - indent) {
                writeln!(out, "{}{piece}", " ".repeat(indent))?;
            }
        }
        Ok(())
    }
}

fn pieces(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for character in line.chars() {
        let columns = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        if used + columns > width {
            pieces.push(String::new());
            used = 0;
        }
        used += columns;
        pieces.last_mut().expect("there is a first piece").push(character);
    }
    pieces
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => FAIL,
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => Style::new(),
    }
}

fn counts(standing: Standing) -> String {
    let parts = [
        (standing.fail, "fail", FAIL),
        (standing.unknown, "unknown", UNKNOWN),
        (standing.excepted, "excepted", SIGNED),
        (standing.attested, "attested", SIGNED),
        (standing.pass, "pass", PASS),
        (standing.not_applicable, "not applicable", FAINT),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, word, style)| styled(style, &format!("{} {word}", grouped(count))))
        .collect();
    parts.join(" · ")
}

impl<W: Write> Report for Table<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let position = self.opening.checks.iter().position(|check| check.id == finding.check.id);
        let key = (finding.check.check.duty, position.unwrap_or(usize::MAX));
        let rows = self.checks.entry(key).or_insert_with(|| Rows {
            check: finding.check,
            standing: Standing::default(),
            shown: Vec::new(),
            failing_left_out: 0,
            unknown_left_out: 0,
        });
        let names_accounts = self.opening.scope.account().is_none();
        let status = finding.status();
        rows.standing.add(status);
        let left_out = match status {
            Status::Pass | Status::NotApplicable | Status::Excepted | Status::Attested => return Ok(()),
            Status::Fail => &mut rows.failing_left_out,
            Status::Unknown => &mut rows.unknown_left_out,
        };
        if rows.shown.iter().filter(|row| row.status == status).count() < ROWS_PER_CHECK {
            rows.shown.push(Row {
                status,
                region: if names_accounts { finding.place.to_string() } else { finding.place.region.to_string() },
                resource: finding.resource_id().to_owned(),
                message: finding.message(),
            });
        } else {
            *left_out += 1;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        self.head()?;
        let mut group = "";
        for duty in DutyId::ALL {
            if self.opening.looks_at(*duty) {
                self.duty(*duty, ending.summary.stopped, &mut group)?;
            }
        }
        let width = self.width;
        let out = &mut self.out;
        let is_one_account = self.opening.scope.account().is_some();
        let unseen = none_of(ending.ledger, is_one_account)?;
        if !is_one_account {
            accounts(ending.accounts, width, out)?;
        }
        signed(ending.signed, width, out)?;
        writeln!(out, "\n{}", styled(HEADING, "SUMMARY"))?;
        let failing: Vec<String> = Severity::ALL
            .iter()
            .rev()
            .map(|severity| (severity, ending.summary.failing.get(severity).copied().unwrap_or(0)))
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{} {severity}", grouped(count)))
            .collect();
        let failing = if failing.is_empty() { "nothing".to_owned() } else { failing.join(", ") };
        paragraph(out, "  failing    ", &failing, width)?;
        writeln!(out, "  findings   {}", counts(ending.summary.all))?;
        if !unseen.is_empty() {
            paragraph(out, "  none of    ", &unseen, width)?;
        }
        let unlooked: Vec<&str> =
            DutyId::ALL.iter().filter(|duty| !self.opening.looks_at(**duty)).map(|duty| &*duty.facts().name).collect();
        if !unlooked.is_empty() {
            paragraph(
                out,
                "  no check   ",
                &format!("{} duties were not looked at: {}", unlooked.len(), unlooked.join(", ")),
                width,
            )?;
        }
        for off in &self.opening.off {
            let told = format!("{}, by {}:{}: {}", off.check.id, off.file, off.line, off.reason);
            paragraph(out, "  not examined by configuration  ", &harmless(&told, 400), width)?;
        }
        paragraph(out, "  requests   ", &grouped(usize::try_from(ending.requests).unwrap_or(usize::MAX)), width)?;
        if ending.summary.stopped {
            paragraph(
                out,
                "  partial    ",
                "the scan was stopped before its end; what was not reached is not listed above",
                width,
            )?;
        }
        paragraph(out, "  coverage   ", &harmless(&ending.summary.coverage(), usize::MAX), width)?;
        if let Some(advice) = ending.summary.advice() {
            paragraph(out, "  see more   ", &harmless(&advice, usize::MAX), width)?;
        }
        out.flush()
    }
}

/// Kinds of which nothing was found: for one account with the number of regions where that is so, for several only those
/// of which there is none in any.
fn none_of(ledger: &dyn Entries, is_one_account: bool) -> io::Result<String> {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    let mut elsewhere: BTreeSet<String> = BTreeSet::new();
    ledger.each(&mut |entry| {
        if !entry.is_without_resources() {
            elsewhere.insert(entry.read.clone());
        } else if let Some((_, regions)) = kinds.iter_mut().find(|(known, _)| *known == entry.read) {
            *regions += 1;
        } else {
            kinds.push((entry.read.clone(), 1));
        }
        Ok(())
    })?;
    if !is_one_account {
        kinds.retain(|(kind, _)| !elsewhere.contains(kind));
    }
    let named: Vec<String> = kinds
        .into_iter()
        .map(|(kind, regions)| if is_one_account && regions > 1 { format!("{kind} ({regions} regions)") } else { kind })
        .collect();
    Ok(named.join(", "))
}

/// What people have signed that somebody has to look at again, or that could not be tried.
fn signed(fates: &[Fate<'_>], width: usize, out: &mut impl Write) -> io::Result<()> {
    if fates.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", styled(HEADING, "SIGNED"))?;
    let count = |state: State| fates.iter().filter(|fate| fate.state == state).count();
    let states = State::ALL.into_iter().map(|state| (count(state), state)).filter(|(count, _)| *count > 0);
    let told: Vec<String> = states.map(|(count, state)| format!("{} {}", grouped(count), state.as_str())).collect();
    paragraph(out, "  ", &told.join(", "), width)?;
    for fate in fates.iter().filter(|fate| fate.state != State::Holds) {
        let style = if fate.state.is_reopened() { FAIL } else { UNKNOWN };
        for (number, line) in wrapped(&fate.told(), width - 6).iter().enumerate() {
            let lead = if number == 0 {
                styled(style, if fate.state.is_reopened() { "✗" } else { "?" })
            } else {
                " ".to_owned()
            };
            for (part, piece) in pieces(line, width - 6).iter().enumerate() {
                writeln!(out, "    {} {piece}", if part == 0 { &*lead } else { " " })?;
            }
        }
    }
    Ok(())
}

/// How each account came through.
fn accounts(outcomes: &[Outcome], width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}", styled(HEADING, "ACCOUNTS"))?;
    let columns = [
        Column::words("account"),
        Column::words("name"),
        Column::words("state"),
        Column::numbers("fail"),
        Column::numbers("unknown"),
        Column::numbers("pass"),
    ];
    let row = |outcome: &Outcome| {
        let count = |count: usize| if outcome.standing.total() == 0 { String::new() } else { grouped(count) };
        let alias = outcome.target.as_ref().and_then(|target| target.alias.as_deref());
        let name = outcome.name.as_deref().or(alias).unwrap_or("");
        vec![
            outcome.account.clone(),
            harmless(name, 24),
            outcome.state.as_str().to_owned(),
            count(outcome.standing.fail),
            count(outcome.standing.unknown),
            count(outcome.standing.pass),
        ]
    };
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    let columns = Columns::fit(&columns, &rows, 2, width);
    columns.head(out)?;
    let indent = 2 + "111122223333".len() + 2;
    for (outcome, row) in outcomes.iter().zip(&rows) {
        columns.row(out, row)?;
        for line in outcome.detail.iter().flat_map(|detail| wrapped(&harmless(detail, 400), width - indent)) {
            for piece in pieces(&line, width - indent) {
                writeln!(out, "{}{}", " ".repeat(indent), styled(FAINT, &piece))?;
            }
        }
    }
    writeln!(out, "  {}", counted(outcomes))
}
