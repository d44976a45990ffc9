//! The tree of a framework's controls, for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use plimsoll_checks::contract::{Section, Status};
use unicode_width::UnicodeWidthStr;

use super::{Assessment, ControlStanding, ControlStatus};
use crate::report::{Ending, Opening, harmless};
use crate::scan::{Scope, counted, grouped};
use crate::terminal::{FAINT, HEADING, STRONG, paragraph, styled, wrapped};

/// Resources of one control that are shown; the rest is counted. The formats for programs have all of them.
const RESOURCES_PER_CONTROL: usize = 5;

/// Room for the longest word of a status.
const STATUS: usize = 16;

fn style(status: ControlStatus) -> Style {
    match status {
        ControlStatus::Fail => AnsiColor::Red.on_default().bold(),
        ControlStatus::Incomplete => AnsiColor::Yellow.on_default().bold(),
        ControlStatus::NeedsPerson | ControlStatus::Excepted | ControlStatus::Attested => {
            AnsiColor::Magenta.on_default()
        }
        ControlStatus::Pass => AnsiColor::Green.on_default(),
        ControlStatus::NotApplicable | ControlStatus::Provider => FAINT,
    }
}

/// A status as people read it.
fn words(status: ControlStatus) -> &'static str {
    match status {
        ControlStatus::NeedsPerson => "needs a person",
        ControlStatus::NotApplicable => "not applicable",
        ControlStatus::Provider => "AWS's side",
        status => status.as_str(),
    }
}

/// Writes the tree, no line wider than `width`.
pub fn write(
    assessment: &Assessment<'_>,
    opening: &Opening,
    ending: &Ending<'_>,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "{}", styled(STRONG, &harmless(&assessment.name(), usize::MAX)))?;
    match &opening.scope {
        Scope::Account(target) => {
            let account = match &target.alias {
                Some(alias) => format!("{} ({})", target.account, harmless(alias, 40)),
                None => target.account.clone(),
            };
            paragraph(out, "  account  ", &account, width)?;
            paragraph(out, "  regions  ", &target.regions_told(), width)?;
        }
        Scope::Accounts(_) => {
            let told = format!("{}: {}", opening.scope.name(), counted(ending.accounts));
            paragraph(out, "  accounts ", &harmless(&told, 400), width)?;
        }
    }
    paragraph(out, "  read at  ", &opening.scope.started().to_string(), width)?;
    let widest = assessment.controls.iter().map(|it| harmless(&it.control.id, usize::MAX).width()).max().unwrap_or(0);
    let mut open: Vec<&Section> = Vec::new();
    for standing in &assessment.controls {
        let sections: Vec<&Section> = assessment.framework.sections_of(standing.control).collect();
        for (depth, section) in sections.iter().enumerate() {
            if open.get(depth).is_none_or(|known| known.id != section.id) {
                let heading = harmless(&format!("{} {}", section.id, section.title), usize::MAX);
                let heading = format!("{}{heading}", "  ".repeat(depth));
                let line = if depth == 0 { "\n" } else { "" };
                writeln!(out, "{line}{}", styled(if depth == 0 { HEADING } else { STRONG }, &heading))?;
            }
        }
        open = sections;
        control(standing, opening.scope.account().is_none(), widest, width, out)?;
    }
    writeln!(out, "\n{}", styled(HEADING, "SUMMARY"))?;
    for status in ControlStatus::ALL {
        let count = assessment.count(status);
        if count > 0 {
            let word = styled(style(status), &format!("{:<STATUS$}", words(status)));
            writeln!(out, "  {word}{:>5} of {} controls", grouped(count), assessment.controls.len())?;
        }
    }
    if ending.summary.stopped {
        paragraph(out, "  partial         ", "the scan was stopped before its end", width)?;
    }
    paragraph(out, "  coverage        ", &harmless(&ending.summary.coverage(), usize::MAX), width)?;
    if let Some(advice) = ending.summary.advice() {
        paragraph(out, "  see more        ", &harmless(&advice, usize::MAX), width)?;
    }
    let rule = "a control passes only if something was judged for it and all of it passes; \
                what nobody examined never counts as a pass";
    paragraph(out, "  rule            ", rule, width)?;
    out.flush()
}

fn control(
    standing: &ControlStanding<'_>,
    names_accounts: bool,
    widest: usize,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let control = standing.control;
    let word = styled(style(standing.status), &format!("{:<STATUS$}", words(standing.status)));
    let id = format!("{:<widest$}", harmless(&control.id, usize::MAX));
    let indent = 2 + STATUS + widest + 2;
    let level = control.level.map_or_else(String::new, |level| format!(" (level {level})"));
    let title = format!("{}{level}", harmless(&control.title, usize::MAX));
    for (number, line) in wrapped(&title, width.saturating_sub(indent)).iter().enumerate() {
        if number == 0 {
            writeln!(out, "  {word}{}  {line}", styled(STRONG, &id))?;
        } else {
            writeln!(out, "{}{line}", " ".repeat(indent))?;
        }
    }
    if standing.status == ControlStatus::Pass && control.planned.is_empty() {
        return Ok(());
    }
    // Below the id, for sentences need more room than the titles leave them.
    let indent = 2 + STATUS;
    for because in standing.because() {
        for line in wrapped(&harmless(&because, 600), width.saturating_sub(indent)) {
            writeln!(out, "{}{}", " ".repeat(indent), styled(FAINT, &line))?;
        }
    }
    let mut left_out = 0;
    for (number, (_, offending)) in standing.offending().enumerate() {
        if number >= RESOURCES_PER_CONTROL {
            left_out += 1;
            continue;
        }
        let mark = match offending.status {
            Status::Fail => "✗",
            Status::Excepted => "✗ excepted:",
            Status::Attested => "? attested:",
            Status::Unknown | Status::Pass | Status::NotApplicable => "?",
        };
        let (region, resource) = (harmless(&offending.region, 40), harmless(&offending.resource, 200));
        let account = if names_accounts { format!("{} ", offending.account) } else { String::new() };
        let told = format!("{mark} {account}{region} {resource}: {}", harmless(&offending.message, 600));
        for (number, line) in wrapped(&told, width.saturating_sub(indent + 2)).iter().enumerate() {
            let lead = if number == 0 { "" } else { "  " };
            writeln!(out, "{}{lead}{line}", " ".repeat(indent))?;
        }
    }
    if left_out > 0 {
        let more = format!("… and {} more; --format json or csv lists all", grouped(left_out));
        writeln!(out, "{}{}", " ".repeat(indent), styled(FAINT, &more))?;
    }
    Ok(())
}
