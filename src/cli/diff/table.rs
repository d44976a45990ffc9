//! A comparison for people: what asks for somebody first.

use std::io::Write;

use super::{Digest, Line, left_out};
use crate::history::{Comparison, Counts, Kind, Scan};
use crate::report::harmless;
use crate::scan::grouped;
use crate::terminal::{FAINT, HEADING, STRONG, paragraph, styled};

/// Writes a comparison, and counts.
pub fn write(
    comparison: &Comparison<'_>,
    old: &Scan,
    new: &Scan,
    width: usize,
    out: &mut impl Write,
) -> anyhow::Result<Counts> {
    let (digest, counts) = Digest::of(comparison)?;
    writeln!(out, "{}", styled(STRONG, &format!("{} → {}", old.started, new.started)))?;
    for scan in [old, new].into_iter().filter(|scan| scan.partial) {
        let told = "was stopped before its end: what it did not reach is not visible, and not gone";
        paragraph(out, "  partial  ", &format!("the scan of {} {told}", scan.started), width)?;
    }
    for kind in Kind::ALL {
        let Some(lines) = digest.lines.get(&kind) else { continue };
        let count = counts.kinds.get(&kind).copied().unwrap_or(0);
        writeln!(out, "\n{} {}", styled(HEADING, &kind.words().to_uppercase()), grouped(count))?;
        for line in lines {
            row(line, width, out)?;
        }
        if let Some(more) = left_out(&counts, kind, lines) {
            writeln!(out, "  {}", styled(FAINT, &more))?;
        }
    }
    writeln!(out)?;
    paragraph(out, "", &counts.words(), width)?;
    Ok(counts)
}

fn row(line: &Line, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(seen) = line.latest() else { return Ok(()) };
    let place = &line.place;
    let head = format!("{:<8}  {} {}", seen.severity, place.account, place.region);
    writeln!(out, "  {head}  {}", styled(STRONG, &line.turn()))?;
    let resource = harmless(&place.resource, width.saturating_sub(12));
    writeln!(out, "            {resource}")?;
    writeln!(out, "            {}", styled(FAINT, &place.check))?;
    paragraph(out, "            ", &harmless(&seen.message, 600), width)?;
    for detail in line.details() {
        paragraph(out, "            - ", &harmless(&detail, 300), width)?;
    }
    Ok(())
}
