//! Markdown: short enough for a comment on a pull request, whatever the account.
//!
//! What strangers name stands in code spans alone, in lists: there it is neither markup nor a link, and mentions nobody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use plimsoll_checks::contract::{DutyId, Severity, Status};

use super::{Ending, Opening, Report, harmless};
use crate::scan::{Chosen, Finding, counted, grouped};

/// The most that GitHub takes in a comment, in characters. Bytes are counted here, which are never fewer.
pub const LIMIT: usize = 65_536;

/// Findings of one severity that are named; the rest is counted.
const NAMED: usize = 10;
/// Rows of other lists.
const ROWS: usize = 20;
/// How much of a name is told.
const NAME: usize = 100;
/// How much of a message is told.
const MESSAGE: usize = 240;

/// A page of text: counts, and the first findings of each severity.
pub struct Digest<W> {
    out: W,
    opening: Opening,
    failing: BTreeMap<Severity, Vec<String>>,
}

impl<W: Write> Digest<W> {
    /// A digest on `out`.
    pub fn new(out: W, opening: Opening) -> Self {
        Self { out, opening, failing: BTreeMap::new() }
    }
}

/// A stranger's text as a code span: its fence is longer than any within.
fn code(text: &str, width: usize) -> String {
    let shown = harmless(text, width);
    if shown.trim().is_empty() {
        return "(blank)".to_owned();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in shown.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// A sentence of ours, which may hold signs that Markdown would take for its own.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '@') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

fn row(check: Chosen, finding: &Finding, names_accounts: bool) -> String {
    let place = &finding.place;
    let place = if names_accounts { place.to_string() } else { place.region.to_string() };
    format!(
        "- {}: {} in {}, {} ({})",
        plain(&check.title),
        code(finding.resource_id(), NAME),
        code(&place, NAME),
        code(&finding.message(), MESSAGE),
        code(&check.id, NAME)
    )
}

/// Lines, as long as there is room for them.
struct Lines {
    text: String,
    left_out: usize,
}

/// Room for the last line.
const LAST: usize = 200;

impl Lines {
    fn push(&mut self, line: &str) {
        if self.text.len() + line.len() + 1 + LAST > LIMIT {
            self.left_out += 1;
        } else {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// A heading, and the first rows of what it heads, if there are any.
    fn list(&mut self, heading: &str, rows: impl ExactSizeIterator<Item = String>) {
        let count = rows.len();
        if count == 0 {
            return;
        }
        self.push(&format!("\n{heading}\n"));
        rows.take(ROWS).for_each(|row| self.push(&row));
        if count > ROWS {
            self.push(&format!("- … and {} more", grouped(count - ROWS)));
        }
    }
}

impl<W: Write> Digest<W> {
    fn head(&self, ending: &Ending<'_>, lines: &mut Lines) {
        let all = ending.summary.all;
        lines.push(&format!("## Plimsoll: {} of {} fail\n", grouped(all.fail), grouped(all.total())));
        if ending.summary.stopped {
            lines.push("**The scan was stopped before its end; what was not reached is not counted.**\n");
        }
        lines.push(&format!(
            "{}, read by {}\n",
            code(&self.opening.scope.name(), NAME),
            code(self.opening.scope.caller(), NAME)
        ));
        lines.push("| fail | unknown | excepted | attested | pass | not applicable |\n|---:|---:|---:|---:|---:|---:|");
        let counts = [all.fail, all.unknown, all.excepted, all.attested, all.pass, all.not_applicable].map(grouped);
        lines.push(&format!("| {} |", counts.join(" | ")));
        if ending.accounts.len() > 1 {
            lines.push(&format!("\nAccounts: {}", counted(ending.accounts)));
        }
    }

    fn unseen(&self, ending: &Ending<'_>, lines: &mut Lines) {
        let all = ending.summary.all;
        let (reached, total) = (grouped(all.reached()), grouped(all.total()));
        lines.push(&format!("\n### What was not seen\n\n{reached} of {total} judgements were reached."));
        lines.list(
            "Not reached:",
            ending.groups.iter().map(|group| {
                format!("- {} {}: {}", grouped(group.judgements), group.reason, code(&group.action, NAME))
            }),
        );
        let grants = ending.summary.grants();
        lines.list(
            "To see more, allow:",
            grants.iter().map(|grant| format!("- {}, for {} checks", code(&grant.action, NAME), grant.checks.len())),
        );
        let off = &self.opening.off;
        lines.list(
            "Not examined by configuration:",
            off.iter().map(|off| format!("- {}: {}", code(&off.check.id, NAME), code(&off.reason, MESSAGE))),
        );
        let unlooked = DutyId::ALL.iter().filter(|duty| !self.opening.looks_at(**duty)).count();
        if unlooked > 0 {
            lines.push(&format!("\n{unlooked} of {} duties were not looked at.", DutyId::ALL.len()));
        }
    }
}

impl<W: Write> Report for Digest<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if finding.status() == Status::Fail {
            let names_accounts = self.opening.scope.account().is_none();
            let rows = self.failing.entry(finding.severity()).or_default();
            if rows.len() < NAMED {
                rows.push(row(finding.check, finding, names_accounts));
            }
        }
        Ok(())
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let mut lines = Lines { text: String::new(), left_out: 0 };
        self.head(ending, &mut lines);
        for (severity, rows) in self.failing.iter().rev() {
            let count = ending.summary.failing.get(severity).copied().unwrap_or(rows.len());
            lines.push(&format!("\n### {} {severity}\n", grouped(count)));
            for row in rows {
                lines.push(row);
            }
            if count > rows.len() {
                lines.push(&format!("- … and {} more", grouped(count - rows.len())));
            }
        }
        self.unseen(ending, &mut lines);
        if lines.left_out > 0 {
            writeln!(lines.text, "\n{} more lines found no room here.", lines.left_out).map_err(io::Error::other)?;
        }
        self.out.write_all(lines.text.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_code_span() {
        assert_eq!(code("plain", 80), "`plain`");
        assert_eq!(code("a`b``c", 80), "```a`b``c```");
        assert_eq!(code("`", 80), "`` ` ``");
        assert_eq!(code("@somebody\n# heading", 80), "`@somebody\\u{a}# heading`");
        assert_eq!(code(" ", 80), "(blank)");
    }

    #[test]
    fn there_is_room_for_so_much_and_what_finds_none_is_counted() {
        let mut lines = Lines { text: String::new(), left_out: 0 };
        (0..1000).for_each(|_| lines.push(&"x".repeat(100)));
        assert!(lines.text.len() + LAST <= LIMIT && lines.left_out > 0);
        assert_eq!(lines.text.lines().count() + lines.left_out, 1000);
    }
}
